/* The machine that reproduce runs: the calibrated set, if it fits.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_COMMANDS_REPRODUCE_SET_H
#define SIM_COMMANDS_REPRODUCE_SET_H

#include <limits.h>
#include <stdio.h>
#include "options.h"
#include "../harness/calibrated.h"

struct reproduce_set
{
  char path[PATH_MAX];
  struct calibrated *chosen; /* NULL: there is none that fits  */
  bool misfit;               /* there is one that does not  */
};

/* Read PATH (NULL: results/calibrated.json if it is there; "none": nothing)
   and see whether it is of the workload WORKLOAD.  Fails on a bad one.  */
void reproduce_set_load (struct reproduce_set *s, const char *path,
                         const char *workload, const struct options *o);
void reproduce_set_show (const struct reproduce_set *s,
                         const struct options *o, FILE *out);
/* What a run in BOOT (or NULL) is seeded with.  */
uint64_t reproduce_seed (const struct options *o,
                         const struct calibrated_row *boot);

#endif /* SIM_COMMANDS_REPRODUCE_SET_H */
