/* No bulk hook for files: every page goes through pager_write_page.

   The hook is there for the disk's own pages, under the setting
   pager.disk_bulk; to all else it answers as libpager's weak one would, which
   it stands in for.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "fatfs.h"

void
writer_configure (void)
{
}

error_t
pager_write_pages (struct user_pager_info *upi, vm_offset_t offset,
                   vm_address_t data, vm_size_t length, vm_size_t *written)
{
  *written = 0;
  if (upi->type == DISK)
    return disk_pager_write_pages (offset, data, length, written);
  return EOPNOTSUPP;
}
