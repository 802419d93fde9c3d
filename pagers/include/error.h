/* <error.h>: a report, and an end of the run if STATUS is not 0.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include_next <error.h>

#ifndef HURD_ERROR_H
#define HURD_ERROR_H

void hurdapi_error (int status, int errnum, const char *, ...)
    __attribute__ ((__format__ (__printf__, 3, 4)));

#ifndef HURD_API_NO_REDIRECT
#define error(...) hurdapi_error (__VA_ARGS__)
#endif /* HURD_API_NO_REDIRECT */

#endif /* HURD_ERROR_H */
