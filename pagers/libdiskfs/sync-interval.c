/* The periodic sync.

   Model of docs/model.md 4: a round right at the start, and then the interval
   between the end of one and the beginning of the next, so that the period is
   the interval and the round's duration.  A file system that was changed once
   counts as changed ever after.  In the Hurd: libdiskfs/sync-interval.c.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <hurd/diskfs.h>
#include <time.h>

/* Whether there was work.  */
static int
sync_round (void)
{
  int work;

  if (diskfs_readonly)
    return 0;
  pthread_rwlock_rdlock (&diskfs_fsys_lock);
  work = diskfs_diskdirty;
  if (work)
    {
      diskfs_sync_everything (0);
      diskfs_set_hypermetadata (0, 0);
    }
  pthread_rwlock_unlock (&diskfs_fsys_lock);
  return work;
}

void
diskfs_sync_loop (uint64_t interval_ns, void (*synced) (int worked))
{
  const uint64_t second = 1000000000;
  struct timespec interval
      = { .tv_sec = interval_ns / second, .tv_nsec = interval_ns % second };

  for (;;)
    {
      int worked = sync_round ();

      if (synced != NULL)
        synced (worked);
      nanosleep (&interval, NULL);
    }
}
