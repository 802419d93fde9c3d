/* Only weak references are left: the file system drops its own.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "priv.h"

void
_pager_real_dropweak (void *arg)
{
  struct pager *p = arg;

  pager_dropweak (p->upi);
}
