/* Which runs the lab of faults does, and doing them: see faults_lab.h.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "faults_lab.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <nettle/sha2.h>
#include "host_clock.h"
#include "pager_load.h"
#include "place.h"
#include "pool.h"
#include "../base/check.h"

#define SECOND_NS UINT64_C (1000000000)

enum
{
  RUNS_MAX = 10000000
};

/* ---- Files and ids -------------------------------------------------------
 */

bool
lab_prepare (struct lab_spec *spec, struct user_error *err)
{
  char path[PATH_MAX];
  place_workload (spec->workload, path);
  if (!sweep_file_read (&spec->file, path, err))
    return false;
  for (unsigned i = 0; i < spec->pagers; i++)
    {
      if (!pager_locate (spec->pager[i], path, err)
          || !sweep_file_read (&spec->pager_file[i], path, err))
        return false;
      char *base = pager_base_name (path);
      snprintf (spec->base[i], sizeof spec->base[i], "%s", base);
      free (base);
    }
  return true;
}

static void
add_text (struct sha256_ctx *ctx, const char *text)
{
  sha256_update (ctx, strlen (text) + 1, (const uint8_t *)text);
}

/* All that RUN depends on.  */
static void
name_run (const struct lab_spec *spec, const char *program,
          struct lab_run *run)
{
  struct sha256_ctx ctx;
  char text[FAULT_TEXT_BYTES];
  sha256_init (&ctx);
  add_text (&ctx, "faults");
  add_text (&ctx, program);
  add_text (&ctx, spec->file.sha256);
  add_text (&ctx, spec->file.path);
  add_text (&ctx, spec->pager[run->pager]);
  add_text (&ctx, spec->pager_file[run->pager].sha256);
  for (unsigned i = 0; i < spec->sets; i++)
    add_text (&ctx, spec->set[i]);
  sha256_update (&ctx, sizeof spec->seed, (const uint8_t *)&spec->seed);
  add_text (&ctx, fault_path_name[spec->path]);
  add_text (&ctx, run->clean ? "none" : fault_format (&run->fault, text));
  sha256_update (&ctx, sizeof run->limit, (const uint8_t *)&run->limit);
  sha256_digest (&ctx, SWEEP_ID_BYTES, run->id);
}

/* ---- Which runs ----------------------------------------------------------
 */

static struct lab_run *
add_run (struct lab *lab)
{
  lab->run = realloc (lab->run, (lab->runs + 1) * sizeof *lab->run);
  CHECK (lab->run);
  struct lab_run *run = &lab->run[lab->runs++];
  memset (run, 0, sizeof *run);
  return run;
}

static void
plan_clean (struct lab *lab, const char *program)
{
  for (unsigned p = 0; p < lab->spec->pagers; p++)
    {
      struct lab_run *run = add_run (lab);
      run->pager = p;
      run->clean = true;
      name_run (lab->spec, program, run);
    }
}

/* How many of N writes are tried.  */
static uint64_t
sample_of (const struct lab_spec *spec, uint64_t n)
{
  return spec->limit != 0 && spec->limit < n ? spec->limit : n;
}

/* The I-th of SAMPLE that are spread evenly over N, first and last
   included.  */
static uint64_t
write_number (uint64_t i, uint64_t sample, uint64_t n)
{
  return sample > 1 ? 1 + i * (n - 1) / (sample - 1) : 1;
}

/* A program may wait for another that is killed or has given up, and Lua's
   loops cost the host time: no run is given much more virtual time than the
   one without a fault took, unless run.limit is set.  */
static vtime
limit_of (const struct lab_spec *spec, vtime clean, const struct fault *f)
{
  for (unsigned i = 0; i < spec->sets; i++)
    if (strncmp (spec->set[i], "run.limit=", 10) == 0)
      return 0;
  /* Whole seconds, which are read more easily.  */
  vtime limit = 2 * clean + f->time + 30 * SECOND_NS;
  return (limit + SECOND_NS - 1) / SECOND_NS * SECOND_NS;
}

