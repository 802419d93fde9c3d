/* How rare a match is, and what moves what, around the set that was found:
   see calibrate.h.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "calibrate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../base/check.h"

const int change_percent[CHANGES] = { -10, -1, 1, 10 };

/* ---- Reseeds -------------------------------------------------------------
 */

/* Seeds that the search cannot have drawn.  */
#define RESEED_FIRST UINT64_C (2000001)

static void
count (struct calibration *c, unsigned r, const struct trial *t)
{
  struct published_row row = *c->fit->target[r].row;
  target_cells (&row, &t->result);
  bool ran = t->distance < DISTANCE_FAILED;
  for (unsigned i = 0; i < row.cells; i++)
    c->reseeds.cell[r][i] += ran && published_equal (&row.cell[i]);
  c->reseeds.row[r] += t->distance == 0;
}

static bool
reseed (struct calibration *c, unsigned wanted)
{
  enum
  {
    PER_BATCH = LAB_BATCH / FIT_ROWS
  };
  static struct trial t[LAB_BATCH];
  while (c->reseeds.draws < wanted)
    {
      unsigned left = wanted - c->reseeds.draws;
      unsigned n = left < PER_BATCH ? left : PER_BATCH;
      for (unsigned i = 0; i < n * FIT_ROWS; i++)
        {
          t[i] = c->fit->best.trial[i % FIT_ROWS];
          t[i].candidate.seed = RESEED_FIRST + c->reseeds.draws + i / FIT_ROWS;
        }
      if (!lab_try (c->fit->lab, t, n * FIT_ROWS))
        return false;
      for (unsigned i = 0; i < n; i++)
        {
          for (unsigned r = 0; r < FIT_ROWS; r++)
            count (c, r, &t[i * FIT_ROWS + r]);
          c->reseeds.all += t[i * FIT_ROWS].distance == 0
                            && t[i * FIT_ROWS + 1].distance == 0;
        }
      c->reseeds.draws += n;
    }
  return true;
}

/* ---- Moving one key ------------------------------------------------------
 */

/* VALUE changed by PERCENT, rounded.  */
static uint64_t
changed (uint64_t value, int percent)
{
  unsigned __int128 v = (unsigned __int128)value * (100 + percent) + 50;
  return v / 100;
}

/* Run both rows with M's changes.  The value of a boot's key differs between
   the rows, so it is taken from each.  */
static bool
run_move (struct calibration *c, struct moved *m, int space_key, unsigned cost)
{
  static struct trial t[FIT_ROWS * CHANGES];
  struct
  {
    unsigned row, change;
  } of[FIT_ROWS * CHANGES];
  unsigned n = 0;
  for (unsigned r = 0; r < FIT_ROWS; r++)
    for (unsigned i = 0; i < CHANGES; i++)
      {
        const struct trial *best = &c->fit->best.trial[r];
        const struct key *k = keys_find (m->key);
        uint64_t old = space_key >= 0 ? best->candidate.value[space_key]
                                      : cost_rows[cost].default_ns;
        uint64_t value = changed (old, change_percent[i]);
        m->moved[r][i] = value != old && value >= k->min && value <= k->max;
        if (!m->moved[r][i])
          continue;
        t[n] = *best;
        strcpy (t[n].key, m->key);
        key_format (k, value, t[n].value);
        of[n].row = r;
        of[n++].change = i;
      }
  if (!lab_try (c->fit->lab, t, n))
    return false;
  for (unsigned i = 0; i < n; i++)
    m->result[of[i].row][of[i].change] = t[i].result;
  return true;
}

static bool
move_all (struct calibration *c)
{
  const struct space *s = c->fit->space;
  c->move = calloc (MOVES_MAX, sizeof *c->move);
  CHECK (c->move);
  for (unsigned i = 0; i < s->keys + COST_COUNT; i++)
    {
      struct moved *m = &c->move[c->moves];
      bool own = i < s->keys;
      if (own)
        snprintf (m->key, sizeof m->key, "%s", s->key[i].name);
      else
        snprintf (m->key, sizeof m->key, "cpu.%s",
                  cost_rows[i - s->keys].name);
      const struct key *k = keys_find (m->key);
      /* A cost that has a range was moved as a key; one that the user gave a
         value stays.  */
      if (!own && (k->ranged || k->origin != KEY_DEFAULT))
        continue;
      if (!run_move (c, m, own ? (int)i : -1, own ? 0 : i - s->keys))
        return false;
      c->moves++;
    }
  return true;
}

bool
calibration_measure (struct calibration *c, unsigned wanted)
{
  static struct trial t[FIT_ROWS];
  CHECK (c->fit->found);
  c->fit->lab->log = NULL;
  c->reseeds_wanted = wanted;
  memcpy (t, c->fit->best.trial, sizeof t);
  if (!lab_try (c->fit->lab, t, FIT_ROWS))
    return false;
  for (unsigned r = 0; r < FIT_ROWS; r++)
    c->base[r] = t[r].result;
  return wanted == 0 || (move_all (c) && reseed (c, wanted));
}

void
calibration_free (struct calibration *c)
{
  free (c->move);
  c->move = NULL;
}
