/* What `pagersim reproduce --explain' adds: the tally behind each cell.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_COMMANDS_REPRODUCE_EXPLAIN_H
#define SIM_COMMANDS_REPRODUCE_EXPLAIN_H

#include <stdio.h>
#include "../harness/published.h"
#include "../harness/scenario.h"

/* In the row's own process, after its run.  */

/* The tallies of all counters that have one, as text, by counter.  */
json_t *reproduce_explain (const struct pager *p);
/* Write the run's log to DIR/reproduce-ID.jsonl.  */
void reproduce_log (const struct pager *p, const char *dir, const char *id);

/* Print those of ROW's cells.  A mean is of two other cells, and has none.  */
void reproduce_explain_show (FILE *out, const struct published_row *row,
                             const json_t *tallies);

#endif /* SIM_COMMANDS_REPRODUCE_EXPLAIN_H */
