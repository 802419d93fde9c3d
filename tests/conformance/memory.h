/* Memory for the code under test, all of it taken back after a case.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef CONFORMANCE_MEMORY_H
#define CONFORMANCE_MEMORY_H

#include <stddef.h>
#include <stdint.h>

/* ENTER is called by every call; UNMAPPED (or NULL) for each unmapping of
   memory that memory_mmap did not give.  */
void memory_start (void (*enter) (void), void (*unmapped) (void *, size_t));
void memory_end (void);

void *memory_malloc (size_t);
void *memory_calloc (size_t, size_t);
void *memory_realloc (void *, size_t);
int memory_memalign (void **, size_t alignment, size_t);
void memory_free (void *);
void *memory_mmap (void *, size_t, int prot, int flags, int fd,
                   int64_t offset);
int memory_munmap (void *, size_t);

#endif /* CONFORMANCE_MEMORY_H */
