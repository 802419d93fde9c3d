/* A thread that never comes back: no event for 5 s of host time.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_HARNESS_HANG_H
#define SIM_HARNESS_HANG_H

/* Watch the engine from now on; a hang ends the run with WORLD_HANG.  */
void hang_watch (void);
void hang_ignore (void);

#endif /* SIM_HARNESS_HANG_H */
