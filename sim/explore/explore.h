/* Exploring: many schedules of one workload, and what they find.

   explore_run.c   a batch of schedules, in a worker process
   explore_search.c  which schedules: at random, by priorities, or all of them
   explore_shrink.c  fewer choices for the same finding
   shrink_workload.c  fewer lines of the workload, too
   workload_text.c  such a workload as a file
   replay_file.c   a finding as a file

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_EXPLORE_EXPLORE_H
#define SIM_EXPLORE_EXPLORE_H

#include <signal.h>
#include "schedule.h"
#include "../harness/scenario.h"

/* What is run.  */
struct subject
{
  const char *workload;   /* path  */
  const char *pager;      /* name or FILE.so; NULL: as the keys say  */
  const char *const *set; /* KEY=VALUE  */
  unsigned sets;
  uint64_t seed;
  bool mutexes; /* steps at mutexes, too  */
};

/* Run SUBJECT once by PLAN.  False, with *ERR, when the input was wrong.  The
   schedule and the findings are of that run, until the next.  */
bool explore_once (const struct subject *subject,
                   const struct schedule_plan *plan, struct run_result *result,
                   struct user_error *err);

/* ---- Findings ----  */

/* The first schedule that found this, of all that did.  */
struct found
{
  char oracle[32];
  char where[128];
  char what[256];
  uint64_t schedule; /* its number  */
  uint64_t times;
  uint64_t digest;
  uint32_t verdict; /* enum verdict  */
  uint32_t picks;   /* that were taken; more than PICKS_MAX: not all known  */
  struct pick pick[PICKS_MAX];
};

struct found_list
{
  struct found *found;
  size_t count;
};

/* What the last run found first: its oracle and place make up its group.
   False if it found nothing.  */
bool found_last (const struct run_result *r, struct found *out);
/* Whether A and B are one group.  */
bool found_same (const struct found *a, const struct found *b);
/* Add F, whose schedule is later than those of its group.  */
void found_add (struct found_list *l, const struct found *f);
void found_free (struct found_list *l);

/* ---- The search ----  */

enum strategy
{
  STRATEGY_RANDOM,
  STRATEGY_PCT,
  STRATEGY_EXHAUSTIVE
};
extern const char *const strategy_name[];

struct exploration
{
  struct subject subject;
  enum strategy strategy;
  uint64_t schedules; /* how many; 0: no bound (EXHAUSTIVE, or a budget)  */
  uint64_t budget_ns; /* host time; 0: no bound  */
  uint32_t depth;     /* PCT: its d; RANDOM: choices on average; EXHAUSTIVE:
                         the bound  */
  unsigned jobs;
  const volatile sig_atomic_t *stop;
  void (*tick) (const struct exploration *);
  /* ---- The outcome ----  */
  struct found_list found;
  uint64_t done;    /* schedules  */
  uint64_t skipped; /* not run, as they equal others  */
  uint32_t choices; /* in the plain run  */
  uint32_t most;    /* in any of some that were tried before  */
  uint32_t threads; /* that had a choice then, at most  */
  bool exhausted;
  uint64_t died; /* batches in which a process died  */
};

enum explore_end
{
  EXPLORE_DONE,
  EXPLORE_STOPPED,
  EXPLORE_WRONG /* the input  */
};
enum explore_end explore (struct exploration *e, struct user_error *err);

/* Take from F what it does not need: choices, and lines of S's workload, whose
   text is *TEXT (malloc) then, or NULL when all of it is needed.  Runs in this
   process.  */
void explore_shrink (const struct subject *s, struct found *f, char **text);
/* How many lines of TEXT are neither empty nor comments.  */
unsigned workload_lines (const char *text);
/* The text of a workload in a file called NAME, until the next; its path.
   NULL, with *ERR, when that fails.  */
const char *workload_text_place (const char *name, const char *text,
                                 struct user_error *err);
/* That file is not needed any more.  */
void workload_text_forget (void);

/* ---- Replay files ----  */

struct replay_file
{
  char *workload_name, *workload_text, *pager;
  char **set;
  unsigned sets;
  uint64_t seed;
  bool mutexes;
  struct found found;
  char version[64];
};
/* Write F of S to PATH, with the workload's TEXT; NULL: as its file has it.
   False, with *ERR.  */
bool replay_file_write (const char *path, const struct subject *s,
                        const char *text, const struct found *f,
                        struct user_error *err);
/* The text in the file PATH, to be freed; NULL, with *ERR.  */
char *replay_file_text (const char *path, struct user_error *err);
/* Read one.  False, with *ERR, when PATH is none.  */
bool replay_file_read (const char *path, struct replay_file *out,
                       struct user_error *err);
void replay_file_free (struct replay_file *r);

#endif /* SIM_EXPLORE_EXPLORE_H */
