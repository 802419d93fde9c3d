/* Parts of a sweep, and joining them: see sweep.h.

   In a part every row says which sweep it is of, its number there, and how
   many there are: as the columns sweep, row and rows, which come first, or as
   the member "sweep" of a line of JSON.  Joining takes that out again, and
   what comes of it is byte for byte what one run of all rows writes.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "sweep.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "../base/check.h"

const char sweep_csv_name[] = "rows.csv";
const char sweep_json_name[] = "rows.jsonl";
const char sweep_summary_name[] = "summary.csv";

static const char csv_begin[] = "sweep,row,rows";

/* ---- Writing -------------------------------------------------------------
 */

static void
before_row (void *arg, long i, FILE *out)
{
  const struct sweep_run *run = arg;
  if (i < 0)
    fputs (csv_begin, out);
  else
    fprintf (out, "%s,%zu,%zu", run->plan->id, run->number[i] + 1,
             run->plan->rows);
}

void
sweep_part_csv (const struct sweep_run *run, FILE *out)
{
  sweep_table_csv (&run->table, run->shards > 1 ? before_row : NULL,
                   (void *)run, out);
}

void
sweep_part_json (const struct sweep_run *run, FILE *out)
{
  for (size_t i = 0; i < run->rows; i++)
    {
      const struct sweep_record *r = &run->table.record[i];
      size_t from = 0;
      if (run->shards > 1)
        {
          fprintf (out, "{\"sweep\":{\"id\":\"%s\",\"row\":%zu,\"rows\":%zu},",
                   run->plan->id, run->number[i] + 1, run->plan->rows);
          from = 1; /* its brace  */
        }
      fwrite (r->json + from, 1, r->json_len - from, out);
      putc ('\n', out);
    }
}

/* ---- Joining -------------------------------------------------------------
 */

struct join
{
  struct sweep_table *table;
  const char *const *path; /* all of them  */
  size_t file;             /* the one that is read  */
  bool begun;              /* the next three are known  */
  char id[33];
  size_t id_from; /* the file that says so  */
  size_t rows;
  uint32_t *from; /* the file that row I is from, plus one  */
  struct user_error *err;
};

__attribute__ ((format (printf, 2, 3))) static bool
wrong (struct join *j, const char *format, ...)
{
  char what[300];
  va_list ap;
  va_start (ap, format);
  vsnprintf (what, sizeof what, format, ap);
  va_end (ap);
  snprintf (j->err->line, sizeof j->err->line, "%.200s: %s", j->path[j->file],
            what);
  return false;
}

static bool
no_part (struct join *j)
{
  return wrong (j, "not a part of a sweep (`pagersim sweep --shard' makes "
                   "them)");
}

/* The place of row ROW of ROWS of the sweep ID.  */
static bool
place_row (struct join *j, const char *id, size_t row, size_t rows)
{
  if (row == 0 || row > rows || rows > SWEEP_ROWS)
    return no_part (j);
  if (!j->begun)
    {
      j->begun = true;
      strcpy (j->id, id);
      j->id_from = j->file;
      j->rows = rows;
      j->from = calloc (rows, sizeof *j->from);
      CHECK (j->from);
      sweep_table_init (j->table, rows);
    }
  const char *first = j->path[j->id_from];
  if (strncmp (j->id, id, 16) != 0 || rows != j->rows)
    return wrong (j, "of another sweep than %.200s", first);
  if (strcmp (j->id, id) != 0)
    return wrong (j, "made by another pagersim or other pagers than %.200s",
                  first);
  if (j->from[row - 1])
    return wrong (j, "row %zu is in %.200s already", row,
                  j->path[j->from[row - 1] - 1]);
  j->from[row - 1] = j->file + 1;
  return true;
}

static bool
field_number (const struct sweep_field *f, size_t *out)
{
  *out = 0;
  for (size_t i = 0; i < f->len; i++)
    {
      if (f->text[i] < '0' || f->text[i] > '9')
        return false;
      *out = *out * 10 + (f->text[i] - '0');
    }
  return f->len > 0 && f->len < 10;
}

static bool
join_csv_row (struct join *j, const char *header, size_t header_len,
              const char *text, const char *end)
{
  struct sweep_field id, row, rows;
  const char *at = text;
  size_t n, of;
  char name[33];
  if (!sweep_field_next (&at, end, &id) || !sweep_field_next (&at, end, &row)
      || !sweep_field_next (&at, end, &rows) || id.len != 32
      || !field_number (&row, &n) || !field_number (&rows, &of) || !at)
    return no_part (j);
  memcpy (name, id.text, 32);
  name[32] = 0;
  return place_row (j, name, n, of)
         && (sweep_table_set_csv (j->table, n - 1, header, header_len, at,
                                  end - at)
             || wrong (j, "row %zu has not as many fields as the header", n));
}

