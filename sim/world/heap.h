/* The heap of the code under test: malloc and friends in an arena of our own.

   The arena is one reserved stretch of address space per loaded pager, used
   from its start; a run's memory goes back all at once, to what it was at
   heap_mark (after the pager's constructors ran).  Fresh memory is filled with
   0xa5 so that a read of it is the same in every run; calloc clears.
   Misuse (double free, a foreign pointer) is a finding (world.h).
   When memory is forgotten, its locks are too (lock_forget_range on free).

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_WORLD_HEAP_H
#define SIM_WORLD_HEAP_H

#include "../base/types.h"

struct heap;

/* Reserve an arena (address space only).  Never fails: CHECK.  */
struct heap *heap_create (void);
void heap_destroy (struct heap *h);
/* The one that heap_malloc and the others use from now on.  */
void heap_select (struct heap *h);

/* Remember the present state of the selected heap; return to it.  */
void heap_mark (struct heap *h);
void heap_restore (struct heap *h);

void *heap_malloc (size_t size);
void *heap_calloc (size_t n, size_t size);
void *heap_realloc (void *p, size_t size);
int heap_memalign (void **out, size_t alignment, size_t size);
void heap_free (void *p);
size_t heap_bytes_in_use (void);

#endif /* SIM_WORLD_HEAP_H */
