/* A workload: a Lua 5.4 file that says what the machine is and what its
   programs do.  See docs/workloads.md for the language.

   Each `thread' is a Lua thread driven by a thread of the engine: a call such
   as f:write yields out of Lua with what to do, the engine's thread does it
   through client.h and resumes Lua with the result; so the engine never
   switches inside a Lua resume.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_HARNESS_WORKLOAD_H
#define SIM_HARNESS_WORKLOAD_H

#include "../base/types.h"

struct workload;

/* What Lua may need of the stack of a thread that runs setup or a workload's
   thread: its 200 nested C calls, measured as just under 512 KiB.  */
enum
{
  WORKLOAD_STACK_BYTES = 1 << 20
};

/* What went wrong, as the one line that the user sees: "FILE:LINE: what".  */
struct user_error
{
  char line[512];
};

/* Read PATH and run its top level: declares params, sets keys (origin
   KEY_WORKLOAD), collects setup and thread functions.  NULL and *ERR when it
   is wrong.  --set values must be in force already (keys_set, KEY_USER), those
   of keys that the workload declares kept back until it does.  */
struct workload *workload_load (const char *path, struct user_error *err);
void workload_free (struct workload *w);
const char *
workload_name (const struct workload *w); /* file name without directories  */
const char *workload_path (const struct workload *w); /* as it was given  */
const char *workload_text (const struct workload *w, size_t *len);
const char *workload_sha256 (const struct workload *w); /* 64 hex digits  */
unsigned workload_threads (const struct workload *w);
/* How many of them ended by a Lua error after a fault (world/faults.h).  */
unsigned workload_gave_up (const struct workload *w);

/* Whether Lua runs just now: then its own limits apply, and a detector of
   hangs in the code under test must not count the time.  Safe in a signal
   handler.  */
bool workload_in_lua (void);

/* Run the setup functions on the current engine thread.  False on a Lua error,
   then *ERR is set.  */
bool workload_setup (struct workload *w, struct user_error *err);
/* Spawn an engine thread for every `thread'.  When the last has ended, ENDED
   (ARG, NULL) runs; on a Lua error at once, with the error.  */
void workload_spawn (struct workload *w,
                     void (*ended) (void *arg, const struct user_error *),
                     void *arg);

#endif /* SIM_HARNESS_WORKLOAD_H */
