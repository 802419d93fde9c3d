/* A live run and a simulated one beside each other, for people and programs.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_LIVE_SHOW_H
#define SIM_LIVE_SHOW_H

#include <stdio.h>
#include "live.h"

struct live_report
{
  const struct workload *workload;
  const char *path; /* of the workload, as typed  */
  const char *pager, *store;
  uint64_t seed;
  const struct live_result *result;
  const struct live_beside *beside; /* NULL: none  */
};

/* A row for each counter that is not 0 in both, and for the times.  */
void live_show_table (const struct live_report *r, FILE *out);
/* Schema pagersim.live/1 (docs/live.md).  */
void live_show_json (const struct live_report *r, FILE *out);

#endif /* SIM_LIVE_SHOW_H */
