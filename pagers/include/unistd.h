/* <unistd.h> with sleeps in virtual time, and no way out of the process.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include_next <unistd.h>

#ifndef HURD_UNISTD_H
#define HURD_UNISTD_H

unsigned hurdapi_sleep (unsigned);
int hurdapi_usleep (unsigned);
void hurdapi_exit (int) __attribute__ ((__noreturn__));
int hurdapi_getpagesize (void);

#ifndef HURD_API_NO_REDIRECT
#define sleep(seconds) hurdapi_sleep (seconds)
#define usleep(microseconds) hurdapi_usleep (microseconds)
#define _exit(status) hurdapi_exit (status)
#define getpagesize() hurdapi_getpagesize ()
#endif /* HURD_API_NO_REDIRECT */

#endif /* HURD_UNISTD_H */
