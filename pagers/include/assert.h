/* <assert.h> whose failures are reported as those of <assert-backtrace.h>.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

/* No guard: assert follows NDEBUG at each inclusion.  */
#include_next <assert.h>
#include <assert-backtrace.h>
#if !defined HURD_API_NO_REDIRECT && !defined NDEBUG
#undef assert
#define assert(expression) assert_backtrace (expression)
#endif