static bool
plan_faults (struct lab *lab, const char *program, struct user_error *err)
{
  const struct lab_spec *spec = lab->spec;
  uint64_t all = 0;
  for (unsigned p = 0; p < spec->pagers; p++)
    all += sample_of (spec, lab->writes[p]) * spec->kinds;
  if (all > RUNS_MAX)
    {
      snprintf (err->line, sizeof err->line,
                "%" PRIu64 " runs are too many (at most %d): --limit N tries "
                "N writes for each pager and fault",
                all, RUNS_MAX);
      return false;
    }
  for (unsigned k = 0; k < spec->kinds; k++)
    for (unsigned p = 0; p < spec->pagers; p++)
      {
        uint64_t n = lab->writes[p], sample = sample_of (spec, n);
        for (uint64_t i = 0; i < sample; i++)
          {
            struct lab_run *run = add_run (lab);
            run->pager = p;
            run->fault = spec->kind[k];
            run->fault.path = spec->path;
            run->fault.at = write_number (i, sample, n);
            run->limit = limit_of (spec, lab->time[p], &run->fault);
            name_run (spec, program, run);
          }
      }
  return true;
}

/* ---- Doing them ----------------------------------------------------------
 */

struct state
{
  struct lab *lab;
  size_t first; /* run of the table's first record  */
  size_t *waiting;
  size_t waiting_count;
  uint64_t started_ns, shown_ns, synced_ns;
  volatile sig_atomic_t halt;
  bool wrong;
  struct user_error *err;
};

static void
show (struct state *s, uint64_t now)
{
  const struct lab *l = s->lab;
  size_t done = l->finished - l->found, left = l->runs - l->finished;
  uint64_t used = now - s->started_ns;
  s->shown_ns = now;
  fprintf (stderr, "\r\033[K%zu of %zu runs", l->finished, l->runs);
  if (done > 0)
    {
      uint64_t seconds = (used / done * left + SECOND_NS - 1) / SECOND_NS;
      fprintf (stderr, ", %" PRIu64 " a second, %" PRIu64 ":%02u left",
               done * SECOND_NS / (used + 1), seconds / 60,
               (unsigned)(seconds % 60));
    }
}

static void
tick (void *arg)
{
  struct state *s = arg;
  uint64_t now = host_clock_ns ();
  if (s->lab->tell && now - s->shown_ns >= SECOND_NS / 2)
    show (s, now);
  if (s->lab->store && !s->wrong && now - s->synced_ns >= 2 * SECOND_NS)
    {
      s->synced_ns = now;
      s->wrong = !sweep_store_sync (s->lab->store, s->err);
    }
  if (s->wrong || *s->lab->stop)
    s->halt = 1;
}

/* Record I of the table is the header and row at CSV.  */
static void
accept (struct lab *lab, size_t i, const char *csv, size_t len)
{
  const char *end = memchr (csv, '\n', len);
  CHECK (end);
  CHECK (sweep_table_set_csv (&lab->table, i, csv, end - csv, end + 1,
                              csv + len - (end + 1)));
  lab->finished++;
}

static void
task_of (void *arg, size_t i, const void **data, size_t *len)
{
  const struct state *s = arg;
  *data = &s->lab->run[s->waiting[i]];
  *len = sizeof *s->lab->run;
}

static void
done (void *arg, size_t i, const char *data, size_t len)
{
  struct state *s = arg;
  const struct lab_run *run = &s->lab->run[s->waiting[i]];
  if (s->wrong)
    return;
  CHECK (len > 0);
  if (*data == '!')
    {
      snprintf (s->err->line, sizeof s->err->line, "%.*s", (int)(len - 1),
                data + 1);
      s->wrong = true;
    }
  else if (s->lab->store)
    s->wrong
        = !sweep_store_add (s->lab->store, run->id, data, len, "", 0, s->err);
  if (s->wrong)
    s->halt = 1;
  else
    accept (s->lab, s->waiting[i] - s->first, data, len);
}

static void
died (void *arg, size_t i, int status)
{
  struct state *s = arg;
  char *text = NULL;
  size_t len;
  FILE *f = open_memstream (&text, &len);
  (void)status;
  CHECK (f);
  lab_died (s->lab->spec, &s->lab->run[s->waiting[i]], f);
  CHECK (fclose (f) == 0);
  accept (s->lab, s->waiting[i] - s->first, text, len);
  free (text);
}

