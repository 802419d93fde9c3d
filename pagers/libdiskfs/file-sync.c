/* The file_sync request: fsync.

   node->lock is taken and dropped, and the file updated without it, as the
   original does (docs/model.md 4; what that allows is 6.5 R6).  In the Hurd:
   libdiskfs/file-sync.c.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <hurd/diskfs.h>

error_t
diskfs_file_sync (struct node *np, int wait)
{
  pthread_mutex_lock (&np->lock);
  pthread_mutex_unlock (&np->lock);
  if (diskfs_check_readonly ())
    return EROFS;
  diskfs_file_update (np, wait);
  return 0;
}
