/* What differs from the baseline, as text and as JSON, see baseline.h.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "baseline.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "../base/check.h"

enum
{
  SUMS = 12 /* values in the summary  */
};

static void
show_change (const struct baseline_difference *d, char *out, size_t size)
{
  uint64_t size_of = d->change < 0 ? -d->change : d->change;
  *out = 0;
  if (!d->number || strcmp (d->old, "0") == 0)
    return;
  if (size_of >= BASELINE_CHANGE_MAX)
    snprintf (out, size, "%c ever so much", d->change < 0 ? '-' : '+');
  else
    snprintf (out, size, "%c%" PRIu64 ".%02u %%", d->change < 0 ? '-' : '+',
              size_of / 100, (unsigned)(size_of % 100));
}

static void
show_run (const struct baseline_change *c, FILE *out)
{
  fprintf (out, "%s\n", c->run);
  for (size_t i = 0; i < c->values; i++)
    {
      const struct baseline_difference *d = &c->value[i];
      char change[40];
      if (d->kind == BASELINE_RUN)
        {
          fprintf (out, "  %s\n",
                   strcmp (d->now, "-") == 0
                       ? "is in the baseline, and in no grid any more"
                       : "is not in the baseline");
          continue;
        }
      show_change (d, change, sizeof change);
      fprintf (out, "  %-36s %18s %18s%s%s\n", d->name, d->old, d->now,
               *change ? "  " : "", change);
    }
}

/* ---- The summary ---------------------------------------------------------
 */

/* One value over all runs.  */
struct sum
{
  const struct baseline_difference *most; /* of any run  */
  int64_t low, high;
  size_t runs;
};

static int
by_name (const void *a, const void *b)
{
  const struct baseline_difference *const *x = a, *const *y = b;
  return strcmp ((*x)->name, (*y)->name);
}

static int
by_telling (const void *a, const void *b)
{
  const struct sum *x = a, *y = b;
  if (x->most->kind != y->most->kind)
    return x->most->kind < y->most->kind ? -1 : 1;
  if (x->runs != y->runs)
    return x->runs > y->runs ? -1 : 1;
  return strcmp (x->most->name, y->most->name);
}

/* All differences by value; returns how many values.  SUMS is to be freed.  */
static size_t
sum_up (const struct baseline_changes *c, struct sum **sums)
{
  const struct baseline_difference **all = calloc (c->values + 1, sizeof *all);
  size_t n = 0, found = 0;
  *sums = calloc (c->values + 1, sizeof **sums);
  CHECK (all && *sums);
  for (size_t r = 0; r < c->runs; r++)
    for (size_t i = 0; i < c->run[r].values; i++)
      all[n++] = &c->run[r].value[i];
  qsort (all, n, sizeof *all, by_name);
  for (size_t i = 0; i < n; i++)
    {
      if (i == 0 || strcmp (all[i]->name, all[i - 1]->name) != 0)
        (*sums)[found++] = (struct sum){ .most = all[i],
                                         .low = all[i]->change,
                                         .high = all[i]->change };
      struct sum *s = &(*sums)[found - 1];
      s->runs++;
      if (all[i]->change < s->low)
        s->low = all[i]->change;
      if (all[i]->change > s->high)
        s->high = all[i]->change;
    }
  free (all);
  qsort (*sums, found, sizeof **sums, by_telling);
  return found;
}

static void
show_percent (FILE *out, int64_t change)
{
  uint64_t size = change < 0 ? -change : change;
  fprintf (out, "%c%" PRIu64 ".%02u %%", change < 0 ? '-' : '+', size / 100,
           (unsigned)(size % 100));
}

static void
show_sums (const struct baseline_changes *c, FILE *out)
{
  struct sum *sums;
  size_t n = sum_up (c, &sums);
  fputs ("What differs, over all runs\n", out);
  for (size_t i = 0; i < n && i < SUMS; i++)
    {
      const struct sum *s = &sums[i];
      fprintf (out, "  %-36s in %zu of them", s->most->name, s->runs);
      if (s->most->number && s->high < BASELINE_CHANGE_MAX
          && s->low > -BASELINE_CHANGE_MAX)
        {
          fputs (", by ", out);
          show_percent (out, s->low);
          fputs (" to ", out);
          show_percent (out, s->high);
        }
      fputc ('\n', out);
    }
  if (n > SUMS)
    fprintf (out, "  and %zu values more\n", n - SUMS);
  free (sums);
}

void
baseline_show (const struct baseline_changes *c, FILE *out)
{
  for (size_t r = 0; r < c->runs; r++)
    {
      show_run (&c->run[r], out);
      fputc ('\n', out);
    }
  if (c->runs > 0)
    show_sums (c, out);
  for (size_t i = 0; i < c->stale.count; i++)
    fprintf (out, "The baseline is of another %s.\n", c->stale.word[i]);
  if (c->stale.count > 0)
    fprintf (out,
             "%zu runs are not compared; `pagersim check --update' makes a "
             "new baseline.\n",
             c->uncompared);
}

/* ---- JSON ----------------------------------------------------------------
 */

static json_t *
difference_json (const struct baseline_difference *d)
{
  json_t *j = json_pack ("{s:s, s:s, s:s}", "name", d->name, "baseline",
                         d->old, "now", d->now);
  CHECK (j);
  if (d->number && strcmp (d->old, "0") != 0)
    json_object_set_new (j, "change_percent_100", json_integer (d->change));
  return j;
}

json_t *
baseline_changes_json (const struct baseline_changes *c)
{
  json_t *runs = json_array (), *stale = json_array ();
  for (size_t r = 0; r < c->runs; r++)
    {
      json_t *values = json_array ();
      for (size_t i = 0; i < c->run[r].values; i++)
        json_array_append_new (values, difference_json (&c->run[r].value[i]));
      json_array_append_new (
          runs,
          json_pack ("{s:s, s:o}", "run", c->run[r].run, "values", values));
    }
  for (size_t i = 0; i < c->stale.count; i++)
    json_array_append_new (stale, json_string (c->stale.word[i]));
  json_t *j = json_pack (
      "{s:s, s:o, s:o, s:I, s:I, s:I}", "schema", "pagersim.check/1",
      "differences", runs, "other_workloads", stale, "runs_different",
      (json_int_t)c->runs, "runs_not_compared", (json_int_t)c->uncompared,
      "values_different", (json_int_t)c->values);
  CHECK (j);
  return j;
}
