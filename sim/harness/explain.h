/* Explanations: the tally that adds up to a counter.

   Rows are files (by the path that a client used), columns the reasons of
   world/tally.h.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_HARNESS_EXPLAIN_H
#define SIM_HARNESS_EXPLAIN_H

#include <stdio.h>
#include "scenario.h"

struct hurd_server;
struct memobj;

/* Check that COUNTER can be explained; if not, *ERR says so, with the nearest
   name.  */
bool explain_check (const char *counter, struct user_error *err);
/* Print the tally of COUNTER in the run of P that is just over, and its sum,
   which is the counter's value; what belonged to no data_return is a row of
   its own.  */
void explain_print (const struct pager *p, const char *counter, FILE *out);
/* Call FN for the name of each counter that can be explained.  */
void explain_each (void (*fn) (const char *, void *), void *arg);

/* ---- The log: every run and every store write, by its place in its file.  */

/* Keep one of the next run.  */
void explain_log_start (void);
/* The next run's is not wanted; forget this one's.  */
void explain_log_stop (void);
/* Write that of the run of P that is just over, as JSON, an object a line
   (results/README.md).  */
void explain_log_write (const struct pager *p, FILE *out);

/* ---- Names of files ----  */

enum
{
  FILE_NAME_BYTES = 32
};
/* The inode of the file whose pages O holds; 0: of none, the disk pager's.  */
uint64_t explain_inode (const struct hurd_server *server,
                        const struct memobj *o);
/* Its name, for which OUT, of FILE_NAME_BYTES, may be used.  */
const char *explain_file_name (const struct hurd_server *server,
                               const struct memobj *o, char *out);

#endif /* SIM_HARNESS_EXPLAIN_H */
