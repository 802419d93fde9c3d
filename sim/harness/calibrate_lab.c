/* Trying candidates: see calibrate.h.

   Tries are made in batches by the pool.  Every try goes to a log, one line of
   JSON each, in the order in which they were asked for.  As a search is a
   function of its seed and of the results, a stopped one is resumed by
   searching again with the results that the log holds, and going on where it
   ends.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "calibrate.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "../base/check.h"

/* ---- Rows and distances --------------------------------------------------
 */

static int
counter_number (const char *name)
{
  for (int i = 0; i < COUNTER_COUNT; i++)
    if (strcmp (counter_rows[i].name, name) == 0)
      return i;
  return -1;
}

static bool
ends_in (const char *name, const char *tail)
{
  size_t len = strlen (name), n = strlen (tail);
  return len >= n && strcmp (name + len - n, tail) == 0;
}

static bool
look_up (void *arg, const char *name, uint64_t *value)
{
  const struct pool_result *r = arg;
  int i = counter_number (name);
  if (i >= 0)
    *value = r->counter[i];
  return i >= 0;
}

/* The published value of the counter C in ROW; -1 if it is none of its cells.
 */
static int64_t
published_of (const struct published_row *row, int c)
{
  for (unsigned i = 0; i < row->cells; i++)
    if (counter_number (row->cell[i].name) == c)
      {
        uint64_t value = row->cell[i].published.value;
        for (unsigned d = 0; d < row->cell[i].published.decimals; d++)
          value /= 10;
        return value;
      }
  return -1;
}

/* Every further run of pages is at least one write more; without runs, every
   page of a file is a write.  */
static int
goes_with (const struct published_row *row, enum counter c)
{
  bool runs = published_of (row, COUNTER_WRITE_PAGES) > 0;
  int other = c == COUNTER_FILE_STORE_WRITE && runs ? COUNTER_WRITE_PAGES
              : c == COUNTER_WRITE_PAGE && !runs    ? COUNTER_FILE_STORE_WRITE
                                                    : -1;
  return other >= 0 && published_of (row, other) >= 0 ? other : -1;
}

bool
target_read (struct target *t, const struct published_row *row)
{
  struct pool_result nothing = { .ran = false };
  struct published_row copy = *row;
  if (!published_fill (&copy, look_up, &nothing))
    return false;
  memset (t, 0, sizeof *t);
  t->row = row;
  for (unsigned i = 0; i < row->cells; i++)
    {
      const char *name = row->cell[i].name;
      int counter = counter_number (name);
      if (counter < 0)
        continue; /* a mean, that follows from others  */
      bool bytes = ends_in (name, "_bytes");
      struct target_number *n = &t->number[t->numbers++];
      n->counter = counter;
      n->minus = goes_with (row, counter);
      n->published = published_of (row, counter)
                     - (n->minus < 0 ? 0 : published_of (row, n->minus));
      n->unit = bytes ? SIM_PAGE_SIZE : 1;
      /* Pages that nobody meant to write, and metadata, come in small
         numbers.  */
      n->weight = bytes || counter == COUNTER_WRITE_PAGE ? 2 : 1;
    }
  return t->numbers > 0;
}

int64_t
target_measure (const struct target_number *n, const struct pool_result *r)
{
  return (int64_t)r->counter[n->counter]
         - (n->minus < 0 ? 0 : (int64_t)r->counter[n->minus]);
}

uint64_t
target_weigh (const struct target_number *n, int64_t measure)
{
  int64_t d = measure - n->published;
  d = d < 0 ? -d : d;
  return (d + n->unit - 1) / n->unit * n->weight;
}

uint64_t
target_distance (const struct target *t, const struct pool_result *r)
{
  if (!r->ran || r->verdict != VERDICT_OK)
    return DISTANCE_FAILED;
  uint64_t sum = 0;
  for (unsigned i = 0; i < t->numbers; i++)
    sum += target_weigh (&t->number[i], target_measure (&t->number[i], r));
  return sum < DISTANCE_FAILED ? sum : DISTANCE_FAILED - 1;
}

