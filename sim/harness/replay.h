/* Doing a recorded trace again: a thread for each of its processes.

   A process does its operations in their order, each not before its time, and
   not before what it depends on in other processes is done (trace_names.h).

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_HARNESS_REPLAY_H
#define SIM_HARNESS_REPLAY_H

#include "trace_read.h"

enum
{
  REPLAY_SPEED_MAX = 1000000
};

struct replay;

/* R is the replay's from now on.  SPEED: how many times as fast as recorded; 0
   is as fast as it can.  With GO_ON, an operation that fails is left at that,
   and so are those that need its file.  */
struct replay *replay_new (struct recording *r, uint64_t speed, bool go_on);
void replay_free (struct replay *p);
const struct recording *replay_recording (const struct replay *p);

/* These run on a thread of the engine.  False when an operation failed; *ERR
   is then the line.  */
/* Make what is there at the beginning.  */
bool replay_setup (struct replay *p, struct user_error *err);
/* Do all of PROCESS; times count from BEGIN.  */
bool replay_process (struct replay *p, unsigned process, vtime begin,
                     struct user_error *err);

#endif /* SIM_HARNESS_REPLAY_H */
