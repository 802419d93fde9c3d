/* <libpager/pager.h> is <hurd/pager.h>.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <hurd/pager.h>
