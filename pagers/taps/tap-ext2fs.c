/* Which path an ext2fs pager is: the disk's, or a file's.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "ext2fs.h"
#include <hurd_taps.h>

enum hurd_path
tap_path (struct user_pager_info *upi)
{
  return upi->type == DISK ? HURD_PATH_DISK : HURD_PATH_FILE;
}
