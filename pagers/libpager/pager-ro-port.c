/* A port for mappings that only read.

   The Hurd makes a proxy whose mappings cannot be written; here no mapping
   goes beyond what it was asked for, and the port is the pager's own.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "priv.h"

mach_port_t
pager_create_ro_port (struct pager *p)
{
  return ports_get_send_right (p);
}
