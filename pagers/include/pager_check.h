/* What a pager has kept of requests that are done.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef PAGER_CHECK_H
#define PAGER_CHECK_H

#include "hurd_server.h"
#include <mach.h>

void _pager_check (mach_port_t port, hurd_complain *, void *arg);

#endif /* PAGER_CHECK_H */
