/* Rows of a sweep as one CSV: see sweep_table.h.

   Fields stay as they are written, quotes and all.  There are few headers, and
   rows of one header are mapped to the union of columns once.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "sweep_table.h"

#include <stdlib.h>
#include <string.h>
#include "../base/check.h"

void
sweep_table_init (struct sweep_table *t, size_t records)
{
  memset (t, 0, sizeof *t);
  t->records = records;
  t->record = calloc (records + 1, sizeof *t->record);
  CHECK (t->record);
}

void
sweep_table_free (struct sweep_table *t)
{
  for (size_t i = 0; i < t->headers; i++)
    {
      free (t->header[i]->text);
      free (t->header[i]->column);
      free (t->header[i]);
    }
  for (size_t i = 0; i < t->records; i++)
    {
      free (t->record[i].csv);
      free (t->record[i].json);
    }
  free (t->header);
  free (t->record);
  memset (t, 0, sizeof *t);
}

/* ---- Reading -------------------------------------------------------------
 */

bool
sweep_field_next (const char **at, const char *end, struct sweep_field *f)
{
  const char *p = *at;
  bool quoted = false;
  if (p == NULL || p > end)
    return false;
  while (p < end && (quoted || *p != ','))
    {
      if (*p == '"')
        quoted = !quoted;
      p++;
    }
  f->text = *at;
  f->len = p - *at;
  *at = p < end ? p + 1 : NULL;
  return true;
}

const char *
sweep_record_end (const char *at, const char *end)
{
  bool quoted = false;
  while (at < end && (quoted || *at != '\n'))
    quoted ^= *at++ == '"';
  return at;
}

static size_t
count_fields (const char *text, size_t len)
{
  struct sweep_field f;
  const char *at = text;
  size_t n = 0;
  while (sweep_field_next (&at, text + len, &f))
    n++;
  return n;
}

static char *
copy (const char *text, size_t len)
{
  char *c = malloc (len + 1);
  CHECK (c);
  memcpy (c, text, len);
  c[len] = 0;
  return c;
}

static size_t
without_end (const char *text, size_t len)
{
  return len > 0 && text[len - 1] == '\n' ? len - 1 : len;
}

/* The header TEXT, one for all rows that have it.  */
static const struct sweep_header *
intern (struct sweep_table *t, const char *text, size_t len)
{
  /* Most often that of the last row.  */
  for (size_t i = t->headers; i-- > 0;)
    if (t->header[i]->len == len
        && memcmp (t->header[i]->text, text, len) == 0)
      return t->header[i];
  struct sweep_header *h = calloc (1, sizeof *h);
  t->header = realloc (t->header, (t->headers + 1) * sizeof *t->header);
  CHECK (h && t->header);
  h->text = copy (text, len);
  h->len = len;
  h->columns = count_fields (text, len);
  h->column = calloc (h->columns, sizeof *h->column);
  CHECK (h->column);
  const char *at = h->text;
  for (size_t i = 0; i < h->columns; i++)
    sweep_field_next (&at, h->text + len, &h->column[i]);
  t->header[t->headers++] = h;
  return h;
}

bool
sweep_table_set_csv (struct sweep_table *t, size_t i, const char *header,
                     size_t header_len, const char *row, size_t row_len)
{
  CHECK (i < t->records && !t->record[i].csv);
  struct sweep_record *r = &t->record[i];
  row_len = without_end (row, row_len);
  r->header = intern (t, header, without_end (header, header_len));
  r->csv = copy (row, row_len);
  r->csv_len = row_len;
  return count_fields (row, row_len) == r->header->columns;
}

void
sweep_table_set_json (struct sweep_table *t, size_t i, const char *line,
                      size_t len)
{
  CHECK (i < t->records && !t->record[i].json);
  len = without_end (line, len);
  t->record[i].json = copy (line, len);
  t->record[i].json_len = len;
}

static bool
is_named (const struct sweep_field *f, const char *name)
{
  return f->len == strlen (name) && memcmp (f->text, name, f->len) == 0;
}

struct sweep_field
sweep_record_get (const struct sweep_record *r, const char *name)
{
  struct sweep_field f = { "", 0 };
  const struct sweep_header *h = r->header;
  const char *at = r->csv;
  size_t n = 0;
  while (n < h->columns && !is_named (&h->column[n], name))
    n++;
  for (size_t i = 0; n < h->columns && i <= n; i++)
    sweep_field_next (&at, r->csv + r->csv_len, &f);
  return f;
}

/* ---- The union of columns ------------------------------------------------
 */

static int
compare (const struct sweep_field *a, const struct sweep_field *b)
{
  size_t n = a->len < b->len ? a->len : b->len;
  int c = memcmp (a->text, b->text, n);
  return c ? c : (a->len > b->len) - (a->len < b->len);
}

