/* libfshelp: included by code for the Hurd, nothing of it is used here.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef _HURD_FSHELP_
#define _HURD_FSHELP_
#include <hurd.h>
#endif /* _HURD_FSHELP_ */
