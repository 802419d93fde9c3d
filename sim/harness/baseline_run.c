/* The runs of a baseline, see baseline.h.

   A worker does a fixed loop of its own before each run, and tells how much of
   the CPU's time both took: what the machine is busy with otherwise falls on
   both alike.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "baseline.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include "host_clock.h"
#include "keys.h"
#include "pool.h"
#include "report.h"
#include "../base/check.h"
#include "../base/digest.h"

/* ---- The loop ------------------------------------------------------------
 */

enum
{
  LOOP_STEPS = 400000,
  LOOP_WORDS = 1 << 15
};

/* Something like what a run does: words here and there, and a hash.  Returns
   the time.  */
static uint64_t
loop_ns (void)
{
  static uint64_t words[LOOP_WORDS];
  uint64_t begin = host_cpu_ns (), at = 1;
  for (unsigned i = 0; i < LOOP_STEPS; i++)
    {
      at = digest_word (at, words[at % LOOP_WORDS] + i);
      words[(at >> 32) % LOOP_WORDS] += at;
    }
  __asm__ volatile("" : : "r"(at) : "memory");
  return host_cpu_ns () - begin;
}

/* ---- In a worker ---------------------------------------------------------
 */

/* What stands before a run's document.  */
struct answer
{
  uint64_t run_ns, loop_ns;
};

static char *
document_text (json_t *j)
{
  json_object_del (j, "host");
  char *text = json_dumps (j, JSON_COMPACT | JSON_SORT_KEYS);
  CHECK (text);
  json_decref (j);
  return text;
}

/* The document of a run that there is none of, because of WHAT.  */
static json_t *
no_document (const char *verdict, const char *what)
{
  json_t *j = json_pack ("{s:s, s:[{s:s, s:s}]}", "verdict", verdict,
                         "findings", "oracle", "input", "what", what);
  CHECK (j);
  return j;
}

static bool
set_reproduced (const struct baseline_plan *plan,
                const struct published_row *row,
                const struct calibrated_row *boot, struct user_error *err)
{
  keys_reset ();
  if (boot && !calibrated_apply (plan->calibrated, boot, err))
    return false;
  for (unsigned i = 0; i < row->settings; i++)
    if (!keys_user (row->setting[i], err->line, sizeof err->line))
      return false;
  return keys_set ("pager.name", row->pager, KEY_USER, err->line,
                   sizeof err->line);
}

/* The published row N: its document as text.  */
static char *
perform_reproduced (const struct baseline_plan *plan, size_t n, bool *fit)
{
  const struct published_row *row = &plan->table->row[n];
  const struct calibrated_row *boot
      = calibrated_boot (plan->calibrated, plan->table, n);
  struct user_error err;
  struct run_result result;
  struct workload *w = NULL;
  struct pager *p = NULL;
  uint64_t seed = boot ? boot->seed : 1;
  if (set_reproduced (plan, row, boot, &err))
    w = workload_load (plan->paper, &err);
  if (w)
    p = pager_load (row->pager, &err);
  if (!p || !scenario_run (p, w, seed, &result, &err))
    return document_text (no_document ("failed", err.line));
  const struct report r = { w, "paper", pager_name (p), seed, &result };
  char *text = document_text (report_json (&r));
  workload_free (w);
  *fit = result.verdict == VERDICT_OK;
  return text;
}

/* Row N of a grid.  */
static char *
perform_row (const struct baseline_grid *g, size_t n, bool *fit)
{
  char *text = NULL;
  size_t len;
  struct sweep_result result;
  FILE *f = open_memstream (&text, &len);
  CHECK (f);
  *fit = sweep_row_perform (&g->plan, n, true, f);
  CHECK (fclose (f) == 0 && len >= sizeof result);
  memcpy (&result, text, sizeof result);
  const char *csv = text + sizeof result;
  char *document = NULL;
  if (result.wrong)
    {
      char *line = strndup (csv, result.csv);
      CHECK (line);
      document = document_text (no_document ("failed", line));
      free (line);
    }
  else
    document = strndup (csv + result.csv, result.json);
  CHECK (document);
  free (text);
  return document;
}

static bool
perform (void *arg, const void *data, size_t len, FILE *out)
{
  const struct baseline_plan *plan = arg;
  size_t i, row;
  bool fit = false;
  struct answer a = { .loop_ns = loop_ns () };
  CHECK (len == sizeof i);
  memcpy (&i, data, sizeof i);
  const struct baseline_grid *g = baseline_plan_row (plan, i, &row);
  uint64_t begin = host_cpu_ns ();
  char *text
      = g ? perform_row (g, row, &fit) : perform_reproduced (plan, row, &fit);
  a.run_ns = host_cpu_ns () - begin;
  fwrite (&a, sizeof a, 1, out);
  fputs (text, out);
  free (text);
  return fit;
}

/* ---- In the owner --------------------------------------------------------
 */

struct state
{
  const struct baseline_plan *plan;
  json_t *runs;
  size_t task, done;
  uint64_t run_ns, loop_ns;
  bool tell;
};

static void
task_of (void *arg, size_t i, const void **data, size_t *len)
{
  struct state *s = arg;
  s->task = i;
  *data = &s->task;
  *len = sizeof s->task;
}

/* Takes DOCUMENT over.  */
static void
keep (struct state *s, size_t i, json_t *document)
{
  char *name = baseline_plan_name (s->plan, i);
  CHECK (document
         && json_object_set_new_nocheck (s->runs, name,
                                         baseline_values (document))
                == 0);
  json_decref (document);
  free (name);
  s->done++;
}

static void
done (void *arg, size_t i, const char *data, size_t len)
{
  struct state *s = arg;
  struct answer a;
  CHECK (len > sizeof a);
  memcpy (&a, data, sizeof a);
  s->run_ns += a.run_ns;
  s->loop_ns += a.loop_ns;
  keep (s, i, json_loadb (data + sizeof a, len - sizeof a, 0, NULL));
}

static void
died (void *arg, size_t i, int status)
{
  char what[100];
  if (WIFSIGNALED (status))
    snprintf (what, sizeof what, "its process was ended by signal %d",
              WTERMSIG (status));
  else
    snprintf (what, sizeof what, "its process ended with status %d",
              WEXITSTATUS (status));
  keep (arg, i, no_document ("died", what));
}

static void
tick (void *arg)
{
  struct state *s = arg;
  if (s->tell)
    fprintf (stderr, "\r\033[K%zu of %zu runs", s->done, s->plan->runs);
}

bool
baseline_run (const struct baseline_plan *plan, unsigned jobs, bool tell,
              const volatile sig_atomic_t *stop, struct baseline *out)
{
  struct state s = { .plan = plan, .tell = tell };
  s.runs = json_object ();
  struct pool *p = pool_open (jobs, perform, (void *)plan);
  bool whole = pool_run (p,
                         &(struct pool_work){ .tasks = plan->runs,
                                              .task = task_of,
                                              .done = done,
                                              .died = died,
                                              .tick = tick,
                                              .arg = &s },
                         stop);
  pool_close (p);
  if (tell)
    fputs ("\r\033[K", stderr);
  *out = (struct baseline){ .runs = s.runs };
  if (s.loop_ns > 0)
    out->slowness_1000 = s.run_ns * 1000 / s.loop_ns;
  return whole;
}
