/* Log-linear histograms.

   A value of m bits, m > 6, goes by its leading six bits: the position of the
   first picks a power of two, the other five one of its 32 parts.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "histogram.h"
#include "check.h"

enum
{
  SUB_COUNT = 1 << HISTOGRAM_SUB_BITS
};

uint64_t
histogram_upper (unsigned i)
{
  CHECK (i < HISTOGRAM_BUCKETS);
  if (i < 2 * SUB_COUNT)
    return i;
  unsigned shift = (i >> HISTOGRAM_SUB_BITS) - 1;
  uint64_t leading = SUB_COUNT + i % SUB_COUNT;
  /* For the last one, this wraps to all bits set.  */
  return ((leading + 1) << shift) - 1;
}

void
histogram_merge (struct histogram *to, const struct histogram *from)
{
  if (from->count == 0)
    return;
  if (to->count == 0 || from->min < to->min)
    to->min = from->min;
  if (from->max > to->max)
    to->max = from->max;
  to->count += from->count;
  to->sum += from->sum;
  for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
    to->bucket[i] += from->bucket[i];
}

uint64_t
histogram_percentile (const struct histogram *h, unsigned per_mille)
{
  CHECK (per_mille <= 1000);
  if (h->count == 0)
    return 0;

  /* The rank, from 1, rounded up; written so that the count may be large.  */
  uint64_t rank = h->count / 1000 * per_mille
                  + (h->count % 1000 * per_mille + 999) / 1000;
  if (rank == 0)
    return h->min;

  uint64_t seen = 0;
  unsigned i = 0;
  while ((seen += h->bucket[i]) < rank)
    {
      i++;
      CHECK (i < HISTOGRAM_BUCKETS);
    }
  uint64_t value = histogram_upper (i);
  if (value > h->max)
    value = h->max;
  return value < h->min ? h->min : value;
}