static bool
perform (void *arg, const void *data, size_t len, FILE *out)
{
  const struct lab *lab = arg;
  struct lab_run run;
  CHECK (len == sizeof run);
  memcpy (&run, data, sizeof run);
  return lab_perform (lab->spec, &run, out);
}

/* Take what the store has.  */
static void
find_done (struct state *s)
{
  struct lab *lab = s->lab;
  for (size_t r = s->first; r < lab->runs; r++)
    {
      const char *csv, *json;
      size_t csv_len, json_len;
      if (lab->store
          && sweep_store_find (lab->store, lab->run[r].id, false, &csv,
                               &csv_len, &json, &json_len))
        accept (lab, r - s->first, csv, csv_len);
      else
        s->waiting[s->waiting_count++] = r;
    }
  lab->found = lab->finished;
}

/* Do all runs from FIRST on; the table holds just them.  */
static enum sweep_end
do_runs (struct lab *lab, struct pool *pool, size_t first,
         struct user_error *err)
{
  struct state s = { .lab = lab, .first = first, .err = err };
  const struct pool_work work = {
    .task = task_of, .done = done, .died = died, .tick = tick, .arg = &s
  };
  struct pool_work all = work;
  sweep_table_init (&lab->table, lab->runs - first);
  s.waiting = calloc (lab->runs - first + 1, sizeof *s.waiting);
  CHECK (s.waiting);
  lab->finished = first;
  find_done (&s);
  s.started_ns = s.shown_ns = s.synced_ns = host_clock_ns ();
  all.tasks = s.waiting_count;
  bool whole = pool_run (pool, &all, &s.halt);
  if (lab->store && !s.wrong)
    s.wrong = !sweep_store_sync (lab->store, err);
  if (lab->tell && s.waiting_count > 0)
    fputs ("\r\033[K", stderr);
  free (s.waiting);
  return s.wrong ? SWEEP_WRONG : whole ? SWEEP_DONE : SWEEP_STOPPED;
}

/* How many writes there are, from the runs without a fault.  */
static bool
count_writes (struct lab *lab, struct user_error *err)
{
  for (unsigned p = 0; p < lab->spec->pagers; p++)
    {
      const struct sweep_record *r = &lab->table.record[p];
      struct sweep_field outcome = sweep_record_get (r, "outcome");
      struct sweep_field writes = sweep_record_get (r, "writes");
      const char *fine = lab_outcome_name[LAB_HARMLESS];
      if (outcome.len != strlen (fine)
          || memcmp (outcome.text, fine, outcome.len) != 0)
        {
          snprintf (err->line, sizeof err->line,
                    "%.200s under %.60s fails by itself, without a fault: "
                    "%.*s (pagersim run says more)",
                    lab->spec->workload, lab->spec->base[p], (int)outcome.len,
                    outcome.text);
          return false;
        }
      lab->writes[p] = strtoull (writes.text, NULL, 10);
      lab->time[p]
          = strtoull (sweep_record_get (r, "virtual_ns").text, NULL, 10);
    }
  return true;
}

enum sweep_end
lab_do (struct lab *lab, struct user_error *err)
{
  struct sweep_file self;
  if (!sweep_file_read (&self, "/proc/self/exe", err))
    return SWEEP_WRONG;
  struct pool *pool = pool_open (lab->jobs, perform, lab);
  plan_clean (lab, self.sha256);
  enum sweep_end end = do_runs (lab, pool, 0, err);
  if (end == SWEEP_DONE && !count_writes (lab, err))
    end = SWEEP_WRONG;
  if (end == SWEEP_DONE && !plan_faults (lab, self.sha256, err))
    end = SWEEP_WRONG;
  if (end == SWEEP_DONE)
    {
      sweep_table_free (&lab->table);
      end = do_runs (lab, pool, lab->spec->pagers, err);
    }
  pool_close (pool);
  return end;
}

void
lab_free (struct lab *lab)
{
  sweep_table_free (&lab->table);
  free (lab->run);
}
