/* What the parts of the judge of images share, see image_judge.h.

   The file system's own fields are taken at their offsets, little endian, as
   the format's public description gives them; the servers' headers are not
   used, so that one does not repeat the other's mistakes.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_HARNESS_IMAGE_EXT2_H
#define SIM_HARNESS_IMAGE_EXT2_H

#include "image_judge.h"

enum
{
  EXT2_BLOCK = SIM_PAGE_SIZE,
  EXT2_POINTERS = EXT2_BLOCK / 4,
  EXT2_DIRECT = 12,
  EXT2_SLOTS = EXT2_DIRECT + 3,
  EXT2_GROUP_MAX = 8 * EXT2_BLOCK, /* bits of a bitmap's block  */
  EXT2_DESC_BYTES = 32,
  EXT2_ROOT = 2,
  EXT2_BAD_BLOCKS = 1,
  EXT2_RESIZE = 7,
  EXT2_JOURNAL = 8
};

/* Types of files, as in the upper four bits of their modes.  */
enum ext2_type
{
  EXT2_NONE,
  EXT2_FIFO,
  EXT2_CHARACTER,
  EXT2_DIRECTORY = 4,
  EXT2_BLOCK_DEVICE = 6,
  EXT2_REGULAR = 8,
  EXT2_SYMLINK = 10,
  EXT2_SOCKET = 12
};

struct ext2_group
{
  uint32_t block_bitmap, inode_bitmap, table;
  uint32_t free_blocks, free_inodes, directories;
};

/* A block of attributes that files may share.  */
struct ext2_attributes
{
  uint32_t block, users, expected;
};

struct ext2
{
  const struct image_source *source;
  char *line;
  uint8_t super[1024];

  uint32_t blocks, inodes, groups;
  uint32_t blocks_per_group, inodes_per_group;
  uint32_t inode_bytes, first_inode;
  uint32_t table_blocks; /* of a group's inodes  */
  uint32_t descriptor_blocks;
  bool sparse, filetype, large_file, attributes, hashed, hurd;

  struct ext2_group *group;
  uint8_t *owned;  /* a bit a block  */
  uint8_t *type;   /* enum ext2_type of each inode  */
  uint16_t *links; /* as the inode says  */
  uint16_t *names; /* as counted  */
  /* Of directories: what ".." says, and the one that holds its name.  */
  uint32_t *dotdot, *parent;
  struct ext2_attributes *shared;
  size_t shared_count;
  uint64_t *hashes; /* of one directory's names  */
  size_t hashes_count, hashes_room;
};

static inline uint32_t
ext2_le16 (const uint8_t *at)
{
  return at[0] | at[1] << 8;
}

static inline uint32_t
ext2_le32 (const uint8_t *at)
{
  return ext2_le16 (at) | ext2_le16 (at + 2) << 16;
}

static inline bool
ext2_bit (const uint8_t *map, uint64_t n)
{
  return map[n / 8] >> n % 8 & 1;
}

/* Say what is wrong; returns false.  */
__attribute__ ((format (printf, 2, 3))) bool
ext2_wrong (struct ext2 *fs, const char *format, ...);
void ext2_read (struct ext2 *fs, uint32_t block, uint8_t *to);
/* A zeroed array, to be freed by image_judge.  */
void *ext2_array (size_t n, size_t size);
/* BLOCK belongs to somebody: false if it is not there or has an owner.  */
bool ext2_own (struct ext2 *fs, uint32_t block);
/* The inode INO as on the store, its first 128 bytes.  */
void ext2_inode (struct ext2 *fs, uint32_t ino, uint8_t to[128]);

/* A file's blocks in their order: data, or an indirect one.  False ends it. */
typedef bool ext2_visit (struct ext2 *fs, uint32_t ino, uint64_t index,
                         uint32_t block, bool data, void *arg);
bool ext2_walk (struct ext2 *fs, uint32_t ino, const uint8_t *inode,
                ext2_visit *visit, void *arg);

/* The steps, in their order.  */
bool ext2_superblock (struct ext2 *fs); /* image_super.c  */
bool ext2_groups (struct ext2 *fs);
bool ext2_inodes (struct ext2 *fs); /* image_inodes.c  */
bool ext2_names (struct ext2 *fs);  /* image_names.c  */

#endif /* SIM_HARNESS_IMAGE_EXT2_H */
