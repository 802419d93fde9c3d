/* The search for one row: see calibrate.h.

   A population of the nearest tries so far.  A proposal starts from one of
   them and redraws one or two keys near their values, or takes another seed,
   or crosses it with another member; where a try differs from its origin in
   one key only and came out elsewhere, the straight line through both says how
   far to move that key for the number that is farthest off (a secant step).
   Some numbers stay where they are over most of a key's range and then run
   away: where a move takes one past its published value, the place between is
   chased by halving.  Nothing is derived from how the model works.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "calibrate.h"

#include <string.h>
#include "../base/check.h"

enum
{
  /* Percent of the proposals, of what is left by the one before.  */
  FRESH = 4,
  SECANT = 35,
  RESEED = 20,
  CROSS = 12,
  ANEW = 20,
  SECOND_KEY = 30,

  CHASE_STEPS = 10
};

void
search_init (struct search *s, const struct space *space,
             const struct target *target, enum space_part free,
             struct prng *prng)
{
  memset (s, 0, sizeof *s);
  s->space = space;
  s->target = target;
  s->free = free;
  s->prng = prng;
}

/* ---- The population ------------------------------------------------------
 */

static bool
same_outcome (const struct target *t, const struct trial *a,
              const struct trial *b)
{
  for (unsigned i = 0; i < t->numbers; i++)
    if (a->result.counter[t->number[i].counter]
        != b->result.counter[t->number[i].counter])
      return false;
  return true;
}

static void
take_out (struct search *s, unsigned i)
{
  s->members--;
  memmove (&s->member[i], &s->member[i + 1],
           (s->members - i) * sizeof *s->member);
}

void
search_add (struct search *s, const struct search_member *m)
{
  if (m->trial.distance >= DISTANCE_FAILED)
    return;
  /* One of those that came out the same is enough, and the newest keeps the
     population moving.  */
  for (unsigned i = 0; i < s->members; i++)
    if (same_outcome (s->target, &s->member[i].trial, &m->trial))
      {
        s->member[i] = *m;
        return;
      }
  if (s->members == SEARCH_POPULATION)
    {
      if (s->member[s->members - 1].trial.distance <= m->trial.distance)
        return;
      s->members--;
    }
  if (s->members == 0 || m->trial.distance < s->member[0].trial.distance)
    s->improved_at = s->tries;
  unsigned at = s->members++;
  while (at > 0 && s->member[at - 1].trial.distance > m->trial.distance)
    {
      s->member[at] = s->member[at - 1];
      at--;
    }
  s->member[at] = *m;
}

void
search_add_trial (struct search *s, const struct trial *t)
{
  static struct search_member m;
  m = (struct search_member){ .trial = *t, .moved = -1 };
  search_add (s, &m);
}

void
search_drop_matches (struct search *s)
{
  while (s->members > 0 && s->member[0].trial.distance == 0)
    take_out (s, 0);
}

/* ---- Proposals -----------------------------------------------------------
 */

static bool
percent (struct prng *prng, unsigned n)
{
  return prng_below (prng, 100) < n;
}

/* The better of two.  */
static const struct search_member *
choose (const struct search *s)
{
  unsigned a = prng_below (s->prng, s->members);
  unsigned b = prng_below (s->prng, s->members);
  return &s->member[a < b ? a : b];
}

/* The numbers of the keys that are free, into OUT.  */
static unsigned
free_keys (const struct search *s, unsigned *out)
{
  unsigned n = 0;
  for (unsigned i = 0; i < s->space->keys; i++)
    if (s->free & (s->space->key[i].boot ? SPACE_BOOT : SPACE_COMMON))
      out[n++] = i;
  return n;
}

/* Where M's last move should have led.  False when there is none, or nothing
   to gain.  */
