/* The inodes of an image and their blocks, see image_judge.h.

   Every block has one owner: as each is taken when it is come across, what is
   pointed to twice is found at once, and no walk goes in circles.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <stdlib.h>
#include <string.h>
#include "../base/check.h"
#include "image_ext2.h"

enum
{
  SECTORS = EXT2_BLOCK / 512, /* i_blocks counts in these  */
  FAST_SYMLINK_BYTES = 4 * EXT2_SLOTS,
  ATTRIBUTES_MAGIC = 0xea020000,
  /* Secrm, unrm, sync, immutable, append, nodump, noatime, hashed directory,
     journalled data, no tails, synchronous directory, top directory.  */
  FLAGS_KNOWN = 0x3d0fb,
  FLAG_HASHED = 0x1000
};

/* The last byte that three levels of blocks can hold, and one.  */
#define SIZE_MAX_BYTES                                                        \
  ((EXT2_DIRECT + UINT64_C (1) * EXT2_POINTERS                                \
    + UINT64_C (1) * EXT2_POINTERS * EXT2_POINTERS                            \
    + UINT64_C (1) * EXT2_POINTERS * EXT2_POINTERS * EXT2_POINTERS)           \
   * EXT2_BLOCK)

/* What was found of one file.  */
struct extent
{
  uint64_t blocks; /* with the indirect ones  */
  uint64_t data;
  uint64_t end; /* behind the last one of data  */
};

static bool
take_block (struct ext2 *fs, uint32_t ino, uint64_t index, uint32_t block,
            bool data, void *arg)
{
  struct extent *e = arg;
  if (!ext2_own (fs, block))
    return ext2_wrong (fs,
                       "damaged: inode %u: its block %u is not there or "
                       "another's",
                       ino, block);
  e->blocks++;
  if (data)
    {
      e->data++;
      e->end = index + 1;
    }
  return true;
}

/* A block of attributes belongs to all files that name it.  */
static bool
take_attributes (struct ext2 *fs, uint32_t ino, uint32_t block)
{
  uint8_t bytes[EXT2_BLOCK];
  for (size_t i = 0; i < fs->shared_count; i++)
    if (fs->shared[i].block == block)
      {
        fs->shared[i].users++;
        return true;
      }
  if (!fs->attributes || !ext2_own (fs, block))
    return ext2_wrong (fs, "damaged: inode %u: its attributes' block %u", ino,
                       block);
  ext2_read (fs, block, bytes);
  if (ext2_le32 (bytes) != ATTRIBUTES_MAGIC || ext2_le32 (bytes + 8) != 1)
    return ext2_wrong (fs, "damaged: block %u holds no attributes", block);
  if ((fs->shared_count & (fs->shared_count + 1)) == 0)
    {
      fs->shared = realloc (fs->shared,
                            (2 * fs->shared_count + 1) * sizeof *fs->shared);
      CHECK (fs->shared != NULL);
    }
  fs->shared[fs->shared_count++]
      = (struct ext2_attributes){ block, 1, ext2_le32 (bytes + 4) };
  return true;
}

static bool
check_attributes (struct ext2 *fs)
{
  for (size_t i = 0; i < fs->shared_count; i++)
    if (fs->shared[i].users != fs->shared[i].expected)
      return ext2_wrong (fs,
                         "damaged: block %u: attributes of %u files, not "
                         "%u",
                         fs->shared[i].block, fs->shared[i].users,
                         fs->shared[i].expected);
  return true;
}

static bool
is_special (enum ext2_type type)
{
  return type == EXT2_FIFO || type == EXT2_CHARACTER
         || type == EXT2_BLOCK_DEVICE || type == EXT2_SOCKET;
}

static bool
check_size (struct ext2 *fs, uint32_t ino, enum ext2_type type,
            const uint8_t *inode, const struct extent *e)
{
  uint64_t size = ext2_le32 (inode + 4);
  bool good = true;
  if (type == EXT2_REGULAR)
    {
      size |= (uint64_t)ext2_le32 (inode + 108) << 32;
      good = size <= SIZE_MAX_BYTES
             && e->end <= (size + EXT2_BLOCK - 1) / EXT2_BLOCK
             && (size <= INT32_MAX || fs->large_file);
    }
  else if (type == EXT2_DIRECTORY)
    good = size > 0 && size % EXT2_BLOCK == 0 && e->end == size / EXT2_BLOCK
           && e->data == e->end && ext2_le32 (inode + 108) == 0;
  else if (type == EXT2_SYMLINK)
    good = e->blocks > 0
               ? size > 0 && size <= EXT2_BLOCK && e->data == 1 && e->end == 1
               : size < FAST_SYMLINK_BYTES;
  if (good)
    return true;
  return ext2_wrong (fs, "damaged: inode %u: %llu bytes in %llu blocks", ino,
                     (unsigned long long)size, (unsigned long long)e->blocks);
}

