/* The rows of a sweep, checked before anything runs: see sweep.h.

   The order: workloads outermost, then the axes, the first one slowest, then
   the seeds.  A key that a workload has not, or that is a setting of pagers
   ("pager.NAME") for which the cell's pager does not ask, is left out of its
   rows, and its axis run once.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "sweep.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "keys.h"
#include "pager_load.h"
#include "place.h"
#include "pool.h"
#include "../base/check.h"

#define CELLS_MAX UINT64_C (1000000000)

__attribute__ ((format (printf, 2, 3))) static bool
wrong (struct user_error *err, const char *format, ...)
{
  va_list ap;
  va_start (ap, format);
  vsnprintf (err->line, sizeof err->line, format, ap);
  va_end (ap);
  return false;
}

static void *
grow (void *all, size_t count, size_t size)
{
  all = realloc (all, (count + 1) * size);
  CHECK (all);
  memset ((char *)all + count * size, 0, size);
  return all;
}

/* ---- Which keys are for which rows ---------------------------------------
 */

/* A setting of pagers, but for the one that says which.  */
static bool
is_setting (const char *key)
{
  return strncmp (key, "pager.", 6) == 0 && strcmp (key, "pager.name") != 0;
}

static bool
reads (const struct sweep_pager *p, const char *key)
{
  if (!p->probed)
    return true;
  for (size_t i = 0; i < p->reads.count; i++)
    if (strcmp (p->reads.word[i], key) == 0)
      return true;
  return false;
}

bool
sweep_plan_applies (const struct sweep_plan *plan, const struct sweep_row *row,
                    unsigned a, unsigned k)
{
  const char *key = plan->spec->axis[a].keys.word[k];
  return plan->load[row->load].has[a][k]
         && (!is_setting (key) || reads (&plan->pager[row->pager], key));
}

static bool
axis_applies (const struct sweep_plan *plan, const struct sweep_row *row,
              unsigned a)
{
  for (unsigned k = 0; k < plan->spec->axis[a].keys.count; k++)
    if (sweep_plan_applies (plan, row, a, k))
      return true;
  return false;
}

void
sweep_plan_settings (const struct sweep_plan *plan,
                     const struct sweep_row *row, struct sweep_words *out)
{
  const struct sweep_load *load = &plan->load[row->load];
  for (size_t i = 0; i < load->sets.count; i++)
    sweep_words_add (out, load->sets.word[i]);
  for (unsigned a = 0; a < plan->spec->axes; a++)
    for (unsigned k = 0; row->choice[a] != SWEEP_LEFT_OUT
                         && k < plan->spec->axis[a].keys.count;
         k++)
      if (sweep_plan_applies (plan, row, a, k))
        {
          char *text;
          const struct sweep_axis *axis = &plan->spec->axis[a];
          CHECK (asprintf (&text, "%s=%s", axis->keys.word[k],
                           axis->values.word[row->choice[a]])
                 > 0);
          sweep_words_add (out, text);
          free (text);
        }
}

static bool
set_all (const struct sweep_words *sets, struct user_error *err)
{
  keys_reset ();
  for (size_t i = 0; i < sets->count; i++)
    if (!keys_user (sets->word[i], err->line, sizeof err->line))
      return false;
  return true;
}

bool
sweep_plan_keys (const struct sweep_plan *plan, const struct sweep_row *row,
                 struct user_error *err)
{
  struct sweep_words sets = { NULL, 0 };
  sweep_plan_settings (plan, row, &sets);
  bool good = set_all (&sets, err);
  sweep_words_free (&sets);
  return good;
}

/* ---- Pagers --------------------------------------------------------------
 */

/* The number of the pager NAME, which is looked up when it is a new one; -1 is
   an error.  */
static long
find_pager (struct sweep_plan *plan, const char *name, struct user_error *err)
{
  char path[PATH_MAX];
  for (size_t i = 0; i < plan->pagers; i++)
    if (strcmp (plan->pager[i].name, name) == 0)
      return i;
  if (!pager_locate (name, path, err))
    return -1;
  plan->pager = grow (plan->pager, plan->pagers, sizeof *plan->pager);
  struct sweep_pager *p = &plan->pager[plan->pagers];
  if (!sweep_file_read (&p->file, path, err))
    return -1;
  p->name = strdup (name);
  CHECK (p->name);
  p->base = pager_base_name (path);
  return plan->pagers++;
}

