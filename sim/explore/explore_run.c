/* One schedule, and what it found: see explore.h.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "explore.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/check.h"
#include "../harness/keys.h"
#include "../harness/pager_load.h"

static bool
set_keys (const struct subject *s, struct user_error *err)
{
  keys_reset ();
  for (unsigned i = 0; i < s->sets; i++)
    if (!keys_user (s->set[i], err->line, sizeof err->line))
      return false;
  return s->pager == NULL
         || keys_set ("pager.name", s->pager, KEY_USER, err->line,
                      sizeof err->line);
}

bool
explore_once (const struct subject *s, const struct schedule_plan *plan,
              struct run_result *result, struct user_error *err)
{
  struct workload *w;
  struct pager *p;
  if (!set_keys (s, err) || (w = workload_load (s->workload, err)) == NULL)
    return false;
  p = pager_load (key_text ("pager.name"), err);
  struct schedule_plan own = *plan;
  own.mutexes = s->mutexes;
  schedule_follow (&own);
  bool good = p != NULL && scenario_run (p, w, s->seed, result, err);
  schedule_follow (NULL);
  workload_free (w);
  return good;
}

/* ---- Findings ------------------------------------------------------------
 */

bool
found_last (const struct run_result *r, struct found *out)
{
  const struct finding *f = findings_get (0);
  if (r->verdict == VERDICT_OK)
    return false;
  memset (out, 0, sizeof *out);
  snprintf (out->oracle, sizeof out->oracle, "%s",
            f ? f->oracle : verdict_name[r->verdict]);
  snprintf (out->where, sizeof out->where, "%s", f ? f->where : "");
  snprintf (out->what, sizeof out->what, "%s",
            f ? f->what : verdict_name[r->verdict]);
  out->verdict = r->verdict;
  out->digest = r->digest;
  out->times = 1;
  out->picks = schedule_taken (out->pick);
  return true;
}

bool
found_same (const struct found *a, const struct found *b)
{
  return strcmp (a->oracle, b->oracle) == 0
         && strcmp (a->where, b->where) == 0;
}

void
found_add (struct found_list *l, const struct found *f)
{
  for (size_t i = 0; i < l->count; i++)
    if (found_same (&l->found[i], f))
      {
        l->found[i].times += f->times;
        return;
      }
  l->found = realloc (l->found, (l->count + 1) * sizeof *l->found);
  CHECK (l->found);
  l->found[l->count++] = *f;
}

void
found_free (struct found_list *l)
{
  free (l->found);
  *l = (struct found_list){ 0 };
}
