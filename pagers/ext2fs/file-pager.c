/* Reading one page of a file.

   Model of docs/model.md 3.4.  The first size test comes before the lock, so
   a truncation that gets the lock in between makes find_block refuse.  The
   page is supplied to the kernel after the lock was given up.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "ext2fs-pager.h"

/* Bring the LEFT bytes at OFFSET of NODE into *BUF.  A hole reads as zeros
   and sets *WRITE_LOCK.  alloc_lock is held.  */
static error_t
read_runs (struct node *node, vm_offset_t offset, long left, vm_address_t *buf,
           int *write_lock)
{
  size_t offs = 0; /* where the run begins in the page  */
  size_t len = 0;  /* its length  */
  block_t first = 0;
  error_t err = 0;

  for (; left > 0 && !err; left -= block_size, offset += block_size)
    {
      block_t block;

      err = find_block (node, offset, &block);
      if (err)
        return err;
      if (len > 0 && block == first + (len >> log2_block_size))
        {
          len += block_size;
          continue;
        }

      if (len > 0)
        err = read_blocks (first, offs, len, buf);
      offs += len;
      if (block)
        {
          first = block;
          len = block_size;
          continue;
        }
      len = 0;
      offs += block_size;
      *write_lock = 1;
      if (!*buf)
        *buf = (vm_address_t)get_page_buf ();
      if (!*buf)
        err = ENOMEM;
    }

  if (!err && len > 0)
    err = read_blocks (first, offs, len, buf);
  return err;
}

error_t
file_pager_read_page (struct node *node, vm_offset_t page, vm_address_t *buf,
                      int *write_lock)
{
  pthread_rwlock_t *lock = &diskfs_node_disknode (node)->alloc_lock;
  vm_offset_t end = node->allocsize;
  long left = vm_page_size;
  error_t err;

  *buf = 0;
  *write_lock = 0;
  if (page >= end)
    return EIO;
  if (end - page < vm_page_size)
    left = end - page;

  pthread_rwlock_rdlock (lock);
  err = read_runs (node, page, left, buf, write_lock);
  pthread_rwlock_unlock (lock);

  if (err && *buf)
    {
      free_page_buf ((void *)*buf);
      *buf = 0;
    }
  return err;
}