static bool
join_csv (struct join *j, const char *text, size_t len)
{
  const char *end = text + len;
  const char *stop = sweep_record_end (text, end);
  size_t begin = sizeof csv_begin - 1;
  if (stop - text < (long)begin || memcmp (text, csv_begin, begin) != 0)
    return no_part (j);
  const char *header = text + begin;
  size_t header_len = stop - header;
  if (header_len > 0 && *header != ',')
    return no_part (j);
  if (header_len > 0)
    {
      header++;
      header_len--;
    }
  for (text = stop + 1; text < end; text = stop + 1)
    {
      stop = sweep_record_end (text, end);
      if (!join_csv_row (j, header, header_len, text, stop))
        return false;
    }
  return true;
}

static bool
join_json (struct join *j, const char *text, size_t len)
{
  const char *end = text + len, *stop;
  for (; text < end; text = stop + 1)
    {
      char id[33];
      size_t row, rows;
      int from = 0;
      stop = memchr (text, '\n', end - text);
      if (sscanf (text,
                  "{\"sweep\":{\"id\":\"%32[0-9a-f]\",\"row\":%8zu,\"rows\":"
                  "%8zu},%n",
                  id, &row, &rows, &from)
              != 3
          || from == 0 || text + from > stop || strlen (id) != 32)
        return no_part (j);
      if (!place_row (j, id, row, rows))
        return false;
      sweep_table_set_json (j->table, row - 1, text + from - 1,
                            stop - (text + from - 1));
      j->table->record[row - 1].json[0] = '{';
    }
  return true;
}

/* All of PATH, and a NUL; NULL with *ERR.  */
static char *
read_file (struct join *j, size_t *len)
{
  struct stat st;
  FILE *f = fopen (j->path[j->file], "r");
  char *text = NULL;
  bool good = f && fstat (fileno (f), &st) == 0;
  if (good && S_ISDIR (st.st_mode))
    {
      good = false;
      errno = EISDIR;
    }
  if (good)
    {
      text = malloc (st.st_size + 1);
      CHECK (text);
      *len = fread (text, 1, st.st_size, f);
      text[*len] = 0;
      good = !ferror (f);
    }
  if (!good)
    {
      wrong (j, "%s", strerror (errno));
      free (text);
      text = NULL;
    }
  if (f)
    fclose (f);
  return text;
}

/* The file J->file.  *KIND is 'c' or 'j' once it is known.  */
static bool
join_file (struct join *j, char *kind)
{
  size_t len;
  char *text = read_file (j, &len);
  if (!text)
    return false;
  bool good = true;
  char is = *text == '{' ? 'j' : 'c';
  if (len == 0)
    ; /* lines of JSON, of a part without rows  */
  else if (*kind && *kind != is)
    good = wrong (j, "%s, but %.200s is not",
                  is == 'j' ? "lines of JSON" : "CSV", j->path[0]);
  else if (text[len - 1] != '\n')
    good = wrong (j, "the end is missing");
  else
    {
      *kind = is;
      good = is == 'j' ? join_json (j, text, len) : join_csv (j, text, len);
    }
  free (text);
  return good;
}

/* Whether every row has come.  */
static bool
complete (struct join *j)
{
  size_t missing = 0, first = 0;
  for (size_t i = j->rows; i-- > 0;)
    if (!j->from[i])
      {
        missing++;
        first = i + 1;
      }
  if (j->begun && missing == 0)
    return true;
  if (!j->begun)
    return wrong (j, "there are no rows in any part");
  snprintf (j->err->line, sizeof j->err->line,
            "%zu of %zu rows are missing, row %zu the first: a part is not "
            "there",
            missing, j->rows, first);
  return false;
}

bool
sweep_part_join (const char *const *path, size_t count,
                 struct sweep_table *table, bool *json, struct user_error *err)
{
  struct join j = { .table = table, .path = path, .err = err };
  char kind = 0;
  bool good = true;
  memset (table, 0, sizeof *table);
  for (size_t i = 0; good && i < count; i++)
    {
      j.file = i;
      good = join_file (&j, &kind);
    }
  if (good)
    j.file = 0;
  good = good && complete (&j);
  *json = kind == 'j';
  free (j.from);
  return good;
}
