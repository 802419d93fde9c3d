/* The fsys_syncfs request: sync(2).

   Like a round of the periodic sync, but waiting if the caller does (docs/
   model.md 4).  In the Hurd: libdiskfs/fsys-syncfs.c.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <hurd/diskfs.h>

error_t
diskfs_fsys_syncfs (int wait)
{
  error_t err = 0;

  pthread_rwlock_rdlock (&diskfs_fsys_lock);
  if (!diskfs_readonly)
    {
      diskfs_sync_everything (wait);
      err = diskfs_set_hypermetadata (wait, 0);
    }
  pthread_rwlock_unlock (&diskfs_fsys_lock);
  return err;
}
