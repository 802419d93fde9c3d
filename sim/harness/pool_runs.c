/* Runs of one workload by a pool: see pool_runs.h.

   Tasks and results go to and fro as they are in memory: both ends are the
   same program.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "pool_runs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "keys.h"
#include "pool.h"
#include "../base/check.h"

struct pool_runs
{
  struct pool *pool;
  char *path;
};

void
pool_task_add (struct pool_task *t, const char *assignment)
{
  CHECK (t->settings < POOL_SETTINGS
         && strlen (assignment) < POOL_SETTING_BYTES);
  strcpy (t->setting[t->settings++], assignment);
}

void
pool_task_set (struct pool_task *t, const char *name, const char *value)
{
  CHECK (t->settings < POOL_SETTINGS);
  int n = snprintf (t->setting[t->settings++], POOL_SETTING_BYTES, "%s=%s",
                    name, value);
  CHECK (n > 0 && n < POOL_SETTING_BYTES);
}

/* ---- In a worker ---------------------------------------------------------
 */

static bool
set_keys (const struct pool_task *t, struct user_error *err)
{
  keys_reset ();
  for (unsigned i = 0; i < t->settings; i++)
    if (!keys_user (t->setting[i], err->line, sizeof err->line))
      return false;
  return keys_set ("pager.name", t->pager, KEY_USER, err->line,
                   sizeof err->line);
}

static void
run_task (const char *path, const struct pool_task *t, struct pool_result *r)
{
  struct run_result run;
  memset (r, 0, sizeof *r);
  if (!set_keys (t, &r->error))
    return;
  struct workload *w = workload_load (path, &r->error);
  struct pager *p = w ? pager_load (t->pager, &r->error) : NULL;
  r->ran = p && scenario_run (p, w, t->seed, &run, &r->error);
  if (r->ran)
    {
      r->verdict = run.verdict;
      r->virtual_ns = run.virtual_ns;
      r->digest = run.digest;
      memcpy (r->counter, counter_value, sizeof r->counter);
    }
  if (w)
    workload_free (w);
}

static bool
perform (void *arg, const void *data, size_t len, FILE *out)
{
  static struct pool_task task;
  static struct pool_result result;
  const struct pool_runs *p = arg;
  CHECK (len == sizeof task);
  memcpy (&task, data, sizeof task);
  run_task (p->path, &task, &result);
  CHECK (fwrite (&result, sizeof result, 1, out) == 1);
  /* After a crash, who knows what was overwritten.  */
  return !result.ran || result.verdict != VERDICT_CRASH;
}

/* ---- In the owner --------------------------------------------------------
 */

struct pool_runs *
pool_runs_open (unsigned workers, const char *path)
{
  struct pool_runs *p = calloc (1, sizeof *p);
  CHECK (p);
  p->path = strdup (path);
  CHECK (p->path);
  p->pool = pool_open (workers, perform, p);
  return p;
}

void
pool_runs_close (struct pool_runs *p)
{
  pool_close (p->pool);
  free (p->path);
  free (p);
}

/* What is being done.  */
struct batch
{
  const struct pool_task *tasks;
  struct pool_result *results;
  void (*tick) (void *);
  void *arg;
};

static void
task_of (void *arg, size_t i, const void **data, size_t *len)
{
  const struct batch *b = arg;
  *data = &b->tasks[i];
  *len = sizeof b->tasks[i];
}

static void
done (void *arg, size_t i, const char *data, size_t len)
{
  struct batch *b = arg;
  CHECK (len == sizeof b->results[i]);
  memcpy (&b->results[i], data, len);
}

static void
died (void *arg, size_t i, int status)
{
  struct batch *b = arg;
  (void)status;
  memset (&b->results[i], 0, sizeof b->results[i]);
  b->results[i].died = true;
}

static void
tick (void *arg)
{
  struct batch *b = arg;
  if (b->tick)
    b->tick (b->arg);
}

bool
pool_runs_do (struct pool_runs *p, const struct pool_task *tasks,
              struct pool_result *results, size_t n,
              const volatile sig_atomic_t *stop, void (*tick_fn) (void *),
              void *arg)
{
  struct batch b = { tasks, results, tick_fn, arg };
  const struct pool_work work = { .tasks = n,
                                  .task = task_of,
                                  .done = done,
                                  .died = died,
                                  .tick = tick,
                                  .arg = &b };
  return pool_run (p->pool, &work, stop);
}
