/* Following a plan, and writing down what was chosen: see schedule.h.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "schedule.h"

#include <stdlib.h>
#include <string.h>

#include "../base/check.h"
#include "../base/prng.h"
#include "../engine/engine.h"
#include "../harness/keys.h"
#include "../harness/scenario.h"

enum
{
  RECORD_MAX = 1000000,
  THREADS_MAX = 256,
  ONE_IN = 4, /* chance of another than the first thread, under RANDOM  */
  /* Besides a request to the store, how long the others must be at rest.  */
  REST_NS = 1000000
};

static struct
{
  struct schedule_plan plan;
  struct pick *record;
  uint32_t choices, room;
  uint32_t nth[CHOICE_RANDOM], nth_step[THREADS_MAX];
  uint64_t met;     /* bits: which of the list  */
  uint32_t differs; /* see schedule_differs  */
  struct prng prng;
  /* PCT: a thread's priority, larger is first, 0 is not drawn yet; and the
     numbers of the steps at which one is lowered, in no order.  */
  uint32_t priority[THREADS_MAX];
  uint32_t change[PICKS_MAX];
  unsigned changes;
} now;

/* ---- The ways ------------------------------------------------------------
 */

static uint64_t
listed (const struct pick *c)
{
  const struct schedule_plan *p = &now.plan;
  for (size_t i = 0; i < p->picks; i++)
    {
      const struct pick *l = &p->list[i];
      if (l->nth != c->nth || l->kind != c->kind
          || (c->kind == CHOICE_STEP && l->thread != c->thread))
        continue;
      now.met |= UINT64_C (1) << i;
      if (i < now.differs
          && (l->of != c->of || (l->event != 0 && l->event != c->event)))
        now.differs = i;
      return l->pick < c->of ? l->pick : 0;
    }
  return 0;
}

static bool
chance (uint64_t of, uint64_t all)
{
  return prng_below (&now.prng, all) < of;
}

static uint64_t
drawn (const struct pick *c)
{
  if (c->kind != CHOICE_STEP)
    return chance (1, ONE_IN) ? prng_below (&now.prng, c->of) : 0;
  if (!chance (now.plan.depth, now.plan.choices + 1))
    return 0;
  return chance (1, ONE_IN) ? STEP_YIELD : STEP_STAND_ASIDE;
}

static uint32_t
priority_of (uint32_t thread)
{
  uint32_t *p = &now.priority[thread % THREADS_MAX];
  if (*p == 0)
    *p = PICKS_MAX + 1 + prng_below (&now.prng, 1 << 20);
  return *p;
}

static uint64_t
by_priority (const struct pick *c)
{
  uint64_t best = 0;
  if (c->kind == CHOICE_STEP)
    {
      for (unsigned i = 0; i < now.changes; i++)
        if (now.change[i] == c->at)
          {
            now.priority[c->thread % THREADS_MAX] = PICKS_MAX - i;
            return STEP_STAND_ASIDE;
          }
      return STEP_GO_ON;
    }
  if (c->kind == CHOICE_LOCK_NEXT)
    return prng_below (&now.prng, c->of);
  uint32_t highest = priority_of (c->thread);
  for (uint64_t i = 1; i < c->of; i++)
    {
      uint32_t p = priority_of (step_candidate (c->kind, i));
      if (p > highest)
        {
          highest = p;
          best = i;
        }
    }
  return best;
}

/* ---- The record ----------------------------------------------------------
 */

static void
note (const struct pick *c)
{
  if (now.choices < RECORD_MAX && now.choices == now.room)
    {
      now.room = now.room ? 2 * now.room : 1024;
      now.record = realloc (now.record, now.room * sizeof *now.record);
      CHECK (now.record);
    }
  if (now.choices < RECORD_MAX)
    now.record[now.choices] = *c;
  now.choices++;
}

static uint64_t
choose (void *state, enum choice_kind kind, uint64_t n)
{
  (void)state;
  struct pick c = { .at = now.choices,
                    .kind = kind,
                    .of = n < UINT8_MAX ? n : UINT8_MAX,
                    .step = kind == CHOICE_STEP ? step_now.kind : STEP_NONE,
                    .object = kind == CHOICE_STEP ? step_now.object : 0,
                    .event = engine.events };
  c.thread = step_candidate (kind, 0);
  c.nth = kind == CHOICE_STEP ? now.nth_step[c.thread % THREADS_MAX]++
                              : now.nth[kind]++;
  switch (now.plan.way)
    {
    case SCHEDULE_LIST:
      c.pick = listed (&c);
      break;
    case SCHEDULE_RANDOM:
      c.pick = drawn (&c);
      break;
    case SCHEDULE_PCT:
      c.pick = by_priority (&c);
      break;
    }
  if (c.pick != 0 && kind != CHOICE_STEP)
    c.thread = step_candidate (kind, c.pick);
  note (&c);
  return c.pick;
}

/* Longer than anything that the store does.  */
static vtime
rest (void)
{
  return REST_NS
         + 4
               * (key_value ("store.overhead") + key_value ("store.seek")
                  + key_value ("store.rotation"));
}

/* Setup is over.  */
static void
begin (void)
{
  const struct schedule_plan *p = &now.plan;
  now.choices = 0;
  now.met = 0;
  memset (now.nth, 0, sizeof now.nth);
  memset (now.nth_step, 0, sizeof now.nth_step);
  now.differs = UINT32_MAX;
  now.changes = 0;
  memset (now.priority, 0, sizeof now.priority);
  prng_seed (&now.prng, p->seed, CHOICE_KINDS);
  if (p->way == SCHEDULE_PCT)
    for (; now.changes + 1 < p->depth && now.changes < PICKS_MAX;
         now.changes++)
      now.change[now.changes] = prng_below (&now.prng, p->choices + 1);
  choice_set_strategy (choose, NULL);
  steps_explore (rest (), p->mutexes);
}

void
schedule_follow (const struct schedule_plan *plan)
{
  if (plan)
    now.plan = *plan;
  scenario_when_measured (plan ? begin : NULL);
}

/* ---- What it was ---------------------------------------------------------
 */

uint32_t
schedule_choices (void)
{
  return now.choices;
}

uint32_t
schedule_threads (void)
{
  uint32_t threads = 0;
  for (unsigned i = 0; i < THREADS_MAX; i++)
    threads += now.nth_step[i] > 0;
  return threads;
}

const struct pick *
schedule_choice (uint32_t i)
{
  CHECK (i < now.choices && i < RECORD_MAX);
  return &now.record[i];
}

size_t
schedule_taken (struct pick out[PICKS_MAX])
{
  size_t taken = 0;
  for (uint32_t i = 0; i < now.choices && i < RECORD_MAX; i++)
    if (now.record[i].pick != 0)
      {
        if (taken < PICKS_MAX)
          out[taken] = now.record[i];
        taken++;
      }
  return taken;
}

uint32_t
schedule_differs (void)
{
  for (uint32_t i = 0; i < now.plan.picks; i++)
    if (!(now.met >> i & 1))
      return i < now.differs ? i : now.differs;
  return now.differs;
}
