/* Judging all cuts: see powercut.h.

   A task is an image; what comes of it is a row for each different set of
   terms that it is compared with.  Rows are kept in the store of sweep.h under
   their case's id, so that a stopped run goes on, and a case that another
   pager had is not judged again.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "powercut.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "host_clock.h"
#include "pool.h"
#include "sweep.h"
#include "../base/check.h"

#define SECOND_NS UINT64_C (1000000000)
#define ROW_COLUMNS                                                           \
  "verdict,fsck,again,kept,kept_lost,synced,synced_lost,blocks_lost,"         \
  "names_lost,inode\n"

struct state
{
  struct powercut_run *run;
  struct sweep_store *store; /* or NULL  */
  size_t *todo;              /* tasks  */
  size_t todos;
  uint64_t started_ns, shown_ns, synced_ns;
  size_t done;
  volatile sig_atomic_t halt;
  bool wrong;
  struct user_error *err;
  struct powercut_canvas *canvas; /* a worker's  */
  struct powercut_image image;
};

/* ---- In a worker ---------------------------------------------------------
 */

static bool
perform (void *arg, const void *data, size_t len, FILE *out)
{
  struct state *s = arg;
  const struct powercut_plan *plan = s->run->plan;
  size_t i;
  CHECK (len == sizeof i);
  memcpy (&i, data, sizeof i);
  const struct powercut_case *c = &plan->cases[i];
  const struct powercut_log *log = &plan->log[c->log];
  struct powercut_row repaired = { 0 };
  if (!s->canvas)
    s->canvas = powercut_canvas_open ();
  CHECK (
      powercut_variant_image (log, &plan->how, c->cut, c->variant, &s->image));
  powercut_canvas_draw (s->canvas, log, &s->image);
  powercut_repair (plan->e2fsck, s->canvas, &repaired);
  for (; i != SIZE_MAX; i = plan->cases[i].next)
    {
      struct powercut_row row = repaired;
      c = &plan->cases[i];
      if (c->same != SIZE_MAX)
        continue;
      powercut_compare (s->canvas, &plan->log[c->log], &plan->how, c->cut,
                        powercut_variant_under_way (c->variant), &row);
      fwrite (&row, sizeof row, 1, out);
    }
  return true;
}

/* ---- Rows and text -------------------------------------------------------
 */

static int
row_text (const struct powercut_row *r, char *out, size_t size)
{
  return snprintf (out, size, ROW_COLUMNS "%u,%u,%u,%u,%u,%u,%u,%u,%u,%u\n",
                   (unsigned)r->verdict, r->fsck, r->again, r->kept,
                   r->kept_lost, r->synced, r->synced_lost, r->blocks_lost,
                   r->names_lost, r->inode);
}

static bool
row_parse (const char *csv, size_t len, struct powercut_row *r)
{
  char text[512];
  unsigned verdict;
  if (len >= sizeof text)
    return false;
  memcpy (text, csv, len);
  text[len] = '\0';
  size_t head = strlen (ROW_COLUMNS);
  if (strncmp (text, ROW_COLUMNS, head) != 0
      || sscanf (text + head, "%u,%u,%u,%u,%u,%u,%u,%u,%u,%u", &verdict,
                 &r->fsck, &r->again, &r->kept, &r->kept_lost, &r->synced,
                 &r->synced_lost, &r->blocks_lost, &r->names_lost, &r->inode)
             != 10
      || verdict >= POWERCUT_VERDICTS)
    return false;
  r->verdict = verdict;
  return true;
}

/* Whether all of the task's cases are in the store.  */
static bool
find_task (struct state *s, size_t task)
{
  const struct powercut_run *run = s->run;
  const struct powercut_case *cases = run->plan->cases;
  for (size_t i = run->plan->task[task]; i != SIZE_MAX; i = cases[i].next)
    {
      const char *csv, *json;
      size_t csv_len, json_len;
      if (!sweep_store_find (s->store, cases[i].id, false, &csv, &csv_len,
                             &json, &json_len)
          || !row_parse (csv, csv_len, &run->row[i]))
        return false;
    }
  return true;
}

static void
keep (struct state *s, const uint8_t *id, const struct powercut_row *row)
{
  char text[512];
  int len = row_text (row, text, sizeof text);
  CHECK (len > 0 && len < (int)sizeof text);
  const char *csv, *json;
  size_t csv_len, json_len;
  if (s->store && !s->wrong
      && !sweep_store_find (s->store, id, false, &csv, &csv_len, &json,
                            &json_len))
    s->wrong = !sweep_store_add (s->store, id, text, len, "", 0, s->err);
}

