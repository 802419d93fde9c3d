/* The table of a sweep for people: see sweep.h.

   What was varied, the verdict, and three figures; one line a cell, means with
   their intervals where it has several seeds.  A long one is cut: CSV and JSON
   have everything.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "sweep.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "report.h"
#include "../base/check.h"

enum
{
  LINES_MAX = 40,
  COLUMNS_MAX = SWEEP_AXES * SWEEP_AXIS_KEYS + 8,
  VERDICTS_MAX = 16
};

static const struct
{
  const char *column, *title;
  bool time;
} figures[] = { { "ext2fs.store_write", "store writes", false },
                { "client.alloc_wait_ns.p99", "p99 writer wait", true },
                { "virtual_ns", "virtual time", true } };

enum
{
  FIGURES = sizeof figures / sizeof *figures
};

struct grid
{
  size_t lines, columns;
  char *cell[LINES_MAX + 1][COLUMNS_MAX]; /* the titles first  */
  bool right[COLUMNS_MAX];
};

static char *
copy (struct sweep_field f)
{
  char *text = strndup (f.len ? f.text : "-", f.len ? f.len : 1);
  CHECK (text);
  return text;
}

static uint64_t
value (const struct sweep_record *r, const char *column, bool *there)
{
  char text[24] = "";
  struct sweep_field f = sweep_record_get (r, column);
  *there = f.len > 0 && f.len < sizeof text;
  if (*there)
    memcpy (text, f.text, f.len);
  return strtoull (text, NULL, 10);
}

static void
format (const struct sweep_mean *m, bool time, char *out, size_t size)
{
  char mean[32], half[32];
  if (m->count == 0)
    snprintf (out, size, "-");
  else if (time)
    report_time ((m->mean_1000 + 500) / 1000, mean);
  else if (m->count == 1)
    snprintf (mean, sizeof mean, "%" PRIu64, m->mean_1000 / 1000);
  else
    snprintf (mean, sizeof mean, "%" PRIu64 ".%u", m->mean_1000 / 1000,
              (unsigned)(m->mean_1000 % 1000 / 100));
  if (time)
    report_time ((uint64_t)(m->half + 0.5), half);
  else
    snprintf (half, sizeof half, "%.1f", m->half);
  if (m->count == 1)
    snprintf (out, size, "%s", mean);
  else if (m->count > 1)
    snprintf (out, size, "%s +- %s", mean, half);
}

static bool
is_ok (const struct sweep_record *r)
{
  struct sweep_field f = sweep_record_get (r, "verdict");
  return f.len == 2 && memcmp (f.text, "ok", 2) == 0;
}

/* The figure over the rows FIRST to NEXT.  A single row shows what it has; of
   several, those that are ok count.  */
static char *
figure (const struct sweep_table *t, size_t first, size_t next, unsigned n)
{
  uint64_t *all = calloc (next - first, sizeof *all);
  size_t count = 0;
  CHECK (all);
  for (size_t i = first; i < next; i++)
    {
      bool there;
      all[count] = value (&t->record[i], figures[n].column, &there);
      count += there && (next == first + 1 || is_ok (&t->record[i]));
    }
  char text[80];
  struct sweep_mean m = sweep_mean_of (all, count);
  format (&m, figures[n].time, text, sizeof text);
  free (all);
  return copy ((struct sweep_field){ text, strlen (text) });
}

static char *
verdict (const struct sweep_table *t, size_t first, size_t next)
{
  char text[60];
  size_t ok = 0;
  for (size_t i = first; i < next; i++)
    ok += is_ok (&t->record[i]);
  if (next == first + 1)
    return copy (sweep_record_get (&t->record[first], "verdict"));
  if (ok == next - first)
    snprintf (text, sizeof text, "ok");
  else
    snprintf (text, sizeof text, "%zu of %zu ok", ok, next - first);
  return copy ((struct sweep_field){ text, strlen (text) });
}

