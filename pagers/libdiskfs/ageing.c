/* A disk that has been lived in, for formatters; see "ageing.h".

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "ageing.h"

#include "hurd_api.h"

/* A length of mean MEAN, at least 1, of nearly geometric distribution.  The
   binary logarithm of a uniform number, with a straight line between powers of
   two, has mean 3/2; the fraction is rounded by chance.  */
static uint64_t
draw_length (uint64_t mean)
{
  uint64_t draw, u, octave, log16;

  if (mean <= 1)
    return 1;
  draw = hurd_api->random (HURD_RANDOM_LAYOUT, (uint64_t)1 << 48);
  u = draw >> 16;
  if (u == 0)
    u = 1;
  octave = 63 - __builtin_clzll (u);
  log16 = ((32 - octave) << 16)
          - (((u - ((uint64_t)1 << octave)) << 16) >> octave);
  return 1 + (((mean - 1) * log16 * 2 / 3 + (draw & 0xffff)) >> 16);
}

uint64_t
ageing_free_run (struct ageing *a, uint64_t left)
{
  uint64_t run = draw_length (a->mean);

  if (run > left)
    run = left;
  a->debt += (int64_t)(run * a->fill);
  return run;
}

uint64_t
ageing_used_run (struct ageing *a, uint64_t left)
{
  int64_t keep = 100 - a->fill;
  uint64_t run = draw_length (a->debt > 0 ? a->debt / keep : 1);

  if (run > left)
    run = left;
  a->debt -= (int64_t)(run * keep);
  return run;
}
