/* A run as JSON: schema pagersim.run/1, docs/design.md 5.

   Everything but "host" is equal on every machine.  Histograms hold their
   buckets that are not empty, as pairs of upper bound and count.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "report.h"
#include "report_locks.h"
#include "report_waits.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "faults_spec.h"
#include "keys.h"
#include "../base/check.h"
#include "../world/counters.h"

/* json_int_t is signed.  */
static json_t *
integer (uint64_t value)
{
  json_t *j = json_integer (value <= INT64_MAX ? value : INT64_MAX);
  CHECK (j);
  return j;
}

/* Text that may hold anything: file names, messages of the code under test. */
static json_t *
text (const char *s)
{
  json_t *j = json_string (s);
  if (j)
    return j;
  /* Not UTF-8.  */
  char *copy = strdup (s);
  CHECK (copy);
  for (char *c = copy; *c; c++)
    if (*c & 0x80)
      *c = '?';
  j = json_string (copy);
  free (copy);
  CHECK (j);
  return j;
}

static void
put (json_t *object, const char *key, json_t *value)
{
  CHECK (json_object_set_new (object, key, value) == 0);
}

static void
add_key (const struct key *k, void *arg)
{
  put (arg, k->name, text (k->text));
}

json_t *
report_histogram_json (const struct histogram *h)
{
  json_t *j = json_object (), *buckets = json_array ();
  put (j, "count", integer (h->count));
  put (j, "sum", integer (h->sum));
  put (j, "min", integer (h->min));
  put (j, "p50", integer (histogram_percentile (h, 500)));
  put (j, "p90", integer (histogram_percentile (h, 900)));
  put (j, "p99", integer (histogram_percentile (h, 990)));
  put (j, "p999", integer (histogram_percentile (h, 999)));
  put (j, "max", integer (h->max));
  for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
    if (h->bucket[i])
      json_array_append_new (buckets,
                             json_pack ("[o,o]", integer (histogram_upper (i)),
                                        integer (h->bucket[i])));
  put (j, "buckets", buckets);
  return j;
}

static json_t *
findings_json (const struct report *r)
{
  char replay[2048];
  report_replay (r, replay, sizeof replay);
  json_t *all = json_array ();
  const struct finding *f;
  for (size_t i = 0; (f = findings_get (i)); i++)
    {
      json_t *j = json_object ();
      put (j, "oracle", text (f->oracle));
      put (j, "at_ns", integer (f->at));
      put (j, "thread", text (f->thread));
      put (j, "where", text (f->where));
      put (j, "what", text (f->what));
      put (j, "replay", text (replay));
      json_array_append_new (all, j);
    }
  return all;
}

/* The faults that happened, and the programs that ended because of them.  */
static json_t *
faults_json (const struct report *r)
{
  json_t *hits = json_array (), *j = json_object ();
  const struct fault_hit *h;
  for (size_t i = 0; (h = faults_hit (i)); i++)
    {
      json_t *hit = json_object ();
      put (hit, "kind", text (fault_rows[h->kind].name));
      put (hit, "path",
           text (h->path == IO_OTHER ? "other" : fault_path_name[h->path]));
      put (hit, "write", integer (h->write));
      put (hit, "at_ns", integer (h->at));
      put (hit, "offset", integer (h->offset));
      put (hit, "bytes", integer (h->bytes));
      json_array_append_new (hits, hit);
    }
  put (j, "hits", integer (faults_hits ()));
  put (j, "first", hits);
  put (j, "gave_up", integer (workload_gave_up (r->workload)));
  return j;
}

json_t *
report_json (const struct report *r)
{
  const struct run_result *result = r->result;
  json_t *j = json_object (), *workload = json_object ();
  json_t *set = json_object (), *counters = json_object ();
  json_t *histograms = json_object (), *host = json_object ();

  put (workload, "name", text (workload_name (r->workload)));
  put (workload, "sha256", text (workload_sha256 (r->workload)));
  keys_each (add_key, set);
  for (unsigned i = 0; i < COUNTER_COUNT; i++)
    put (counters, counter_rows[i].name, integer (counter_value[i]));
  for (unsigned i = 0; i < HISTOGRAM_COUNT; i++)
    put (histograms, histogram_rows[i].name,
         report_histogram_json (&histogram_value[i]));
  double wall_s = result->wall_ns / 1e9;
  put (host, "wall_s", json_real (wall_s));
  put (host, "events_per_s",
       integer (wall_s > 0 ? (uint64_t)(result->events / wall_s) : 0));
  put (host, "max_rss_bytes", integer (result->max_rss_bytes));

  put (j, "schema", text ("pagersim.run/1"));
  put (j, "workload", workload);
  put (j, "pager", text (r->pager));
  put (j, "seed", integer (r->seed));
  put (j, "set", set);
  put (j, "verdict", text (verdict_name[result->verdict]));
  put (j, "findings", findings_json (r));
  put (j, "virtual_ns", integer (result->virtual_ns));
  put (j, "events", integer (result->events));
  char digest[20];
  snprintf (digest, sizeof digest, "%016" PRIx64, result->digest);
  put (j, "digest", result->hung ? json_null () : text (digest));
  put (j, "counters", counters);
  put (j, "histograms", histograms);
  put (j, "locks", report_locks_json ());
  put (j, "waits", report_waits_json ());
  if (faults_armed ())
    put (j, "faults", faults_json (r));
  put (j, "host", host);
  return j;
}

char *
report_json_text (const json_t *document)
{
  char *s = json_dumps (document, JSON_INDENT (1) | JSON_SORT_KEYS
                                      | JSON_REAL_PRECISION (12));
  CHECK (s);
  size_t len = strlen (s);
  s = realloc (s, len + 2);
  CHECK (s);
  strcpy (s + len, "\n");
  return s;
}
