/* Buffers that are overrun, see vm.h.

   In the Hurd a buffer of one page is cut from a mapping of several, handed
   out from the lowest address up (docs/model.md 6.4 f).  Who writes beyond its
   end spoils nothing while pages of the mapping follow that nobody has been
   given; behind the mapping there is either nothing, which is a fault, or
   somebody else's memory.  The first is a finding here and the run goes on;
   the second ends it, as what lies there is not known, and a fault is the
   mildest that can happen.

   The pages behind such a buffer exist from the moment that they are touched.
   They are judged when the store is given the buffer, which says how long it
   was taken to be, or else when it is unmapped.  Left out: that the pages
   behind are handed out to another thread while the buffer is in use, and
   then overwritten.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <stdio.h>
#include <sys/mman.h>

#include "../base/check.h"
#include "code_place.h"
#include "slots.h"
#include "vm.h"
#include "world.h"

static bool
may_overrun (const struct slot *s)
{
  return s->kind == REAL && s->capacity == 1;
}

void
vm_cut_from_larger (void *address, size_t behind)
{
  uint32_t page;
  struct slot *s = slot_at (address, &page);
  if (s == NULL || page != 0 || s->live == 0 || !may_overrun (s))
    return;
  size_t pages = behind >> SIM_PAGE_SHIFT;
  s->pooled = true;
  s->behind = pages < OVERRUN_PAGES ? pages : OVERRUN_PAGES;
}

bool
vm_overrun (const void *address, const void *context)
{
  uint32_t page;
  struct slot *s = slot_at (address, &page);
  if (s == NULL || s->live == 0 || !s->pooled || page == 0
      || page > OVERRUN_PAGES)
    return false;
  if (s->overrun == 0)
    code_place_signal (context, s->overrun_where, sizeof s->overrun_where);
  if (page > s->overrun)
    s->overrun = page;
  int failed = mprotect (s->at + ((size_t)page << SIM_PAGE_SHIFT),
                         SIM_PAGE_SIZE, PROT_READ | PROT_WRITE);
  CHECK (failed == 0);
  return true;
}

/* S was used for BYTES more than it has.  */
static void
judge (struct slot *s, size_t bytes)
{
  size_t room = (size_t)s->behind << SIM_PAGE_SHIFT;
  s->overrun_known = true;
  if (bytes <= room)
    world_finding ("memory", s->overrun_where,
                   "a buffer of %u bytes is overrun by %zu bytes",
                   SIM_PAGE_SIZE, bytes);
  else
    world_crash ("memory", s->overrun_where,
                 "a buffer of %u bytes is overrun by %zu bytes, %zu of them "
                 "beyond the mapping that it is part of",
                 SIM_PAGE_SIZE, bytes, bytes - room);
}

void
vm_check_overrun (const void *data, size_t len)
{
  uint32_t page;
  struct slot *s = slot_at (data, &page);
  if (s == NULL || s->overrun == 0 || s->overrun_known)
    return;
  const char *end = s->at + SIM_PAGE_SIZE;
  size_t left = (size_t)(end - (const char *)data);
  if (page == 0 && len > left)
    judge (s, len - left);
}

void
overrun_clear (struct slot *s)
{
  if (s->overrun > 0)
    {
      char *from = s->at + SIM_PAGE_SIZE;
      size_t bytes = (size_t)s->overrun << SIM_PAGE_SHIFT;
      int failed = mprotect (from, bytes, PROT_NONE)
                   || madvise (from, bytes, MADV_DONTNEED);
      CHECK (failed == 0);
    }
  s->pooled = s->overrun_known = false;
  s->behind = s->overrun = 0;
}

void
overrun_end (struct slot *s)
{
  if (s->overrun > 0 && !s->overrun_known)
    judge (s, (size_t)s->overrun << SIM_PAGE_SHIFT);
  overrun_clear (s);
}
