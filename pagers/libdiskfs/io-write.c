/* The io_write request.

   Model of docs/model.md 4: allocsize grows first, then st_size, then the
   data are copied into the memory object, all under node->lock.  As merged
   with the bulk writer ("H0"): growing does not update the inode; the tree of
   June 2026 does so each time, which discards the preallocation much more
   often (3.7).  In the Hurd: libdiskfs/io-write.c.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <hurd/diskfs.h>

error_t
diskfs_io_write (struct node *np, const void *buffer, loff_t offset,
                 size_t len, size_t *amount)
{
  loff_t end;
  error_t err;

  *amount = 0;
  if (offset < 0 || __builtin_add_overflow (offset, (loff_t)len, &end))
    return EINVAL;
  if (diskfs_check_readonly ())
    return EROFS;
  pthread_mutex_lock (&np->lock);
  err = diskfs_check_regular (np);
  while (!err && end > np->allocsize)
    err = diskfs_grow (np, end, NULL);
  if (!err)
    {
      if (end > np->dn_stat.st_size)
        {
          np->dn_stat.st_size = end;
          np->dn_set_ctime = 1;
          if (diskfs_synchronous)
            diskfs_node_update (np, 1);
        }
      *amount = len;
      err = _diskfs_rdwr_internal (np, (void *)buffer, offset, amount, 1);
      if (!err && diskfs_synchronous)
        diskfs_file_update (np, 1);
    }
  pthread_mutex_unlock (&np->lock);
  return err;
}
