/* Standing aside, see step.h.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "step.h"
#include "scheduler.h"

#include <string.h>

enum
{
  /* A daemon that ticks more often than that never lets the others rest.  */
  LOOKS_MAX = 64
};

const char *const step_name[STEP_KINDS] = {
  [STEP_NONE] = "none",       [STEP_MUTEX] = "mutex",
  [STEP_LOCK] = "lock",       [STEP_UNLOCK] = "unlock",
  [STEP_SEND] = "send",       [STEP_RECEIVE] = "receive",
  [STEP_REQUEST] = "request", [STEP_PAGE] = "page",
  [STEP_STORE] = "store",     [STEP_STORED] = "stored",
  [STEP_CALL] = "call",       [STEP_CODE] = "code",
};

bool steps_on;
struct step step_now;

static struct
{
  struct waitq line; /* who stands aside, in order of arrival  */
  uint32_t count;
  struct timer timer; /* the next look whether the others rest  */
  vtime rest;
  bool mutexes;
  uint64_t steps; /* engine.steps at the last look  */
  unsigned looks;
} aside;

void
steps_reset (void)
{
  steps_on = false;
  step_now = (struct step){ STEP_NONE, 0 };
  memset (&aside, 0, sizeof aside);
}

void
steps_explore (vtime rest, bool mutexes)
{
  CHECK (rest > 0);
  aside.rest = rest;
  aside.mutexes = mutexes;
  steps_on = true;
}

/* ---- Standing aside ------------------------------------------------------
 */

static void look (struct timer *timer);

static void
look_later (void)
{
  aside.steps = engine.steps;
  aside.timer.fn = look;
  timer_set (&aside.timer, time_after (engine.now, aside.rest));
}

static void
go_on (void)
{
  struct thread *t = aside.line.head;
  uint64_t pick
      = aside.count > 1 ? choice_pick (CHOICE_RESUME, aside.count) : 0;
  for (; pick > 0; pick--)
    t = t->next;
  aside.count--;
  aside.looks = 0;
  thread_wake (t);
}

static void
look (struct timer *timer)
{
  (void)timer;
  /* The timer itself is a step.  */
  bool rest = engine.steps <= aside.steps + 1 && scheduler.ready_count == 0;
  if (rest || ++aside.looks == LOOKS_MAX)
    go_on ();
  if (aside.count > 0)
    look_later ();
}

static void
stand_aside (void)
{
  aside.looks = 0;
  if (aside.count++ == 0)
    look_later ();
  waitq_wait (&aside.line, WAIT_CPU, &aside);
}

/* ---- Steps ---------------------------------------------------------------
 */

uint32_t
step_candidate (enum choice_kind kind, uint64_t i)
{
  const struct thread *t = NULL;
  if (kind == CHOICE_STEP)
    return engine.current ? engine.current->id : 0;
  if (kind == CHOICE_NEXT_THREAD)
    t = scheduler.ready_head;
  else if (kind == CHOICE_RESUME)
    t = aside.line.head;
  for (; t != NULL && i > 0; i--)
    t = t->next;
  return t != NULL ? t->id : 0;
}

void
step_taken (enum step_kind kind, uint64_t object)
{
  struct thread *self = engine.current;
  /* In the kernel of the only CPU a thread goes on until it blocks.  */
  if (self == NULL || (kind == STEP_MUTEX && !aside.mutexes)
      || (self->kernel_depth > 0 && scheduler.cpus == 1))
    return;
  step_now = (struct step){ kind, object };
  uint64_t way = choice_pick (CHOICE_STEP, STEP_WAYS);
  step_now.kind = STEP_NONE;
  if (way == STEP_STAND_ASIDE)
    stand_aside ();
  else if (way == STEP_YIELD)
    thread_yield ();
}
