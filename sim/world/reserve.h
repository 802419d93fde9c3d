/* Address space for tables that grow: reserved once, touched as it is used.

   Pointers into such a table stay valid, and growing it allocates nothing.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_WORLD_RESERVE_H
#define SIM_WORLD_RESERVE_H

#include "../base/check.h"
#include "../base/types.h"

#include <sys/mman.h>

/* BYTES of zeros, page aligned, that use memory only where they are touched.
   Given back with munmap.  */
static inline void *
reserve (size_t bytes)
{
  void *p = mmap (NULL, bytes, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  CHECK (p != MAP_FAILED);
  return p;
}

/* Let the BYTES at P have their memory now, at a third of the cost of touching
   them page by page.  Only a hint: old kernels refuse.  */
static inline void
reserve_populate (void *p, size_t bytes)
{
#ifdef MADV_POPULATE_WRITE
  uintptr_t start = (uintptr_t)p & -(uintptr_t)SIM_PAGE_SIZE;
  madvise ((void *)start, (uintptr_t)p + bytes - start, MADV_POPULATE_WRITE);
#else
  (void)p, (void)bytes;
#endif
}

#endif /* SIM_WORLD_RESERVE_H */
