/* What a trace's names stand for as it goes along, and which operations
   depend on which.

   Two operations of different processes on the same file, the same name, or a
   directory and what is below it are done in the order of the trace.  Opening
   a name, or going through a directory, only has to come after what made it.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_HARNESS_TRACE_NAMES_H
#define SIM_HARNESS_TRACE_NAMES_H

#include "trace_read.h"

struct trace_names;

struct trace_names *trace_names_new (struct recording *r);
void trace_names_free (struct trace_names *n);

/* Each returns NULL, or what is wrong, as a clause.  */
const char *trace_names_had (struct trace_names *n, const char *path,
                             bool directory);
/* Enter *OP, the next operation of the trace, and append to the recording's
   needs those of it that are not its own process's.  */
const char *trace_names_enter (struct trace_names *n, struct recorded *op);

#endif /* SIM_HARNESS_TRACE_NAMES_H */
