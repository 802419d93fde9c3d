/* The three kinds of recorded cases (FORMAT.md): each function runs one, and
   returns what happened in the form of the case's member `expect', a new
   reference.  The script is left running, so that the caller can ask for a
   fault; it then calls script_end.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef CONFORMANCE_CASES_H
#define CONFORMANCE_CASES_H

#include <jansson.h>

/* The shared object that is VARIANT of the original.  */
const char *case_pager (const char *variant);

/* Section 1: a file system's writer alone.  */
json_t *case_writer (const json_t *a_case);

/* Section 2: the pager library alone, as it is in the shared object PAGER.  */
json_t *case_coalesce (const json_t *a_case, const char *pager);

/* Section 3: both, for a whole file.  */
json_t *case_aggregate (const json_t *a_case);

#endif /* CONFORMANCE_CASES_H */
