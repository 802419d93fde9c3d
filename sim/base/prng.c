/* xoshiro256** with its state filled by splitmix64 (Blackman and Vigna,
   "Scrambled linear pseudorandom number generators", 2021).

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "prng.h"
#include "check.h"

static uint64_t
rotate (uint64_t x, unsigned bits)
{
  return x << bits | x >> (64 - bits);
}

/* The next output of the splitmix64 generator at *STATE.  */
static uint64_t
splitmix (uint64_t *state)
{
  uint64_t z = *state += UINT64_C (0x9e3779b97f4a7c15);
  z = (z ^ z >> 30) * UINT64_C (0xbf58476d1ce4e5b9);
  z = (z ^ z >> 27) * UINT64_C (0x94d049bb133111eb);
  return z ^ z >> 31;
}

void
prng_seed (struct prng *p, uint64_t seed, uint64_t stream)
{
  /* The stream goes through the mixer, or stream 1 of seed 1 would run one
     step ahead of stream 0.  */
  uint64_t mixed = stream;
  uint64_t state = seed ^ splitmix (&mixed);

  for (int i = 0; i < 4; i++)
    p->s[i] = splitmix (&state);
}

uint64_t
prng_next (struct prng *p)
{
  uint64_t *s = p->s;
  uint64_t result = rotate (s[1] * 5, 7) * 9;
  uint64_t t = s[1] << 17;

  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= t;
  s[3] = rotate (s[3], 45);
  return result;
}

uint64_t
prng_below (struct prng *p, uint64_t n)
{
  CHECK (n > 0);
  if ((n & (n - 1)) == 0)
    return prng_next (p) & (n - 1);

  /* 2^64 is no multiple of N: leave out as many of the smallest outputs as
     there are too many.  */
  uint64_t surplus = -n % n;
  uint64_t r;
  do
    r = prng_next (p);
  while (r < surplus);
  return r % n;
}
