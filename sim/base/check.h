/* CHECK: an assertion about our own code that is always on.

   It is for faults of the simulator only (exit status 4).  What the user
   typed wrongly is reported by the commands (status 2); what the code under
   test does wrong is a finding of the run (status 1).

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_BASE_CHECK_H
#define SIM_BASE_CHECK_H

/* Print "pagersim: internal error: FILE:LINE: EXPRESSION" and exit 4.  */
_Noreturn void check_failed (const char *expression, const char *file, int line);

#define CHECK(e)                                                              \
  ((e) ? (void) 0 : check_failed (#e, __FILE__, __LINE__))

#endif /* SIM_BASE_CHECK_H */
