/* Running a sweep: see sweep.h.

   What the store has is taken from there; the rest goes through the pool. Rows
   come back in any order, and have their places in the table by number.  A row
   whose process died is not kept: the same command tries it again.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "sweep.h"

#include <stdlib.h>
#include <string.h>
#include "host_clock.h"
#include "pool.h"
#include "../base/check.h"

#define SECOND_NS UINT64_C (1000000000)

struct state
{
  struct sweep_run *run;
  size_t *todo; /* numbers within the table  */
  size_t todos;
  size_t task; /* that is being given  */
  uint64_t started_ns, shown_ns, synced_ns;
  volatile sig_atomic_t halt;
  bool wrong;
  struct user_error *err;
};

/* ---- Progress ------------------------------------------------------------
 */

static void
show (struct state *s, uint64_t now)
{
  const struct sweep_run *r = s->run;
  uint64_t used = now - s->started_ns;
  size_t done = r->finished - r->found, left = r->rows - r->finished;
  s->shown_ns = now;
  fprintf (stderr, "\r\033[K%zu of %zu rows", r->finished, r->rows);
  if (done > 0)
    {
      uint64_t seconds = (used / done * left + SECOND_NS - 1) / SECOND_NS;
      fprintf (stderr, ", %llu a second, %llu:%02u left",
               (unsigned long long)(done * SECOND_NS / (used + 1)),
               (unsigned long long)(seconds / 60), (unsigned)(seconds % 60));
    }
  if (r->bad > 0)
    fprintf (stderr, ", %zu not ok", r->bad);
}

static void
tick (void *arg)
{
  struct state *s = arg;
  uint64_t now = host_clock_ns ();
  if (s->run->tell && now - s->shown_ns >= SECOND_NS / 2)
    show (s, now);
  if (s->run->store && !s->wrong && now - s->synced_ns >= 2 * SECOND_NS)
    {
      s->synced_ns = now;
      s->wrong = !sweep_store_sync (s->run->store, s->err);
    }
  if (s->wrong || *s->run->stop)
    s->halt = 1;
}

/* ---- Rows ----------------------------------------------------------------
 */

/* Row I of the table is this.  */
static void
accept (struct sweep_run *r, size_t i, const char *csv, size_t csv_len,
        const char *json, size_t json_len)
{
  const char *end = memchr (csv, '\n', csv_len);
  CHECK (end);
  bool whole = sweep_table_set_csv (&r->table, i, csv, end - csv, end + 1,
                                    csv + csv_len - (end + 1));
  CHECK (whole);
  if (r->with_json)
    sweep_table_set_json (&r->table, i, json, json_len);
  struct sweep_field verdict
      = sweep_record_get (&r->table.record[i], "verdict");
  r->bad += verdict.len != 2 || memcmp (verdict.text, "ok", 2) != 0;
  r->finished++;
}

static void
task_of (void *arg, size_t i, const void **data, size_t *len)
{
  struct state *s = arg;
  s->task = s->run->number[s->todo[i]];
  *data = &s->task;
  *len = sizeof s->task;
}

/* A worker's answer, or ours.  */
static void
answer (struct state *s, size_t i, const char *data, size_t len, bool keep)
{
  struct sweep_run *r = s->run;
  struct sweep_result result;
  CHECK (len >= sizeof result);
  memcpy (&result, data, sizeof result);
  const char *csv = data + sizeof result, *json = csv + result.csv;
  CHECK (len == sizeof result + result.csv + result.json);
  if (result.wrong)
    {
      snprintf (s->err->line, sizeof s->err->line, "%.*s", (int)result.csv,
                csv);
      s->wrong = true;
    }
  else if (keep && r->store)
    s->wrong
        = !sweep_store_add (r->store, r->plan->row[r->number[s->todo[i]]].id,
                            csv, result.csv, json, result.json, s->err);
  if (s->wrong)
    s->halt = 1;
  else
    accept (r, s->todo[i], csv, result.csv, json, result.json);
}

static void
done (void *arg, size_t i, const char *data, size_t len)
{
  struct state *s = arg;
  if (!s->wrong)
    answer (s, i, data, len, true);
}

static void
died (void *arg, size_t i, int status)
{
  struct state *s = arg;
  char *text = NULL;
  size_t len;
  FILE *f = open_memstream (&text, &len);
  CHECK (f);
  sweep_row_died (s->run->plan, s->run->number[s->todo[i]], status,
                  s->run->with_json, f);
  CHECK (fclose (f) == 0);
  if (!s->wrong)
    answer (s, i, text, len, false);
  free (text);
}

static bool
perform (void *arg, const void *data, size_t len, FILE *out)
{
  const struct state *s = arg;
  size_t row;
  CHECK (len == sizeof row);
  memcpy (&row, data, sizeof row);
  return sweep_row_perform (s->run->plan, row, s->run->with_json, out);
}

/* ---- The whole -----------------------------------------------------------
 */

/* The rows of the shard, and which of them are there already.  */
static void
collect (struct state *s)
{
  struct sweep_run *r = s->run;
  size_t all = r->plan->rows;
  r->number = calloc (all, sizeof *r->number);
  s->todo = calloc (all, sizeof *s->todo);
  CHECK (r->number && s->todo);
  for (size_t i = r->shard - 1; i < all; i += r->shards)
    r->number[r->rows++] = i;
  sweep_table_init (&r->table, r->rows);
  for (size_t i = 0; i < r->rows; i++)
    {
      const char *csv, *json;
      size_t csv_len, json_len;
      if (r->store
          && sweep_store_find (r->store, r->plan->row[r->number[i]].id,
                               r->with_json, &csv, &csv_len, &json, &json_len))
        accept (r, i, csv, csv_len, json, json_len);
      else
        s->todo[s->todos++] = i;
    }
  r->found = r->finished;
}

enum sweep_end
sweep_run (struct sweep_run *run, struct user_error *err)
{
  struct state s = { .run = run, .err = err };
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
  if (run->store && !s.wrong)
    s.wrong = !sweep_store_sync (run->store, err);
  free (s.todo);
  if (s.wrong)
    return SWEEP_WRONG;
  return run->finished == run->rows ? SWEEP_DONE : SWEEP_STOPPED;
}

void
sweep_run_free (struct sweep_run *run)
{
  sweep_table_free (&run->table);
  free (run->number);
}
