/* What the lab of faults found, as a table and as CSV: see faults_lab.h.

   A line for each fault, path and pager.  Which path a write was on is known
   when it was hit.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "faults_lab.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "../base/check.h"

enum
{
  PATHS = 3 /* file, disk, other  */
};
static const char *const path_name[PATHS] = { "file", "disk", "other" };

/* A line of the table.  */
struct line
{
  uint64_t runs, outcome[LAB_OUTCOME_COUNT];
  uint64_t by_call; /* of the reported ones  */
  uint64_t pages_silent, blocks_silent;
};

static bool
is (struct sweep_field f, const char *text)
{
  return f.len == strlen (text) && memcmp (f.text, text, f.len) == 0;
}

static uint64_t
number (const struct sweep_record *r, const char *column)
{
  struct sweep_field f = sweep_record_get (r, column);
  uint64_t n = 0;
  for (size_t i = 0; i < f.len; i++)
    n = 10 * n + (f.text[i] - '0');
  return n;
}

static unsigned
path_of (const struct sweep_record *r)
{
  struct sweep_field f = sweep_record_get (r, "path");
  for (unsigned i = 0; i < PATHS - 1; i++)
    if (is (f, path_name[i]))
      return i;
  return PATHS - 1;
}

static enum lab_outcome
outcome_of (const struct sweep_record *r)
{
  struct sweep_field f = sweep_record_get (r, "outcome");
  unsigned i = 0;
  while (!is (f, lab_outcome_name[i]))
    CHECK (++i < LAB_OUTCOME_COUNT);
  return i;
}

static void
add (struct line *l, const struct sweep_record *r)
{
  enum lab_outcome o = outcome_of (r);
  l->runs++;
  l->outcome[o]++;
  l->by_call += o == LAB_REPORTED && number (r, "calls") > 0;
  l->pages_silent += number (r, "pages_silent");
  l->blocks_silent += number (r, "blocks_silent");
}

static void
show_line (const char *kind, const char *path, const char *pager,
           const struct line *l, FILE *out)
{
  fprintf (out, "%-16s %-5s %-10s %6" PRIu64, kind, path, pager, l->runs);
  fprintf (out, " %9" PRIu64 " %7" PRIu64, l->outcome[LAB_REPORTED],
           l->by_call);
  fprintf (out, " %8" PRIu64 " %6" PRIu64, l->outcome[LAB_RETRIED],
           l->outcome[LAB_LOST]);
  fprintf (out, " %9" PRIu64 " %7" PRIu64 " %6" PRIu64,
           l->outcome[LAB_HARMLESS], l->outcome[LAB_NO_END],
           l->outcome[LAB_CRASH]);
  fprintf (out, " %7" PRIu64 " %7" PRIu64 "\n", l->pages_silent,
           l->blocks_silent);
}

/* The fault without its WHEN.  */
static void
kind_text (const struct fault *f, char *out)
{
  fault_format (f, out);
  out[strcspn (out, "@")] = '\0';
}

static void
show_sample (const struct lab *lab, FILE *out)
{
  const struct lab_spec *spec = lab->spec;
  for (unsigned p = 0; p < spec->pagers; p++)
    {
      uint64_t n = lab->writes[p];
      uint64_t tried = spec->limit && spec->limit < n ? spec->limit : n;
      fprintf (out, "%s%s: %" PRIu64 " of %" PRIu64, p ? ", " : "",
               spec->base[p], tried, n);
    }
  fprintf (out, " store writes tried%s\n\n",
           spec->path == IO_OTHER  ? ""
           : spec->path == IO_FILE ? ", of the file path"
                                   : ", of the disk path");
}

void
lab_show (const struct lab *lab, FILE *out)
{
  const struct lab_spec *spec = lab->spec;
  struct line line[LAB_PAGERS][PATHS];
  size_t r = 0;
  show_sample (lab, out);
  fprintf (out, "%-16s %-5s %-10s %6s %9s %7s %8s %6s %9s %7s %6s %7s %7s\n",
           "fault", "path", "pager", "runs", "reported", "by call", "retried",
           "lost", "harmless", "no end", "crash", "pages", "blocks");
  for (unsigned k = 0; k < spec->kinds; k++)
    {
      char kind[FAULT_TEXT_BYTES];
      kind_text (&spec->kind[k], kind);
      memset (line, 0, sizeof line);
      for (; r < lab->table.records; r++)
        {
          const struct lab_run *run = &lab->run[spec->pagers + r];
          const struct sweep_record *record = &lab->table.record[r];
          if (run->fault.kind != spec->kind[k].kind)
            break;
          add (&line[run->pager][path_of (record)], record);
        }
      for (unsigned path = 0; path < PATHS; path++)
        for (unsigned p = 0; p < spec->pagers; p++)
          if (line[p][path].runs > 0)
            show_line (kind, path_name[path], spec->base[p], &line[p][path],
                       out);
    }
  fputs ("\npages, blocks: that were lost, over all runs\n", out);
  for (unsigned i = 0; i < LAB_OUTCOME_COUNT; i++)
    fprintf (out, "%s: %s\n", lab_outcome_name[i], lab_outcome_what[i]);
}

void
lab_csv (const struct lab *lab, FILE *out)
{
  sweep_table_csv (&lab->table, NULL, NULL, out);
}

bool
lab_bad (const struct lab *lab)
{
  for (size_t r = 0; r < lab->table.records; r++)
    {
      const struct sweep_record *record = &lab->table.record[r];
      enum fault_kind kind = lab->run[lab->spec->pagers + r].fault.kind;
      enum lab_outcome o = outcome_of (record);
      bool lies = kind == FAULT_TORN || kind == FAULT_MISDIRECTED;
      /* Programs wait for one that was killed, or that has given up because
         it was told.  */
      bool waits = kind == FAULT_STUCK || kind == FAULT_KILL
                   || number (record, "gave_up") > 0;
      if (o == LAB_CRASH || (o == LAB_LOST && !lies)
          || (o == LAB_NO_END && !waits))
        return true;
    }
  return false;
}
