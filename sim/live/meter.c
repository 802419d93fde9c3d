/* What a live run counts, see meter.h.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "meter.h"

#include <string.h>

struct meters meters;

static void
add (uint64_t *to, uint64_t n)
{
  __atomic_fetch_add (to, n, __ATOMIC_RELAXED);
}

/* The minimum is kept as its complement, so that zero is "none yet".  */
static void
raise_to (uint64_t *to, uint64_t value)
{
  uint64_t now = __atomic_load_n (to, __ATOMIC_RELAXED);
  while (value > now
         && !__atomic_compare_exchange_n (to, &now, value, true,
                                          __ATOMIC_RELAXED, __ATOMIC_RELAXED))
    continue;
}

void
meter_record (enum histogram_id id, uint64_t value)
{
  struct histogram *h = &meters.histogram[id];
  add (&h->count, 1);
  add (&h->sum, value);
  add (&h->bucket[histogram_bucket (value)], 1);
  raise_to (&h->max, value);
  raise_to (&h->min, ~value);
}

/* Word by word, as others may be counting.  */
static void
each_word (uint64_t *out, bool clear)
{
  uint64_t *words = (uint64_t *)&meters;
  for (size_t i = 0; i < sizeof meters / sizeof *words; i++)
    if (clear)
      __atomic_store_n (&words[i], 0, __ATOMIC_RELAXED);
    else
      out[i] = __atomic_load_n (&words[i], __ATOMIC_RELAXED);
}

void
meters_reset (void)
{
  each_word (NULL, true);
}

void
meters_read (struct meters *out)
{
  each_word ((uint64_t *)out, false);
  for (unsigned i = 0; i < HISTOGRAM_COUNT; i++)
    if (out->histogram[i].count > 0)
      out->histogram[i].min = ~out->histogram[i].min;
}
