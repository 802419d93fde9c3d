/* The workload's threads in a live run, as their calls see them: program.c.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_LIVE_PROGRAM_H
#define SIM_LIVE_PROGRAM_H

#include "../base/types.h"

/* This thread makes request WHAT; or NULL, is done with it.  */
void program_in_call (const char *what);
/* Whether nobody is to begin anything new.  */
bool programs_ending (void);

#endif /* SIM_LIVE_PROGRAM_H */
