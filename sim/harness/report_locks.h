/* The locks of a run (world/lock.h), as parts of the reports.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_HARNESS_REPORT_LOCKS_H
#define SIM_HARNESS_REPORT_LOCKS_H

#include <jansson.h>
#include <stdio.h>
#include "../base/types.h"

/* The member "locks" of a run's JSON.  */
json_t *report_locks_json (void);
/* Call FN for those columns of a run's CSV that are neither counters nor
   histograms: alloc_lock.contended and alloc_lock.bypass_streak.  */
void report_locks_columns (void (*fn) (void *, const char *, uint64_t),
                           void *arg);
void report_locks_table (FILE *out);

#endif /* SIM_HARNESS_REPORT_LOCKS_H */
