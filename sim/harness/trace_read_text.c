/* Our own text format of a trace; its grammar is in docs/workloads.md.

     pagersim trace 1
     dir PATH                      what is there at the beginning
     file PATH SIZE
     TIME PROCESS OPERATION ...    TIME in us since the beginning

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <stdio.h>
#include <string.h>

#include "../base/text.h"
#include "trace_read_lines.h"

enum
{
  FIRST = 3 /* argument's field  */
};

/* The arguments of each operation: a handle, a mapping, a path, an offset, a
   length that may not be left out, a size of blocks that may, a process.  */
static const char *const arguments[RECORDED_KINDS] = {
  [RECORDED_OPEN] = "hp",   [RECORDED_CREATE] = "hp",
  [RECORDED_CLOSE] = "h",   [RECORDED_WRITE] = "holb",
  [RECORDED_READ] = "holb", [RECORDED_TRUNCATE] = "hl",
  [RECORDED_FSYNC] = "h",   [RECORDED_SYNC] = "",
  [RECORDED_MKDIR] = "p",   [RECORDED_RMDIR] = "p",
  [RECORDED_RENAME] = "pp", [RECORDED_UNLINK] = "p",
  [RECORDED_MAP] = "mhol",  [RECORDED_STORE] = "mol",
  [RECORDED_LOAD] = "mol",  [RECORDED_UNMAP] = "m",
  [RECORDED_AFTER] = "q",
};

static const char *
argument_name (char type)
{
  switch (type)
    {
    case 'h':
      return " HANDLE";
    case 'm':
      return " MAPPING";
    case 'p':
      return " PATH";
    case 'o':
      return " OFFSET";
    case 'l':
      return " LENGTH";
    case 'b':
      return " [BLOCK]";
    default:
      return " PROCESS";
    }
}

/* As `TIME PROCESS write HANDLE OFFSET LENGTH [BLOCK]'.  */
static bool
wrong_count (struct line_reader *in, unsigned kind)
{
  char usage[100] = "";
  for (const char *a = arguments[kind]; *a; a++)
    strcat (usage, argument_name (*a));
  return line_wrong (in, "not as many words as in 'TIME PROCESS %s%s'",
                     recorded_kind_name[kind], usage);
}

/* Processes count from 1 in the text.  */
static bool
process_number (struct line_reader *in, unsigned i, uint64_t *process)
{
  if (!line_number (in, i, RECORDING_PROCESSES, process))
    return false;
  if (*process == 0)
    return line_wrong (in, "processes count from 1");
  --*process;
  return true;
}

static bool
argument (struct line_reader *in, char type, unsigned i, struct recorded *op)
{
  uint64_t value = 0;
  switch (type)
    {
    case 'h':
    case 'm':
      if (!line_number (in, i, RECORDING_HANDLES - 1, &value))
        return false;
      *(type == 'h' ? &op->handle : &op->mapping) = value;
      return true;
    case 'p':
      {
        const char **path = &op->path[op->path[0] ? 1 : 0];
        *path = line_path (in, i, true);
        return *path != NULL;
      }
    case 'o':
      return line_number (in, i, INT64_MAX, &op->offset);
    case 'l':
      return line_number (in, i, INT64_MAX - op->offset, &op->length);
    case 'b':
      if (!line_number (in, i, INT64_MAX, &op->bs))
        return false;
      return op->bs > 0 || line_wrong (in, "a block of 0 bytes");
    default:
      if (!process_number (in, i, &value))
        return false;
      op->mapping = value;
      return true;
    }
}

static bool
complete (struct line_reader *in, struct recorded *op)
{
  char name[40];
  switch (op->kind)
    {
    case RECORDED_MAP:
      if (op->offset % SIM_PAGE_SIZE || op->length == 0)
        return line_wrong (in,
                           "map: the offset must be a multiple of %d, the "
                           "length more than 0",
                           SIM_PAGE_SIZE);
      break;
    case RECORDED_AFTER:
      if (op->mapping == op->process)
        return line_wrong (in, "after: a process is after itself anyway");
      break;
    case RECORDED_RMDIR:
      snprintf (name, sizeof name, ".rmdir-%u", in->line);
      op->path[1] = line_keep (in, name);
      break;
    }
  return true;
}

static bool
operation (struct line_reader *in)
{
  uint64_t us, process;
  if (in->fields < FIRST)
    return line_wrong (in, "not 'TIME PROCESS OPERATION ...'");
  if (!line_number (in, 0, INT64_MAX / 1000, &us)
      || !process_number (in, 1, &process))
    return false;
  struct recorded op = { .at = us * 1000, .process = process };
  if (op.at < in->last)
    return line_wrong (in, "the time is before that of the line before");
  in->last = op.at;

  const char *word = in->field[2];
  while (op.kind < RECORDED_KINDS
         && strcmp (word, recorded_kind_name[op.kind]) != 0)
    op.kind++;
  if (op.kind == RECORDED_KINDS)
    {
      const char *near
          = text_nearest (word, recorded_kind_name, RECORDED_KINDS);
      return line_wrong (in, "no operation '%.60s'%s%s%s", word,
                         near ? "; did you mean '" : "", near ? near : "",
                         near ? "'?" : "");
    }
  const char *types = arguments[op.kind];
  unsigned most = FIRST + strlen (types);
  unsigned least = most - (strchr (types, 'b') != NULL);
  if (in->fields < least || in->fields > most)
    return wrong_count (in, op.kind);
  for (unsigned i = FIRST; i < in->fields; i++)
    if (!argument (in, types[i - FIRST], i, &op))
      return false;
  return complete (in, &op) && line_add (in, &op);
}

/* `dir' and `file'.  */
static bool
beginning (struct line_reader *in, bool directory)
{
  uint64_t size = 0;
  const char *path;
  if (in->recording->ops > 0)
    return line_wrong (in, "%s: only before the first operation",
                       in->field[0]);
  if (in->fields != (directory ? 2 : 3))
    return line_wrong (in, "not as many words as in '%s'",
                       directory ? "dir PATH" : "file PATH SIZE");
  if (!directory && !line_number (in, 2, INT64_MAX, &size))
    return false;
  path = line_path (in, 1, true);
  return path && line_had (in, path, size, directory);
}

void
trace_read_text (struct line_reader *in)
{
  bool good = true;
  while (good && line_next (in))
    {
      bool directory = strcmp (in->field[0], "dir") == 0;
      if (directory || strcmp (in->field[0], "file") == 0)
        good = beginning (in, directory);
      else
        good = operation (in);
    }
}
