/* What calls waited for (world/waits.h), as parts of the reports.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_HARNESS_REPORT_WAITS_H
#define SIM_HARNESS_REPORT_WAITS_H

#include <jansson.h>
#include <stdio.h>
#include "../base/types.h"

/* The member "waits" of a run's JSON.  */
json_t *report_waits_json (void);
/* Call FN for every column of a run's CSV: wait.CLASS.calls, .total_ns and
   .PART_ns.  */
void report_waits_columns (void (*fn) (void *, const char *, uint64_t),
                           void *arg);
void report_waits_table (FILE *out);

#endif /* SIM_HARNESS_REPORT_WAITS_H */
