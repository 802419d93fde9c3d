/* The hang detector, see hang.h: a periodic signal compares the engine's count
   of events with what it was.  Host time decides nothing else.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#define _GNU_SOURCE
#include "hang.h"

#include <signal.h>
#include <time.h>
#include <ucontext.h>

#include "../base/check.h"
#include "../engine/engine.h"
#include "../world/code_place.h"
#include "../world/world.h"
#include "workload.h"

enum
{
  HANG_S = 5,
  TICKS_PER_S = 2
};

static struct
{
  bool made, watching;
  timer_t timer;
  uint64_t steps, events;
  unsigned quiet; /* ticks without an event  */
} hang;

static void
on_tick (int signal, siginfo_t *info, void *context)
{
  (void)signal, (void)info;
  if (!hang.watching || engine.current == NULL || workload_in_lua ()
      || engine.events != hang.events || engine.steps != hang.steps)
    {
      hang.events = engine.events;
      hang.steps = engine.steps;
      hang.quiet = 0;
      return;
    }
  if (++hang.quiet < HANG_S * TICKS_PER_S)
    return;
  char where[128];
  code_place_signal (context, where, sizeof where);
  world_finding ("hang", where, "no event for %d s of host time", HANG_S);
  engine_stop (WORLD_HANG);
}

static void
set_timer (long interval_ns)
{
  struct itimerspec spec = { .it_interval.tv_nsec = interval_ns,
                             .it_value.tv_nsec = interval_ns };
  CHECK (timer_settime (hang.timer, 0, &spec, NULL) == 0);
}

void
hang_watch (void)
{
  if (!hang.made)
    {
      struct sigaction action
          = { .sa_sigaction = on_tick,
              .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER | SA_RESTART };
      sigemptyset (&action.sa_mask);
      CHECK (sigaction (SIGRTMIN, &action, NULL) == 0);
      struct sigevent event
          = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN };
      CHECK (timer_create (CLOCK_MONOTONIC, &event, &hang.timer) == 0);
      hang.made = true;
    }
  hang.quiet = 0;
  hang.watching = true;
  set_timer (1000000000L / TICKS_PER_S);
}

void
hang_ignore (void)
{
  hang.watching = false;
  if (hang.made)
    set_timer (0);
}
