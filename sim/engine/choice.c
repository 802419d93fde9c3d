/* The plain strategy, and the streams of random numbers behind it.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "choice.h"
#include "../base/check.h"
#include "../base/prng.h"

/* Stream numbers stay what they are when there are more kinds of other
   choices.  */
#define FIRST_STREAM 2u

static struct
{
  choice_fn *strategy; /* NULL: the plain one  */
  void *state;
  /* One for each kind, so that drawing more of one leaves the others as they
     were.  */
  struct prng stream[CHOICE_KINDS];
} choice;

const char *const choice_name[CHOICE_KINDS] = {
  [CHOICE_NEXT_THREAD] = "next",     [CHOICE_LOCK_NEXT] = "lock",
  [CHOICE_STEP] = "step",            [CHOICE_RESUME] = "resume",
  [CHOICE_RANDOM] = "random",        [CHOICE_LAYOUT] = "layout",
  [CHOICE_ROTATION] = "rotation",    [CHOICE_NODE_ORDER] = "node-order",
  [CHOICE_WORKLOAD] = "workload",    [CHOICE_FAULT] = "fault",
};

void
choice_init (uint64_t seed)
{
  for (unsigned kind = 0; kind < CHOICE_KINDS; kind++)
    prng_seed (&choice.stream[kind], seed, FIRST_STREAM + kind - CHOICE_RANDOM);
  choice_set_strategy (NULL, NULL);
}

void
choice_set_strategy (choice_fn *fn, void *state)
{
  choice.strategy = fn;
  choice.state = state;
}

uint64_t
choice_pick (enum choice_kind kind, uint64_t n)
{
  CHECK (n > 0 && kind < CHOICE_KINDS);
  if (__builtin_expect (choice.strategy != NULL, 0) && kind < CHOICE_RANDOM)
    {
      uint64_t pick = choice.strategy (choice.state, kind, n);
      CHECK (pick < n);
      return pick;
    }
  return kind < CHOICE_RANDOM ? 0 : prng_below (&choice.stream[kind], n);
}
