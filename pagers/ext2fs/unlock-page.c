/* Making a page writable: the blocks of a hole are allocated.

   Model of docs/model.md 3.2, with its trap: a page that begins at or beyond
   allocsize gets no block and no error (6.5 R3), and `left' is an int.  With
   the setting ext2fs.fixed it gets an error, and so does who stores to it.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "ext2fs-pager.h"

/* Allocate the blocks of PAGE; alloc_lock is held for writing.  */
static error_t
allocate_page (struct node *node, vm_offset_t page)
{
  struct disknode *dn = diskfs_node_disknode (node);
  vm_offset_t end = node->allocsize;
  int partial = page + vm_page_size > end;
  int left = partial ? (int)(end - page) : (int)vm_page_size;

  if (ext2_fixed && page >= end)
    return EIO;
  if (partial && left > 0)
    dn->last_page_partially_writable = 1;

  for (; left > 0; left -= block_size, page += block_size)
    {
      block_t block;
      error_t err = ext2_getblk (node, page >> log2_block_size, 1, &block);

      if (err)
        return err;
    }
  return 0;
}

error_t
pager_unlock_page (struct user_pager_info *upi, vm_offset_t page)
{
  struct node *node = upi->node;
  pthread_rwlock_t *lock;
  error_t err;

  if (upi->type == DISK)
    return 0;

  lock = &diskfs_node_disknode (node)->alloc_lock;
  pthread_rwlock_wrlock (lock);
  err = diskfs_catch_exception ();
  if (!err)
    {
      err = allocate_page (node, page);
      diskfs_end_catch_exception ();
    }
  pthread_rwlock_unlock (lock);

  if (err)
    ext2_warning ("inode %" PRIu64 ", page at %lu: cannot allocate: %s",
                  (uint64_t)node->cache_id, (unsigned long)page,
                  strerror (err));
  return err;
}
