/* What the two halves of shrinking share: explore_shrink.c, shrink_workload.c.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_EXPLORE_SHRINK_H
#define SIM_EXPLORE_SHRINK_H

#include "explore.h"

/* What may still be spent.  Not by the clock: what comes out is the same
   everywhere.  */
struct shrink_effort
{
  uint64_t runs, events;
  bool wrong; /* the last run's input was  */
};

enum
{
  SHRINK_RUNS = 2000,       /* for the choices; as many for the lines  */
  SHRINK_EVENTS = 20000000, /* the same  */
  SHRINK_NAME_BYTES = 64
};

/* Names of the threads of choices, as their run had them.  */
struct shrink_names
{
  char text[PICKS_MAX][SHRINK_NAME_BYTES];
  const char *name[PICKS_MAX];
};

/* Run S by PLAN.  True when it finds the same as F; then that run is
 *AGAIN.  */
bool shrink_finds (const struct subject *s, const struct schedule_plan *plan,
                   const struct found *f, struct found *again,
                   struct shrink_effort *left);
/* Make F, of S, need no choice that it has.  */
void shrink_choices (const struct subject *s, struct found *f,
                     struct shrink_effort *left);
/* The names of F's threads, of the last run.  */
void shrink_note_names (const struct found *f, struct shrink_names *out);

/* Fewer lines of S's workload, for F; see explore_shrink.  */
char *shrink_workload (const struct subject *s, struct found *f);

#endif /* SIM_EXPLORE_SHRINK_H */
