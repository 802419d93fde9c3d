/* The writer `perpage': no bulk hook for files.

   Every page of a file goes through pager_write_page: ext2fs as it was before
   the bulk hook (docs/model.md 2.3, v0).  Ours: the hook is there all the
   same, for the disk's own pages under the setting pager.disk_bulk.  To all
   else it answers as libpager's weak one would, which it stands in for.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "ext2fs-pager.h"

const char ext2fs_writer[] = "perpage";

void
ext2fs_writer_configure (void)
{
  /* No setting is of this writer.  */
}

error_t
pager_write_pages (struct user_pager_info *upi, vm_offset_t offset,
                   vm_address_t data, vm_size_t length, vm_size_t *written)
{
  if (upi->type == DISK)
    return disk_pager_write_pages (offset, data, length, written);
  *written = 0;
  return EOPNOTSUPP;
}
