/* A sweep: one run for each cell of a grid of keys, with several seeds each.

   sweep_grid.c     what was asked for: axes, workloads, seeds, a grid file
   sweep_plan.c     the rows that come of it, checked before anything runs
   sweep_name.c     what rows and sweeps are known by
   sweep_row.c      in a worker process: one row
   sweep_store.c    finished rows in a file, so that a stopped sweep goes on
   sweep_run.c      the pool, the store and the table together
   sweep_table.c    rows of any columns as one CSV, or as lines of JSON
   sweep_part.c     parts of a sweep, and joining them
   sweep_summary.c  several seeds: means and intervals
   sweep_show.c     the table for people

   What comes out depends on the plan alone: not on the number of processes, on
   when it was stopped, or on how it was cut into parts.  See docs/sweep.md.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_HARNESS_SWEEP_H
#define SIM_HARNESS_SWEEP_H

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include "scenario.h"
#include "sweep_table.h"

enum
{
  SWEEP_AXES = 32,
  SWEEP_AXIS_KEYS = 8,
  SWEEP_ROWS = 1000000,
  SWEEP_ID_BYTES = 32
};

/* A growing list of strings of its own.  */
struct sweep_words
{
  char **word;
  size_t count;
};
void sweep_words_add (struct sweep_words *w, const char *word);
void sweep_words_free (struct sweep_words *w);

/* ---- What was asked for --------------------------------------------------
 */

/* Keys that move together.  */
struct sweep_axis
{
  struct sweep_words keys, values;
};

struct sweep_workload
{
  char *name;              /* as typed  */
  struct sweep_words sets; /* KEY=VALUE, for this one  */
};

struct sweep_spec
{
  struct sweep_workload *workload;
  size_t workloads;
  struct sweep_axis axis[SWEEP_AXES];
  unsigned axes;
  struct sweep_words grid_sets, sets; /* of the grid file; of --set  */
  uint64_t *seed;
  size_t seeds;
};

void sweep_spec_free (struct sweep_spec *s);
/* Add a workload.  */
struct sweep_workload *sweep_spec_workload (struct sweep_spec *s,
                                            const char *name);
void sweep_spec_forget_workloads (struct sweep_spec *s);
/* The rest return false with *ERR when the input is wrong.  */
/* KEY[+KEY...]=VALUE,...: an axis.  One that has a key of it gives way, unless
   that key is in GIVEN, to which the keys are added.  */
bool sweep_spec_vary (struct sweep_spec *s, const char *text,
                      struct sweep_words *given, struct user_error *err);
/* Take the axis of KEY away, if there is one.  */
void sweep_spec_fix (struct sweep_spec *s, const char *key);
/* N, N..M, or several with commas.  */
bool sweep_spec_seeds (struct sweep_spec *s, const char *text,
                       struct user_error *err);
void sweep_spec_seed (struct sweep_spec *s, uint64_t seed);
/* What the grid file PATH says.  */
bool sweep_spec_grid (struct sweep_spec *s, const char *path,
                      struct user_error *err);

/* ---- The plan ------------------------------------------------------------
 */

/* A file that must stay as it was while the sweep runs.  */
struct sweep_file
{
  char path[PATH_MAX];
  char sha256[65];
  uint64_t mark[4]; /* what the file system says of it  */
};

/* As the workers find it.  */
struct sweep_pager
{
  char *name; /* as typed  */
  char *base; /* what it is called  */
  struct sweep_file file;
  bool probed; /* READS is known  */
  struct sweep_words reads;
};

/* A workload of the plan.  */
struct sweep_load
{
  const char *name; /* as typed  */
  struct sweep_file file;
  struct sweep_words sets; /* of its rows, those of keys it has  */
  bool has[SWEEP_AXES][SWEEP_AXIS_KEYS]; /* keys that it knows  */
  size_t pager;                          /* when no axis says  */
};

enum
{
  SWEEP_LEFT_OUT = 0xffff /* the axis is not for this row  */
};

struct sweep_row
{
  uint16_t choice[SWEEP_AXES]; /* number of a value  */
  uint32_t load, pager;
  uint64_t seed;
  uint8_t id[SWEEP_ID_BYTES]; /* of the run, pager and program included  */
};

struct sweep_plan
{
  const struct sweep_spec *spec;
  struct sweep_load *load;
  size_t loads;
  struct sweep_pager *pager;
  size_t pagers;
  struct sweep_row *row;
  size_t rows;
  char id[33]; /* of the sweep; the second half is of the programs  */
};

/* Make and check the plan: every value of every axis with every workload,
   every pager.  Nothing runs but the loading of pagers, in a process of its
   own.  False, with *ERR, when the input is wrong; a line that begins with
   *PLACE names a place in that file.  */
bool sweep_plan_make (struct sweep_plan *plan, const struct sweep_spec *spec,
                      struct user_error *err, const char **place);
void sweep_plan_free (struct sweep_plan *plan);
/* Whether the axis A's key number K is set in ROW.  */
bool sweep_plan_applies (const struct sweep_plan *plan,
                         const struct sweep_row *row, unsigned a, unsigned k);
