/* A small, fast, well-known generator: xoshiro256**, seeded by splitmix64.

   Only engine/choice.c, which owns the seed, what is drawn when a run is over,
   and tests use it.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_BASE_PRNG_H
#define SIM_BASE_PRNG_H

#include "types.h"

struct prng
{
  uint64_t s[4];
};

void prng_seed (struct prng *p, uint64_t seed, uint64_t stream);
uint64_t prng_next (struct prng *p);
/* Uniform in 0 .. N - 1, without bias; N is at least 1.  */
uint64_t prng_below (struct prng *p, uint64_t n);

#endif /* SIM_BASE_PRNG_H */