static bool
same (const struct sweep_field *a, const struct sweep_field *b)
{
  return compare (a, b) == 0;
}

/* Whether H has F after its first DONE columns, but not next.  */
static bool
has_later (const struct sweep_header *h, size_t done,
           const struct sweep_field *f)
{
  for (size_t i = done + 1; i < h->columns; i++)
    if (same (&h->column[i], f))
      return true;
  return false;
}

/* The column that comes next: first in every header that has it, and of those
   the first by name.  NULL when all is done.  Should headers contradict each
   other, the first one has its way.  */
static const struct sweep_field *
next_column (const struct sweep_table *t, const size_t *done)
{
  const struct sweep_field *best = NULL, *any = NULL;
  for (size_t i = 0; i < t->headers; i++)
    {
      if (done[i] == t->header[i]->columns)
        continue;
      const struct sweep_field *f = &t->header[i]->column[done[i]];
      bool later = false;
      for (size_t j = 0; j < t->headers && !later; j++)
        later = j != i && has_later (t->header[j], done[j], f);
      if (!any)
        any = f;
      if (!later && (!best || compare (f, best) < 0))
        best = f;
    }
  return best ? best : any;
}

static void
join_columns (struct sweep_view *v)
{
  const struct sweep_table *t = v->table;
  size_t *done = calloc (t->headers + 1, sizeof *done), most = 0;
  for (size_t i = 0; i < t->headers; i++)
    most += t->header[i]->columns;
  v->column = calloc (most + 1, sizeof *v->column);
  CHECK (done && v->column);
  const struct sweep_field *f;
  while ((f = next_column (t, done)))
    {
      bool known = false;
      for (size_t i = 0; i < v->columns && !known; i++)
        known = same (&v->column[i], f);
      if (!known)
        v->column[v->columns++] = *f;
      const struct sweep_field column = *f;
      for (size_t i = 0; i < t->headers; i++)
        if (done[i] < t->header[i]->columns
            && same (&t->header[i]->column[done[i]], &column))
          done[i]++;
    }
  free (done);
}

void
sweep_view_open (struct sweep_view *v, const struct sweep_table *t)
{
  memset (v, 0, sizeof *v);
  v->table = t;
  join_columns (v);
  v->map = calloc (t->headers + 1, sizeof *v->map);
  CHECK (v->map);
  for (size_t i = 0; i < t->headers; i++)
    {
      const struct sweep_header *h = t->header[i];
      v->map[i] = calloc (v->columns + 1, sizeof *v->map[i]);
      CHECK (v->map[i]);
      for (size_t c = 0; c < v->columns; c++)
        {
          size_t n = 0;
          while (n < h->columns && !same (&h->column[n], &v->column[c]))
            n++;
          v->map[i][c] = n < h->columns ? (int)n : -1;
        }
    }
}

void
sweep_view_close (struct sweep_view *v)
{
  for (size_t i = 0; i < v->table->headers; i++)
    free (v->map[i]);
  free (v->map);
  free (v->column);
}

void
sweep_view_row (const struct sweep_view *v, size_t i, struct sweep_field *out)
{
  const struct sweep_record *r = &v->table->record[i];
  const char *at = r->csv;
  size_t h = 0, n = 0;
  struct sweep_field *f = calloc (r->header->columns + 1, sizeof *f);
  CHECK (f);
  while (v->table->header[h] != r->header)
    h++;
  while (n < r->header->columns
         && sweep_field_next (&at, r->csv + r->csv_len, &f[n]))
    n++;
  for (size_t c = 0; c < v->columns; c++)
    {
      int from = v->map[h][c];
      out[c] = from < 0 ? (struct sweep_field){ "", 0 } : f[from];
    }
  free (f);
}

/* ---- Writing -------------------------------------------------------------
 */

static void
put_fields (const struct sweep_field *f, size_t count, FILE *out)
{
  for (size_t i = 0; i < count; i++)
    {
      if (i > 0)
        putc (',', out);
      fwrite (f[i].text, 1, f[i].len, out);
    }
  putc ('\n', out);
}

void
sweep_table_csv (const struct sweep_table *t,
                 void (*before) (void *arg, long row, FILE *out), void *arg,
                 FILE *out)
{
  struct sweep_view v;
  sweep_view_open (&v, t);
  struct sweep_field *f = calloc (v.columns + 1, sizeof *f);
  CHECK (f);
  for (long i = -1; i < (long)t->records; i++)
    {
      if (before)
        {
          before (arg, i, out);
          if (v.columns > 0)
            putc (',', out);
        }
      if (i >= 0)
        sweep_view_row (&v, i, f);
      put_fields (i < 0 ? v.column : f, v.columns, out);
    }
  free (f);
  sweep_view_close (&v);
}
