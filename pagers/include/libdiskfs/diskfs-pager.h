/* Another name of <hurd/diskfs-pager.h>.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <hurd/diskfs-pager.h>
