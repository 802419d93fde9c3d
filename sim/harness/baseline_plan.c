/* Which runs a baseline has, see baseline.h.

   The published rows in the calibrated machine, as `reproduce' runs them, and
   every row of the grids.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "baseline.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "place.h"
#include "../base/check.h"

static bool
wrong (struct user_error *err, const char *what, const char *why)
{
  snprintf (err->line, sizeof err->line, "%.400s: %s", what, why);
  return false;
}

/* ---- The reproduced rows -------------------------------------------------
 */

static bool
make_reproduced (struct baseline_plan *plan, struct user_error *err)
{
  char path[PATH_MAX];
  plan->table = published_load (NULL, err);
  if (!plan->table)
    return false;
  if (!place_find ("workloads/paper.lua", plan->paper))
    return wrong (err, "workloads/paper.lua", "not found beside the program");
  if (!place_find ("results/calibrated.json", path))
    return wrong (err, "results/calibrated.json",
                  "not found beside the program");
  plan->calibrated = calibrated_load (path, err);
  plan->runs = plan->table->rows;
  return plan->calibrated != NULL;
}

/* ---- The grids -----------------------------------------------------------
 */

static int
is_grid (const struct dirent *entry)
{
  size_t len = strlen (entry->d_name);
  return entry->d_name[0] != '.' && len > 4
         && strcmp (entry->d_name + len - 4, ".lua") == 0;
}

static int
by_bytes (const struct dirent **a, const struct dirent **b)
{
  return strcmp ((*a)->d_name, (*b)->d_name);
}

static bool
make_grid (struct baseline_plan *plan, const char *dir, const char *file,
           struct user_error *err, const char **place)
{
  static char path[PATH_MAX];
  if (plan->grids == BASELINE_GRIDS)
    return wrong (err, dir, "too many grids");
  if (snprintf (path, sizeof path, "%s/%s", dir, file) >= (int)sizeof path)
    return wrong (err, dir, strerror (ENAMETOOLONG));
  struct baseline_grid *g = &plan->grid[plan->grids++];
  g->name = strndup (file, strlen (file) - 4);
  CHECK (g->name);
  *place = path;
  if (!sweep_spec_grid (&g->spec, path, err)
      || !sweep_plan_make (&g->plan, &g->spec, err, place))
    return false;
  plan->runs += g->plan.rows;
  return true;
}

static bool
make_grids (struct baseline_plan *plan, const char *dir,
            struct user_error *err, const char **place)
{
  struct dirent **entry;
  int n = scandir (dir, &entry, is_grid, by_bytes);
  if (n < 0)
    return wrong (err, dir, strerror (errno));
  bool good = n > 0 || wrong (err, dir, "there is no grid (NAME.lua) in it");
  for (int i = 0; i < n; i++)
    {
      good = good && make_grid (plan, dir, entry[i]->d_name, err, place);
      free (entry[i]);
    }
  free (entry);
  return good;
}

/* ---- The whole -----------------------------------------------------------
 */

bool
baseline_plan_make (struct baseline_plan *plan, const char *dir,
                    struct user_error *err, const char **place)
{
  memset (plan, 0, sizeof *plan);
  *place = "";
  err->line[0] = 0;
  return make_reproduced (plan, err) && make_grids (plan, dir, err, place);
}

void
baseline_plan_free (struct baseline_plan *plan)
{
  for (unsigned i = 0; i < plan->grids; i++)
    {
      sweep_plan_free (&plan->grid[i].plan);
      sweep_spec_free (&plan->grid[i].spec);
      free (plan->grid[i].name);
    }
  if (plan->calibrated)
    calibrated_free (plan->calibrated);
  if (plan->table)
    published_free (plan->table);
  memset (plan, 0, sizeof *plan);
}

const struct baseline_grid *
baseline_plan_row (const struct baseline_plan *plan, size_t i, size_t *row)
{
  *row = i;
  if (i < plan->table->rows)
    return NULL;
  *row -= plan->table->rows;
  for (unsigned g = 0; g < plan->grids; g++)
    {
      if (*row < plan->grid[g].plan.rows)
        return &plan->grid[g];
      *row -= plan->grid[g].plan.rows;
    }
  CHECK (!"a run that is in no grid");
  return NULL;
}

static void
put_row_name (FILE *f, const struct baseline_grid *g, size_t n)
{
  const struct sweep_row *row = &g->plan.row[n];
  const struct sweep_spec *spec = &g->spec;
  fprintf (f, "%s: %s", g->name, g->plan.load[row->load].name);
  for (unsigned a = 0; a < spec->axes; a++)
    for (unsigned k = 0; k < spec->axis[a].keys.count; k++)
      if (row->choice[a] != SWEEP_LEFT_OUT
          && sweep_plan_applies (&g->plan, row, a, k))
        fprintf (f, " %s=%s", spec->axis[a].keys.word[k],
                 spec->axis[a].values.word[row->choice[a]]);
  if (spec->seeds > 1)
    fprintf (f, " seed=%llu", (unsigned long long)row->seed);
}

char *
baseline_plan_name (const struct baseline_plan *plan, size_t i)
{
  char *text;
  size_t len, row;
  FILE *f = open_memstream (&text, &len);
  CHECK (f);
  const struct baseline_grid *g = baseline_plan_row (plan, i, &row);
  if (g)
    put_row_name (f, g, row);
  else
    fprintf (f, "reproduce: %s", plan->table->row[row].id);
  CHECK (fclose (f) == 0);
  return text;
}
