/* The counters and histograms of a run.

   One set in a process, as there is one simulation in it; a result is copied
   out before the next run starts.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "counters.h"

#include <string.h>

const struct counter_row counter_rows[COUNTER_COUNT] = {
#define X(enumerator, name, what) { name, what },
  COUNTERS (X)
#undef X
};

const struct counter_row histogram_rows[HISTOGRAM_COUNT] = {
#define X(enumerator, name, what) { name, what },
  HISTOGRAMS (X)
#undef X
};

uint64_t counter_value[COUNTER_COUNT];
struct histogram histogram_value[HISTOGRAM_COUNT];

void
counters_reset (void)
{
  memset (counter_value, 0, sizeof counter_value);
  /* An empty histogram is all zero already, and most stay empty.  */
  for (int i = 0; i < HISTOGRAM_COUNT; i++)
    if (histogram_value[i].count > 0)
      memset (&histogram_value[i], 0, sizeof histogram_value[i]);
}
