/* <time.h> with virtual time.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include_next <time.h>

#ifndef HURD_TIME_H
#define HURD_TIME_H

int hurdapi_nanosleep (const struct timespec *, struct timespec *);
int hurdapi_clock_gettime (clockid_t, struct timespec *);
time_t hurdapi_time (time_t *);

#ifndef HURD_API_NO_REDIRECT
#define nanosleep hurdapi_nanosleep
#define clock_gettime hurdapi_clock_gettime
#define time(result) hurdapi_time (result)
#endif /* HURD_API_NO_REDIRECT */

#endif /* HURD_TIME_H */
