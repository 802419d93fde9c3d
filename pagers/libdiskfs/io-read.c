/* The io_read request: what is below st_size, copied out of the memory
   object under node->lock.  In the Hurd: libdiskfs/io-read.c.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <hurd/diskfs.h>

error_t
diskfs_io_read (struct node *np, void *buffer, loff_t offset, size_t len,
                size_t *amount)
{
  error_t err;

  *amount = 0;
  if (offset < 0)
    return EINVAL;
  pthread_mutex_lock (&np->lock);
  err = diskfs_check_regular (np);
  if (!err && offset < np->dn_stat.st_size)
    {
      loff_t left = np->dn_stat.st_size - offset;

      *amount = (loff_t)len < left ? len : (size_t)left;
      err = _diskfs_rdwr_internal (np, buffer, offset, amount, 0);
    }
  pthread_mutex_unlock (&np->lock);
  return err;
}
