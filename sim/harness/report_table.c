/* A run as tables for people, and what was found with how it came about.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "report.h"
#include "report_locks.h"
#include "report_waits.h"

#include <inttypes.h>
#include <string.h>
#include "faults_spec.h"
#include "keys.h"
#include "../engine/engine.h"
#include "../engine/trace.h"
#include "../world/counters.h"

enum
{
  LAST_EVENTS = 12,
  FAULTS_SHOWN = 12
};

char *
report_time (uint64_t ns, char *out)
{
  static const struct
  {
    const char *name;
    uint64_t ns;
  } units[] = { { "s", 1000000000 }, { "ms", 1000000 }, { "us", 1000 } };
  for (size_t i = 0; i < sizeof units / sizeof *units; i++)
    if (ns >= units[i].ns)
      {
        uint64_t rest = ns % units[i].ns / (units[i].ns / 1000);
        snprintf (out, 32, "%" PRIu64 ".%03u %s", ns / units[i].ns,
                  (unsigned)rest, units[i].name);
        return out;
      }
  snprintf (out, 32, "%" PRIu64 " ns", ns);
  return out;
}

/* ---- The command that does it again --------------------------------------
 */

struct command
{
  char *out;
  size_t size, used;
};

static void
word (struct command *c, const char *before, const char *text)
{
  static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTU"
                              "VWXYZ0123456789_./=:,+@%-";
  if (c->used >= c->size)
    return;
  bool quote = !*text || text[strspn (text, plain)];
  c->used += snprintf (c->out + c->used, c->size - c->used, " %s%s", before,
                       quote ? "'" : "");
  for (; *text && c->used < c->size; text++)
    c->used
        += *text == '\''
               ? snprintf (c->out + c->used, c->size - c->used, "'\\''")
               : snprintf (c->out + c->used, c->size - c->used, "%c", *text);
  if (quote && c->used < c->size)
    c->used += snprintf (c->out + c->used, c->size - c->used, "'");
}

static void
add_setting (const struct key *k, void *arg)
{
  if (k->origin != KEY_USER || strcmp (k->name, "pager.name") == 0)
    return;
  char setting[512];
  snprintf (setting, sizeof setting, "%s=%s", k->name, k->text);
  word (arg, "--set ", setting);
}

void
report_replay (const struct report *r, char *out, size_t size)
{
  struct command c = { out, size, 0 };
  c.used = snprintf (out, size, "pagersim run");
  word (&c, "", r->path);
  /* As it was given, so that a FILE.so is found again.  */
  word (&c, "--pager ", key_text ("pager.name"));
  keys_each (add_setting, &c);
  char seed[24];
  snprintf (seed, sizeof seed, "%" PRIu64, r->seed);
  word (&c, "--seed ", seed);
}

/* ---- Findings ------------------------------------------------------------
 */

struct names
{
  uint32_t id;
  const char *name;
};

static void
find_name (const struct thread *t, void *arg)
{
  struct names *n = arg;
  if (t->id == n->id)
    n->name = t->name;
}

static void
last_events (FILE *out)
{
  struct trace_event last[LAST_EVENTS];
  size_t n = trace_last (last, LAST_EVENTS);
  if (n == 0)
    return;
  fprintf (out, "the last %zu events:\n", n);
  for (size_t i = 0; i < n; i++)
    {
      struct names who = { last[i].thread, "-" };
      engine_each_thread (find_name, &who);
      fprintf (out,
               "  %15" PRIu64 " ns  %-16s %-14s %" PRIu64 " %" PRIu64 "\n",
               last[i].at, who.name, trace_kind_name[last[i].kind], last[i].a,
               last[i].b);
    }
}

static void
blocked_thread (const struct thread *t, void *arg)
{
  FILE *out = arg;
  char since[32];
  if (t->state != THREAD_BLOCKED || t->housekeeping)
    return;
  fprintf (out, "  %-16s waits for %s since %s\n", t->name,
           wait_for_name[t->waiting_for],
           report_time (t->blocked_since, since));
}

/* What is found over and over is shown once.  */
static bool
same_finding (const struct finding *a, const struct finding *b)
{
  return strcmp (a->oracle, b->oracle) == 0 && strcmp (a->where, b->where) == 0
         && strcmp (a->what, b->what) == 0;
}

/* F is the one at INDEX.  */
static void
show_finding (const struct finding *f, size_t index, FILE *out)
{
  const struct finding *other;
  unsigned more = 0;
  char time[32];
  for (size_t i = 0; (other = findings_get (i)); i++)
    {
      bool same = same_finding (f, other);
      if (same && i < index)
        return;
      more += same && i > index;
    }
  fprintf (out, "%s at %s in %s", f->oracle, report_time (f->at, time),
           *f->thread ? f->thread : "no thread");
  if (*f->where)
    fprintf (out, ", %s", f->where);
  fprintf (out, ":\n  %s", f->what);
  if (more)
    fprintf (out, " (and %u times more)", more);
  putc ('\n', out);
}

