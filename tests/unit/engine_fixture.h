/* For tests of the engine: a log that threads and timers write, and runs.

   Coroutines only write into the log; what it says is asserted on the main
   stack, since cmocka leaves a failing test by longjmp.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef TESTS_UNIT_ENGINE_FIXTURE_H
#define TESTS_UNIT_ENGINE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/check.h"
#include "engine/choice.h"
#include "engine/engine.h"
#include "engine/trace.h"

static char history[8192];

/* For what the test likes; empty at its start.  */
static struct waitq queue;

/* Append "TEXT@NOW ".  */
static inline void
note (const char *text)
{
  size_t len = strlen (history);
  CHECK (len < sizeof history - 64);
  sprintf (history + len, "%s@%llu ", text, (unsigned long long)engine_now ());
}

static inline void
start_with (struct engine_config config)
{
  if (config.cpus == 0)
    config.cpus = 1;
  if (config.quantum_ns == 0)
    config.quantum_ns = 1000 * 1000;
  if (config.limit_ns == 0)
    config.limit_ns = 1000 * 1000 * 1000;
  for (int kind = 0; kind < WAIT_KINDS; kind++)
    config.account[kind] = kind;
  choice_init (1);
  trace_init ();
  trace_set_sink (NULL, NULL);
  engine_init (&config);
  history[0] = '\0';
  queue = (struct waitq){ NULL, NULL };
}

#define START(...) start_with ((struct engine_config){ __VA_ARGS__ })

#define ASSERT_RUN(end, text)                                                 \
  do                                                                          \
    {                                                                         \
      assert_int_equal (engine_run (), (end));                                \
      assert_string_equal (history, (text));                                  \
    }                                                                         \
  while (0)

struct named_timer
{
  struct timer timer;
  const char *name;
  vtime period;
};

static inline void
timer_notes (struct timer *timer)
{
  struct named_timer *t = (struct named_timer *)timer;
  note (t->name);
  if (t->period)
    timer_set (timer, engine_now () + t->period);
}

#define TIMER(n)                                                              \
  {                                                                           \
    .timer = { .fn = timer_notes }, .name = n                                 \
  }

#endif /* TESTS_UNIT_ENGINE_FIXTURE_H */
