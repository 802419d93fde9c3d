/* A run as a Chrome trace: JSON that Perfetto and chrome://tracing open.

   A track for each thread: what it does or waits for, within the client's
   call that it is in; marks where pages and blocks are sent; and counters.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_HARNESS_TRACE_CHROME_H
#define SIM_HARNESS_TRACE_CHROME_H

#include <stdio.h>
#include "watch.h"

enum
{
  TRACE_CHROME_MIB = 64 /* it is cut there  */
};

/* Forget what was kept; times are since FROM.  */
void trace_chrome_start (vtime from);
/* E is on (NULL: none yet), and ROW holds.  */
void trace_chrome_note (const struct watch_row *row,
                        const struct trace_event *e);
/* A mark of CATEGORY, now, on the track of thread ID; for everybody if 0.  */
void trace_chrome_mark (uint32_t id, const char *category, const char *name);
/* The run ended with ROW.  */
void trace_chrome_end (const struct watch_row *row);
/* When it was cut, in ns; VTIME_NEVER: it was not.  */
vtime trace_chrome_cut (void);
void trace_chrome_write (FILE *out);

#endif /* SIM_HARNESS_TRACE_CHROME_H */