static bool
probe_perform (void *arg, const void *data, size_t len, FILE *out)
{
  const struct sweep_plan *plan = arg;
  size_t i;
  CHECK (len == sizeof i);
  memcpy (&i, data, sizeof i);
  sweep_row_probe (plan->pager[i].name, out);
  return false; /* it may have done anything  */
}

struct probing
{
  struct sweep_plan *plan;
  size_t task;
  struct user_error *err;
  bool bad;
};

static void
probe_task (void *arg, size_t i, const void **data, size_t *len)
{
  struct probing *p = arg;
  p->task = i;
  *data = &p->task;
  *len = sizeof p->task;
}

/* A line for each setting; or one, with a blank first, that says what is wrong
   with the pager.  */
static void
probe_done (void *arg, size_t i, const char *data, size_t len)
{
  struct probing *p = arg;
  struct sweep_pager *pager = &p->plan->pager[i];
  const char *end = data + len;
  if (len > 0 && *data == ' ')
    {
      if (!p->bad)
        wrong (p->err, "%.*s", (int)len - 1, data + 1);
      p->bad = true;
      return;
    }
  pager->probed = true;
  while (data < end)
    {
      const char *stop = memchr (data, '\n', end - data);
      char *word = strndup (data, stop - data);
      CHECK (word);
      sweep_words_add (&pager->reads, word);
      free (word);
      data = stop + 1;
    }
}

/* Then nothing is known of it, and every setting may be one of its own.  */
static void
probe_died (void *arg, size_t i, int status)
{
  (void)arg, (void)i, (void)status;
}

static bool
probe_pagers (struct sweep_plan *plan, struct user_error *err)
{
  struct probing p = { .plan = plan, .err = err };
  const struct pool_work work = { .tasks = plan->pagers,
                                  .task = probe_task,
                                  .done = probe_done,
                                  .died = probe_died,
                                  .arg = &p };
  struct pool *pool = pool_open (1, probe_perform, plan);
  pool_run (pool, &work, NULL);
  pool_close (pool);
  return !p.bad;
}

/* ---- Workloads -----------------------------------------------------------
 */

/* Load L's workload with SETS in force.  */
static bool
try_load (const struct sweep_load *l, const struct sweep_words *sets,
          struct user_error *err)
{
  if (!set_all (sets, err))
    return false;
  struct workload *w = workload_load (l->file.path, err);
  if (w)
    workload_free (w);
  return w != NULL;
}

/* The length of the key in KEY=VALUE.  */
static size_t
key_len (const char *set)
{
  return strcspn (set, "=");
}

static bool
known (const char *set)
{
  char *key = strndup (set, key_len (set));
  CHECK (key);
  bool is = keys_find (key);
  free (key);
  return is;
}

/* Add those of SETS whose keys the workload that was just loaded has; note in
   USED which they are.  */
static void
add_known (const struct sweep_words *sets, struct sweep_words *out, bool *used)
{
  for (size_t i = 0; i < sets->count; i++)
    if (known (sets->word[i]))
      {
        sweep_words_add (out, sets->word[i]);
        used[i] = true;
      }
}

/* What is said of a key that nobody has.  */
static bool
unknown (struct sweep_plan *plan, const char *set, struct user_error *err)
{
  struct sweep_words one = { (char *[]){ (char *)set }, 1 };
  if (!try_load (&plan->load[0], &one, err))
    return false;
  return wrong (err, "no key '%.*s'", (int)key_len (set), set);
}

/* Read the workload number I, and which of the keys it has.  */
static bool
open_load (struct sweep_plan *plan, size_t i, bool *grid_used, bool *used,
           struct user_error *err, const char **place)
{
  static const struct sweep_words nothing;
  const struct sweep_workload *asked = &plan->spec->workload[i];
  struct sweep_load *l = &plan->load[i];
  char path[PATH_MAX];
  l->name = asked->name;
  place_workload (l->name, path);
  if (!sweep_file_read (&l->file, path, err))
    return false;
  *place = l->file.path;
  if (!try_load (l, &nothing, err))
    return false;
  add_known (&plan->spec->grid_sets, &l->sets, grid_used);
  for (size_t s = 0; s < asked->sets.count; s++)
    sweep_words_add (&l->sets, asked->sets.word[s]);
  add_known (&plan->spec->sets, &l->sets, used);
  for (unsigned a = 0; a < plan->spec->axes; a++)
    for (unsigned k = 0; k < plan->spec->axis[a].keys.count; k++)
      l->has[a][k] = keys_find (plan->spec->axis[a].keys.word[k]);
  if (!try_load (l, &l->sets, err))
    return false;
  long pager = find_pager (plan, key_text ("pager.name"), err);
  l->pager = pager;
  return pager >= 0;
}