/* Add all KEY=VALUE of ROW, in the order in which they are set.  */
void sweep_plan_settings (const struct sweep_plan *plan,
                          const struct sweep_row *row,
                          struct sweep_words *out);
/* Set the keys of ROW.  */
bool sweep_plan_keys (const struct sweep_plan *plan,
                      const struct sweep_row *row, struct user_error *err);
/* Give the sweep and its rows their ids.  */
bool sweep_plan_name (struct sweep_plan *plan, struct user_error *err);
/* Whether F is what it was.  */
bool sweep_file_same (const struct sweep_file *f);
/* Fill in F, of PATH.  */
bool sweep_file_read (struct sweep_file *f, const char *path,
                      struct user_error *err);

/* ---- Rows ----------------------------------------------------------------
 */

/* What stands before a row's text when it comes from a worker.  */
struct sweep_result
{
  uint32_t csv, json; /* lengths; CSV is a header and a row  */
  bool wrong;         /* the sweep cannot go on; the text says why  */
};

/* Do row ROW and write a struct sweep_result and the text to OUT.  False when
   this process is not fit for another.  */
bool sweep_row_perform (const struct sweep_plan *plan, size_t row,
                        bool with_json, FILE *out);
/* The same for one whose process died, in the owner.  */
void sweep_row_died (const struct sweep_plan *plan, size_t row, int status,
                     bool with_json, FILE *out);
/* Which settings the pager NAME reads, a line each, to OUT.  */
void sweep_row_probe (const char *name, FILE *out);

/* ---- The store of finished rows ------------------------------------------
 */

struct sweep_store;

/* The store in the directory DIR; FRESH: forget what is in it.  */
struct sweep_store *sweep_store_open (const char *dir, bool fresh,
                                      struct user_error *err);
void sweep_store_close (struct sweep_store *s);
/* The row ID, if it is there and has what is asked for.  */
bool sweep_store_find (const struct sweep_store *s,
                       const uint8_t id[SWEEP_ID_BYTES], bool with_json,
                       const char **csv, size_t *csv_len, const char **json,
                       size_t *json_len);
/* Keep a row.  When it cannot be, the file is as before.  */
bool sweep_store_add (struct sweep_store *s, const uint8_t id[SWEEP_ID_BYTES],
                      const char *csv, size_t csv_len, const char *json,
                      size_t json_len, struct user_error *err);
/* Bring everything to the disk.  */
bool sweep_store_sync (struct sweep_store *s, struct user_error *err);

/* ---- Running -------------------------------------------------------------
 */

struct sweep_run
{
  const struct sweep_plan *plan;
  unsigned jobs;
  unsigned shard, shards;    /* of 1 to SHARDS; 1, 1 is all  */
  struct sweep_store *store; /* or NULL  */
  bool with_json;
  bool tell; /* progress on stderr  */
  const volatile sig_atomic_t *stop;
  /* Results:  */
  struct sweep_table table;     /* the shard's rows, in the plan's order  */
  size_t *number;               /* of each in the plan  */
  size_t rows, finished, found; /* FOUND: in the store, before  */
  size_t bad;                   /* with a verdict other than ok  */
};

enum sweep_end
{
  SWEEP_DONE,
  SWEEP_STOPPED, /* *STOP  */
  SWEEP_WRONG    /* *ERR says what was  */
};

enum sweep_end sweep_run (struct sweep_run *run, struct user_error *err);
void sweep_run_free (struct sweep_run *run);

/* ---- Parts ---------------------------------------------------------------
 */

/* The names of what a sweep leaves in its directory.  */
extern const char sweep_csv_name[], sweep_json_name[], sweep_summary_name[];

/* RUN's rows, each with the number that sweep_part_join puts it by, unless RUN
   is all of the sweep.  */
void sweep_part_csv (const struct sweep_run *run, FILE *out);
void sweep_part_json (const struct sweep_run *run, FILE *out);

/* Join the COUNT files PATH: all CSV, or all JSON lines (*JSON).  False, with
 *ERR, when they are not all parts of one sweep.  */
bool sweep_part_join (const char *const *path, size_t count,
                      struct sweep_table *table, bool *json,
                      struct user_error *err);

/* ---- Showing -------------------------------------------------------------
 */

/* A CSV of means and half widths of 95 % intervals over the rows that differ
   in the seed only.  */
void sweep_summary_csv (const struct sweep_table *t, FILE *out);
/* The main figures, for people.  */
void sweep_show (const struct sweep_run *run, FILE *out);

/* One main figure over neighbouring rows.  */
struct sweep_mean
{
  size_t count;
  uint64_t sum;
  uint64_t mean_1000; /* times 1000, rounded  */
  double half;        /* half width of the interval; 0 for one value  */
};
struct sweep_mean sweep_mean_of (const uint64_t *value, size_t count);
/* The first row after FIRST that differs in more than the seed.  */
size_t sweep_summary_next (const struct sweep_table *t, size_t first);
/* Whether any cell has several seeds.  */
bool sweep_summary_several (const struct sweep_table *t);

#endif /* SIM_HARNESS_SWEEP_H */
