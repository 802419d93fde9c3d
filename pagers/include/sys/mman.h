/* <sys/mman.h> with anonymous memory from hurd_api; the Hurd lets flags be
   MAP_ANON alone.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include_next <sys/mman.h>

#ifndef HURD_SYS_MMAN_H
#define HURD_SYS_MMAN_H

#include <sys/types.h>

void *hurdapi_mmap (void *, size_t, int prot, int flags, int fd, off64_t);
int hurdapi_munmap (void *, size_t);

#ifndef HURD_API_NO_REDIRECT
#undef mmap
#undef mmap64
#undef munmap
#define mmap hurdapi_mmap
#define mmap64 hurdapi_mmap
#define munmap hurdapi_munmap
#endif /* HURD_API_NO_REDIRECT */

#endif /* HURD_SYS_MMAN_H */
