/* Where the project's own files are.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_HARNESS_PLACE_H
#define SIM_HARNESS_PLACE_H

#include "workload.h"

/* Find NAME ("workloads", "results/published.json") in the directory of the
   program or the nearest one above it.  False if it is nowhere.  OUT holds
   PATH_MAX bytes.  */
bool place_find (const char *name, char *out);

/* The workload that the user means by NAME: a file, or one of ours with or
   without its ".lua".  OUT holds PATH_MAX bytes.  */
void place_workload (const char *name, char *out);

#endif /* SIM_HARNESS_PLACE_H */
