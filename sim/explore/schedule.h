/* One schedule: a run in which some choices are not the plain ones.

   The choices of a run are numbered from the end of setup on; of each it is
   known what was asked, of whom, and what was taken.  A schedule is written
   down as those that were not the plain one (the first alternative), which are
   few: with the workload, the keys and the seed they are the whole run.  A
   step is found again by its thread and its number among that thread's, which
   most often stays the same when another choice changes.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_EXPLORE_SCHEDULE_H
#define SIM_EXPLORE_SCHEDULE_H

#include "../engine/choice.h"
#include "../engine/step.h"

/* A choice, and what was taken.  */
struct pick
{
  uint32_t at;     /* its number, from 0  */
  uint32_t nth;    /* the same, of this thread's steps, or of its kind  */
  uint32_t thread; /* who was picked, or whose step it is; 0: not known  */
  uint8_t kind;    /* enum choice_kind  */
  uint8_t step;    /* enum step_kind  */
  uint8_t of;      /* alternatives; 255: or more  */
  uint8_t pick;
  uint64_t event;  /* how many events were traced before it  */
  uint64_t object; /* of a step  */
};

enum schedule_way
{
  SCHEDULE_LIST,   /* what `list' says, else the plain choice  */
  SCHEDULE_RANDOM, /* each step may be left with the same chance  */
  SCHEDULE_PCT /* threads have priorities, which change at DEPTH - 1 steps  */
};

enum
{
  PICKS_MAX = 4096 /* of a list  */
};

struct schedule_plan
{
  enum schedule_way way;
  const struct pick *list;
  size_t picks;
  uint64_t seed;    /* RANDOM, PCT  */
  uint32_t depth;   /* PCT; RANDOM: how many, on average  */
  uint32_t choices; /* how many there are in a run  */
  bool mutexes;     /* ask before mutexes, too  */
  /* LIST, of another run: a thread is the one of that name, as numbers may be
     other ones.  NULL, or one for each of the list.  */
  const char *const *names;
  /* For who watches, or NULL: setup is over; this was chosen.  */
  void (*begun) (void);
  void (*chosen) (const struct pick *);
};

/* The next runs go by PLAN, whose list must stay, until it is NULL.  */
void schedule_follow (const struct schedule_plan *plan);

/* ---- What the last run was ----  */

/* Its choices so far.  */
uint32_t schedule_choices (void);
/* How many threads had a step.  */
uint32_t schedule_threads (void);
/* The I-th; all are known of the first million.  */
const struct pick *schedule_choice (uint32_t i);
/* Those that were not plain, into OUT; how many there were, of which at most
   PICKS_MAX are stored.  */
size_t schedule_taken (struct pick out[PICKS_MAX]);
/* Which of the list was the first that met another choice than it knew (other
   alternatives, or at another event; an event of 0 is any), or that met none;
   UINT32_MAX if there was none.  */
uint32_t schedule_differs (void);

#endif /* SIM_EXPLORE_SCHEDULE_H */
