/* What a run found, as JSON, as a row of CSV, and as a table for people.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_HARNESS_REPORT_H
#define SIM_HARNESS_REPORT_H

#include <jansson.h>
#include <stdio.h>
#include "../base/histogram.h"
#include "scenario.h"

/* A run that is over.  Counters, histograms, findings and keys are taken from
   where they are: report it before the next run.  */
struct report
{
  const struct workload *workload;
  const char *path; /* of the workload, as typed  */
  const char *pager;
  uint64_t seed;
  const struct run_result *result;
};

/* Schema pagersim.run/1 (docs/design.md 5).  */
json_t *report_json (const struct report *r);
/* H as a member of it.  */
json_t *report_histogram_json (const struct histogram *h);
/* DOCUMENT as text, keys sorted, ending in a newline; to be freed.  */
char *report_json_text (const json_t *document);
/* A header and a row; no figures of the host.  */
void report_csv (const struct report *r, FILE *out);
void report_table (const struct report *r, FILE *out);
/* Findings with the last events and the command that replays them; nothing
   when the run was good.  */
void report_findings (const struct report *r, FILE *out);
/* The command line that does this run again, into OUT.  */
void report_replay (const struct report *r, char *out, size_t size);

/* NS as people read it ("1.234 ms"), into OUT (at least 32 bytes).  */
char *report_time (uint64_t ns, char *out);

#endif /* SIM_HARNESS_REPORT_H */