/* Each line's cell in column TITLE.  */
static void
put (struct grid *g, size_t line, size_t *column, const char *title,
     char *cell, bool right)
{
  CHECK (*column < COLUMNS_MAX);
  if (line == 1)
    g->cell[0][*column] = copy ((struct sweep_field){ title, strlen (title) });
  g->right[*column] = right;
  g->cell[line][(*column)++] = cell;
}

static void
fill_line (const struct sweep_run *run, struct grid *g, size_t line,
           size_t first, size_t next)
{
  const struct sweep_plan *plan = run->plan;
  const struct sweep_record *r = &run->table.record[first];
  const struct sweep_row *row = &plan->row[run->number[first]];
  size_t c = 0;
  if (plan->loads > 1)
    put (g, line, &c, "workload", copy (sweep_record_get (r, "workload")),
         false);
  put (g, line, &c, "pager", copy (sweep_record_get (r, "pager")), false);
  for (unsigned a = 0; a < plan->spec->axes; a++)
    for (unsigned k = 0; k < plan->spec->axis[a].keys.count; k++)
      {
        const char *key = plan->spec->axis[a].keys.word[k];
        char name[200];
        struct sweep_field f = { "-", 1 };
        if (strcmp (key, "pager.name") == 0)
          continue;
        snprintf (name, sizeof name, "set.%.150s", key);
        if (sweep_plan_applies (plan, row, a, k))
          f = sweep_record_get (r, name);
        put (g, line, &c, key, copy (f), true);
      }
  put (g, line, &c, "verdict", verdict (&run->table, first, next), false);
  for (unsigned n = 0; n < FIGURES; n++)
    put (g, line, &c, figures[n].title, figure (&run->table, first, next, n),
         true);
  g->columns = c;
}

static void
print (const struct grid *g, FILE *out)
{
  for (size_t i = 0; i <= g->lines; i++)
    for (size_t c = 0; c < g->columns; c++)
      {
        int width = 0;
        for (size_t j = 0; j <= g->lines; j++)
          {
            int len = strlen (g->cell[j][c]);
            width = len > width ? len : width;
          }
        bool last = c + 1 == g->columns;
        fprintf (out, "%*s%s",
                 g->right[c] ? width
                 : last      ? 0
                             : -width,
                 g->cell[i][c], last ? "\n" : "  ");
      }
}

/* How many rows have which verdict.  */
static void
count_verdicts (const struct sweep_run *run, FILE *out)
{
  struct sweep_field name[VERDICTS_MAX];
  size_t count[VERDICTS_MAX], n = 0;
  for (size_t i = 0; i < run->rows; i++)
    {
      struct sweep_field f
          = sweep_record_get (&run->table.record[i], "verdict");
      size_t v = 0;
      while (v < n
             && (name[v].len != f.len
                 || memcmp (name[v].text, f.text, f.len) != 0))
        v++;
      if (v == n)
        {
          CHECK (n < VERDICTS_MAX);
          name[n] = f;
          count[n++] = 0;
        }
      count[v]++;
    }
  fprintf (out, "%zu row%s", run->rows, run->rows == 1 ? "" : "s");
  for (size_t v = 0; v < n; v++)
    fprintf (out, "%s %zu %.*s", v ? "," : ":", count[v], (int)name[v].len,
             name[v].text);
  putc ('\n', out);
}

void
sweep_show (const struct sweep_run *run, FILE *out)
{
  static struct grid g;
  size_t left = 0;
  memset (&g, 0, sizeof g);
  for (size_t i = 0, next; i < run->rows; i = next)
    {
      next = sweep_summary_next (&run->table, i);
      if (g.lines < LINES_MAX)
        fill_line (run, &g, ++g.lines, i, next);
      else
        left++;
    }
  if (g.lines > 0)
    print (&g, out);
  if (left > 0)
    fprintf (out, "and %zu more lines, that --csv writes\n", left);
  count_verdicts (run, out);
  for (size_t i = 0; i <= g.lines; i++)
    for (size_t c = 0; c < g.columns; c++)
      free (g.cell[i][c]);
}
