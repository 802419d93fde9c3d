/* A disk that has been lived in, for formatters.

   Free and used runs take turns.  Free ones have the mean length asked for and
   a geometric distribution, used ones follow so that the fill comes out (at
   least one block each, so few long free runs may mean more fill than asked
   for).  See docs/model.md 7.2 for why that matters.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef AGEING_H
#define AGEING_H

#include <stdint.h>

struct ageing
{
  uint64_t mean; /* of a free run, in blocks; at least 1  */
  uint32_t fill; /* percent in use, 0 .. 99  */
  int64_t debt;  /* blocks owed to the fill, times (100 - fill)  */
};

/* The length of the next run, at most LEFT.  */
uint64_t ageing_free_run (struct ageing *a, uint64_t left);
uint64_t ageing_used_run (struct ageing *a, uint64_t left);

#endif /* AGEING_H */
