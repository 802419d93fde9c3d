/* Looking at a file's block map without touching it.

   For observers: ext2_getblk moves the allocation goal even when it creates
   nothing (docs/model.md 3.7), and who takes alloc_lock is counted.  So this
   walks the map by itself and without the lock; the answer is that of the
   moment.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "priv.h"

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
      uint32_t *map;

      if (!ext2_block_valid (*disk_block))
        return EIO;
      map = disk_cache_block_ref (*disk_block);
      *disk_block = le32toh (map[left / span]);
      disk_cache_block_deref (map);
      left %= span;
    }
  return 0;
}

/* How many indirect blocks are allocated right before logical block L by a
   sequential writer (docs/model.md 3.8).  */
static unsigned
indirects_before (uint64_t l)
{
  uint64_t n = addr_per_block;

  if (l < EXT2_NDIR_BLOCKS || (l - EXT2_NDIR_BLOCKS) % n != 0)
    return 0;
  l = (l - EXT2_NDIR_BLOCKS) / n;
  if (l == 0)
    return 1; /* the single one  */
  if (l == 1 || l == n + 1)
    return l == 1 ? 2 : 3; /* the first leaf of the double, of the triple  */
  return l > n && (l - n - 1) % n == 0 ? 2 : 1;
}

enum hurd_gap
ext2_gap (uint64_t logical, uint64_t before, uint64_t after)
{
  uint32_t first = le32toh (sblock->s_first_data_block);
  uint32_t per_group = EXT2_BLOCKS_PER_GROUP (sblock);
  unsigned n = indirects_before (logical);

  if ((before - first) / per_group != (after - first) / per_group)
    return HURD_GAP_GROUP;
  return n > 0 && after == before + 1 + n ? HURD_GAP_INDIRECT
                                          : HURD_GAP_FRAGMENT;
}

uint64_t
ext2_port_inode (uint32_t port)
{
  struct pager *p = ports_lookup_port (NULL, port, _pager_class);
  struct user_pager_info *upi;
  uint64_t ino = 0;

  if (p == NULL)
    return 0;
  upi = pager_get_upi (p);
  if (upi->type == FILE_DATA)
    ino = upi->node->cache_id;
  ports_port_deref (p);
  return ino;
}
