/* The bulk hook: one run of consecutive clusters for each hold of alloc_lock.

   A run is at most pager.cap_blocks long, and nothing that was looked up is
   used after the lock was given up.  Only what the store has taken counts as
   written; what is left, an error or the part behind allocsize, libpager hands
   over again page by page.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "fatfs.h"
#include "hurd_api.h"

static long cap = 128; /* clusters of the longest run  */

void
writer_configure (void)
{
  cap = hurd_api->setting ("pager.cap_blocks", 128);
}

/* Write the run of clusters that begins at number N of NODE, at most LIMIT of
   them; alloc_lock is held.  *RUN is how many were written.  */
static error_t
write_run (struct node *node, uint32_t n, uint32_t limit, const char *buf,
           uint32_t *run)
{
  cluster_t first, next;
  uint32_t count = 1;
  error_t err = chain_lookup (node, n, &first);

  *run = 0;
  if (err)
    return err;
  while (count < limit && chain_lookup (node, n + count, &next) == 0
         && next == first + count)
    count++;
  err = write_blocks (cluster_block (first), buf,
                      (size_t)count << FAT_BLOCK_LOG);
  if (err)
    return err;
  fresh_clear (diskfs_node_disknode (node), n, count);
  *run = count;
  return 0;
}

static error_t
file_pager_write_pages (struct node *node, vm_offset_t offset, const char *buf,
                        vm_size_t length, vm_size_t *written)
{
  pthread_rwlock_t *lock = &diskfs_node_disknode (node)->alloc_lock;
  error_t err = 0;

  while (*written < length && !err)
    {
      vm_offset_t at = offset + *written, end;
      vm_size_t left = length - *written;
      uint32_t run = 0;

      pthread_rwlock_rdlock (lock);
      end = node->allocsize;
      if (at < end)
        {
          if (left > end - at)
            left = end - at;
          left >>= FAT_BLOCK_LOG;
          if (left > (vm_size_t)cap)
            left = cap;
          err = write_run (node, at >> FAT_BLOCK_LOG, left, buf + *written,
                           &run);
        }
      pthread_rwlock_unlock (lock);
      if (at >= end)
        break;
      *written += (vm_size_t)run << FAT_BLOCK_LOG;
    }
  return err;
}

error_t
pager_write_pages (struct user_pager_info *upi, vm_offset_t offset,
                   vm_address_t data, vm_size_t length, vm_size_t *written)
{
  *written = 0;
  if (upi->type == DISK)
    return disk_pager_write_pages (offset, data, length, written);
  return file_pager_write_pages (upi->node, offset, (const char *)data, length,
                                 written);
}
