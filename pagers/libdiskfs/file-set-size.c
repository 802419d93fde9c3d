/* The file_set_size request.

   Making a file longer allocates nothing: allocsize moves and the new part is
   a hole (docs/model.md 3.3).  In the Hurd: libdiskfs/file-set-size.c.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <hurd/diskfs.h>

error_t
diskfs_file_set_size (struct node *np, loff_t length)
{
  error_t err;

  if (length < 0)
    return EINVAL;
  if (diskfs_check_readonly ())
    return EROFS;
  pthread_mutex_lock (&np->lock);
  err = diskfs_check_regular (np);
  if (!err && length < np->dn_stat.st_size)
    err = diskfs_truncate (np, length);
  else if (!err && length > np->dn_stat.st_size)
    {
      err = diskfs_grow (np, length, NULL);
      if (!err)
        {
          np->dn_stat.st_size = length;
          np->dn_set_ctime = np->dn_set_mtime = 1;
          diskfs_node_update (np, diskfs_synchronous);
        }
    }
  pthread_mutex_unlock (&np->lock);
  return err;
}