/* ---- In the owner --------------------------------------------------------
 */

static void
show (struct state *s, uint64_t now)
{
  uint64_t used = now - s->started_ns;
  s->shown_ns = now;
  fprintf (stderr, "\r\033[K%zu of %zu images", s->done, s->todos);
  if (s->done > 0)
    {
      uint64_t left = used / s->done * (s->todos - s->done);
      uint64_t seconds = (left + SECOND_NS - 1) / SECOND_NS;
      fprintf (stderr, ", %" PRIu64 " a second, %" PRIu64 ":%02u left",
               s->done * SECOND_NS / (used + 1), seconds / 60,
               (unsigned)(seconds % 60));
    }
}

static void
tick (void *arg)
{
  struct state *s = arg;
  uint64_t now = host_clock_ns ();
  if (s->run->tell && now - s->shown_ns >= SECOND_NS / 2)
    show (s, now);
  if (s->store && !s->wrong && now - s->synced_ns >= 2 * SECOND_NS)
    {
      s->synced_ns = now;
      s->wrong = !sweep_store_sync (s->store, s->err);
    }
  if (s->wrong || *s->run->stop)
    s->halt = 1;
}

static void
task_of (void *arg, size_t i, const void **data, size_t *len)
{
  struct state *s = arg;
  *data = &s->run->plan->task[s->todo[i]];
  *len = sizeof (size_t);
}

static void
done (void *arg, size_t task, const char *data, size_t len)
{
  struct state *s = arg;
  struct powercut_run *run = s->run;
  const struct powercut_case *cases = run->plan->cases;
  for (size_t i = run->plan->task[s->todo[task]]; i != SIZE_MAX;
       i = cases[i].next)
    {
      run->judged++;
      if (cases[i].same != SIZE_MAX)
        {
          run->row[i] = run->row[cases[i].same];
          continue;
        }
      CHECK (len >= sizeof (struct powercut_row));
      memcpy (&run->row[i], data, sizeof run->row[i]);
      data += sizeof (struct powercut_row);
      len -= sizeof (struct powercut_row);
      keep (s, cases[i].id, &run->row[i]);
    }
  s->done++;
  s->halt |= s->wrong;
}

static void
died (void *arg, size_t i, int status)
{
  (void)arg, (void)i, (void)status;
  CHECK (!"a process that judges images died twice on one");
}

/* What is to be done, and what has been.  */
static void
collect (struct state *s)
{
  struct powercut_run *run = s->run;
  const struct powercut_plan *plan = run->plan;
  run->row = calloc (plan->count + 1, sizeof *run->row);
  s->todo = calloc (plan->tasks + 1, sizeof *s->todo);
  CHECK (run->row && s->todo);
  for (size_t t = 0; t < plan->tasks; t++)
    if (!s->store || !find_task (s, t))
      s->todo[s->todos++] = t;
    else
      for (size_t i = plan->task[t]; i != SIZE_MAX; i = plan->cases[i].next)
        run->judged++;
}

enum powercut_end
powercut_run (struct powercut_run *run, struct user_error *err)
{
  struct state s = { .run = run, .err = err };
  if (run->out)
    {
      s.store = sweep_store_open (run->out, run->fresh, err);
      if (!s.store)
        return POWERCUT_WRONG;
    }
  collect (&s);
  s.started_ns = s.synced_ns = host_clock_ns ();
  const struct pool_work work = { .tasks = s.todos,
                                  .task = task_of,
                                  .done = done,
                                  .died = died,
                                  .tick = tick,
                                  .arg = &s };
  struct pool *pool = pool_open (run->jobs, perform, &s);
  pool_run (pool, &work, &s.halt);
  pool_close (pool);
  if (run->tell)
    fputs ("\r\033[K", stderr);
  if (s.store && !s.wrong)
    s.wrong = !sweep_store_sync (s.store, err);
  if (s.store)
    sweep_store_close (s.store);
  free (s.todo);
  if (s.wrong)
    return POWERCUT_WRONG;
  return run->judged == run->plan->count ? POWERCUT_DONE : POWERCUT_STOPPED;
}

void
powercut_run_free (struct powercut_run *run)
{
  free (run->row);
}
