/* The disk pager's start.

   In the Hurd: libdiskfs/disk-pager.c.  There the mapping is one of several
   and faults on it are caught; here it is where the disk cache's contents
   live.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <hurd/diskfs.h>
#include <hurd/diskfs-pager.h>

#include "hurd_api.h"

struct pager *diskfs_disk_pager;
struct pager_requests *diskfs_disk_pager_requests;

void
diskfs_start_disk_pager (struct user_pager_info *info,
                         struct port_bucket *bucket, int may_cache,
                         int notify_on_evict, size_t size, void **image)
{
  unsigned long address = 0;
  mach_port_t port;
  error_t err;

  err = pager_start_workers (bucket, &diskfs_disk_pager_requests);
  assert_perror_backtrace (err);
  diskfs_disk_pager = pager_create (info, bucket, may_cache,
                                    MEMORY_OBJECT_COPY_NONE, notify_on_evict);
  assert_backtrace (diskfs_disk_pager != NULL);
  port = ports_get_send_right (diskfs_disk_pager);
  err = hurd_api->vm_map_object (port, 0, size, 1, &address);
  assert_perror_backtrace (err);
  mach_port_deallocate (mach_task_self (), port);
  *image = (void *)address;
}
