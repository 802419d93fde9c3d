/* The kinds of cases, three of them recorded (FORMAT.md): each function runs
   one, and returns what happened in the form of the case's member `expect', a
   new reference.  The script is left running, so that the caller can ask for a
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

/* The same inputs for another PAGER with settings of its own, by one of the
   ways in.  By way of the library, `errs' tells which pages it took for lost,
   and `bulk_err' what the bulk call returned.  */
enum writer_way
{
  WRITER_BULK,   /* one bulk call  */
  WRITER_PAGES,  /* one call for each page  */
  WRITER_LIBRARY /* the library's write request handler, which makes both  */
};
json_t *case_writer_by (const json_t *a_case, const char *pager,
                        enum writer_way way, long chunk, long cap);

/* Section 2: the pager library alone, as it is in the shared object PAGER.  */
json_t *case_coalesce (const json_t *a_case, const char *pager);

/* Section 3: both, for a whole file.  */
json_t *case_aggregate (const json_t *a_case);
json_t *case_aggregate_by (const json_t *a_case, const char *pager, long chunk,
                           long cap);

/* Not recorded: how long the runs of the pager `adaptive' are.  */
json_t *case_pace (const json_t *a_case);

#endif /* CONFORMANCE_CASES_H */
