/* What the taps must know of fatfs: which path a pager is.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "fatfs.h"
#include <hurd_taps.h>

enum hurd_path
tap_path (struct user_pager_info *upi)
{
  return upi->type == DISK ? HURD_PATH_DISK : HURD_PATH_FILE;
}