/* Try value V of axis A with workload L.  TEXT[k] is what key K's value is as
   text.  */
static bool
try_value (struct sweep_plan *plan, struct sweep_load *l, unsigned a, size_t v,
           char **text, struct user_error *err)
{
  const struct sweep_axis *axis = &plan->spec->axis[a];
  struct sweep_words sets = { NULL, 0 };
  for (size_t i = 0; i < l->sets.count; i++)
    sweep_words_add (&sets, l->sets.word[i]);
  for (unsigned k = 0; k < axis->keys.count; k++)
    if (l->has[a][k])
      {
        char *set;
        CHECK (
            asprintf (&set, "%s=%s", axis->keys.word[k], axis->values.word[v])
            > 0);
        sweep_words_add (&sets, set);
        free (set);
      }
  bool good = try_load (l, &sets, err);
  for (unsigned k = 0; good && k < axis->keys.count; k++)
    if (l->has[a][k])
      {
        const char *key = axis->keys.word[k];
        text[k] = strdup (key_text (key));
        CHECK (text[k]);
        if (strcmp (key, "pager.name") == 0)
          good = find_pager (plan, text[k], err) >= 0;
      }
  sweep_words_free (&sets);
  return good;
}

static bool
same_text (char **a, char **b)
{
  for (unsigned k = 0; k < SWEEP_AXIS_KEYS; k++)
    if (a[k] && strcmp (a[k], b[k]) != 0)
      return false;
  return true;
}

/* Every value of axis A with workload L; no two of them may mean the same.  */
static bool
check_axis (struct sweep_plan *plan, struct sweep_load *l, unsigned a,
            struct user_error *err)
{
  const struct sweep_axis *axis = &plan->spec->axis[a];
  size_t n = axis->values.count;
  char *(*text)[SWEEP_AXIS_KEYS] = calloc (n, sizeof *text);
  CHECK (text);
  bool good = true, any = false;
  for (unsigned k = 0; k < axis->keys.count; k++)
    any |= l->has[a][k];
  for (size_t v = 0; good && any && v < n; v++)
    {
      good = try_value (plan, l, a, v, text[v], err);
      for (size_t before = 0; good && before < v; before++)
        if (same_text (text[v], text[before]))
          good = wrong (err, "%.64s: '%.40s' and '%.40s' are the same",
                        axis->keys.word[0], axis->values.word[before],
                        axis->values.word[v]);
    }
  for (size_t v = 0; v < n; v++)
    for (unsigned k = 0; k < SWEEP_AXIS_KEYS; k++)
      free (text[v][k]);
  free (text);
  return good;
}

/* Each key must be of some workload.  */
static bool
check_used (struct sweep_plan *plan, const bool *grid_used, const bool *used,
            struct user_error *err)
{
  const struct sweep_spec *spec = plan->spec;
  for (size_t i = 0; i < spec->grid_sets.count; i++)
    if (!grid_used[i])
      return unknown (plan, spec->grid_sets.word[i], err);
  for (size_t i = 0; i < spec->sets.count; i++)
    if (!used[i])
      return unknown (plan, spec->sets.word[i], err);
  for (unsigned a = 0; a < spec->axes; a++)
    for (unsigned k = 0; k < spec->axis[a].keys.count; k++)
      {
        bool has = false;
        for (size_t i = 0; i < plan->loads; i++)
          has |= plan->load[i].has[a][k];
        char set[100];
        snprintf (set, sizeof set, "%.90s=", spec->axis[a].keys.word[k]);
        if (!has)
          return unknown (plan, set, err);
      }
  return true;
}

static bool
open_loads (struct sweep_plan *plan, struct user_error *err,
            const char **place)
{
  const struct sweep_spec *spec = plan->spec;
  bool *grid_used = calloc (spec->grid_sets.count + 1, 1);
  bool *used = calloc (spec->sets.count + 1, 1);
  plan->load = calloc (spec->workloads, sizeof *plan->load);
  CHECK (plan->load && grid_used && used);
  bool good = true;
  for (size_t i = 0; good && i < spec->workloads; i++)
    {
      plan->loads = i + 1;
      good = open_load (plan, i, grid_used, used, err, place);
    }
  good = good && check_used (plan, grid_used, used, err);
  for (size_t i = 0; good && i < plan->loads; i++)
    for (unsigned a = 0; good && a < spec->axes; a++)
      {
        *place = plan->load[i].file.path;
        good = check_axis (plan, &plan->load[i], a, err);
      }
  free (grid_used);
  free (used);
  return good;
}

