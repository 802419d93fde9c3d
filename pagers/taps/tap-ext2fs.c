/* What the taps must know of ext2fs: which path a pager is, the disk's or a
   file's; and the tap on its block map.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "ext2fs.h"
#include <hurd_taps.h>

error_t __real_ext2_getblk (struct node *, uint32_t, int, uint32_t *);
error_t __wrap_ext2_getblk (struct node *, uint32_t, int, uint32_t *);

enum hurd_path
tap_path (struct user_pager_info *upi)
{
  return upi->type == DISK ? HURD_PATH_DISK : HURD_PATH_FILE;
}

error_t
__wrap_ext2_getblk (struct node *node, uint32_t block, int create,
                    uint32_t *disk_block)
{
  if (hurd_api->hooks && hurd_api->hooks->ext2_getblk)
    return hurd_api->hooks->ext2_getblk (node, block, create, disk_block);

  hurd_api->charge_lookup ();
  return __real_ext2_getblk (node, block, create, disk_block);
}
