/* A world for the unit tests of sim/world: one CPU, no costs, a log.

   Threads must not use cmocka's assertions, which unwind: they write to the
   log, and the test compares it on the main stack.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef TESTS_UNIT_WORLD_FIXTURE_H
#define TESTS_UNIT_WORLD_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../sim/engine/choice.h"
#include "../../sim/engine/engine.h"
#include "../../sim/engine/trace.h"
#include "../../sim/world/costs.h"
#include "../../sim/world/counters.h"
#include "../../sim/world/lock.h"
#include "../../sim/world/waits.h"
#include "../../sim/world/world.h"

#define MS UINT64_C (1000000)

static char log_text[4096];
static unsigned threads_left;

__attribute__ ((unused, format (printf, 1, 2))) static void
log_add (const char *format, ...)
{
  size_t used = strlen (log_text);
  va_list arguments;
  va_start (arguments, format);
  vsnprintf (log_text + used, sizeof log_text - used, format, arguments);
  va_end (arguments);
}

static void
world_start (enum lock_policy policy, uint64_t seed)
{
  struct engine_config config = { .cpus = 1,
                                  .quantum_ns = 1000 * MS,
                                  .limit_ns = UINT64_C (1000000) * MS };
  waits_configure (&config);
  engine_init (&config);
  choice_init (seed);
  trace_init ();
  counters_reset ();
  findings_reset ();
  locks_init (policy);
  waits_init (true, 1);
  memset (cost_ns, 0, sizeof cost_ns);
  log_text[0] = '\0';
  threads_left = 0;
}

/* A thread of the test; the last one to end, ends the run.  */
__attribute__ ((unused)) static void
world_spawn (const char *name, void (*fn) (void *), void *arg)
{
  threads_left++;
  thread_spawn (name, fn, arg);
}

__attribute__ ((unused)) static void
thread_ends (void)
{
  if (--threads_left == 0)
    engine_stop (ENGINE_STOPPED);
}

/* Some time passes, or none.  */
__attribute__ ((unused)) static void
stay (void)
{
  switch (choice_pick (CHOICE_RANDOM, 4))
    {
    case 0:
      thread_sleep (choice_pick (CHOICE_RANDOM, 50));
      break;
    case 1:
      cpu_spend (choice_pick (CHOICE_RANDOM, 50));
      break;
    case 2:
      thread_yield ();
    }
}

/* A world in which much may go wrong: short quanta, several CPUs.  */
__attribute__ ((unused)) static void
world_start_crowded (enum lock_policy policy, unsigned cpus, uint64_t seed)
{
  world_start (policy, seed);
  struct engine_config config = { .cpus = cpus,
                                  .quantum_ns = 20,
                                  .switch_ns = 1,
                                  .limit_ns = UINT64_C (1000000) * MS };
  waits_configure (&config);
  engine_init (&config);
  cost_ns[COST_LOCK] = 3;
}

__attribute__ ((unused)) static unsigned
now_ms (void)
{
  return (unsigned)(engine_now () / MS);
}

/* Whether a kept finding of ORACLE says WHAT.  */
__attribute__ ((unused)) static bool
found (const char *oracle, const char *what)
{
  for (size_t i = 0; findings_get (i) != NULL; i++)
    if (strcmp (findings_get (i)->oracle, oracle) == 0
        && strstr (findings_get (i)->what, what) != NULL)
      return true;
  return false;
}

#endif /* TESTS_UNIT_WORLD_FIXTURE_H */
