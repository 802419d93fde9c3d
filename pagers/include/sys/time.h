/* <sys/time.h> with virtual time.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include_next <sys/time.h>

#ifndef HURD_SYS_TIME_H
#define HURD_SYS_TIME_H

int hurdapi_gettimeofday (struct timeval *, void *);

#ifndef HURD_API_NO_REDIRECT
#define gettimeofday(tv, zone) hurdapi_gettimeofday (tv, zone)
#endif /* HURD_API_NO_REDIRECT */

#endif /* HURD_SYS_TIME_H */
