/* Assertions of the Hurd.  A failing one is a result of the run: the failure
   is reported (hurd_api->assert_fail) and the call does not return.  NDEBUG
   does not switch them off: the specimens are run as shipped.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef _ASSERT_BACKTRACE_H
#define _ASSERT_BACKTRACE_H 1

void hurdapi_assert_fail (const char *expression, const char *file,
                          unsigned line, const char *function)
    __attribute__ ((__noreturn__));
void hurdapi_assert_perror_fail (int error, const char *file, unsigned line,
                                 const char *function)
    __attribute__ ((__noreturn__));

#define assert_backtrace(expression)                                          \
  ((expression)                                                               \
       ? (void)0                                                              \
       : hurdapi_assert_fail (#expression, __FILE__, __LINE__, __func__))

#define assert_perror_backtrace(error)                                        \
  ({                                                                          \
    int _assert_error = (error);                                              \
    if (_assert_error)                                                        \
      hurdapi_assert_perror_fail (_assert_error, __FILE__, __LINE__,          \
                                  __func__);                                  \
  })

#endif /* _ASSERT_BACKTRACE_H */
