/* Looking at a file's block map without touching it.

   For observers: ext2_getblk moves the allocation goal even when it creates
   nothing (docs/model.md 3.7), and who takes alloc_lock is counted.  So this
   walks the map by itself and without the lock; the answer is that of the
   moment.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "block-of.h"

error_t
ext2_block_of (struct node *node, block_t block, block_t *disk_block)
{
  uint32_t *data = diskfs_node_disknode (node)->info.i_data;
  uint64_t left = block, span = 1;
  int levels;

  if (left < EXT2_NDIR_BLOCKS)
    {
      *disk_block = le32toh (data[left]);
      return 0;
    }
  left -= EXT2_NDIR_BLOCKS;
  for (levels = 1; left >= span * addr_per_block; levels++)
    {
      if (levels == 3)
        return EIO;
      left -= span * addr_per_block;
      span *= addr_per_block;
    }
  *disk_block = le32toh (data[EXT2_IND_BLOCK + levels - 1]);
  for (; levels > 0 && *disk_block != 0; levels--, span /= addr_per_block)
    {
      uint32_t *map = disk_cache_block_ref (*disk_block);

      *disk_block = le32toh (map[left / span]);
      disk_cache_block_deref (map);
      left %= span;
    }
  return 0;
}
