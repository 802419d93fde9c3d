/* A pager's port.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "priv.h"

mach_port_t
pager_get_port (struct pager *p)
{
  return ports_get_right (p);
}
