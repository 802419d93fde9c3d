/* Reading a trace: the file, its lines and fields, and the recording that they
   make.  See trace_read.h; the formats are in trace_read_text.c and
   trace_read_fio.c.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "trace_read.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/check.h"
#include "../base/text.h"
#include "trace_names.h"
#include "trace_read_lines.h"

enum
{
  TRACE_MAX = 64 << 20,
  STORE_BYTES = 64 << 10,
  PART_MAX = 255 /* of a path  */
};

/* Names that are kept, many to a block.  */
struct recording_store
{
  struct recording_store *next;
  size_t used, room;
  char text[];
};

const char *const recorded_kind_name[RECORDED_KINDS] = {
  [RECORDED_OPEN] = "open",     [RECORDED_CREATE] = "create",
  [RECORDED_CLOSE] = "close",   [RECORDED_WRITE] = "write",
  [RECORDED_READ] = "read",     [RECORDED_TRUNCATE] = "truncate",
  [RECORDED_FSYNC] = "fsync",   [RECORDED_SYNC] = "sync",
  [RECORDED_MKDIR] = "mkdir",   [RECORDED_RMDIR] = "rmdir",
  [RECORDED_RENAME] = "rename", [RECORDED_UNLINK] = "unlink",
  [RECORDED_MAP] = "map",       [RECORDED_STORE] = "store",
  [RECORDED_LOAD] = "load",     [RECORDED_UNMAP] = "unmap",
  [RECORDED_AFTER] = "after",
};

/* ---- Lines ---------------------------------------------------------------
 */

bool
line_wrong (struct line_reader *in, const char *format, ...)
{
  if (in->wrong)
    return false;
  in->wrong = true;
  va_list args;
  va_start (args, format);
  int n = snprintf (in->err->line, sizeof in->err->line,
                    "%.300s:%u: ", in->recording->path, in->line);
  vsnprintf (in->err->line + n, sizeof in->err->line - n, format, args);
  va_end (args);
  for (char *c = in->err->line; *c; c++)
    if (iscntrl ((unsigned char)*c))
      *c = '?';
  return false;
}

static bool
blank (char c)
{
  return c == ' ' || c == '\t' || c == '\r';
}

/* Split what is from S to END.  */
static bool
split (struct line_reader *in, const char *s, const char *end)
{
  in->fields = 0;
  for (;;)
    {
      while (s < end && blank (*s))
        s++;
      if (s == end || (in->fields == 0 && *s == '#'))
        return true;
      const char *from = s;
      while (s < end && !blank (*s))
        s++;
      size_t len = s - from;
      if (in->fields == LINE_FIELDS)
        return line_wrong (in, "more than %d words", LINE_FIELDS);
      if (len >= LINE_FIELD_BYTES)
        return line_wrong (in, "a word of more than %d characters",
                           LINE_FIELD_BYTES - 1);
      if (memchr (from, '\0', len))
        return line_wrong (in, "a zero byte");
      memcpy (in->field[in->fields], from, len);
      in->field[in->fields++][len] = '\0';
    }
}

bool
line_next (struct line_reader *in)
{
  while (!in->wrong && in->at < in->end)
    {
      const char *from = in->at;
      const char *to = memchr (from, '\n', in->end - from);
      if (to == NULL)
        to = in->end;
      in->at = to < in->end ? to + 1 : to;
      in->line++;
      if (!split (in, from, to))
        return false;
      if (in->fields > 0)
        return true;
    }
  return false;
}

bool
line_number (struct line_reader *in, unsigned i, uint64_t most,
             uint64_t *value)
{
  CHECK (i < in->fields);
  const char *wrong = text_parse (in->field[i], TEXT_NUMBER, value);
  if (!wrong && *value > most)
    wrong = "too large";
  if (wrong)
    return line_wrong (in, "'%.60s': %s", in->field[i], wrong);
  return true;
}

/* ---- Paths ---------------------------------------------------------------
 */

const char *
line_keep (struct line_reader *in, const char *text)
{
  struct recording_store **store = &in->recording->store;
  size_t len = strlen (text) + 1;
  if (*store == NULL || (*store)->room - (*store)->used < len)
    {
      struct recording_store *fresh = malloc (sizeof *fresh + STORE_BYTES);
      CHECK (fresh && len <= STORE_BYTES);
      fresh->next = *store;
      fresh->used = 0;
      fresh->room = STORE_BYTES;
      *store = fresh;
    }
  char *to = (*store)->text + (*store)->used;
  memcpy (to, text, len);
  (*store)->used += len;
  return to;
}

static int
hex_digit (char c)
{
  const char *digits = "0123456789abcdef";
  const char *at = c ? strchr (digits, tolower ((unsigned char)c)) : NULL;
  return at ? at - digits : -1;
}

static bool
undo_escapes (struct line_reader *in, char *s)
{
  char *to = s;
  for (; *s; s++)
    if (*s != '%')
      *to++ = *s;
    else
      {
        int high = hex_digit (s[1]);
        int low = high < 0 ? -1 : hex_digit (s[2]);
        if (low < 0 || high * 16 + low == 0)
          return line_wrong (in, "%% is not followed by two hex digits");
        *to++ = high * 16 + low;
        s += 2;
      }
  *to = '\0';
  return true;
}