void
target_cells (struct published_row *row, const struct pool_result *r)
{
  bool good = published_fill (row, look_up, (void *)r);
  CHECK (good);
}

/* ---- The log -------------------------------------------------------------
 */

static json_t *
line_json (const struct lab *l, const struct trial *t)
{
  json_t *values = json_array (), *counters = json_object ();
  for (unsigned i = 0; i < l->space->keys; i++)
    json_array_append_new (values, json_integer (t->candidate.value[i]));
  for (unsigned i = 0; i < t->target->numbers; i++)
    {
      enum counter c = t->target->number[i].counter;
      json_object_set_new (counters, counter_rows[c].name,
                           json_integer (t->result.counter[c]));
    }
  json_t *j = json_pack (
      "{s:s, s:I, s:o, s:o, s:s}", "row", t->target->row->id, "seed",
      (json_int_t)t->candidate.seed, "values", values, "counters", counters,
      "verdict", t->result.ran ? verdict_name[t->result.verdict] : "failed");
  CHECK (j);
  if (t->key[0])
    json_object_set_new (j, t->key, json_string (t->value));
  if (!t->result.ran)
    json_object_set_new (j, "error", json_string (t->result.error.line));
  return j;
}

/* Whether J is of the same try as T; then T's result is there.  */
static bool
recall (const struct lab *l, const json_t *j, struct trial *t)
{
  const char *row = json_string_value (json_object_get (j, "row"));
  const json_t *values = json_object_get (j, "values");
  const json_t *extra = t->key[0] ? json_object_get (j, t->key) : NULL;
  const char *verdict = json_string_value (json_object_get (j, "verdict"));
  if (!row || !verdict || strcmp (row, t->target->row->id) != 0
      || json_array_size (values) != l->space->keys
      || (uint64_t)json_integer_value (json_object_get (j, "seed"))
             != t->candidate.seed
      || (t->key[0]
          && (!extra || strcmp (json_string_value (extra), t->value) != 0)))
    return false;
  for (unsigned i = 0; i < l->space->keys; i++)
    if ((uint64_t)json_integer_value (json_array_get (values, i))
        != t->candidate.value[i])
      return false;
  struct pool_result *r = &t->result;
  memset (r, 0, sizeof *r);
  for (unsigned v = 0; v <= VERDICT_TIMEOUT; v++)
    if (strcmp (verdict, verdict_name[v]) == 0)
      {
        r->ran = true;
        r->verdict = v;
      }
  const json_t *counters = json_object_get (j, "counters");
  for (unsigned i = 0; i < t->target->numbers; i++)
    {
      enum counter c = t->target->number[i].counter;
      r->counter[c] = json_integer_value (
          json_object_get (counters, counter_rows[c].name));
    }
  return true;
}

static bool
fail (struct user_error *err, const char *path)
{
  snprintf (err->line, sizeof err->line, "%.400s: %s", path, strerror (errno));
  return false;
}

/* Read what PATH holds.  Returns how many bytes of it are good.  */
static long
read_past (struct lab *l, const char *path, const json_t *header)
{
  FILE *f = fopen (path, "r");
  char *line = NULL;
  size_t size = 0;
  long good = 0;
  ssize_t n;
  l->past = json_array ();
  while (f && (n = getline (&line, &size, f)) > 0 && line[n - 1] == '\n')
    {
      json_t *j = json_loads (line, 0, NULL);
      bool fits = j && (good > 0 || json_equal (j, header));
      if (fits && good > 0)
        {
          size_t lines = json_array_size (l->past);
          json_array_append (l->past, j);
          l->past_at = realloc (l->past_at, (lines + 1) * sizeof (long));
          CHECK (l->past_at);
          l->past_at[lines] = good;
        }
      json_decref (j);
      if (!fits)
        break;
      good += n;
    }
  free (line);
  if (f)
    fclose (f);
  return good;
}

