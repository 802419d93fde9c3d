/* What a slot is: between slots.c, which hands them out, and overrun.c.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_WORLD_SLOTS_H
#define SIM_WORLD_SLOTS_H

#include "../base/types.h"

enum
{
  /* Behind a slot of one page with memory: pages for what overruns it, before
     the guard page.  */
  OVERRUN_PAGES = 30
};

enum slot_kind
{
  REAL, /* with memory  */
  LAZY
};

/* A page of a slot: the frame, and what is known of its memory, which outlives
   the frame: that it may be touched, and that it holds zeros and nobody had it
   since.  */
typedef uintptr_t slot_page;
#define ACCESSIBLE ((slot_page)1)
#define ZERO ((slot_page)2)
#define MEMORY_BITS (ACCESSIBLE | ZERO)

struct slot
{
  struct slot *next; /* free list  */
  char *at;          /* of its first page  */
  uint32_t pages;    /* asked for  */
  uint32_t live;     /* of them, still mapped  */
  uint32_t capacity; /* pages  */
  uint8_t kind;
  bool pooled;     /* its one page was cut from a larger mapping ...  */
  uint8_t behind;  /* ... with so many pages behind it  */
  uint8_t overrun; /* pages behind it that were touched  */
  bool overrun_known;
  char overrun_where[20]; /* a place: code_place.h  */
  slot_page page[];
};

/* The slot in whose stretch of address space ADDRESS lies; *PAGE counts from
   its first page and may be beyond its last.  NULL if there is none.  */
struct slot *slot_at (const void *address, uint32_t *page);

/* The last page of S is given back: what ran over its end, if anything, is a
   finding now at the latest.  */
void overrun_end (struct slot *s);
/* Forget it without a word: a new run begins.  */
void overrun_clear (struct slot *s);

#endif /* SIM_WORLD_SLOTS_H */