const char *
line_path (struct line_reader *in, unsigned i, bool escapes)
{
  char clean[LINE_FIELD_BYTES + 1];
  char *to = clean;
  CHECK (i < in->fields);
  if (escapes && !undo_escapes (in, in->field[i]))
    return NULL;
  for (const char *s = in->field[i];;)
    {
      s += strspn (s, "/");
      size_t len = strcspn (s, "/");
      if (len == 0)
        break;
      if (len > PART_MAX || strncmp (s, "..", len) == 0)
        {
          line_wrong (in, "a name is '.' or '..', or longer than %d",
                      PART_MAX);
          return NULL;
        }
      if (to > clean)
        *to++ = '/';
      memcpy (to, s, len);
      to += len;
      s += len;
    }
  *to = '\0';
  if (to == clean)
    {
      line_wrong (in, "a path is empty");
      return NULL;
    }
  return line_keep (in, clean);
}

/* ---- Operations ----------------------------------------------------------
 */

/* Room in ARRAY for one more than N; it doubles.  */
static void *
room (void *array, size_t n, size_t size)
{
  if (n != 0 && (n < 64 || (n & (n - 1)) != 0))
    return array;
  array = realloc (array, (n < 64 ? 64 : 2 * n) * size);
  CHECK (array);
  return array;
}

bool
line_had (struct line_reader *in, const char *path, uint64_t size,
          bool directory)
{
  struct recording *r = in->recording;
  const char *wrong = trace_names_had (in->names, path, directory);
  if (wrong)
    return line_wrong (in, "%.200s: %s", path, wrong);
  r->had = room (r->had, r->hads, sizeof *r->had);
  r->had[r->hads++] = (struct recorded_had){
    .path = path, .size = size, .line = in->line, .directory = directory
  };
  return true;
}

bool
line_add (struct line_reader *in, const struct recorded *from)
{
  struct recording *r = in->recording;
  r->op = room (r->op, r->ops, sizeof *r->op);
  struct recorded *op = &r->op[r->ops];
  uint32_t *number = &r->owns[from->process];
  *op = *from;
  op->line = in->line;
  op->number = *number;
  const char *wrong = trace_names_enter (in->names, op);
  if (wrong)
    return line_wrong (in, "%s: %s", recorded_kind_name[op->kind], wrong);
  r->own[op->process]
      = room (r->own[op->process], *number, sizeof *r->own[op->process]);
  r->own[op->process][(*number)++] = r->ops++;
  if (op->process >= r->processes)
    r->processes = op->process + 1;
  return true;
}

/* ---- Files ---------------------------------------------------------------
 */

static bool
read_file (struct recording *r, struct user_error *err)
{
  const char *wrong = NULL;
  FILE *f = fopen (r->path, "r");
  if (f == NULL)
    wrong = strerror (errno);
  for (size_t size = 64 << 10; wrong == NULL; size *= 2)
    {
      r->text = realloc (r->text, size);
      CHECK (r->text);
      r->len += fread (r->text + r->len, 1, size - r->len, f);
      if (ferror (f))
        wrong = strerror (errno);
      else if (r->len > TRACE_MAX)
        wrong = "too long for a trace";
      else if (r->len < size)
        break;
    }
  if (f != NULL)
    fclose (f);
  if (wrong)
    snprintf (err->line, sizeof err->line, "%.400s: %s", r->path, wrong);
  return wrong == NULL;
}

/* The first line says what the format is.  */
static void
read_lines (struct line_reader *in)
{
  static const char *const head[][4] = { { "pagersim", "trace", "1", NULL },
                                         { "fio", "version", "2", "iolog" },
                                         { "fio", "version", "3", "iolog" } };
  if (!line_next (in))
    {
      line_wrong (in, "the file is empty");
      return;
    }
  for (unsigned i = 0; i < sizeof head / sizeof *head; i++)
    {
      unsigned n = 0;
      while (n < 4 && head[i][n] && n < in->fields
             && strcmp (in->field[n], head[i][n]) == 0)
        n++;
      if (in->line != 1 || n != in->fields || (n < 4 && head[i][n]))
        continue;
      if (i == 0)
        trace_read_text (in);
      else
        trace_read_fio (in, i + 1);
      return;
    }
  line_wrong (in, "not a trace: it must begin with 'pagersim trace 1' or "
                  "'fio version 2 iolog' (or 3)");
}

static struct recording *
recording_new (const char *path)
{
  struct recording *r = calloc (1, sizeof *r);
  CHECK (r);
  r->path = strdup (path);
  CHECK (r->path);
  return r;
}

/* R's text is there.  */
static struct recording *
parse (struct recording *r, struct user_error *err)
{
  struct line_reader *in = calloc (1, sizeof *in);
  CHECK (in);
  in->recording = r;
  in->names = trace_names_new (r);
  in->at = r->text;
  in->end = r->text + r->len;
  in->err = err;
  read_lines (in);
  if (r->ops == 0)
    line_wrong (in, "nothing is done in this trace");
  bool good = !in->wrong;
  trace_names_free (in->names);
  free (in);
  if (good)
    return r;
  recording_free (r);
  return NULL;
}

struct recording *
recording_read (const char *path, struct user_error *err)
{
  struct recording *r = recording_new (path);
  if (read_file (r, err))
    return parse (r, err);
  recording_free (r);
  return NULL;
}

struct recording *
recording_parse (const char *name, const char *text, size_t len,
                 struct user_error *err)
{
  struct recording *r = recording_new (name);
  r->text = malloc (len + 1);
  CHECK (r->text);
  memcpy (r->text, text, len);
  r->len = len;
  return parse (r, err);
}

void
recording_free (struct recording *r)
{
  while (r->store)
    {
      struct recording_store *s = r->store;
      r->store = s->next;
      free (s);
    }
  for (unsigned p = 0; p < RECORDING_PROCESSES; p++)
    free (r->own[p]);
  free (r->had);
  free (r->op);
  free (r->need);
  free (r->text);
  free (r->path);
  free (r);
}
