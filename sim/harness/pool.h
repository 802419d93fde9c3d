/* A pool of worker processes.

   A worker does one task after another in its own process, so that a pager
   that goes wild takes nothing else down; one that died, or says that it is
   not fit for another task, is replaced.  Tasks and results are bytes.  Which
   worker does a task changes nothing in its result.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_HARNESS_POOL_H
#define SIM_HARNESS_POOL_H

#include <signal.h>
#include <stdio.h>
#include "../base/types.h"

struct pool;

/* In a worker: do the task of LEN bytes at DATA, and write its result to OUT.
   False when the process is not fit for another one.  */
typedef bool pool_perform (void *arg, const void *data, size_t len, FILE *out);

/* WORKERS processes for PERFORM with ARG.  Each sees the owner's memory as it
   was when it was started, which may be as late as in pool_run.  */
struct pool *pool_open (unsigned workers, pool_perform *perform, void *arg);
void pool_close (struct pool *p);

struct pool_work
{
  size_t tasks;
  /* The bytes of task I; they are copied.  */
  void (*task) (void *arg, size_t i, const void **data, size_t *len);
  /* Task I has a result.  */
  void (*done) (void *arg, size_t i, const char *data, size_t len);
  /* The process died in task I, and in a second try too; STATUS is what wait
     said of it.  */
  void (*died) (void *arg, size_t i, int status);
  void (*tick) (void *arg); /* now and then; or NULL  */
  void *arg;
};

/* Do all tasks.  False when *STOP became nonzero meanwhile: then some have no
   result.  */
bool pool_run (struct pool *p, const struct pool_work *work,
               const volatile sig_atomic_t *stop);

#endif /* SIM_HARNESS_POOL_H */
