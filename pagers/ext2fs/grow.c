/* Growing a file's allocation.

   Model of docs/model.md 3.3: allocsize moves, blocks come when the pages are
   unlocked.  The one exception is a page that is writable already but was not
   wholly below allocsize, which happens only with blocks smaller than a page.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "ext2fs-pager.h"

/* Allocate what NODE's writable last page lacks below NEW_SIZE.  */
static error_t
fill_last_page (struct node *node, loff_t new_size)
{
  struct disknode *dn = diskfs_node_disknode (node);
  loff_t page_end = round_page (node->allocsize);
  loff_t offset, end = page_end < new_size ? page_end : new_size;
  error_t err = diskfs_catch_exception ();

  if (err)
    return err;
  for (offset = node->allocsize; offset < end && !err; offset += block_size)
    {
      block_t block;

      err = ext2_getblk (node, offset >> log2_block_size, 1, &block);
    }
  diskfs_end_catch_exception ();
  if (!err && new_size >= page_end)
    dn->last_page_partially_writable = 0;
  return err;
}

error_t
diskfs_grow (struct node *node, loff_t size,
             struct protid *cred __attribute__ ((unused)))
{
  struct disknode *dn = diskfs_node_disknode (node);
  error_t err = 0;

  if (diskfs_check_readonly ())
    return EROFS;
  if (size <= node->allocsize)
    return 0;

  pthread_rwlock_wrlock (&dn->alloc_lock);
  size = round_block (size);
  if (dn->last_page_partially_writable)
    err = fill_last_page (node, size);
  if (!err)
    node->allocsize = size;
  pthread_rwlock_unlock (&dn->alloc_lock);
  return err;
}
