/* The live operating system: what its parts share.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_LIVE_TABLE_H
#define SIM_LIVE_TABLE_H

#include "../../pagers/include/hurd_api.h"

/* Whose store requests this thread makes.  */
enum hurd_path table_path (void);

#endif /* SIM_LIVE_TABLE_H */
