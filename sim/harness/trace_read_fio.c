/* fio's iolog, versions 2 and 3, as its manual describes them under "Trace
   file format" and as fio 3.33 writes them:

     FILE add|open|close                      version 3 has a time in us
     FILE ACTION OFFSET LENGTH                before each line

   All is one process.  Files are there at the beginning, as fio lays them out
   before, but only as long as what is read of them.  Left out: trim, as ext2
   of the Hurd has none.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <stdlib.h>
#include <string.h>

#include "../base/check.h"
#include "trace_read_lines.h"

enum
{
  SHORTEST_WAIT_US = 100 /* shorter ones are none  */
};

struct fio_file
{
  const char *name; /* as in the log  */
  const char *path; /* as it is kept  */
  size_t had;
};

struct fio_reader
{
  struct line_reader *in;
  struct fio_file *file; /* their numbers are their handles  */
  unsigned files, found;
  unsigned version, first; /* the field with the file's name  */
};

/* The file that the line names; version 3 repeats them, so look where the
   last one was first.  */
static struct fio_file *
find (struct fio_reader *r, const char *name)
{
  for (unsigned i = 0; i < r->files; i++)
    {
      unsigned at = (r->found + i) % r->files;
      if (strcmp (r->file[at].name, name) == 0)
        {
          r->found = at;
          return &r->file[at];
        }
    }
  return NULL;
}

/* The directories above PATH.  */
static bool
add_parents (struct line_reader *in, const char *path)
{
  char above[LINE_FIELD_BYTES + 1];
  for (const char *s = strchr (path, '/'); s; s = strchr (s + 1, '/'))
    {
      const struct recording *r = in->recording;
      bool known = false;
      memcpy (above, path, s - path);
      above[s - path] = '\0';
      for (size_t i = 0; i < r->hads && !known; i++)
        known = strcmp (r->had[i].path, above) == 0;
      if (!known && !line_had (in, line_keep (in, above), 0, true))
        return false;
    }
  return true;
}

static bool
add (struct fio_reader *r)
{
  struct line_reader *in = r->in;
  const char *name = line_keep (in, in->field[r->first]);
  const char *path = line_path (in, r->first, false);
  if (path == NULL)
    return false;
  if (find (r, name))
    return true; /* several jobs may name one file  */
  if (r->files == RECORDING_HANDLES)
    return line_wrong (in, "more than %d files", RECORDING_HANDLES);
  size_t had = 0;
  const struct recording *all = in->recording;
  while (had < all->hads && strcmp (all->had[had].path, path) != 0)
    had++;
  if (had == all->hads)
    {
      if (!add_parents (in, path))
        return false;
      had = all->hads;
      if (!line_had (in, path, 0, false))
        return false;
    }
  r->file[r->files++] = (struct fio_file){ name, path, had };
  return true;
}

static bool
transfer (struct fio_reader *r, struct recorded *op, const struct fio_file *f)
{
  struct line_reader *in = r->in;
  if (!line_number (in, r->first + 2, INT64_MAX, &op->offset)
      || !line_number (in, r->first + 3, INT64_MAX - op->offset, &op->length))
    return false;
  struct recorded_had *had = &in->recording->had[f->had];
  if (op->kind == RECORDED_READ && had->size < op->offset + op->length)
    had->size = op->offset + op->length;
  return line_add (in, op);
}

static bool
wait (struct fio_reader *r)
{
  struct line_reader *in = r->in;
  uint64_t us;
  if (r->version != 2)
    return line_wrong (in, "wait: only in version 2");
  if (!line_number (in, r->first + 2, INT64_MAX / 4000, &us))
    return false;
  if (us >= SHORTEST_WAIT_US && in->last < INT64_MAX / 2)
    in->last += us * 1000;
  return true;
}

static bool
manage (struct fio_reader *r, struct recorded *op)
{
  struct line_reader *in = r->in;
  const char *action = in->field[r->first + 1];
  if (strcmp (action, "add") == 0)
    return add (r);
  const struct fio_file *f = find (r, in->field[r->first]);
  if (f == NULL)
    return line_wrong (in, "%.60s: this file was not added", action);
  op->handle = f - r->file;
  op->path[0] = f->path;
  if (strcmp (action, "open") == 0)
    op->kind = RECORDED_OPEN;
  else if (strcmp (action, "close") == 0)
    op->kind = RECORDED_CLOSE;
  else
    return line_wrong (in, "no action '%.60s' without offset and length",
                       action);
  return line_add (in, op);
}

static bool
act (struct fio_reader *r, struct recorded *op)
{
  static const struct
  {
    const char *name;
    int kind; /* -1: left out  */
  } actions[] = { { "read", RECORDED_READ },
                  { "write", RECORDED_WRITE },
                  { "sync", RECORDED_FSYNC },
                  { "datasync", RECORDED_FSYNC },
                  { "trim", -1 } };
  struct line_reader *in = r->in;
  const char *action = in->field[r->first + 1];
  if (strcmp (action, "wait") == 0)
    return wait (r);
  const struct fio_file *f = find (r, in->field[r->first]);
  if (f == NULL)
    return line_wrong (in, "%.60s: this file was not added", action);
  for (unsigned i = 0; i < sizeof actions / sizeof *actions; i++)
    if (strcmp (action, actions[i].name) == 0)
      {
        if (actions[i].kind < 0)
          return true;
        op->kind = actions[i].kind;
        op->handle = f - r->file;
        return transfer (r, op, f);
      }
  return line_wrong (in, "no action '%.60s' with offset and length", action);
}

static bool
read_line (struct fio_reader *r)
{
  struct line_reader *in = r->in;
  uint64_t us;
  if (r->version == 3)
    {
      if (!line_number (in, 0, INT64_MAX / 4000, &us))
        return false;
      if (us * 1000 > in->last)
        in->last = us * 1000;
    }
  struct recorded op = { .at = in->last };
  if (in->fields == r->first + 2)
    return manage (r, &op);
  if (in->fields == r->first + 4)
    return act (r, &op);
  return line_wrong (in, "not '%sFILE ACTION [OFFSET LENGTH]'",
                     r->version == 3 ? "TIME " : "");
}

void
trace_read_fio (struct line_reader *in, unsigned version)
{
  struct fio_reader r
      = { .in = in, .version = version, .first = version == 3 };
  r.file = calloc (RECORDING_HANDLES, sizeof *r.file);
  CHECK (r.file);
  while (line_next (in) && read_line (&r))
    ;
  free (r.file);
}
