/* <sched.h> with a yield in the simulated system.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include_next <sched.h>

#ifndef HURD_SCHED_H
#define HURD_SCHED_H

int hurdapi_sched_yield (void);

#ifndef HURD_API_NO_REDIRECT
#define sched_yield hurdapi_sched_yield
#endif /* HURD_API_NO_REDIRECT */

#endif /* HURD_SCHED_H */
