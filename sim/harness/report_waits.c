/* What calls waited for, see report_waits.h.

   The tally is in world/waits.h.  In the tables parts are percent of the time
   of the calls; "the slowest" are as many of the longest as make up at least
   one in a hundred, whole rows of by_duration.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "report_waits.h"

#include <inttypes.h>
#include "../base/check.h"
#include "../world/waits.h"
#include "report.h"

/* ---- JSON ----------------------------------------------------------------
 */

static void
put (json_t *object, const char *key, json_t *value)
{
  CHECK (json_object_set_new (object, key, value) == 0);
}

static json_t *
parts_json (const struct wait_sum *s)
{
  json_t *parts = json_object ();
  for (int i = 0; i < WAIT_PARTS; i++)
    put (parts, wait_part_rows[i].name, json_integer (s->part.of[i]));
  return parts;
}

/* The longest duration of row I.  */
static uint64_t
duration_upper (int i)
{
  return i < 63 ? (UINT64_C (1) << i) - 1 : INT64_MAX;
}

static json_t *
class_json (const struct wait_tally *t)
{
  json_t *j = json_object (), *rows = json_array ();
  struct wait_sum all = wait_tally_all (t);
  put (j, "calls", json_integer (all.calls));
  put (j, "total_ns", json_integer (all.total));
  put (j, "parts_ns", parts_json (&all));
  for (int i = 0; i < WAIT_DURATIONS; i++)
    {
      const struct wait_sum *s = &t->by_duration[i];
      if (s->calls > 0)
        json_array_append_new (
            rows, json_pack ("[I,I,o]", (json_int_t)duration_upper (i),
                             (json_int_t)s->calls, parts_json (s)));
    }
  put (j, "by_duration", rows);
  return j;
}

json_t *
report_waits_json (void)
{
  json_t *j = json_object ();
  for (int c = 0; c < WAIT_CLASSES; c++)
    put (j, wait_class_rows[c].name, class_json (&wait_tallies[c]));
  return j;
}

/* ---- CSV -----------------------------------------------------------------
 */

void
report_waits_columns (void (*fn) (void *, const char *, uint64_t), void *arg)
{
  char name[64];
  for (int c = 0; c < WAIT_CLASSES; c++)
    {
      const char *class = wait_class_rows[c].name;
      struct wait_sum all = wait_tally_all (&wait_tallies[c]);
      const struct wait_sum *s = &all;
      snprintf (name, sizeof name, "wait.%s.calls", class);
      fn (arg, name, s->calls);
      snprintf (name, sizeof name, "wait.%s.total_ns", class);
      fn (arg, name, s->total);
      for (int i = 0; i < WAIT_PARTS; i++)
        {
          snprintf (name, sizeof name, "wait.%s.%s_ns", class,
                    wait_part_rows[i].name);
          fn (arg, name, s->part.of[i]);
        }
    }
}

/* ---- The table -----------------------------------------------------------
 */

/* The longest calls of T that are at least one in a hundred of them.  */
static struct wait_sum
slowest (const struct wait_tally *t)
{
  struct wait_sum sum = { 0 };
  uint64_t calls = wait_tally_all (t).calls;
  for (int i = WAIT_DURATIONS - 1; i >= 0 && sum.calls * 100 < calls; i--)
    wait_sum_add (&sum, &t->by_duration[i]);
  return sum;
}

/* A cell: tenths of a percent.  */
static void
share (FILE *out, const struct wait_sum *s, int part)
{
  uint64_t tenths
      = s->total ? (unsigned __int128)s->part.of[part] * 1000 / s->total : 0;
  if (s->part.of[part] == 0)
    fprintf (out, " %10s", "-");
  else
    fprintf (out, " %6" PRIu64 ".%" PRIu64 " %%", tenths / 10, tenths % 10);
}

static void
table (FILE *out, const char *title, const struct wait_sum sums[])
{
  char time[32];
  bool any[WAIT_PARTS] = { false };
  fprintf (out, "%-16s", title);
  for (int c = 0; c < WAIT_CLASSES; c++)
    if (sums[c].calls > 0)
      fprintf (out, " %10s", wait_class_rows[c].name);
  fprintf (out, "\n  %-14s", "calls");
  for (int c = 0; c < WAIT_CLASSES; c++)
    if (sums[c].calls > 0)
      fprintf (out, " %10" PRIu64, sums[c].calls);
  fprintf (out, "\n  %-14s", "mean");
  for (int c = 0; c < WAIT_CLASSES; c++)
    if (sums[c].calls > 0)
      {
        fprintf (out, " %10s",
                 report_time (sums[c].total / sums[c].calls, time));
        for (int i = 0; i < WAIT_PARTS; i++)
          any[i] |= sums[c].part.of[i] > 0;
      }
  putc ('\n', out);
  for (int i = 0; i < WAIT_PARTS; i++)
    {
      if (!any[i])
        continue;
      fprintf (out, "  %-14s", wait_part_rows[i].name);
      for (int c = 0; c < WAIT_CLASSES; c++)
        if (sums[c].calls > 0)
          share (out, &sums[c], i);
      fprintf (out, "  %s\n", wait_part_rows[i].what);
    }
}

void
report_waits_table (FILE *out)
{
  struct wait_sum all[WAIT_CLASSES], slow[WAIT_CLASSES];
  for (int c = 0; c < WAIT_CLASSES; c++)
    {
      all[c] = wait_tally_all (&wait_tallies[c]);
      slow[c] = slowest (&wait_tallies[c]);
    }
  table (out, "time of calls", all);
  putc ('\n', out);
  table (out, "of the slowest", slow);
}
