/* The oracle of the locks: whether each policy keeps to its rules.  Private to
   lock*.c; lock_oracle.c has the rules.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_WORLD_LOCK_ORACLE_H
#define SIM_WORLD_LOCK_ORACLE_H

#include "../base/types.h"

struct lock_row;
struct thread;

/* A thread in the oracle's own queue.  */
struct lock_turn
{
  struct lock_turn *next, *prev; /* in order of arrival  */
  const struct thread *thread;
  vtime held_before, free_before; /* the watch's, when it came  */
  bool writes;
};

/* Each is told to the oracle once it is done.  Only lock_oracle_waits may be
   called for a ROW that nobody waits for (row->watch is NULL).  */

/* The thread of TURN begins to wait.  ROW has READERS, or a writer if HELD. */
void lock_oracle_waits (struct lock_row *row, struct lock_turn *turn,
                        const struct thread *thread, bool writes,
                        uint32_t readers, bool held);
/* The thread of TURN got ROW, and its wait is put down as WAITED; or, if TURN
   is NULL, one that has just come.  */
void lock_oracle_enters (struct lock_row *row, struct lock_turn *turn,
                         bool writes, vtime waited);
/* A holder has let go, and nobody has got ROW for it yet.  */
void lock_oracle_leaves (struct lock_row *row, bool writes);
/* Whoever was to get ROW for it, has it.  */
void lock_oracle_settled (struct lock_row *row);
/* A mutex breaks its rules: WHAT.  */
void lock_oracle_mutex_breach (const struct lock_row *row, const char *what);
/* ROW is no lock any more.  */
void lock_oracle_forgets (struct lock_row *row);

/* Forget all.  */
void lock_oracle_init (void);

#endif /* SIM_WORLD_LOCK_ORACLE_H */
