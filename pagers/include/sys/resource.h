/* <sys/resource.h>: the pager's limits are not the program's.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include_next <sys/resource.h>

#ifndef HURD_SYS_RESOURCE_H
#define HURD_SYS_RESOURCE_H

int hurdapi_setrlimit (int, const struct rlimit *);

#ifndef HURD_API_NO_REDIRECT
#undef setrlimit
#undef setrlimit64
#define setrlimit(resource, limits)                                           \
  hurdapi_setrlimit ((int)(resource), (const struct rlimit *)(limits))
#endif /* HURD_API_NO_REDIRECT */

#endif /* HURD_SYS_RESOURCE_H */
