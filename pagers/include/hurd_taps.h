/* What the files of ../taps/ share, and what a file system tells them.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef HURD_TAPS_H
#define HURD_TAPS_H

#include "hurd_api.h"

#include <mach.h>
#include <stdbool.h>

/* Which path the pager of UPI is; tap-FILESYSTEM.c.  */
enum hurd_path tap_path (struct user_pager_info *upi);

/* Unmap the window onto a memory object at ADDRESS that vm_map made; false if
   there is none, so that it must be plain memory.  */
bool vm_unmap_window (vm_address_t address, vm_size_t size);

#endif /* HURD_TAPS_H */