/* ---- Rows ----------------------------------------------------------------
 */

/* The pager of a row whose choices are all made.  */
static size_t
pager_of (struct sweep_plan *plan, const struct sweep_row *row)
{
  for (unsigned a = 0; a < plan->spec->axes; a++)
    for (unsigned k = 0; k < plan->spec->axis[a].keys.count; k++)
      if (strcmp (plan->spec->axis[a].keys.word[k], "pager.name") == 0)
        {
          struct user_error err;
          long n = find_pager (
              plan, plan->spec->axis[a].values.word[row->choice[a]], &err);
          CHECK (n >= 0);
          return n;
        }
  return plan->load[row->load].pager;
}

/* Add ROW with every seed, unless it is that of another choice along an axis
   that is not for it.  */
static bool
add_rows (struct sweep_plan *plan, struct sweep_row row,
          struct user_error *err)
{
  static const uint64_t one = 1;
  const struct sweep_spec *spec = plan->spec;
  const uint64_t *seed = spec->seeds ? spec->seed : &one;
  size_t seeds = spec->seeds ? spec->seeds : 1;
  row.pager = pager_of (plan, &row);
  for (unsigned a = 0; a < spec->axes; a++)
    if (!axis_applies (plan, &row, a))
      {
        if (row.choice[a] > 0)
          return true;
        row.choice[a] = SWEEP_LEFT_OUT;
      }
  for (size_t i = 0; i < seeds; i++)
    {
      if (plan->rows == SWEEP_ROWS)
        return wrong (err, "more than %d rows", SWEEP_ROWS);
      if ((plan->rows & (plan->rows + 1)) == 0)
        {
          plan->row
              = realloc (plan->row, (2 * plan->rows + 2) * sizeof *plan->row);
          CHECK (plan->row);
        }
      row.seed = seed[i];
      plan->row[plan->rows++] = row;
    }
  return true;
}

/* The next choice, the last axis first.  False after the last one.  */
static bool
next_choice (const struct sweep_spec *spec, struct sweep_row *row)
{
  for (unsigned a = spec->axes; a-- > 0;)
    {
      if (++row->choice[a] < spec->axis[a].values.count)
        return true;
      row->choice[a] = 0;
    }
  return false;
}

static bool
make_rows (struct sweep_plan *plan, struct user_error *err)
{
  uint64_t cells = 1;
  for (unsigned a = 0; a < plan->spec->axes; a++)
    if ((cells *= plan->spec->axis[a].values.count) > CELLS_MAX)
      return wrong (err, "more than %d rows", SWEEP_ROWS);
  for (size_t i = 0; i < plan->loads; i++)
    {
      struct sweep_row row;
      memset (&row, 0, sizeof row);
      row.load = i;
      do
        if (!add_rows (plan, row, err))
          return false;
      while (next_choice (plan->spec, &row));
    }
  return true;
}

/* ---- The whole -----------------------------------------------------------
 */

bool
sweep_plan_make (struct sweep_plan *plan, const struct sweep_spec *spec,
                 struct user_error *err, const char **place)
{
  memset (plan, 0, sizeof *plan);
  plan->spec = spec;
  *place = "";
  if (spec->workloads == 0)
    return wrong (err, "no workload (see `pagersim list workloads')");
  if (!open_loads (plan, err, place) || !probe_pagers (plan, err)
      || !make_rows (plan, err))
    return false;
  return sweep_plan_name (plan, err);
}

void
sweep_plan_free (struct sweep_plan *plan)
{
  for (size_t i = 0; i < plan->loads; i++)
    sweep_words_free (&plan->load[i].sets);
  for (size_t i = 0; i < plan->pagers; i++)
    {
      free (plan->pager[i].name);
      free (plan->pager[i].base);
      sweep_words_free (&plan->pager[i].reads);
    }
  free (plan->load);
  free (plan->pager);
  free (plan->row);
  memset (plan, 0, sizeof *plan);
}
