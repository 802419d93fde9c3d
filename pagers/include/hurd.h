/* What <hurd.h> drags in, which code for the Hurd relies on: error_t, malloc,
   alloca, struct stat, PRIu64.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef _HURD_H
#define _HURD_H 1

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <alloca.h>
#include <mach.h>

typedef mach_port_t file_t;
typedef struct stat io_statbuf_t;

#endif /* _HURD_H */
