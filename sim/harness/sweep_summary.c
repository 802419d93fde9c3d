/* Several seeds: means and intervals, see sweep.h.

   The interval is Student's, of 95 %, over the runs with the verdict ok.  Sums
   and means are of integers.  The half width needs a root, which IEEE 754
   defines to the last bit; products are stored before they are added, so that
   no compiler makes one step of the two.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "sweep.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "../base/check.h"

/* ---- Means ---------------------------------------------------------------
 */

/* 97.5 % of Student's distribution for so many degrees of freedom; between
   two, the fewer.  */
static double
student (size_t freedom)
{
  static const double few[]
      = { 12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306,
          2.262,  2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120,
          2.110,  2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064,
          2.060,  2.056, 2.052, 2.048, 2.045, 2.042 };
  static const struct
  {
    size_t freedom;
    double t;
  } many[] = { { 1000, 1.962 }, { 200, 1.972 }, { 120, 1.980 },
               { 60, 2.000 },   { 40, 2.021 },  { 30, 2.042 } };
  CHECK (freedom > 0);
  if (freedom <= sizeof few / sizeof *few)
    return few[freedom - 1];
  size_t i = 0;
  while (many[i].freedom > freedom)
    i++;
  return many[i].t;
}

struct sweep_mean
sweep_mean_of (const uint64_t *value, size_t count)
{
  struct sweep_mean m = { .count = count };
  unsigned __int128 sum = 0;
  for (size_t i = 0; i < count; i++)
    sum += value[i];
  if (count == 0)
    return m;
  m.mean_1000 = (sum * 1000 + count / 2) / count;
  if (count == 1)
    return m;
  double squares = 0;
  for (size_t i = 0; i < count; i++)
    {
      /* The mean, times COUNT, is a whole number.  */
      __int128 off = (__int128)value[i] * count - (__int128)sum;
      double d = (double)off / (double)count;
      volatile double square = d * d;
      squares += square;
    }
  m.half = student (count - 1)
           * sqrt (squares / ((double)count * (double)(count - 1)));
  return m;
}

/* ---- Cells ---------------------------------------------------------------
 */

static bool
begins (const struct sweep_field *f, const char *text)
{
  size_t len = strlen (text);
  return f->len >= len && memcmp (f->text, text, len) == 0;
}

static bool
is (const struct sweep_field *f, const char *text)
{
  return f->len == strlen (text) && begins (f, text);
}

/* Whether the column NAME says which cell a row is of.  */
static bool
names_cell (const struct sweep_field *name)
{
  return is (name, "workload") || is (name, "pager") || begins (name, "set.");
}

static bool
is_figure (const struct sweep_field *name)
{
  return !names_cell (name) && !is (name, "seed") && !is (name, "verdict")
         && !is (name, "digest");
}

/* What says which cell R is of, as one text.  To be freed.  */
static char *
cell_of (const struct sweep_record *r)
{
  char *text = NULL;
  size_t len;
  struct sweep_field f;
  const char *at = r->csv;
  FILE *out = open_memstream (&text, &len);
  CHECK (out);
  for (size_t i = 0; i < r->header->columns
                     && sweep_field_next (&at, r->csv + r->csv_len, &f);
       i++)
    if (names_cell (&r->header->column[i]))
      fprintf (out, "%.*s=%.*s,", (int)r->header->column[i].len,
               r->header->column[i].text, (int)f.len, f.text);
  CHECK (fclose (out) == 0);
  return text;
}

size_t
sweep_summary_next (const struct sweep_table *t, size_t first)
{
  char *cell = cell_of (&t->record[first]);
  size_t next = first + 1;
  for (bool same = true; same && next < t->records; next += same)
    {
      char *other = cell_of (&t->record[next]);
      same = strcmp (cell, other) == 0;
      free (other);
    }
  free (cell);
  return next;
}

bool
sweep_summary_several (const struct sweep_table *t)
{
  for (size_t i = 0; i < t->records; i++)
    if (sweep_summary_next (t, i) > i + 1)
      return true;
  return false;
}

/* ---- The summary ---------------------------------------------------------
 */

static bool
number (const struct sweep_field *f, uint64_t *out)
{
  char text[24];
  if (f->len == 0 || f->len >= sizeof text)
    return false;
  memcpy (text, f->text, f->len);
  text[f->len] = 0;
  char *end;
  *out = strtoull (text, &end, 10);
  return !*end;
}

static void
put_mean (struct sweep_mean m, FILE *out)
{
  if (m.count == 0)
    fputs (",,", out);
  else
    fprintf (out, ",%" PRIu64 ".%03u,", m.mean_1000 / 1000,
             (unsigned)(m.mean_1000 % 1000));
  if (m.count > 1)
    fprintf (out, "%.3f", m.half);
}

static void
put_header (const struct sweep_view *v, FILE *out)
{
  for (size_t i = 0; i < v->columns; i++)
    if (names_cell (&v->column[i]))
      fprintf (out, "%.*s,", (int)v->column[i].len, v->column[i].text);
  fputs ("seeds,ok", out);
  for (size_t i = 0; i < v->columns; i++)
    if (is_figure (&v->column[i]))
      fprintf (out, ",%.*s.mean,%.*s.ci95", (int)v->column[i].len,
               v->column[i].text, (int)v->column[i].len, v->column[i].text);
  putc ('\n', out);
}

/* The rows FIRST to NEXT, those that are ok in the first places of FIELD;
   returns how many these are.  */
static size_t
read_cell (const struct sweep_view *v, size_t first, size_t next,
           struct sweep_field *field)
{
  size_t ok = 0, verdict = 0;
  while (verdict < v->columns && !is (&v->column[verdict], "verdict"))
    verdict++;
  CHECK (verdict < v->columns);
  for (size_t i = first; i < next; i++)
    {
      struct sweep_field *row = field + ok * v->columns;
      sweep_view_row (v, i, row);
      ok += is (&row[verdict], "ok");
    }
  return ok;
}

static void
put_cell (const struct sweep_view *v, size_t first, size_t next, FILE *out)
{
  uint64_t *value = calloc (next - first, sizeof *value);
  struct sweep_field *f = calloc ((next - first) * v->columns, sizeof *f);
  CHECK (value && f);
  sweep_view_row (v, first, f);
  for (size_t i = 0; i < v->columns; i++)
    if (names_cell (&v->column[i]))
      fprintf (out, "%.*s,", (int)f[i].len, f[i].text);
  size_t ok = read_cell (v, first, next, f);
  fprintf (out, "%zu,%zu", next - first, ok);
  for (size_t i = 0; i < v->columns; i++)
    if (is_figure (&v->column[i]))
      {
        size_t n = 0;
        for (size_t row = 0; row < ok; row++)
          n += number (&f[row * v->columns + i], &value[n]);
        put_mean (sweep_mean_of (value, n), out);
      }
  putc ('\n', out);
  free (value);
  free (f);
}

void
sweep_summary_csv (const struct sweep_table *t, FILE *out)
{
  struct sweep_view v;
  sweep_view_open (&v, t);
  put_header (&v, out);
  for (size_t i = 0, next; i < t->records; i = next)
    {
      next = sweep_summary_next (t, i);
      put_cell (&v, i, next, out);
    }
  sweep_view_close (&v);
}
