/* Mixing 64-bit words into a digest.

   Not cryptographic: it tells runs apart that differ by accident.  The result
   depends on the words alone, not on the machine or the compiler.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_BASE_DIGEST_H
#define SIM_BASE_DIGEST_H

#include "types.h"

/* Odd 64-bit numbers with half their bits set: the fractional digits of square
   roots of primes.  Any such would do.  */
#define DIGEST_K0 UINT64_C (0x9e3779b97f4a7c15)
#define DIGEST_K1 UINT64_C (0xbb67ae8584caa73b)
#define DIGEST_K2 UINT64_C (0x3c6ef372fe94f82b)
#define DIGEST_K3 UINT64_C (0xa54ff53a5f1d36f1)

static inline uint64_t
digest_rotate (uint64_t x, unsigned bits)
{
  return x << bits | x >> (64 - bits);
}

/* One word.  */
static inline uint64_t
digest_word (uint64_t digest, uint64_t word)
{
  return digest_rotate (digest ^ word * DIGEST_K1, 29) * DIGEST_K0 + DIGEST_K2;
}

/* Four words at once.  Their products do not wait for each other nor for
   DIGEST, so that a stream of events costs one multiplication's delay each. */
static inline uint64_t
digest_words (uint64_t digest, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
  uint64_t left = digest_rotate (a * DIGEST_K0 ^ b, 32) * DIGEST_K1;
  uint64_t right = digest_rotate (c * DIGEST_K2 ^ d, 32) * DIGEST_K3;
  return digest_rotate (digest ^ (left + digest_rotate (right, 23)), 29)
             * DIGEST_K0
         + DIGEST_K2;
}

/* Spread the last words over all bits.  */
static inline uint64_t
digest_finish (uint64_t digest)
{
  digest = (digest ^ digest >> 32) * DIGEST_K3;
  digest = (digest ^ digest >> 29) * DIGEST_K1;
  return digest ^ digest >> 32;
}

#endif /* SIM_BASE_DIGEST_H */
