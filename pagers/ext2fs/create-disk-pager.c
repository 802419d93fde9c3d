/* The pagers' buckets and workers, and the disk's pager.

   The kernel may cache the disk's object and must say when a page of it
   leaves, so that its slot can be used again (docs/model.md 3.6, 6.5 R8).

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "ext2fs-pager.h"

pthread_spinlock_t node_to_page_lock = PTHREAD_SPINLOCK_INITIALIZER;
struct port_bucket *disk_pager_bucket;
struct port_bucket *file_pager_bucket;
struct pager_requests *file_pager_requests;

void
create_disk_pager (void)
{
  static struct user_pager_info info;
  error_t err;

  info.type = DISK;
  info.node = 0;
  info.max_prot = VM_PROT_READ | VM_PROT_WRITE;

  get_hypermetadata ();
  disk_cache_blocks = DISK_CACHE_BLOCKS;
  disk_cache_size = (store_offset_t)disk_cache_blocks << log2_block_size;

  disk_pager_bucket = ports_create_bucket ();
  diskfs_start_disk_pager (&info, disk_pager_bucket, 1, 1, disk_cache_size,
                           &disk_cache);
  disk_cache_init ();

  file_pager_bucket = ports_create_bucket ();
  err = pager_start_workers (file_pager_bucket, &file_pager_requests);
  if (err)
    ext2_panic ("cannot start the file pagers' workers: %s", strerror (err));
}

error_t
inhibit_ext2_pager (void)
{
  error_t err = pager_inhibit_workers (file_pager_requests);

  if (err)
    return err;
  err = pager_inhibit_workers (diskfs_disk_pager_requests);
  if (err)
    pager_resume_workers (file_pager_requests);
  return err;
}

void
resume_ext2_pager (void)
{
  pager_resume_workers (diskfs_disk_pager_requests);
  pager_resume_workers (file_pager_requests);
}
