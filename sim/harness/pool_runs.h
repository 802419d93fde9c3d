/* Runs of one workload by a pool of processes, of which the counters matter.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_HARNESS_POOL_RUNS_H
#define SIM_HARNESS_POOL_RUNS_H

#include <signal.h>
#include "scenario.h"
#include "../world/counters.h"

enum
{
  POOL_SETTINGS = 64,
  POOL_SETTING_BYTES = 112
};

struct pool_task
{
  char pager[256];
  uint64_t seed;
  unsigned settings;
  char setting[POOL_SETTINGS][POOL_SETTING_BYTES]; /* KEY=VALUE  */
};

struct pool_result
{
  bool ran;  /* else ERROR says what was wrong with the input  */
  bool died; /* its process did, and nothing is known  */
  enum verdict verdict;
  vtime virtual_ns;
  uint64_t digest;
  uint64_t counter[COUNTER_COUNT];
  struct user_error error;
};

struct pool_runs;

/* WORKERS processes for runs of the workload PATH.  */
struct pool_runs *pool_runs_open (unsigned workers, const char *path);
void pool_runs_close (struct pool_runs *p);
/* Do N tasks and fill in the result of each.  False when *STOP became nonzero
   meanwhile: then results are incomplete.  TICK, if not NULL, is called now
   and then.  */
bool pool_runs_do (struct pool_runs *p, const struct pool_task *tasks,
                   struct pool_result *results, size_t n,
                   const volatile sig_atomic_t *stop, void (*tick) (void *),
                   void *arg);
/* Add to T's settings.  */
void pool_task_add (struct pool_task *t, const char *assignment);
void pool_task_set (struct pool_task *t, const char *name, const char *value);

#endif /* SIM_HARNESS_POOL_RUNS_H */
