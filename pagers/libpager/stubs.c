/* What a file system need not define: it has no soft references to drop, and
   does not care what the kernel evicts.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "priv.h"

void __attribute__ ((weak)) pager_dropweak (struct user_pager_info *upi)
{
  (void)upi;
}

void __attribute__ ((weak))
pager_notify_evict (struct user_pager_info *upi, vm_offset_t page)
{
  (void)upi;
  (void)page;
}
