/* Histograms of integers, with percentiles that are off by less than 1 in 32.

   Log-linear buckets: values below 32 have one each, every power of two above
   is cut into 32.  Adding is a few instructions and allocates nothing.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_BASE_HISTOGRAM_H
#define SIM_BASE_HISTOGRAM_H

#include "types.h"

enum
{
  HISTOGRAM_SUB_BITS = 5,
  HISTOGRAM_BUCKETS = (64 - HISTOGRAM_SUB_BITS + 1) << HISTOGRAM_SUB_BITS
};

/* All zero is an empty one.  */
struct histogram
{
  uint64_t count, sum, min, max;
  uint64_t bucket[HISTOGRAM_BUCKETS];
};

/* Which bucket VALUE falls into.  */
static inline unsigned
histogram_bucket (uint64_t value)
{
  if (value < UINT64_C (1) << HISTOGRAM_SUB_BITS)
    return value;
  unsigned shift = 63 - __builtin_clzll (value) - HISTOGRAM_SUB_BITS;
  return (shift << HISTOGRAM_SUB_BITS) + (value >> shift);
}

static inline void
histogram_add (struct histogram *h, uint64_t value)
{
  if (h->count == 0 || value < h->min)
    h->min = value;
  if (value > h->max)
    h->max = value;
  h->count++;
  h->sum += value;
  h->bucket[histogram_bucket (value)]++;
}

void histogram_merge (struct histogram *to, const struct histogram *from);
/* The upper bound of the bucket that holds the value at PER_MILLE of the count
   (500 is the median), but at most max and at least min; 0 when empty.  */
uint64_t histogram_percentile (const struct histogram *h, unsigned per_mille);
/* Largest value that falls into bucket I.  */
uint64_t histogram_upper (unsigned i);

#endif /* SIM_BASE_HISTOGRAM_H */
