/* The published figures, and simulated ones beside them.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_HARNESS_PUBLISHED_H
#define SIM_HARNESS_PUBLISHED_H

#include <jansson.h>
#include "workload.h"

enum
{
  PUBLISHED_ROWS = 32,
  PUBLISHED_CELLS = 16,
  PUBLISHED_SETTINGS = 8
};

/* A figure with its decimals: value / 10^decimals.  */
struct figure
{
  uint64_t value;
  unsigned decimals;
};

struct published_cell
{
  const char *name; /* a counter, or COUNTER_mean_bytes  */
  struct figure published, simulated;
};

struct published_row
{
  const char *id, *pager, *source, *note;
  bool approximate; /* a prediction: need not be equal  */
  unsigned cells, settings;
  struct published_cell cell[PUBLISHED_CELLS];
  char setting[PUBLISHED_SETTINGS][64]; /* KEY=VALUE  */
};

struct published
{
  json_t *document; /* that the strings belong to  */
  unsigned rows;
  struct published_row row[PUBLISHED_ROWS];
};

/* Read PATH, or the project's own file when it is NULL.  NULL and *ERR when it
   cannot be.  */
struct published *published_load (const char *path, struct user_error *err);
void published_free (struct published *p);

/* Fill in ROW's simulated figures from the counters that COUNTER (ARG, NAME,
   VALUE) tells.  False if it does not know one.  */
bool published_fill (struct published_row *row,
                     bool (*counter) (void *, const char *, uint64_t *),
                     void *arg);
/* The same from the counters of a result of
   pagersim.run/1.  False if one is missing.  */
bool published_simulated (struct published_row *row, const json_t *result);
bool published_equal (const struct published_cell *c);
/* (simulated - published) / published in hundredths of a percent, rounded.  */
int64_t published_difference (const struct published_cell *c);
/* "8132.0", into OUT (at least 32 bytes).  */
char *published_text (struct figure f, char *out);

#endif /* SIM_HARNESS_PUBLISHED_H */
