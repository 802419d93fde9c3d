/* Choices: the one place where a run may go one way or another.

   In a plain run every scheduling choice takes its first alternative.  An
   exploration installs a strategy for those.  The kinds from CHOICE_RANDOM on
   draw from the run's seed in any case; nobody else reads the seed.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_ENGINE_CHOICE_H
#define SIM_ENGINE_CHOICE_H

#include "../base/types.h"

enum choice_kind
{
  CHOICE_NEXT_THREAD,  /* which ready thread gets a free CPU  */
  CHOICE_LOCK_NEXT,    /* who gets a free lock where the policy leaves it open  */
  CHOICE_STEP,         /* whether a thread goes on at a step (step.h)  */
  CHOICE_RESUME,       /* which of those who stand aside goes on first  */
  CHOICE_RANDOM,       /* from here on: drawn from the seed, one stream a kind  */
  CHOICE_LAYOUT,       /* free runs and used blocks of a lived-in file system  */
  CHOICE_ROTATION,     /* where the disk's platter is  */
  CHOICE_NODE_ORDER,   /* the order of a hash table's walk  */
  CHOICE_WORKLOAD,     /* random () of a workload  */
  CHOICE_FAULT,        /* faults by chance, and which sectors are torn  */
  CHOICE_KINDS
};

/* Seed all streams and take the plain strategy.  */
void choice_init (uint64_t seed);

/* A number from 0 to N - 1; N is at least 1.  Uniform for the random kinds.  */
uint64_t choice_pick (enum choice_kind kind, uint64_t n);

/* Replace the plain strategy of the kinds below CHOICE_RANDOM; NULL brings it
   back.  */
typedef uint64_t choice_fn (void *state, enum choice_kind kind, uint64_t n);
void choice_set_strategy (choice_fn *fn, void *state);

/* What the kinds are called.  */
extern const char *const choice_name[CHOICE_KINDS];

#endif /* SIM_ENGINE_CHOICE_H */
