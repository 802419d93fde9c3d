/* <string.h> with memory from hurd_api.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include_next <string.h>

#ifndef HURD_STRING_H
#define HURD_STRING_H

char *hurdapi_strdup (const char *);
char *hurdapi_strndup (const char *, size_t);

#ifndef HURD_API_NO_REDIRECT
#undef strdup
#undef strndup
#define strdup hurdapi_strdup
#define strndup hurdapi_strndup
#endif /* HURD_API_NO_REDIRECT */

#endif /* HURD_STRING_H */
