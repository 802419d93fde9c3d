/* The defect classes of FORMAT.md, section 4, seen in what a pager did.

   A judge looks at the outcome of a case (the events, and what was reported),
   not at the pager; so it tells for any pager what the recorded events tell
   for the originals.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef CONFORMANCE_DEFECTS_H
#define CONFORMANCE_DEFECTS_H

#include "cases.h"

#include <stdbool.h>

enum defect
{
  DEFECT_D1, /* data written where the file's block is not  */
  DEFECT_D2, /* an assertion other than of a hole  */
  DEFECT_D3, /* the bulk call fails, and reports what it did not write  */
  DEFECT_D4, /* a page whose write failed is reported as written  */
  DEFECT_D5, /* as D1, after a failed write in the same page  */
  DEFECT_D6, /* a bounce buffer overrun  */
  DEFECT_D7, /* a hole ends the server  */
  DEFECT_D8, /* written twice, though nothing failed  */
  /* What no class of FORMAT.md says, and is wrong all the same.  */
  DEFECT_LOST,   /* reported as written, and not, though nothing failed  */
  DEFECT_REPORT, /* progress that is no whole pages of the request  */
  DEFECT_LOCK,   /* the allocation lock is not given up  */
  DEFECT_FAULT,  /* a deadlock, a signal, an endless loop, ...  */
  DEFECTS
};

extern const char *const defect_name[DEFECTS];

/* What was found: a text for each class, "" if it was not.  */
struct defects
{
  char found[DEFECTS][120];
};

/* Run the inputs of A_CASE, of a writer or a whole file, under PAGER by every
   way in and with several settings, and tell in FOUND all that is seen.  False
   if the case is of neither kind.  */
bool defects_of_case (const json_t *a_case, const char *pager,
                      struct defects *found);

/* ---- defects_writer.c ---- */

/* Note a defect in FOUND, unless one of its class is there.  */
void defect_note (struct defects *found, enum defect class, const char *format,
                  ...) __attribute__ ((format (printf, 3, 4)));

/* Judge GOT, the outcome of case_writer_by (A_CASE, ..., WAY, ...).  */
void defects_of_writer (const json_t *a_case, const json_t *got,
                        enum writer_way way, struct defects *found);

#endif /* CONFORMANCE_DEFECTS_H */
