/* Runs that did not end by themselves: findings that say who waits for what.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_HARNESS_STUCK_H
#define SIM_HARNESS_STUCK_H

#include "../base/types.h"

/* Remember what each thread waits for now, when the server has nothing to do:
   whoever waits for that later on is idle, not stuck.  */
void stuck_note_idle (void);
/* The run ended with END (enum engine_end): record what it was stuck in, if it
   was, under the oracles "deadlock" and "limit".  */
void stuck_findings (int end, const char *limit);

struct thread;
/* Whether T is where it was when the server was idle, or waits for a message
   or a time that its own work does not end.  */
bool stuck_is_idle (const struct thread *t);

#endif /* SIM_HARNESS_STUCK_H */
