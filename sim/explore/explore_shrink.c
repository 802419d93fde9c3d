/* Fewer choices for the same finding.

   Of many, halves are tried first, as plain choices, then halves of what is
   left, and so on.  In the end each choice is tried by itself, last ones
   first, until none can go any more; then lines of the workload
   (shrink_workload.c).

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "shrink.h"

#include <string.h>

#include "../engine/engine.h"

enum
{
  FEW = 32 /* choices: halves are not worth it  */
};

bool
shrink_finds (const struct subject *s, const struct schedule_plan *plan,
              const struct found *f, struct found *again,
              struct shrink_effort *left)
{
  struct run_result r;
  struct user_error err;
  if (left->runs == 0 || left->events == 0)
    return false;
  left->runs--;
  left->wrong = !explore_once (s, plan, &r, &err);
  if (left->wrong)
    return false;
  left->events -= r.events < left->events ? r.events : left->events;
  if (!found_last (&r, again) || !found_same (f, again)
      || again->picks > PICKS_MAX)
    return false;
  again->schedule = f->schedule;
  again->times = f->times;
  return true;
}

/* Run S by F's choices without the N from AT on.  True when it finds the
   same, with fewer choices; then F is that run.  */
static bool
try_without (const struct subject *s, struct found *f, uint32_t at, uint32_t n,
             struct shrink_effort *left)
{
  static struct pick list[PICKS_MAX];
  static struct found again;
  size_t k = 0;
  for (uint32_t i = 0; i < f->picks; i++)
    if (i < at || i - at >= n)
      {
        list[k] = f->pick[i];
        /* What is asked may have changed.  */
        list[k++].event = 0;
      }
  struct schedule_plan plan
      = { .way = SCHEDULE_LIST, .list = list, .picks = k };
  if (!shrink_finds (s, &plan, f, &again, left) || again.picks >= f->picks)
    return false;
  *f = again;
  return true;
}

/* Try all rows of N, last ones first.  */
static bool
try_rows (const struct subject *s, struct found *f, uint32_t n,
          struct shrink_effort *left)
{
  bool less = false;
  for (uint32_t end = f->picks; end > 0;)
    {
      uint32_t at = end > n ? end - n : 0;
      less |= try_without (s, f, at, end - at, left);
      end = at < f->picks ? at : f->picks;
    }
  return less;
}

void
shrink_choices (const struct subject *s, struct found *f,
                struct shrink_effort *left)
{
  if (f->picks > FEW)
    for (uint32_t n = f->picks / 2; n > 1; n /= 2)
      try_rows (s, f, n, left);
  while (try_rows (s, f, 1, left))
    ;
}

void
shrink_note_names (const struct found *f, struct shrink_names *out)
{
  for (uint32_t i = 0; i < f->picks; i++)
    {
      const char *name = engine_thread_name (f->pick[i].thread);
      strncpy (out->text[i], name ? name : "", SHRINK_NAME_BYTES - 1);
      out->name[i] = out->text[i];
    }
}

void
explore_shrink (const struct subject *s, struct found *f, char **text)
{
  struct shrink_effort left = { SHRINK_RUNS, SHRINK_EVENTS, false };
  *text = NULL;
  if (f->picks > PICKS_MAX)
    return;
  shrink_choices (s, f, &left);
  *text = shrink_workload (s, f);
}
