/* The first difference between what a case expects and what happened.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef CONFORMANCE_DIFF_H
#define CONFORMANCE_DIFF_H

#include <jansson.h>

/* NULL if WANTED and GOT are equal; else a text to be freed, "PATH: wanted
   ..., got ...", for the first difference in the order of WANTED.  */
char *diff_first (const json_t *wanted, const json_t *got);

#endif /* CONFORMANCE_DIFF_H */
