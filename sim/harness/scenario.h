/* A scenario: one pager, one workload, one set of keys; and its run.

   This is the only place where the simulator and the pager meet: it loads the
   pager's shared object, gives it the world as its operating system, boots the
   file system and lets the workload's threads go.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_HARNESS_SCENARIO_H
#define SIM_HARNESS_SCENARIO_H

#include "workload.h"
#include "../world/world.h"

struct pager; /* a loaded shared object  */

enum verdict
{
  VERDICT_OK,
  VERDICT_VIOLATION,
  VERDICT_CRASH,
  VERDICT_DEADLOCK,
  VERDICT_TIMEOUT
};
extern const char *const verdict_name[];

/* Load NAME (one of build/pagers/) or a FILE.so, or find it loaded.  NULL and *ERR when it
   cannot be: not there, not a pager, a missing symbol.  */
struct pager *pager_load (const char *name, struct user_error *err);
const char *pager_name (const struct pager *p);
/* Directory of the built pagers, found beside the program.  */
const char *pager_directory (void);

struct run_result
{
  enum verdict verdict;
  bool hung;            /* timeout by host time: no digest  */
  vtime virtual_ns;     /* from the end of setup  */
  uint64_t events;
  uint64_t digest;
  uint64_t wall_ns;     /* host: from the first event to the last  */
  uint64_t max_rss_bytes;
  /* Counters and histograms: world/counters.h; locks: world/lock.h; findings: world/world.h, all
     valid until the next run.  */
};

/* Run W under P with the keys in force.  False, with *ERR, when the user's input was wrong (a
   Lua error in a thread, keys that do not fit together).  */
bool scenario_run (struct pager *p, struct workload *w, uint64_t seed, struct run_result *result,
                   struct user_error *err);
/* In each run from now on, call FN when setup is over; NULL ends it.  */
void scenario_when_measured (void (*fn) (void));
/* Go on after the last run: write everything back and leave the file system
   clean.  What was counted is lost.  False, with *ERR, when that failed or the
   run did not come to its own end.  */
bool scenario_unmount (struct user_error *err);
/* Call FN, on the thread that unmounts and instead of the server's stop, from
   now on; what it returns is the error.  NULL ends it.  */
void scenario_when_unmounting (int (*fn) (void));
/* How the last unmounting ended.  */
enum verdict scenario_unmount_verdict (void);

#endif /* SIM_HARNESS_SCENARIO_H */
