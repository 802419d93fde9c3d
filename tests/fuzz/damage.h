/* Damaging a file system in places that matter.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef TESTS_FUZZ_DAMAGE_H
#define TESTS_FUZZ_DAMAGE_H

#include <stddef.h>
#include <stdint.h>

struct seed
{
  const char *name;
  uint8_t *bytes;
  size_t length;
  struct places *places;
};

/* Read the file system at PATH, which is a good one.  Ends the program.  */
void seed_read (struct seed *s, const char *path);

/* One change: so many bytes at OFFSET.  */
struct damage
{
  size_t offset;
  unsigned length;
  uint8_t bytes[4];
};

enum
{
  DAMAGE_BYTES = 8 /* of input for one change  */
};

/* The change that the DAMAGE_BYTES bytes at INPUT mean.  */
struct damage damage_of (const struct seed *s, const uint8_t *input);

#endif /* TESTS_FUZZ_DAMAGE_H */
