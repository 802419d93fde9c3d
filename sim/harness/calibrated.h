/* The chosen set of parameters: results/calibrated.json.

   Schema pagersim.calibrated/1: what is common to both published rows, and for
   each row what belongs to its boot, as text that `--set' takes.  It is the
   only place of the set, and good for one text of the workload.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_HARNESS_CALIBRATED_H
#define SIM_HARNESS_CALIBRATED_H

#include <jansson.h>
#include <stdio.h>
#include "published.h"
#include "workload.h"

enum
{
  CALIBRATED_KEYS = 64,
  CALIBRATED_ROWS = 8
};

struct calibrated_setting
{
  const char *key, *value;
};

struct calibrated_row
{
  const char *id;
  uint64_t seed;
  unsigned settings;
  struct calibrated_setting setting[CALIBRATED_KEYS];
};

struct calibrated
{
  json_t *document; /* that the strings belong to  */
  const char *workload, *sha256;
  bool exact;
  unsigned settings;
  struct calibrated_setting common[CALIBRATED_KEYS];
  unsigned rows;
  struct calibrated_row row[CALIBRATED_ROWS];
};

/* Read PATH.  NULL and *ERR when it is not one; NULL and an empty line when
   there is no such file.  */
struct calibrated *calibrated_load (const char *path, struct user_error *err);
void calibrated_free (struct calibrated *c);

/* The boot that the row number R of TABLE gets: its own; for a row without one
   that of the row with the same pager, else the last.  NULL if there are
   none.  */
const struct calibrated_row *calibrated_boot (const struct calibrated *c,
                                              const struct published *table,
                                              unsigned r);
/* Give the keys what the common part and BOOT say, as the user would; the seed
   is the caller's.  False, with *ERR.  */
bool calibrated_apply (const struct calibrated *c,
                       const struct calibrated_row *boot,
                       struct user_error *err);

/* For people: "  KEY  VALUE" for each.  */
void calibrated_show (const struct calibrated_setting *s, unsigned n,
                      FILE *out);

#endif /* SIM_HARNESS_CALIBRATED_H */
