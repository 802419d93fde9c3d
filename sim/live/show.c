/* A live run beside a simulated one, see show.h.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "show.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../base/check.h"
#include "../harness/keys.h"
#include "../harness/report.h"

enum
{
  TIME_TEXT = 32
};

/* ---- The table -----------------------------------------------------------
 */

static void
row (const struct live_report *r, FILE *out, const char *name,
     const char *live, const char *simulated, bool differs)
{
  fprintf (out, "%-32s %14s", name, live);
  if (r->beside != NULL)
    fprintf (out, " %14s%s", simulated, differs ? "  differs" : "");
  putc ('\n', out);
}

static void
counter_row (const struct live_report *r, FILE *out, unsigned i)
{
  uint64_t live = r->result->meters.counter[i];
  uint64_t simulated = r->beside ? r->beside->meters.counter[i] : 0;
  char a[24], b[24];
  if (live == 0 && simulated == 0)
    return;
  snprintf (a, sizeof a, "%" PRIu64, live);
  snprintf (b, sizeof b, "%" PRIu64, simulated);
  row (r, out, counter_rows[i].name, a, b, live != simulated);
}

static void
time_row (const struct live_report *r, FILE *out, const char *name,
          uint64_t live, uint64_t simulated)
{
  char a[TIME_TEXT], b[TIME_TEXT];
  row (r, out, name, report_time (live, a), report_time (simulated, b), false);
}

/* The median and the slowest of what takes time.  */
static void
histogram_rows_of (const struct live_report *r, FILE *out, unsigned i)
{
  static const struct
  {
    const char *name;
    unsigned per_mille;
  } points[] = { { "median", 500 }, { "99%", 990 }, { "longest", 1000 } };
  const struct histogram *live = &r->result->meters.histogram[i];
  const struct histogram *simulated
      = r->beside ? &r->beside->meters.histogram[i] : NULL;
  if (live->count == 0 && (simulated == NULL || simulated->count == 0))
    return;
  for (unsigned p = 0; p < sizeof points / sizeof *points; p++)
    {
      char name[64];
      snprintf (name, sizeof name, "%s, %s", histogram_rows[i].name,
                points[p].name);
      time_row (r, out, name, histogram_percentile (live, points[p].per_mille),
                simulated
                    ? histogram_percentile (simulated, points[p].per_mille)
                    : 0);
    }
}

static bool
is_time (unsigned histogram)
{
  const char *name = histogram_rows[histogram].name;
  size_t len = strlen (name);
  return len > 3 && strcmp (name + len - 3, "_ns") == 0;
}

/* Whether a live run fills it.  */
static bool
is_measured (unsigned histogram)
{
  return is_time (histogram) && histogram != HISTOGRAM_FAULT_QUEUE
         && histogram != HISTOGRAM_CLIENT_ALLOC_WAIT;
}

void
live_show_table (const struct live_report *r, FILE *out)
{
  const struct live_result *l = r->result;
  fprintf (out, "%s under %s, live on %s%s\n\n", workload_name (r->workload),
           r->pager, r->store,
           l->interrupted   ? ": interrupted"
           : l->out_of_time ? ": ended when its time was over"
                            : "");
  row (r, out, "", "live", "simulated", false);
  time_row (r, out, "time", l->ns, r->beside ? r->beside->virtual_ns : 0);
  for (unsigned i = 0; i < COUNTER_COUNT; i++)
    counter_row (r, out, i);
  for (unsigned i = 0; i < HISTOGRAM_COUNT; i++)
    if (is_measured (i))
      histogram_rows_of (r, out, i);
}

/* ---- JSON ----------------------------------------------------------------
 */

static void
put (json_t *object, const char *key, json_t *value)
{
  CHECK (json_object_set_new (object, key, value) == 0);
}

static json_t *
integer (uint64_t value)
{
  json_t *j = json_integer (value <= INT64_MAX ? value : INT64_MAX);
  CHECK (j != NULL);
  return j;
}

/* Names of files may hold anything.  */
static json_t *
text (const char *s)
{
  json_t *j = json_string (s);
  if (j != NULL)
    return j;
  char *copy = strdup (s);
  CHECK (copy != NULL);
  for (char *c = copy; *c; c++)
    if (*c & 0x80)
      *c = '?';
  j = json_string (copy);
  free (copy);
  CHECK (j != NULL);
  return j;
}

static json_t *
meters_json (const struct meters *m, uint64_t ns)
{
  json_t *j = json_object (), *counters = json_object ();
  json_t *histograms = json_object ();
  for (unsigned i = 0; i < COUNTER_COUNT; i++)
    put (counters, counter_rows[i].name, integer (m->counter[i]));
  for (unsigned i = 0; i < HISTOGRAM_COUNT; i++)
    if (is_measured (i) || !is_time (i))
      put (histograms, histogram_rows[i].name,
           report_histogram_json (&m->histogram[i]));
  put (j, "ns", integer (ns));
  put (j, "counters", counters);
  put (j, "histograms", histograms);
  return j;
}

static void
add_key (const struct key *k, void *arg)
{
  put (arg, k->name, text (k->text));
}

void
live_show_json (const struct live_report *r, FILE *out)
{
  json_t *j = json_object (), *workload = json_object (), *set;
  put (workload, "name", text (workload_name (r->workload)));
  put (workload, "sha256", text (workload_sha256 (r->workload)));
  set = json_object ();
  keys_each (add_key, set);
  put (j, "schema", text ("pagersim.live/1"));
  put (j, "workload", workload);
  put (j, "pager", text (r->pager));
  put (j, "store", text (r->store));
  put (j, "seed", integer (r->seed));
  put (j, "set", set);
  put (j, "end",
       text (r->result->interrupted   ? "interrupted"
             : r->result->out_of_time ? "time over"
                                      : "ended"));
  put (j, "unmount_ns", integer (r->result->unmount_ns));
  put (j, "live", meters_json (&r->result->meters, r->result->ns));
  put (j, "simulated",
       r->beside ? meters_json (&r->beside->meters, r->beside->virtual_ns)
                 : json_null ());
  char *s = report_json_text (j);
  fputs (s, out);
  free (s);
  json_decref (j);
}
