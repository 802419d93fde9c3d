/* Notifications: included by code for the Hurd, nothing of it is used.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef _MACH_NOTIFY_H_
#define _MACH_NOTIFY_H_
#include <mach.h>
#endif /* _MACH_NOTIFY_H_ */
