/* What came of power cuts: rows, a table, and how to see one again.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_HARNESS_POWERCUT_REPORT_H
#define SIM_HARNESS_POWERCUT_REPORT_H

#include "powercut.h"

struct powercut_report
{
  const struct powercut_plan *plan;
  const struct powercut_run *run;
  const char *workload; /* as typed  */
  uint64_t seed;
  char *settings; /* for a shell  */
};

/* Remember the user's keys, while they are in force.  */
void powercut_report_keys (struct powercut_report *r);
void powercut_report_free (struct powercut_report *r);
/* A header and a row for each case; the same as lines of JSON.  */
void powercut_report_csv (const struct powercut_report *r, FILE *out);
void powercut_report_json (const struct powercut_report *r, FILE *out);
/* A line for each pager.  */
void powercut_report_table (const struct powercut_report *r, FILE *out);
/* One row, for people.  */
void powercut_report_one (const struct powercut_row *row, FILE *out);
/* Write the image of case I to PATH.  */
bool powercut_report_image (const struct powercut_report *r, size_t i,
                            const char *path, struct user_error *err);
/* Say what is lost in case I, and with what command its image is made again,
   as FILE, or where it is KEPT.  */
void powercut_report_failure (const struct powercut_report *r, size_t i,
                              bool kept, const char *file, FILE *out);

#endif /* SIM_HARNESS_POWERCUT_REPORT_H */
