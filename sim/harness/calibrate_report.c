/* A calibration as JSON, as CSV and as a table: see calibrate.h.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "calibrate.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "../base/check.h"

/* ---- The chosen set ------------------------------------------------------
 */

static json_t *
settings_json (const struct space *s, const struct candidate *c, bool boot)
{
  json_t *j = json_object ();
  for (unsigned i = 0; i < s->keys; i++)
    {
      char text[64];
      if (s->key[i].boot == boot)
        json_object_set_new (
            j, s->key[i].name,
            json_string (space_text (&s->key[i], c->value[i], text)));
    }
  return j;
}

json_t *
calibration_json (const struct calibration *c, const struct workload *w,
                  uint64_t seed)
{
  const struct fit *f = c->fit;
  json_t *rows = json_object ();
  for (unsigned r = 0; r < FIT_ROWS; r++)
    {
      const struct candidate *best = &f->best.trial[r].candidate;
      json_object_set_new (rows, f->target[r].row->id,
                           json_pack ("{s:I, s:o}", "seed",
                                      (json_int_t)best->seed, "set",
                                      settings_json (f->space, best, true)));
    }
  json_t *common
      = settings_json (f->space, &f->best.trial[0].candidate, false);
  for (unsigned i = 0; i < f->lab->settings; i++)
    {
      char name[POOL_SETTING_BYTES];
      const char *equals = strchr (f->lab->set[i], '=');
      CHECK (equals);
      snprintf (name, sizeof name, "%.*s", (int)(equals - f->lab->set[i]),
                f->lab->set[i]);
      json_object_set_new (common, name, json_string (equals + 1));
    }
  json_t *j = json_pack (
      "{s:s, s:{s:s, s:s}, s:o, s:o, s:b, s:I, s:{s:I, s:I, s:I}}", "schema",
      "pagersim.calibrated/1", "workload", "name", workload_name (w), "sha256",
      workload_sha256 (w), "common", common, "rows", rows, "exact",
      f->best.distance == 0, "distance", (json_int_t)f->best.distance, "found",
      "seed", (json_int_t)seed, "draws", (json_int_t)f->draws, "tries",
      (json_int_t)f->search_tries);
  CHECK (j);
  return j;
}

/* ---- CSV -----------------------------------------------------------------
 */

static void
tally_csv (const struct calibration *c, const char *what,
           const struct draw_tally *t, FILE *out)
{
  for (unsigned r = 0; r < FIT_ROWS && t->draws; r++)
    {
      const struct published_row *row = c->fit->target[r].row;
      for (unsigned i = 0; i < row->cells; i++)
        fprintf (out, "%s,%s,%s,,,,,%u,%u\n", what, row->id, row->cell[i].name,
                 t->cell[r][i], t->draws);
      fprintf (out, "%s,%s,all,,,,,%u,%u\n", what, row->id, t->row[r],
               t->draws);
    }
  if (t->draws)
    fprintf (out, "%s,all,all,,,,,%u,%u\n", what, t->all, t->draws);
}

static void
cells_csv (const struct published_row *published, const char *key,
           const char *change, const struct pool_result *r, FILE *out)
{
  struct published_row row = *published;
  target_cells (&row, r);
  for (unsigned i = 0; i < row.cells; i++)
    {
      char a[32], b[32];
      bool ran = r->ran && r->verdict == VERDICT_OK;
      fprintf (out, "cell,%s,%s,%s,%s,%s,%s,,\n", row.id, row.cell[i].name,
               key, change, published_text (row.cell[i].published, a),
               ran ? published_text (row.cell[i].simulated, b) : "failed");
    }
}

void
calibration_csv (const struct calibration *c, FILE *out)
{
  fputs ("what,row,cell,key,change_percent,published,simulated,matches,of\n",
         out);
  tally_csv (c, "draw", &c->fit->tally, out);
  tally_csv (c, "reseed", &c->reseeds, out);
  for (unsigned r = 0; r < FIT_ROWS; r++)
    cells_csv (c->fit->target[r].row, "", "", &c->base[r], out);
  for (unsigned m = 0; m < c->moves; m++)
    for (unsigned r = 0; r < FIT_ROWS; r++)
      for (unsigned i = 0; i < CHANGES; i++)
        {
          char change[32];
          snprintf (change, sizeof change, "%d", change_percent[i]);
          if (c->move[m].moved[r][i])
            cells_csv (c->fit->target[r].row, c->move[m].key, change,
                       &c->move[m].result[r][i], out);
        }
}

/* ---- The table -----------------------------------------------------------
 */

static void
tally_table (const struct calibration *c, const char *title,
             const struct draw_tally *t, FILE *out)
{
  if (!t->draws)
    return;
  fprintf (out, "%s: matches of %u\n", title, t->draws);
  for (unsigned r = 0; r < FIT_ROWS; r++)
    {
      const struct published_row *row = c->fit->target[r].row;
      for (unsigned i = 0; i < row->cells; i++)
        fprintf (out, "  %-10s %-32s %6u\n", row->id, row->cell[i].name,
                 t->cell[r][i]);
      fprintf (out, "  %-10s %-32s %6u\n", row->id, "all of the row",
               t->row[r]);
    }
  fprintf (out, "  %-10s %-32s %6u\n\n", "both", "all", t->all);
}