void
report_findings (const struct report *r, FILE *out)
{
  enum verdict verdict = r->result->verdict;
  if (verdict == VERDICT_OK && findings_count () == 0)
    return;
  char text[2048];
  const struct finding *f;
  size_t kept = 0;
  for (; (f = findings_get (kept)); kept++)
    show_finding (f, kept, out);
  if (findings_count () > kept)
    fprintf (out, "... and %zu more\n", findings_count () - kept);
  if (verdict == VERDICT_TIMEOUT)
    {
      fputs ("threads that wait:\n", out);
      engine_each_thread (blocked_thread, out);
    }
  last_events (out);
  report_replay (r, text, sizeof text);
  fprintf (out, "to replay it:\n  %s\n", text);
}

/* ---- The table -----------------------------------------------------------
 */

static bool
is_time (const char *name)
{
  size_t len = strlen (name);
  return len > 3 && strcmp (name + len - 3, "_ns") == 0;
}

static void
show_value (FILE *out, bool time, uint64_t value)
{
  char text[32];
  if (time)
    report_time (value, text);
  else
    snprintf (text, sizeof text, "%" PRIu64, value);
  fprintf (out, " %11s", text);
}

static void
histogram_line (FILE *out, const char *name, bool time,
                const struct histogram *h)
{
  if (h->count == 0)
    return;
  fprintf (out, "  %-26s %9" PRIu64, name, h->count);
  show_value (out, time, h->sum / h->count);
  show_value (out, time, h->min);
  show_value (out, time, histogram_percentile (h, 500));
  show_value (out, time, histogram_percentile (h, 990));
  show_value (out, time, h->max);
  putc ('\n', out);
}

static void
counters_table (FILE *out)
{
  fprintf (out, "%-34s %13s\n", "counter", "value");
  for (unsigned i = 0; i < COUNTER_COUNT; i++)
    if (counter_value[i])
      fprintf (out, "  %-32s %13" PRIu64 "  %s\n", counter_rows[i].name,
               counter_value[i], counter_rows[i].what);
  uint64_t writes = counter_value[COUNTER_FILE_STORE_WRITE];
  if (writes)
    fprintf (out, "  %-32s %13" PRIu64 "  %s\n",
             "ext2fs.store_write_mean_bytes",
             counter_value[COUNTER_FILE_STORE_WRITE_BYTES] / writes,
             "the two above, divided");
  fputs ("all others are 0\n", out);
}

static void
set_line (const struct key *k, void *arg)
{
  static const char *const who[]
      = { "default", "preset", "the workload", "you" };
  if (k->origin == KEY_USER
      || (k->origin == KEY_WORKLOAD && strcmp (k->text, k->otherwise) != 0))
    fprintf (arg, "  %-32s %13s  set by %s\n", k->name, k->text,
             who[k->origin]);
}

static void
faults_table (const struct report *r, FILE *out)
{
  const struct fault_hit *h;
  char time[32];
  if (!faults_armed ())
    return;
  fprintf (out, "\n%zu faults happened; %u programs gave up\n", faults_hits (),
           workload_gave_up (r->workload));
  for (size_t i = 0; i < FAULTS_SHOWN && (h = faults_hit (i)); i++)
    fprintf (out,
             "  %-32s %13s  store write %" PRIu64 " (%s): %" PRIu64
             " bytes at %" PRIu64 "\n",
             fault_rows[h->kind].name, report_time (h->at, time), h->write,
             h->path == IO_OTHER ? "other" : fault_path_name[h->path],
             h->bytes, h->offset);
}

void
report_table (const struct report *r, FILE *out)
{
  const struct run_result *result = r->result;
  char time[32];
  fprintf (out, "%s under %s, seed %" PRIu64 ": %s\n",
           workload_name (r->workload), r->pager, r->seed,
           verdict_name[result->verdict]);
  fprintf (out, "%s of virtual time, %" PRIu64 " events, ",
           report_time (result->virtual_ns, time), result->events);
  if (result->hung)
    fputs ("no digest\n", out);
  else
    fprintf (out, "digest %016" PRIx64 "\n", result->digest);
  fputs ("\nkeys that are not as usual\n", out);
  keys_each (set_line, out);
  faults_table (r, out);
  putc ('\n', out);
  counters_table (out);
  fprintf (out, "\n%-28s %9s %11s %11s %11s %11s %11s\n", "histogram", "count",
           "mean", "min", "median", "99 %", "max");
  for (unsigned i = 0; i < HISTOGRAM_COUNT; i++)
    histogram_line (out, histogram_rows[i].name,
                    is_time (histogram_rows[i].name), &histogram_value[i]);
  putc ('\n', out);
  report_locks_table (out);
  putc ('\n', out);
  report_waits_table (out);
  fprintf (out, "\nhost: %s, %" PRIu64 " events a second, %" PRIu64 " MiB\n",
           report_time (result->wall_ns, time),
           result->wall_ns
               ? (uint64_t)(result->events / (result->wall_ns / 1e9))
               : 0,
           result->max_rss_bytes >> 20);
}