bool
lab_open_log (struct lab *l, const char *path, const json_t *header,
              bool fresh, struct user_error *err)
{
  long good = fresh ? 0 : read_past (l, path, header);
  if (good > 0 && truncate (path, good) != 0)
    return fail (err, path);
  l->log = fopen (path, good > 0 ? "a" : "w");
  if (!l->log)
    return fail (err, path);
  if (good > 0)
    return true;
  char *text = json_dumps (header, JSON_COMPACT | JSON_SORT_KEYS);
  CHECK (text);
  bool written = fprintf (l->log, "%s\n", text) > 0 && fflush (l->log) == 0;
  free (text);
  return written || fail (err, path);
}

/* The search goes another way than it did: what comes next in the log is not
   of it.  */
static void
forget_past (struct lab *l)
{
  size_t n = json_array_size (l->past);
  if (l->replayed == n)
    return;
  CHECK (ftruncate (fileno (l->log), l->past_at[l->replayed]) == 0);
  while (n > l->replayed)
    json_array_remove (l->past, --n);
}

static size_t
recall_all (struct lab *l, struct trial *t, size_t n)
{
  size_t done = 0;
  while (done < n && l->replayed < json_array_size (l->past)
         && recall (l, json_array_get (l->past, l->replayed), &t[done]))
    {
      l->replayed++;
      done++;
    }
  if (done < n)
    forget_past (l);
  return done;
}

static void
log_trials (struct lab *l, const struct trial *t, size_t n)
{
  if (!l->log)
    return;
  for (size_t i = 0; i < n; i++)
    {
      json_t *j = line_json (l, &t[i]);
      char *text = json_dumps (j, JSON_COMPACT);
      CHECK (text);
      fprintf (l->log, "%s\n", text);
      free (text);
      json_decref (j);
    }
  fflush (l->log);
}

/* ---- Trying --------------------------------------------------------------
 */

static void
make_task (const struct lab *l, const struct trial *t, struct pool_task *task)
{
  memset (task, 0, sizeof *task);
  snprintf (task->pager, sizeof task->pager, "%s", t->target->row->pager);
  task->seed = t->candidate.seed;
  for (unsigned i = 0; i < l->space->keys; i++)
    {
      char text[64];
      const struct space_key *k = &l->space->key[i];
      pool_task_set (task, k->name,
                     space_text (k, t->candidate.value[i], text));
    }
  for (unsigned i = 0; i < t->target->row->settings; i++)
    pool_task_add (task, t->target->row->setting[i]);
  for (unsigned i = 0; i < l->settings; i++)
    pool_task_add (task, l->set[i]);
  if (t->key[0])
    pool_task_set (task, t->key, t->value);
}

bool
lab_try (struct lab *l, struct trial *t, size_t n)
{
  while (n > 0)
    {
      static struct pool_task task[LAB_BATCH];
      static struct pool_result result[LAB_BATCH];
      size_t count = n < LAB_BATCH ? n : LAB_BATCH;
      size_t known = l->log && l->past ? recall_all (l, t, count) : 0;
      for (size_t i = known; i < count; i++)
        make_task (l, &t[i], &task[i - known]);
      if (known < count
          && !pool_runs_do (l->pool, task, result, count - known, l->stop,
                            l->tick, l->arg))
        return false;
      for (size_t i = known; i < count; i++)
        t[i].result = result[i - known];
      log_trials (l, t + known, count - known);
      for (size_t i = 0; i < count; i++)
        t[i].distance = target_distance (t[i].target, &t[i].result);
      l->tries += count;
      t += count;
      n -= count;
      if (l->stop && *l->stop)
        return false;
    }
  return true;
}

void
lab_close (struct lab *l)
{
  if (l->log)
    fclose (l->log);
  l->log = NULL;
  json_decref (l->past);
  free (l->past_at);
}
