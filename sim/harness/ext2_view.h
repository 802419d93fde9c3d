/* An ext2 image in memory, seen from outside.

   A reader of its own: none of its code or headers are a pager's, so that what
   it says of an image does not depend on what is being tested.  Everything is
   checked against the bounds of the image.

   Left out: blocks of other than 4 KiB, extents, and whatever else ext4 has.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_HARNESS_EXT2_VIEW_H
#define SIM_HARNESS_EXT2_VIEW_H

#include "../base/types.h"

enum
{
  EXT2_VIEW_BLOCK = 4096,
  EXT2_VIEW_ROOT = 2,
  EXT2_VIEW_POINTERS = 15
};

struct ext2_view
{
  const uint8_t *data;
  uint32_t blocks, groups, inodes, inodes_per_group, inode_bytes;
  uint32_t descriptors; /* their first block  */
};

struct ext2_view_inode
{
  uint16_t mode, links;
  uint64_t size;
  uint32_t block[EXT2_VIEW_POINTERS];
};

/* False when the SIZE bytes at DATA are no such file system.  */
bool ext2_view_open (struct ext2_view *v, const uint8_t *data, uint64_t size);
/* False when there is no inode of that number.  */
bool ext2_view_inode (const struct ext2_view *v, uint32_t number,
                      struct ext2_view_inode *inode);
bool ext2_view_regular (const struct ext2_view_inode *inode);
bool ext2_view_directory (const struct ext2_view_inode *inode);
/* Block N of the file, or NULL for a hole or a number out of bounds.  */
const uint8_t *ext2_view_block (const struct ext2_view *v,
                                const struct ext2_view_inode *inode,
                                uint64_t n);
/* The inode that PATH leads to from the root, or 0.  */
uint32_t ext2_view_lookup (const struct ext2_view *v, const char *path);
/* Call FN for every regular file in the tree; a directory is looked into
   once.  */
void ext2_view_walk (const struct ext2_view *v,
                     void (*fn) (void *arg, const char *path, uint32_t inode),
                     void *arg);

#endif /* SIM_HARNESS_EXT2_VIEW_H */
