/* Checked access: how code under test touches memory objects without a signal.

   A pager that is built with checks asks before each load and store whether
   the page there may be accessed, and has it brought in by a call when it may
   not: what the processor's page fault does, at a fiftieth of its cost.  Its
   shared object exports hurd_access_checked; whoever loads one that does may
   let the memory of all mappings be accessible.  One that does not export it
   needs real protection.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef HURD_ACCESS_H
#define HURD_ACCESS_H

#include <stddef.h>
#include <stdint.h>

enum
{
  HURD_ACCESS_LOAD = 1,
  HURD_ACCESS_STORE = 2,
  HURD_ACCESS_PAGE_SHIFT = 12
};

struct hurd_access
{
  uintptr_t base; /* where mappings of memory objects are  */
  size_t bytes;
  const uint8_t *allowed; /* by page: bits of the above  */
  /* Let the page at ADDRESS be accessed; called by code at PC.  May block.  */
  void (*touch) (uintptr_t address, int store, uintptr_t pc);
};

/* From now on check by *ACCESS, which is copied.  BYTES of 0: no checks.  */
void hurd_access_checked (const struct hurd_access *access);

#endif /* HURD_ACCESS_H */
