/* What libpager calls: the two kinds of pager, told apart by their info.

   pager_unlock_page is in unlock-page.c, pager_write_pages in the writers'
   files.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "ext2fs-pager.h"
#include "write-errors.h"

error_t
pager_read_page (struct user_pager_info *upi, vm_offset_t page,
                 vm_address_t *buf, int *write_lock)
{
  if (upi->type == DISK)
    return disk_pager_read_page (page, buf, write_lock);
  return file_pager_read_page (upi->node, page, buf, write_lock);
}

error_t
pager_write_page (struct user_pager_info *upi, vm_offset_t page,
                  vm_address_t buf)
{
  error_t err;

  if (upi->type == DISK)
    {
      err = disk_pager_write_page (page, buf);
      write_errors_note_slots (page, vm_page_size, err);
      return err;
    }
  err = file_pager_write_page (upi->node, page, buf);
  write_errors_note (upi->node->cache_id, page, vm_page_size, err);
  return err;
}

void
pager_notify_evict (struct user_pager_info *upi, vm_offset_t page)
{
  if (upi->type == DISK)
    disk_cache_page_evicted (page);
}

/* A file's size is read without alloc_lock, as in the original.  */
error_t
pager_report_extent (struct user_pager_info *upi, vm_address_t *offset,
                     vm_size_t *size)
{
  *offset = 0;
  *size = upi->type == DISK ? (vm_size_t)disk_cache_size
                            : (vm_size_t)upi->node->allocsize;
  return 0;
}
