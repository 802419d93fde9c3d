/* Fitting both rows: see calibrate.h.

   Two rows were measured in two boots of one machine.  The row with more
   numbers to meet is searched first, over the common part and its boot; each
   set that meets it is given to a search for the other row, over that row's
   boot only.  If that ends without a match, the first search goes on.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "calibrate.h"

#include <stdlib.h>
#include <string.h>
#include "../base/check.h"

enum
{
  OTHER_DRAWS = 32,  /* of the other row's boot  */
  OTHER_TRIES = 480, /* in all, before the first search goes on  */
  FAILURES_MAX = 4,  /* of the other row, before a new beginning  */
  STALE_TRIES = 2400 /* without coming nearer, the same  */
};

static bool
over (const struct fit *f)
{
  return !f->ending
         && ((f->tries_max && f->lab->tries >= f->tries_max)
             || f->out_of_time (f->arg));
}

/* A boot of its own for each row: A's with B's, if the distance is less than
   that of the best.  */
static void
note (struct fit *f, const struct trial *a, const struct trial *b)
{
  uint64_t distance = a->distance + b->distance;
  if (f->found && f->best.distance <= distance)
    return;
  f->found = true;
  f->search_tries = f->lab->tries;
  f->best.trial[0] = *a;
  f->best.trial[1] = *b;
  f->best.distance = distance;
}

static void
count_matches (struct fit *f, unsigned r, const struct trial *t)
{
  struct published_row row = *f->target[r].row;
  target_cells (&row, &t->result);
  bool ran = t->distance < DISTANCE_FAILED;
  for (unsigned c = 0; c < row.cells; c++)
    f->tally.cell[r][c] += ran && published_equal (&row.cell[c]);
  f->tally.row[r] += t->distance == 0;
}

/* Sets drawn at random, each with a boot for each row.  */
static bool
draw (struct fit *f, struct search *first)
{
  enum
  {
    PER_BATCH = LAB_BATCH / FIT_ROWS
  };
  static struct trial t[LAB_BATCH];
  f->phase = "drawing";
  while (f->tally.draws < f->draws)
    {
      unsigned left = f->draws - f->tally.draws;
      unsigned n = left < PER_BATCH ? left : PER_BATCH;
      memset (t, 0, sizeof t);
      for (unsigned i = 0; i < n * FIT_ROWS; i++)
        {
          t[i].target = &f->target[i % FIT_ROWS];
          t[i].candidate = t[i - i % FIT_ROWS].candidate;
          space_draw (f->space, i % FIT_ROWS ? SPACE_BOOT : SPACE_ALL,
                      &f->prng, &t[i].candidate);
        }
      if (!lab_try (f->lab, t, n * FIT_ROWS))
        return false;
      for (unsigned i = 0; i < n; i++)
        {
          const struct trial *a = &t[i * FIT_ROWS], *b = a + 1;
          count_matches (f, 0, a);
          count_matches (f, 1, b);
          f->tally.all += a->distance == 0 && b->distance == 0;
          search_add_trial (first, a);
          note (f, a, b);
        }
      f->tally.draws += n;
      f->nearest[0]
          = first->members ? first->member[0].trial.distance : DISTANCE_FAILED;
    }
  return true;
}

/* Look for a boot with which the other row fits A's common part.  WARM: boots
   that did well with another one.  */
static bool
fit_other (struct fit *f, const struct trial *a, struct search *warm,
           unsigned tries)
{
  static struct search s;
  static struct trial again[SEARCH_POPULATION];
  search_init (&s, f->space, &f->target[1], SPACE_BOOT, &f->prng);
  f->phase = f->target[1].row->id;
  unsigned n = warm->members;
  for (unsigned i = 0; i < n; i++)
    {
      again[i] = warm->member[i].trial;
      for (unsigned k = 0; k < f->space->keys; k++)
        if (!f->space->key[k].boot)
          again[i].candidate.value[k] = a->candidate.value[k];
    }
  if (!lab_try (f->lab, again, n))
    return false;
  for (unsigned i = 0; i < n; i++)
    search_add_trial (&s, &again[i]);
  bool on
      = search_draw (&s, f->lab, n ? LAB_BATCH : OTHER_DRAWS, &a->candidate);
  for (s.tries += n; on;
       on = s.tries < tries && !over (f) && search_step (&s, f->lab))
    {
      f->nearest[1] = s.members ? s.member[0].trial.distance : DISTANCE_FAILED;
      if (s.members == 0 || f->nearest[1] == 0)
        break;
    }
  if (s.members > 0)
    note (f, a, &s.member[0].trial);
  *warm = s;
  return on || !*f->lab->stop;
}

/* Nothing was found: the nearest first row still deserves a second.  What
   happens here depends on when the time was over, and is not logged.  */
static bool
finish (struct fit *f, const struct trial *nearest, struct search *warm)
{
  f->lab->log = NULL;
  f->ending = true;
  return fit_other (f, nearest, warm, OTHER_TRIES / 2);
}

bool
fit_run (struct fit *f)
{
  static struct search first, warm;
  static struct trial nearest;
  struct candidate base;
  unsigned failures = 0;
  search_init (&first, f->space, &f->target[0], SPACE_ALL, &f->prng);
  search_init (&warm, f->space, &f->target[1], SPACE_BOOT, &f->prng);
  space_defaults (f->space, &base);
  nearest.distance = UINT64_MAX;
  if (!draw (f, &first))
    return false;
  while (!over (f))
    {
      f->phase = f->target[0].row->id;
      if (first.members == 0 || failures == FAILURES_MAX
          || first.tries - first.improved_at > STALE_TRIES)
        {
          search_init (&first, f->space, &f->target[0], SPACE_ALL, &f->prng);
          failures = 0;
          if (!search_draw (&first, f->lab, f->draws, &base))
            return false;
          if (first.members == 0)
            continue;
        }
      if (!search_step (&first, f->lab))
        return false;
      const struct trial *a = &first.member[0].trial;
      f->nearest[0] = a->distance;
      if (a->distance < nearest.distance)
        nearest = *a;
      if (a->distance > 0)
        continue;
      nearest = *a;
      if (!fit_other (f, &nearest, &warm, OTHER_TRIES))
        return false;
      if (f->best.distance == 0)
        return true;
      search_drop_matches (&first);
      failures++;
    }
  return nearest.distance == UINT64_MAX || (f->found && f->best.distance == 0)
         || finish (f, &nearest, &warm);
}
