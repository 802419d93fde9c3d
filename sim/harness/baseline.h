/* The baseline: what a set of runs came to, to be compared with later.

     baseline_plan.c     which runs: the reproduced rows, and grids
     baseline_run.c      the runs, in worker processes
     baseline_values.c   what is kept of a run
     baseline_file.c     the file
     baseline_diff.c     what differs
     baseline_show.c     the same, as text and as JSON

   Schema pagersim.baseline/1, in results/README.md.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_HARNESS_BASELINE_H
#define SIM_HARNESS_BASELINE_H

#include <jansson.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include "calibrated.h"
#include "sweep.h"

enum
{
  BASELINE_GRIDS = 16
};

/* ---- Which runs ----------------------------------------------------------
 */

struct baseline_grid
{
  char *name; /* of its file, without .lua  */
  struct sweep_spec spec;
  struct sweep_plan plan;
};

struct baseline_plan
{
  struct published *table;
  struct calibrated *calibrated;
  char paper[PATH_MAX];
  struct baseline_grid grid[BASELINE_GRIDS];
  unsigned grids;
  size_t runs; /* the reproduced rows first, then the grids  */
};

/* The reproduced rows, and those of the grids DIR/NAME.lua in order of name.
   False, with *ERR, when the input is wrong; a line that begins with *PLACE
   names a place in that file.  */
bool baseline_plan_make (struct baseline_plan *plan, const char *dir,
                         struct user_error *err, const char **place);
void baseline_plan_free (struct baseline_plan *plan);
/* What run I is called: to be freed.  */
char *baseline_plan_name (const struct baseline_plan *plan, size_t i);
/* The row number *ROW of a grid that run I is; or NULL: the reproduced row
 *ROW.  */
const struct baseline_grid *
baseline_plan_row (const struct baseline_plan *plan, size_t i, size_t *row);

/* ---- What came of them ---------------------------------------------------
 */

struct baseline
{
  json_t *runs; /* by name: values by name  */
  /* How many times as long as a fixed loop beside them the runs took, in
     thousandths; 0: not known.  */
  uint64_t slowness_1000;
};

void baseline_free (struct baseline *b);
/* What is kept of DOCUMENT, of pagersim.run/1: integers, words, and objects of
   integers.  What is 0 is left out.  */
json_t *baseline_values (const json_t *document);

/* Do the runs of PLAN, with progress on stderr if TELL.  False when *STOP
   became nonzero meanwhile: then some are missing.  */
bool baseline_run (const struct baseline_plan *plan, unsigned jobs, bool tell,
                   const volatile sig_atomic_t *stop, struct baseline *out);

/* Read PATH.  False, with *ERR, when it is no baseline.  */
bool baseline_read (const char *path, struct baseline *out,
                    struct user_error *err);
void baseline_write (const struct baseline *b, FILE *out);

/* ---- What differs --------------------------------------------------------
 */

/* Kinds of values, the most telling first.  */
enum baseline_kind
{
  BASELINE_RUN,     /* a run that is not in both  */
  BASELINE_VERDICT, /* and findings  */
  BASELINE_INPUT,   /* a key, the workload, the seed  */
  BASELINE_COUNTER,
  BASELINE_TIME, /* virtual_ns  */
  BASELINE_HISTOGRAM,
  BASELINE_WAIT,
  BASELINE_LOCK,
  BASELINE_TRACE, /* events, digest, and what is in no other value  */
  BASELINE_KINDS
};

struct baseline_difference
{
  char *name;      /* VALUE, or VALUE.MEMBER  */
  char *old, *now; /* as text; "-" is nothing  */
  enum baseline_kind kind;
  bool number;    /* CHANGE is known  */
  int64_t change; /* (now - old) / old in hundredths of a percent  */
};

/* Changes that are larger, or from 0, count as this.  */
#define BASELINE_CHANGE_MAX INT64_C (1000000000000)

struct baseline_change
{
  const char *run;
  struct baseline_difference *value; /* the most telling first  */
  size_t values;
};

struct baseline_changes
{
  struct baseline_change *run; /* the most telling first  */
  size_t runs;
  size_t values; /* of all of them  */
  /* Workloads whose text is another one: their runs are not compared.  */
  struct sweep_words stale;
  size_t uncompared;
};

/* The names are those of the two, which must stay.  */
void baseline_compare (const struct baseline *old, const struct baseline *now,
                       struct baseline_changes *out);
void baseline_changes_free (struct baseline_changes *c);
void baseline_show (const struct baseline_changes *c, FILE *out);
/* Schema pagersim.check/1.  */
json_t *baseline_changes_json (const struct baseline_changes *c);

#endif /* SIM_HARNESS_BASELINE_H */
