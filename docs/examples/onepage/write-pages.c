/* A bulk hook that writes one block per hold of alloc_lock.

   The example of docs/own-pager.md: the smallest pager of one's own.  It is
   called with a whole run of pages, as the writers `chunk' and `extent' are,
   but lets go of the lock after every block; a grow that waits gets in
   between.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "ext2fs.h"

/* Call BODY with LOCK held for reading.  Not inlined: BODY is a nested
   function whose address is taken, so the caller's stack must be executable.
 */
static error_t __attribute__ ((noinline))
with_lock (pthread_rwlock_t *lock, error_t (*body) (void))
{
  error_t err;

  pthread_rwlock_rdlock (lock);
  err = body ();
  pthread_rwlock_unlock (lock);
  return err;
}

error_t
pager_write_pages (struct user_pager_info *upi, vm_offset_t offset,
                   vm_address_t data, vm_size_t length, vm_size_t *written)
{
  struct node *node = upi->node;
  vm_size_t done = 0;
  int at_end = 0;
  error_t err = 0;

  error_t write_block (void)
  {
    block_t block;
    size_t amount = 0;
    error_t err;

    /* A truncate may have come in between.  */
    at_end = offset + done >= (vm_offset_t)node->allocsize;
    if (at_end)
      return 0;
    err = ext2_getblk (node, (offset + done) >> log2_block_size, 0, &block);
    if (err)
      return err; /* EINVAL is a hole; libpager tries page by page */
    err = store_write (store,
                       (store_offset_t)block << log2_dev_blocks_per_fs_block,
                       (void *)(data + done), block_size, &amount);
    if (!err && amount != block_size)
      err = EIO;
    return err;
  }

  /* Pages of the disk itself go one by one.  */
  if (upi->type == DISK)
    return EOPNOTSUPP;

  while (done < length)
    {
      err = with_lock (&diskfs_node_disknode (node)->alloc_lock, write_block);
      if (err || at_end)
        break;
      done += block_size;
    }

  *written = trunc_page (done);
  return err;
}
