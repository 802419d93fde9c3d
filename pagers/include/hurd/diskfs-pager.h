/* The disk pager of a file system server, as libdiskfs keeps it.

   The Hurd catches faults on the disk cache with setjmp; here a read error of
   the disk pager ends the run in the world below, so that the pair
   diskfs_catch_exception and diskfs_end_catch_exception does nothing.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef _HURD_DISKFS_PAGER_H
#define _HURD_DISKFS_PAGER_H

#include <errno.h>
#include <hurd/pager.h>
#include <hurd/ports.h>
#include <setjmp.h>
#include <stdlib.h>

struct user_pager_info;
struct pager_requests;

extern struct pager *diskfs_disk_pager;
extern struct pager_requests *diskfs_disk_pager_requests;

/* Make the pager of the disk from INFO in BUCKET, start BUCKET's workers, and
   map SIZE bytes of it; *IMAGE is the mapping's address.  */
void diskfs_start_disk_pager (struct user_pager_info *info,
                              struct port_bucket *bucket, int may_cache,
                              int notify_on_evict, size_t size, void **image);

static inline error_t
diskfs_catch_exception (void)
{
  return 0;
}

static inline void
diskfs_end_catch_exception (void)
{
}

#endif /* _HURD_DISKFS_PAGER_H */
