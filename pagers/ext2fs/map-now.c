/* A file's state and block map at this moment.

   For observers that look on while the server works: no lock is taken, no page
   faulted in, and the allocation goal stays where it is.  What is not in
   memory is not known.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "priv.h"

#include "hurd_api.h"
#include "map-now.h"

const void *
ext2_look (block_t block)
{
  char *ptr = hurd_ihash_find (disk_cache_bptr, block);

  if (ptr == NULL || hurd_api->look == NULL
      || (disk_cache_info[bptr_index (ptr)].flags & DC_UNTOUCHED))
    return NULL;
  return hurd_api->look ((unsigned long)ptr);
}

static struct node *
node_of_port (uint32_t port)
{
  struct pager *p = hurd_api->port_receiver (port);
  struct user_pager_info *upi;

  if (p == NULL || p->port.class != _pager_class || p->pager_state != NORMAL)
    return NULL;
  upi = p->upi;
  return upi->type == FILE_DATA ? upi->node : NULL;
}

int
ext2_file_state (uint32_t port, struct hurd_file_state *out)
{
  struct node *np = node_of_port (port);

  if (np == NULL)
    return 0;
  out->node = np;
  out->inode = np->cache_id;
  out->alloc_size = np->allocsize;
  out->alloc_lock = &diskfs_node_disknode (np)->alloc_lock;
  return 1;
}

/* The entry for BLOCK in the part of NP's map that it stands in, and how many
   entries follow it there; NULL if that is not in memory.  */
static const uint32_t *
entry_of (struct node *np, uint64_t block, uint32_t *left)
{
  static const uint32_t hole;
  const uint32_t *map = diskfs_node_disknode (np)->info.i_data;
  uint64_t span = 1;
  int levels;

  *left = 1;
  if (block < EXT2_NDIR_BLOCKS)
    {
      *left = EXT2_NDIR_BLOCKS - block;
      return &map[block];
    }
  block -= EXT2_NDIR_BLOCKS;
  for (levels = 1; block >= span * addr_per_block; levels++)
    {
      if (levels == 3)
        return NULL;
      block -= span * addr_per_block;
      span *= addr_per_block;
    }
  map += EXT2_IND_BLOCK + levels - 1;
  for (; levels > 0; levels--, span /= addr_per_block)
    {
      block_t next = le32toh (*map);

      if (next == 0)
        return &hole;
      map = ext2_look (next);
      if (map == NULL)
        return NULL;
      map += block / span;
      *left = addr_per_block - block / span;
      block %= span;
    }
  return map;
}

uint32_t
ext2_run_at (struct node *np, uint32_t block, uint32_t n, uint32_t *disk_block)
{
  uint32_t run = 0, left;

  while (run < n)
    {
      const uint32_t *entry = entry_of (np, (uint64_t)block + run, &left);

      if (entry == NULL)
        break;
      if (run == 0)
        *disk_block = le32toh (*entry);
      for (; left > 0 && run < n; left--, entry++, run++)
        if (le32toh (*entry) != (*disk_block ? *disk_block + run : 0))
          return run;
    }
  return run;
}