/* Take the blocks of the inode, and see that its fields fit them.  */
static bool
check_blocks (struct ext2 *fs, uint32_t ino, enum ext2_type type,
              const uint8_t *inode)
{
  struct extent e = { 0, 0, 0 };
  uint32_t attributes = ext2_le32 (inode + 104);
  uint32_t sectors = ext2_le32 (inode + 28);
  bool fast
      = type == EXT2_SYMLINK && sectors == (attributes != 0 ? SECTORS : 0);
  if (!is_special (type) && !fast
      && !ext2_walk (fs, ino, inode, take_block, &e))
    return false;
  if (attributes != 0 && !take_attributes (fs, ino, attributes))
    return false;
  /* Of bad blocks mke2fs does not count the indirect ones, and nobody looks
     at it.  */
  if (ino != EXT2_BAD_BLOCKS
      && sectors != (e.blocks + (attributes != 0)) * SECTORS)
    return ext2_wrong (fs, "damaged: inode %u: %llu blocks, not %u sectors",
                       ino, (unsigned long long)e.blocks, sectors);
  /* The inode of kept blocks is as long as can be, for no reader.  */
  return ino == EXT2_RESIZE || ino == EXT2_BAD_BLOCKS
         || check_size (fs, ino, type, inode, &e);
}

/* Bad blocks are kept by an inode that is nothing else.  */
static bool
is_bare (const uint8_t *inode)
{
  return ext2_le32 (inode) == 0 && ext2_le32 (inode + 24) == 0
         && ext2_le32 (inode + 104) == 0;
}

static bool
check_flags (struct ext2 *fs, uint32_t ino, enum ext2_type type,
             const uint8_t *inode)
{
  uint32_t flags = ext2_le32 (inode + 32);
  if (flags & ~(uint32_t)FLAGS_KNOWN)
    return ext2_wrong (fs, "inode %u: its flags %#x are not supported", ino,
                       flags);
  if ((flags & FLAG_HASHED && (type != EXT2_DIRECTORY || !fs->hashed))
      || ext2_le32 (inode + 112) != 0 /* a fragment  */
      /* The upper halves of the blocks and of the attributes' block.  */
      || (!fs->hurd && ext2_le32 (inode + 116) != 0)
      || (ino == EXT2_BAD_BLOCKS && !is_bare (inode)))
    return ext2_wrong (fs, "damaged: inode %u", ino);
  return true;
}

static bool
check_inode (struct ext2 *fs, uint32_t ino)
{
  uint8_t inode[128];
  ext2_inode (fs, ino, inode);
  enum ext2_type type = ext2_le16 (inode) >> 12;
  uint32_t links = ext2_le16 (inode + 26);
  bool reserved = ino < fs->first_inode && ino != EXT2_ROOT;
  if (reserved && links == 0 && ino != EXT2_BAD_BLOCKS && type == EXT2_NONE)
    return true;
  if (reserved
      && (links > 1
          || (ino != EXT2_BAD_BLOCKS
              && (type != EXT2_REGULAR
                  || (ino != EXT2_RESIZE && ino != EXT2_JOURNAL)))))
    return ext2_wrong (fs, "damaged: inode %u is reserved, but in use", ino);
  if (!reserved)
    {
      if (links == 0)
        return ext2_wrong (fs, "damaged: inode %u is in use without a name",
                           ino);
      if (type != EXT2_DIRECTORY && type != EXT2_REGULAR
          && type != EXT2_SYMLINK && !is_special (type))
        return ext2_wrong (fs, "damaged: inode %u: no such type of file: %u",
                           ino, type);
      if (ext2_le32 (inode + 20) != 0)
        return ext2_wrong (fs, "damaged: inode %u is in use, but deleted",
                           ino);
      if (fs->hurd && ext2_le32 (inode + 36) != 0)
        return ext2_wrong (fs,
                           "inode %u has a translator, which is not "
                           "supported",
                           ino);
      fs->type[ino] = type;
      fs->links[ino] = links;
    }
  return check_flags (fs, ino, type, inode)
         && check_blocks (fs, ino, type, inode);
}

bool
ext2_inodes (struct ext2 *fs)
{
  size_t n = (size_t)fs->inodes + 1;
  fs->type = ext2_array (n, sizeof *fs->type);
  fs->links = ext2_array (n, sizeof *fs->links);
  for (uint32_t g = 0; g < fs->groups; g++)
    {
      uint8_t map[EXT2_BLOCK];
      ext2_read (fs, fs->group[g].inode_bitmap, map);
      for (uint32_t i = 0; i < fs->inodes_per_group; i++)
        {
          uint32_t ino = g * fs->inodes_per_group + i + 1;
          if (ext2_bit (map, i))
            {
              if (!check_inode (fs, ino))
                return false;
            }
          else if (ino < fs->first_inode)
            return ext2_wrong (fs, "damaged: inode %u is not marked as used",
                               ino);
        }
    }
  if (fs->type[EXT2_ROOT] != EXT2_DIRECTORY)
    return ext2_wrong (fs, "damaged: the root is not a directory");
  return check_attributes (fs);
}