static bool
secant (const struct search *s, const struct search_member *m,
        struct candidate *out)
{
  if (m->moved < 0)
    return false;
  uint64_t farthest = 0;
  int64_t left = 0, gained = 0;
  for (unsigned i = 0; i < s->target->numbers; i++)
    {
      const struct target_number *n = &s->target->number[i];
      int64_t now = target_measure (n, &m->trial.result);
      int64_t gain = now - m->from_measure[i];
      if (gain != 0 && target_weigh (n, now) > farthest)
        {
          farthest = target_weigh (n, now);
          left = n->published - now;
          gained = gain;
        }
    }
  if (farthest == 0)
    return false;
  const struct space_key *k = &s->space->key[m->moved];
  uint64_t value = m->trial.candidate.value[m->moved];
  __int128 move = (int64_t)(value - m->from_value);
  move = move * left / gained;
  int64_t limit = k->to - k->from;
  move = move > limit ? limit : move < -limit ? -limit : move;
  uint64_t moved = space_clamp (k, (int64_t)value + (int64_t)move);
  if (moved == value || moved == m->from_value)
    return false;
  *out = m->trial.candidate;
  out->value[m->moved] = moved;
  return true;
}

/* ---- Chases --------------------------------------------------------------
 */

/* M's last move took the number that was farthest off past its published
   value: chase it.  */
static void
begin_chase (struct search *s, const struct search_member *m)
{
  if (m->moved < 0 || m->trial.distance >= DISTANCE_FAILED
      || s->chases == SEARCH_CHASES)
    return;
  unsigned farthest = 0;
  uint64_t most = 0;
  for (unsigned i = 0; i < s->target->numbers; i++)
    {
      uint64_t w = target_weigh (&s->target->number[i], m->from_measure[i]);
      if (w > most)
        {
          most = w;
          farthest = i;
        }
    }
  const struct target_number *n = &s->target->number[farthest];
  int64_t before = m->from_measure[farthest] - n->published;
  int64_t after = target_measure (n, &m->trial.result) - n->published;
  if (most == 0 || after == 0 || (before > 0) == (after > 0))
    return;
  struct search_chase *c = &s->chase[s->chases++];
  c->candidate = m->trial.candidate;
  c->key = m->moved;
  c->number = farthest;
  c->steps = 0;
  c->end[before > 0] = m->from_value;
  c->end[after > 0] = m->trial.candidate.value[m->moved];
}

/* Halfway between the ends of the chase I.  False when there is nothing left
   between.  */
static bool
propose_chase (struct search *s, unsigned i, struct search_member *p)
{
  const struct search_chase *c = &s->chase[i];
  const struct space_key *k = &s->space->key[c->key];
  uint64_t a = c->end[0], b = c->end[1];
  uint64_t value
      = space_clamp (k, (a < b ? a : b) + (a < b ? b - a : a - b) / 2);
  if (value == a || value == b)
    return false;
  memset (p, 0, sizeof *p);
  p->trial.target = s->target;
  p->trial.candidate = c->candidate;
  p->trial.candidate.value[c->key] = value;
  p->moved = -1;
  return true;
}

/* What became of it, M.  False when the chase is over.  */
static bool
follow_chase (struct search *s, struct search_chase *c,
              const struct search_member *m)
{
  if (m->trial.distance >= DISTANCE_FAILED)
    return false;
  const struct target_number *n = &s->target->number[c->number];
  int64_t off = target_measure (n, &m->trial.result) - n->published;
  if (off == 0 || ++c->steps == CHASE_STEPS)
    return false;
  c->end[off > 0] = m->trial.candidate.value[c->key];
  return true;
}

static void
cross (const struct search *s, struct candidate *c,
       const struct candidate *other)
{
  for (unsigned i = 0; i < s->space->keys; i++)
    if (s->free & (s->space->key[i].boot ? SPACE_BOOT : SPACE_COMMON)
        && prng_below (s->prng, 2))
      c->value[i] = other->value[i];
  if (s->free & SPACE_BOOT && prng_below (s->prng, 2))
    c->seed = other->seed;
}

