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
  DEPTH_MAX = 64,
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
  bool met[PICKS_MAX]; /* which of the list  */
  uint32_t differs;    /* see schedule_differs  */
  /* The list by what it asks for: chains of numbers from 1 on, in the order of
     nth.  */
  uint16_t chain[CHOICE_RANDOM + THREADS_MAX], behind[PICKS_MAX];
  struct prng prng;
  /* PCT: a thread's priority, larger is first, 0 is not drawn yet; and the
     numbers of the steps at which one is lowered, in no order.  */
  uint32_t priority[THREADS_MAX];
  uint32_t change[DEPTH_MAX];
  unsigned changes;
} now;

/* ---- The ways ------------------------------------------------------------
 */

/* Which chain has the choices that THREAD, called NAME, is asked.  */
static uint16_t *
chain_of (enum choice_kind kind, uint32_t thread, const char *name)
{
  if (kind != CHOICE_STEP)
    return &now.chain[kind];
  if (now.plan.names)
    for (thread = 0; name && *name; name++)
      thread = 31 * thread + (unsigned char)*name;
  return &now.chain[CHOICE_RANDOM + thread % THREADS_MAX];
}

static void
index_list (void)
{
  const struct schedule_plan *p = &now.plan;
  CHECK (p->picks <= PICKS_MAX);
  memset (now.chain, 0, sizeof now.chain);
  /* From the last on, each goes before those that are asked later: mostly at
     the head.  */
  for (size_t i = p->picks; i-- > 0;)
    {
      const struct pick *l = &p->list[i];
      uint16_t *to
          = chain_of (l->kind, l->thread, p->names ? p->names[i] : NULL);
      while (*to != 0 && p->list[*to - 1].nth < l->nth)
        to = &now.behind[*to - 1];
      now.behind[i] = *to;
      *to = i + 1;
    }
}

/* The place of who is called NAME among the N that C may pick; 0: is not.  */
static uint64_t
candidate_named (const struct pick *c, const char *name)
{
  for (uint64_t i = 1; name && i < c->of; i++)
    {
      const char *it = engine_thread_name (step_candidate (c->kind, i));
      if (it && strcmp (it, name) == 0)
        return i;
    }
  return 0;
}

/* What L, the I-th of the list, has to say to C, which it is asked for.  */
static uint64_t
listed_pick (const struct pick *l, size_t i, const struct pick *c)
{
  now.met[i] = true;
  if (i < now.differs
      && (l->of != c->of || l->step != c->step
          || (l->event != 0 && l->event != c->event)))
    now.differs = i;
  if (now.plan.names
      && (c->kind == CHOICE_NEXT_THREAD || c->kind == CHOICE_RESUME))
    return candidate_named (c, now.plan.names[i]);
  return l->pick < c->of ? l->pick : 0;
}

static uint64_t
listed (const struct pick *c)
{
  const struct schedule_plan *p = &now.plan;
  if (p->picks == 0)
    return 0;
  const char *name = p->names ? engine_thread_name (c->thread) : NULL;
  uint16_t *from = chain_of (c->kind, c->thread, name);
  for (; *from != 0; from = &now.behind[*from - 1])
    {
      size_t i = *from - 1;
      const struct pick *l = &p->list[i];
      if (l->nth > c->nth)
        break;
      if (l->nth < c->nth
          || (c->kind == CHOICE_STEP
              && (p->names
                      ? !name || !p->names[i] || strcmp (name, p->names[i])
                      : l->thread != c->thread)))
        continue;
      return listed_pick (l, i, c);
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
    *p = DEPTH_MAX + 1 + prng_below (&now.prng, 1 << 20);
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
            now.priority[c->thread % THREADS_MAX] = DEPTH_MAX - i;
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
  if (now.plan.chosen)
    now.plan.chosen (&c);
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
  memset (now.met, 0, p->picks * sizeof *now.met);
  index_list ();
  memset (now.nth, 0, sizeof now.nth);
  memset (now.nth_step, 0, sizeof now.nth_step);
  now.differs = UINT32_MAX;
  now.changes = 0;
  memset (now.priority, 0, sizeof now.priority);
  prng_seed (&now.prng, p->seed, CHOICE_KINDS);
  if (p->way == SCHEDULE_PCT)
    for (; now.changes + 1 < p->depth && now.changes < DEPTH_MAX;
         now.changes++)
      now.change[now.changes] = prng_below (&now.prng, p->choices + 1);
  choice_set_strategy (choose, NULL);
  steps_explore (rest (), p->mutexes);
  if (p->begun)
    p->begun ();
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
    if (!now.met[i])
      return i < now.differs ? i : now.differs;
  return now.differs;
}
