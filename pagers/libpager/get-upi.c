/* The file system's own part of a pager.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "priv.h"

struct user_pager_info *
pager_get_upi (struct pager *p)
{
  return p->upi;
}