/* Note that P's candidate is M's with the key K moved.  */
static void
note_move (const struct search *s, struct search_member *p,
           const struct search_member *m, unsigned k)
{
  p->moved = k;
  p->from_value = m->trial.candidate.value[k];
  for (unsigned i = 0; i < s->target->numbers; i++)
    p->from_measure[i]
        = target_measure (&s->target->number[i], &m->trial.result);
}

static void
propose (struct search *s, struct search_member *p)
{
  unsigned keys[SPACE_KEYS], n = free_keys (s, keys);
  const struct search_member *m = choose (s);
  struct candidate *c = &p->trial.candidate;
  memset (p, 0, sizeof *p);
  p->trial.target = s->target;
  p->moved = -1;
  *c = m->trial.candidate;
  if (percent (s->prng, FRESH))
    {
      space_draw (s->space, s->free, s->prng, c);
      return;
    }
  if (percent (s->prng, SECANT) && secant (s, m, c))
    {
      note_move (s, p, m, m->moved);
      return;
    }
  if (n == 0 || percent (s->prng, RESEED))
    {
      c->seed = space_draw_seed (s->prng);
      return;
    }
  if (percent (s->prng, CROSS))
    {
      cross (s, c, &choose (s)->trial.candidate);
      return;
    }
  unsigned k = keys[prng_below (s->prng, n)];
  if (percent (s->prng, ANEW))
    c->value[k] = space_draw_value (&s->space->key[k], s->prng);
  else
    c->value[k] = space_near (&s->space->key[k], c->value[k], s->prng);
  if (percent (s->prng, SECOND_KEY))
    {
      k = keys[prng_below (s->prng, n)];
      c->value[k] = space_near (&s->space->key[k], c->value[k], s->prng);
    }
  else
    note_move (s, p, m, k);
}

/* ---- Steps ---------------------------------------------------------------
 */

static bool
try_all (struct search *s, struct lab *l, struct search_member *m, unsigned n)
{
  static struct trial trial[LAB_BATCH];
  for (unsigned i = 0; i < n; i++)
    trial[i] = m[i].trial;
  if (!lab_try (l, trial, n))
    return false;
  for (unsigned i = 0; i < n; i++)
    {
      m[i].trial = trial[i];
      s->tries++;
      search_add (s, &m[i]);
    }
  return true;
}

bool
search_draw (struct search *s, struct lab *l, unsigned n,
             const struct candidate *base)
{
  static struct search_member m[LAB_BATCH];
  while (n > 0)
    {
      unsigned count = n < LAB_BATCH ? n : LAB_BATCH;
      memset (m, 0, sizeof m);
      for (unsigned i = 0; i < count; i++)
        {
          m[i].trial.target = s->target;
          m[i].trial.candidate = *base;
          m[i].moved = -1;
          space_draw (s->space, s->free, s->prng, &m[i].trial.candidate);
        }
      if (!try_all (s, l, m, count))
        return false;
      n -= count;
    }
  return true;
}

bool
search_step (struct search *s, struct lab *l)
{
  static struct search_member m[LAB_BATCH];
  CHECK (s->members > 0);
  unsigned chased = 0, left = 0;
  for (unsigned i = 0; i < s->chases; i++)
    if (propose_chase (s, i, &m[chased]))
      s->chase[chased++] = s->chase[i];
  s->chases = chased;
  for (unsigned i = chased; i < LAB_BATCH; i++)
    propose (s, &m[i]);
  if (!try_all (s, l, m, LAB_BATCH))
    return false;
  for (unsigned i = 0; i < chased; i++)
    if (follow_chase (s, &s->chase[i], &m[i]))
      s->chase[left++] = s->chase[i];
  s->chases = left;
  for (unsigned i = chased; i < LAB_BATCH; i++)
    begin_chase (s, &m[i]);
  return true;
}