static void
set_table (const struct calibration *c, FILE *out)
{
  const struct fit *f = c->fit;
  char text[64];
  fputs ("The set, common to both rows\n", out);
  for (unsigned i = 0; i < f->space->keys; i++)
    if (!f->space->key[i].boot)
      fprintf (out, "  %-24s %s\n", f->space->key[i].name,
               space_text (&f->space->key[i],
                           f->best.trial[0].candidate.value[i], text));
  for (unsigned r = 0; r < FIT_ROWS; r++)
    {
      const struct candidate *best = &f->best.trial[r].candidate;
      fprintf (out, "The boot of %s\n  %-24s %" PRIu64 "\n",
               f->target[r].row->id, "seed", best->seed);
      for (unsigned i = 0; i < f->space->keys; i++)
        if (f->space->key[i].boot)
          fprintf (out, "  %-24s %s\n", f->space->key[i].name,
                   space_text (&f->space->key[i], best->value[i], text));
    }
  fputc ('\n', out);
}

static void
row_table (const struct calibration *c, unsigned r, FILE *out)
{
  struct published_row row = *c->fit->target[r].row;
  target_cells (&row, &c->base[r]);
  for (unsigned i = 0; i < row.cells; i++)
    {
      char a[32], b[32];
      fprintf (out, "  %-10s %-32s %12s %12s %s\n", row.id, row.cell[i].name,
               published_text (row.cell[i].published, a),
               published_text (row.cell[i].simulated, b),
               published_equal (&row.cell[i]) ? "equal" : "differs");
    }
}

/* How far each number of a row goes from the set's own.  */
static void
moves_table (const struct calibration *c, unsigned r, FILE *out)
{
  const struct target *t = &c->fit->target[r];
  fprintf (out, "\n%s: how far each count moves when one key changes\n",
           t->row->id);
  fprintf (out, "  %-24s %7s", "", "");
  for (unsigned i = 0; i < t->numbers; i++)
    {
      const char *name = counter_rows[t->number[i].counter].name;
      fprintf (out, " %17s", strchr (name, '.') + 1);
    }
  fputc ('\n', out);
  for (unsigned m = 0; m < c->moves; m++)
    for (unsigned j = 0; j < CHANGES; j++)
      {
        const struct pool_result *result = &c->move[m].result[r][j];
        if (!c->move[m].moved[r][j])
          continue;
        fprintf (out, "  %-24s %+5d %%", c->move[m].key, change_percent[j]);
        for (unsigned i = 0; i < t->numbers; i++)
          {
            enum counter n = t->number[i].counter;
            if (result->ran && result->verdict == VERDICT_OK)
              fprintf (out, " %+17" PRId64,
                       (int64_t)(result->counter[n] - c->base[r].counter[n]));
            else
              fprintf (out, " %17s", "failed");
          }
        fputc ('\n', out);
      }
}

/* Whether any change of M moved the number N of row R.  */
static bool
moves (const struct calibration *c, const struct moved *m, unsigned r,
       enum counter n)
{
  for (unsigned j = 0; j < CHANGES; j++)
    if (m->moved[r][j] && m->result[r][j].counter[n] != c->base[r].counter[n])
      return true;
  return false;
}

/* Which counts the boots alone decide.  */
static void
movers_table (const struct calibration *c, unsigned r, FILE *out)
{
  static const char *const kinds[] = { "boot", "common", "costs" };
  const struct target *t = &c->fit->target[r];
  const struct space *s = c->fit->space;
  fprintf (out, "\n%s: which keys move it at all, by up to 10 %%\n",
           t->row->id);
  for (unsigned i = 0; i < t->numbers; i++)
    for (unsigned kind = 0; kind < 3; kind++)
      {
        enum counter n = t->number[i].counter;
        fprintf (out, "  %-26s %-7s", kind ? "" : counter_rows[n].name,
                 kinds[kind]);
        bool any = false;
        for (unsigned m = 0; m < c->moves; m++)
          {
            const char *key = c->move[m].key;
            unsigned of = 2;
            for (unsigned k = 0; k < s->keys; k++)
              if (strcmp (s->key[k].name, key) == 0)
                of = s->key[k].boot ? 0 : 1;
            if (of != kind || !moves (c, &c->move[m], r, n))
              continue;
            fprintf (out, " %s", key);
            any = true;
          }
        fputs (any ? "\n" : " none\n", out);
      }
}

void
calibration_table (const struct calibration *c, FILE *out)
{
  const struct fit *f = c->fit;
  tally_table (c, "Drawn at random from the declared ranges", &f->tally, out);
  set_table (c, out);
  fprintf (out, "%s after %" PRIu64 " tries\n",
           f->best.distance ? "The nearest set" : "An exact set",
           f->search_tries);
  for (unsigned r = 0; r < FIT_ROWS; r++)
    row_table (c, r, out);
  fputc ('\n', out);
  tally_table (c, "The same set under other seeds", &c->reseeds, out);
  for (unsigned r = 0; r < FIT_ROWS && c->moves; r++)
    {
      moves_table (c, r, out);
      movers_table (c, r, out);
    }
}
