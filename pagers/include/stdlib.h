/* <stdlib.h> with memory from hurd_api, and with ends of the process turned
   into an end of the run.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include_next <stdlib.h>

#ifndef HURD_STDLIB_H
#define HURD_STDLIB_H

void *hurdapi_malloc (size_t);
void *hurdapi_calloc (size_t, size_t);
void *hurdapi_realloc (void *, size_t);
void *hurdapi_reallocarray (void *, size_t, size_t);
void *hurdapi_aligned_alloc (size_t, size_t);
int hurdapi_posix_memalign (void **, size_t, size_t);
void hurdapi_free (void *);
void hurdapi_abort (void) __attribute__ ((__noreturn__));
void hurdapi_exit (int) __attribute__ ((__noreturn__));

#ifndef HURD_API_NO_REDIRECT
#define malloc hurdapi_malloc
#define calloc hurdapi_calloc
#define realloc hurdapi_realloc
#define reallocarray hurdapi_reallocarray
#define aligned_alloc hurdapi_aligned_alloc
#define posix_memalign hurdapi_posix_memalign
#define free hurdapi_free
/* With arguments, for these words stand elsewhere, too.  */
#define abort() hurdapi_abort ()
#define exit(status) hurdapi_exit (status)
#endif /* HURD_API_NO_REDIRECT */

#endif /* HURD_STDLIB_H */
