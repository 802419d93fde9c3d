/* Writing one page of a file: the path that every writer falls back to.

   Model of docs/model.md 3.5, defects kept: what pending_blocks_add and the
   last pending_blocks_write return is ignored, so an error of the store is
   lost; a hole ends the server.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "ext2fs-pager.h"

error_t
file_pager_write_page (struct node *node, vm_offset_t page, vm_address_t buf)
{
  pthread_rwlock_t *lock = &diskfs_node_disknode (node)->alloc_lock;
  struct pending_blocks pb;
  vm_offset_t offset = page;
  long left = 0;
  error_t err = 0;

  pending_blocks_init (&pb, (void *)buf);
  pthread_rwlock_rdlock (lock);

  if (offset < (vm_offset_t)node->allocsize)
    left = node->allocsize - offset;
  if (left > (long)vm_page_size)
    left = vm_page_size;

  while (left > 0)
    {
      block_t block;

      err = find_block_to_write (node, offset, &block);
      if (err)
        break;
      assert_backtrace (block);
      pending_blocks_add (&pb, block);
      offset += block_size;
      left -= block_size;
    }
  if (!err)
    pending_blocks_write (&pb);

  pthread_rwlock_unlock (lock);
  return err;
}
