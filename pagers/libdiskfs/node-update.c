/* Nodes' times, and what all of libdiskfs shares.

   The clock of the file system's stamps begins where a fresh one was
   formatted.  In the Hurd: libdiskfs/node-times.c, node-update.c,
   readonly.c.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <hurd/diskfs.h>
#include <time.h>

/* 2020-01-01: as mke2fs.h.  */
#define EPOCH 1577836800

struct node *diskfs_root_node;
int diskfs_readonly;
int diskfs_synchronous;
int diskfs_diskdirty;
pthread_rwlock_t diskfs_fsys_lock;

int
diskfs_check_readonly (void)
{
  if (!diskfs_readonly)
    diskfs_diskdirty = 1;
  return diskfs_readonly;
}

void
diskfs_set_node_times (struct node *np)
{
  struct timespec now;

  if (!np->dn_set_atime && !np->dn_set_mtime && !np->dn_set_ctime)
    return;
  clock_gettime (CLOCK_MONOTONIC, &now);
  now.tv_sec += EPOCH;
  if (np->dn_set_atime)
    np->dn_stat.st_atim = now;
  if (np->dn_set_mtime)
    np->dn_stat.st_mtim = now;
  if (np->dn_set_ctime)
    np->dn_stat.st_ctim = now;
  np->dn_set_atime = np->dn_set_mtime = np->dn_set_ctime = 0;
  np->dn_stat_dirty = 1;
}

void
diskfs_node_update (struct node *np, int wait)
{
  diskfs_set_node_times (np);
  diskfs_write_disknode (np, wait);
}
