/* What a live run counts: the counters and histograms of world/counters.h, for
   many threads at once.

   They are not ordered against one another: the locks of the code under test
   alone decide who comes before whom, or a race detector would see less.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_LIVE_METER_H
#define SIM_LIVE_METER_H

#include "../world/counters.h"

struct meters
{
  uint64_t counter[COUNTER_COUNT];
  struct histogram histogram[HISTOGRAM_COUNT];
};
extern struct meters meters;

static inline void
meter_add (enum counter c, uint64_t n)
{
  __atomic_fetch_add (&meters.counter[c], n, __ATOMIC_RELAXED);
}

void meter_record (enum histogram_id h, uint64_t value);
/* All to zero: setup is over.  */
void meters_reset (void);
/* What is counted by now.  */
void meters_read (struct meters *out);

#endif /* SIM_LIVE_METER_H */
