/* The world as the operating system of a pager: hurd_api's table.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_HARNESS_API_TABLE_H
#define SIM_HARNESS_API_TABLE_H

#include "../../pagers/include/hurd_api.h"

extern const struct hurd_api api_table;

#endif /* SIM_HARNESS_API_TABLE_H */
