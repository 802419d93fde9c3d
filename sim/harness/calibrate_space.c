/* What calibrate may draw, and drawing from it: see calibrate.h.

   A key is drawn evenly from its range, in steps that are a power of ten (of
   two for sizes), so that values stay readable.  A range of more than a factor
   of ten is drawn octave by octave: first one of the octaves, then evenly
   within.  All in integers, so that a seed draws the same everywhere.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "calibrate.h"

#include <stdio.h>
#include <string.h>
#include "../base/check.h"
#include "../base/text.h"

enum
{
  /* Steps of a range, if its unit is small enough; or of the first octave.  */
  STEPS_MIN = 1 << 14,
  OCTAVE_STEPS_MIN = 1 << 8,
  WIDE = 10,
  SEED_MAX = 1000000,
  MOVES = 16 /* halvings of the range, for the smallest move  */
};

struct reading
{
  struct space *space;
  bool full;
};

static void
read_key (const struct key *k, void *arg)
{
  struct reading *r = arg;
  if (!k->ranged || k->origin == KEY_USER)
    return;
  if (r->space->keys == SPACE_KEYS)
    {
      r->full = true;
      return;
    }
  struct space_key *s = &r->space->key[r->space->keys++];
  CHECK (strlen (k->name) < sizeof s->name);
  strcpy (s->name, k->name);
  s->kind = k->kind;
  s->boot = k->boot;
  s->from = k->from;
  s->to = k->to;
  s->octaves = k->from > 0 && k->to / k->from > WIDE;
  uint64_t base = k->kind == KEY_SIZE ? 2 : 10;
  uint64_t most = s->octaves ? k->from / OCTAVE_STEPS_MIN
                             : (k->to - k->from) / STEPS_MIN;
  for (s->step = 1; s->step * base <= most;)
    s->step *= base;
}

bool
space_read (struct space *s)
{
  struct reading r = { s, false };
  memset (s, 0, sizeof *s);
  keys_each (read_key, &r);
  return !r.full;
}

void
space_defaults (const struct space *s, struct candidate *c)
{
  memset (c, 0, sizeof *c);
  for (unsigned i = 0; i < s->keys; i++)
    c->value[i] = key_value (s->key[i].name);
  c->seed = 1;
}

/* ---- Drawing -------------------------------------------------------------
 */

uint64_t
space_clamp (const struct space_key *k, int64_t value)
{
  if (value <= 0 || (uint64_t)value <= k->from)
    return k->from;
  uint64_t steps = ((uint64_t)value - k->from + k->step / 2) / k->step;
  uint64_t most = (k->to - k->from) / k->step;
  return k->from + (steps < most ? steps : most) * k->step;
}

uint64_t
space_draw_value (const struct space_key *k, struct prng *prng)
{
  uint64_t low = k->from, high = k->to;
  if (k->octaves)
    {
      unsigned octaves = 1;
      while (high / 2 >= low)
        {
          high /= 2;
          octaves++;
        }
      low = k->from << prng_below (prng, octaves);
      high = low * 2 - 1 < k->to ? low * 2 - 1 : k->to;
    }
  return space_clamp (k, low + prng_below (prng, high - low + 1));
}

uint64_t
space_draw_seed (struct prng *prng)
{
  return 1 + prng_below (prng, SEED_MAX);
}

void
space_draw (const struct space *s, enum space_part part, struct prng *prng,
            struct candidate *c)
{
  for (unsigned i = 0; i < s->keys; i++)
    if (part & (s->key[i].boot ? SPACE_BOOT : SPACE_COMMON))
      c->value[i] = space_draw_value (&s->key[i], prng);
  if (part & SPACE_BOOT)
    c->seed = space_draw_seed (prng);
}

uint64_t
space_near (const struct space_key *k, uint64_t value, struct prng *prng)
{
  uint64_t span = k->octaves ? value : k->to - k->from;
  uint64_t reach = (span >> (1 + prng_below (prng, MOVES))) / k->step;
  if (reach == 0)
    reach = 1;
  int64_t move = (1 + prng_below (prng, reach)) * k->step;
  bool up = prng_below (prng, 2);
  uint64_t moved = space_clamp (k, (int64_t)value + (up ? move : -move));
  /* At an end of the range the other way is left.  */
  return moved != value
             ? moved
             : space_clamp (k, (int64_t)value + (up ? -move : move));
}

bool
space_same (const struct space *s, enum space_part part,
            const struct candidate *a, const struct candidate *b)
{
  for (unsigned i = 0; i < s->keys; i++)
    if (part & (s->key[i].boot ? SPACE_BOOT : SPACE_COMMON)
        && a->value[i] != b->value[i])
      return false;
  return !(part & SPACE_BOOT) || a->seed == b->seed;
}

char *
space_text (const struct space_key *k, uint64_t value, char *out)
{
  return text_format (value,
                      k->kind == KEY_SIZE   ? TEXT_SIZE
                      : k->kind == KEY_TIME ? TEXT_TIME
                                            : TEXT_NUMBER,
                      out);
}
