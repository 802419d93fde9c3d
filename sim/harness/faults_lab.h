/* The lab of faults: each fault at each store write, one at a time, and what
   became of the data.

   faults_plan.c     which runs; and the runs without a fault that say how many
                     store writes there are
   faults_run.c      in a worker process: one run, and the judgement
   faults_show.c     the table

   A run writes everything back and unmounts when the workload is over; faults
   may hit that as well.  Finished runs are kept in a store of rows (sweep.h),
   so that what was stopped goes on.  What comes out depends on the plan alone.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_HARNESS_FAULTS_LAB_H
#define SIM_HARNESS_FAULTS_LAB_H

#include "faults_spec.h"
#include "sweep.h"

enum
{
  LAB_PAGERS = 16
};

/* What became of a run.  The first that fits:  */
#define LAB_OUTCOMES(X)                                                       \
  X (CRASH, "crash", "the code under test crashed")                           \
  X (NO_END, "no end", "the run did not end: a deadlock, or out of time")     \
  X (LOST, "lost",                                                            \
     "the store does not hold the last version, and nobody was told")         \
  X (REPORTED, "reported",                                                    \
     "a client's call, sync or the unmount failed, or the page cannot be "    \
     "read again")                                                            \
  X (RETRIED, "retried", "a later write brought the data to the store")       \
  X (HARMLESS, "harmless", "nothing was missing, or nobody wanted it any more")

enum lab_outcome
{
#define X(enumerator, name, what) LAB_##enumerator,
  LAB_OUTCOMES (X)
#undef X
      LAB_OUTCOME_COUNT
};
extern const char *const lab_outcome_name[LAB_OUTCOME_COUNT];
extern const char *const lab_outcome_what[LAB_OUTCOME_COUNT];

/* What is asked for.  */
struct lab_spec
{
  const char *workload; /* as typed  */
  struct sweep_file file;
  const char *const *set; /* KEY=VALUE  */
  unsigned sets;
  const char *pager[LAB_PAGERS]; /* as typed  */
  char base[LAB_PAGERS][64];
  struct sweep_file pager_file[LAB_PAGERS];
  unsigned pagers;
  struct fault kind[FAULT_KIND_COUNT]; /* with what it takes; no WHEN  */
  unsigned kinds;
  uint8_t path; /* whose writes: enum io_path  */
  uint64_t seed;
  uint64_t limit; /* most writes for a pager and kind; 0: all  */
};

struct lab_run
{
  uint32_t pager;
  bool clean;  /* without a fault  */
  vtime limit; /* of virtual time; 0: what the keys say  */
  struct fault fault;
  uint8_t id[SWEEP_ID_BYTES];
};

struct lab
{
  const struct lab_spec *spec;
  unsigned jobs;
  struct sweep_store *store; /* or NULL  */
  bool tell;                 /* progress on stderr  */
  const volatile sig_atomic_t *stop;
  /* Results:  */
  uint64_t writes[LAB_PAGERS]; /* store writes that there are  */
  vtime time[LAB_PAGERS];      /* virtual time without a fault  */
  struct lab_run *run;
  size_t runs, finished, found; /* FOUND: in the store, before  */
  struct sweep_table table;
};

/* Fill in the files of SPEC.  False, with *ERR, when there is none.  */
bool lab_prepare (struct lab_spec *spec, struct user_error *err);
/* Do everything: SWEEP_DONE, SWEEP_STOPPED, or SWEEP_WRONG with *ERR.  */
enum sweep_end lab_do (struct lab *lab, struct user_error *err);
void lab_free (struct lab *lab);

/* Do RUN and write a row's header and row, or one line that says what was
   wrong behind a "!".  False when this process is not fit for another.  */
bool lab_perform (const struct lab_spec *spec, const struct lab_run *run,
                  FILE *out);
/* The same for one whose process died.  */
void lab_died (const struct lab_spec *spec, const struct lab_run *run,
               FILE *out);

void lab_csv (const struct lab *lab, FILE *out);
void lab_show (const struct lab *lab, FILE *out);
/* Whether a pager did what it should not: lost what the store had refused,
   crashed, or did not end where the store did not hang.  */
bool lab_bad (const struct lab *lab);

#endif /* SIM_HARNESS_FAULTS_LAB_H */
