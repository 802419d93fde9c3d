/* The timeline of a run: dirty pages, queues and lock holders over virtual
   time, as CSV (results/README.md).

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_HARNESS_TIMELINE_H
#define SIM_HARNESS_TIMELINE_H

#include <stdio.h>
#include "watch.h"

enum
{
  TIMELINE_ROWS = 20000 /* at most  */
};

/* Forget what was noted.  */
void timeline_start (void);
/* ROW holds from ROW->at on, which is not before the last one's.  */
void timeline_note (const struct watch_row *row);
/* The run ended with ROW.  */
void timeline_end (const struct watch_row *row);
void timeline_write (FILE *out);

#endif /* SIM_HARNESS_TIMELINE_H */
