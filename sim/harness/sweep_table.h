/* Rows of a sweep: each a line of CSV under a header, a line of JSON, or both.

   Headers may differ: a workload has keys of its own.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_HARNESS_SWEEP_TABLE_H
#define SIM_HARNESS_SWEEP_TABLE_H

#include <stdio.h>
#include "../base/types.h"

/* A stretch of text, quotes and all, that belongs to somebody else.  */
struct sweep_field
{
  const char *text;
  size_t len;
};

struct sweep_header
{
  char *text; /* without the line's end  */
  size_t len;
  struct sweep_field *column;
  size_t columns;
};

struct sweep_record
{
  const struct sweep_header *header;
  char *csv; /* the row, without the line's end; or NULL  */
  size_t csv_len;
  char *json; /* the same  */
  size_t json_len;
};

struct sweep_table
{
  struct sweep_header **header;
  size_t headers;
  struct sweep_record *record;
  size_t records;
};

void sweep_table_init (struct sweep_table *t, size_t records);
void sweep_table_free (struct sweep_table *t);
/* Record I: a header and a row, with or without the line's end after it.
   False when the two have not the same number of columns.  */
bool sweep_table_set_csv (struct sweep_table *t, size_t i, const char *header,
                          size_t header_len, const char *row, size_t row_len);
void sweep_table_set_json (struct sweep_table *t, size_t i, const char *line,
                           size_t len);

/* The next field of the CSV at *AT, up to END; *AT moves behind it and its
   comma.  False at the end of the line.  */
bool sweep_field_next (const char **at, const char *end,
                       struct sweep_field *f);
/* Where the CSV record that begins at AT ends: at a newline outside quotes, or
   END.  */
const char *sweep_record_end (const char *at, const char *end);

/* The field NAME of R; of length 0 when it has none.  */
struct sweep_field sweep_record_get (const struct sweep_record *r,
                                     const char *name);

/* All records of a table under one header: the union of their columns, in an
   order that all headers share; where they leave it open, by name.  */
struct sweep_view
{
  const struct sweep_table *table;
  struct sweep_field *column;
  size_t columns;
  int **map; /* for each header, where it has each column, or -1  */
};
void sweep_view_open (struct sweep_view *v, const struct sweep_table *t);
void sweep_view_close (struct sweep_view *v);
/* The fields of record I into OUT, for each column one; of length 0 where it
   has none.  */
void sweep_view_row (const struct sweep_view *v, size_t i,
                     struct sweep_field *out);

/* Header and rows, preceded by what BEFORE says for each row (-1: the header)
   if it is not NULL.  */
void sweep_table_csv (const struct sweep_table *t,
                      void (*before) (void *arg, long row, FILE *out),
                      void *arg, FILE *out);

#endif /* SIM_HARNESS_SWEEP_TABLE_H */
