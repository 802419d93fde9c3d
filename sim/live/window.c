/* Mappings of live memory objects in the pager's address space, see kernel.h.

   A stretch of address space in granules of 64 KiB.  A mapping is a row in a
   table until it is touched: the touch is a real fault, the fault a page of
   the objects' file in that place, protected as the page is locked.  A page is
   seen in one mapping at a time; the first store to one that was only read
   makes it dirty, and is no fault that is counted (docs/model.md 1.1).

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#define _GNU_SOURCE
#include "kernel.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../base/check.h"

enum
{
  GRANULE_SHIFT = 16,
  AREA_SHIFT = 34,
  GRANULES = 1 << (AREA_SHIFT - GRANULE_SHIFT),
  WINDOWS_MAX = 1 << 16,
  SPARE_SIZES = 64 /* sizes in granules that keep a free list  */
};

struct window
{
  struct window *next; /* free list  */
  struct object *o;    /* NULL: free  */
  uint64_t first, pages;
  char *at;
  uint32_t granules;
  bool touched;
};

static char *area;
static uint32_t granules_used, windows_used;
static struct window *by_granule[GRANULES];
static struct window windows[WINDOWS_MAX];
static struct window *spare[SPARE_SIZES + 1];

void
windows_start (void)
{
  area = mmap (NULL, (size_t)1 << AREA_SHIFT, PROT_NONE,
               MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  CHECK (area != MAP_FAILED);
}

static struct window *
find (uintptr_t address)
{
  uintptr_t at = address - (uintptr_t)area;
  if (at >> AREA_SHIFT != 0)
    return NULL;
  return by_granule[at >> GRANULE_SHIFT];
}

bool
window_here (uintptr_t address)
{
  return (address - (uintptr_t)area) >> AREA_SHIFT == 0;
}

bool
window_readable (uintptr_t address)
{
  struct object *o;
  uint64_t index;
  kernel_enter ();
  bool readable = window_find (address, &o, &index)
                  && object_page (o, index)->shown & ACCESS_READ;
  kernel_leave ();
  return readable;
}

bool
window_find (uintptr_t address, struct object **o, uint64_t *index)
{
  const struct window *w = find (address);
  if (w == NULL || w->o == NULL)
    return false;
  uint64_t page = (address - (uintptr_t)w->at) >> SIM_PAGE_SHIFT;
  if (page >= w->pages)
    return false;
  *o = w->o;
  *index = w->first + page;
  return true;
}

/* ---- Making and taking away ----------------------------------------------
 */

static struct window *
make (uint32_t granules)
{
  if (granules <= SPARE_SIZES && spare[granules] != NULL)
    {
      struct window *w = spare[granules];
      spare[granules] = w->next;
      return w;
    }
  if (granules > GRANULES - granules_used || windows_used == WINDOWS_MAX)
    return NULL;
  struct window *w = &windows[windows_used++];
  w->granules = granules;
  w->at = area + ((size_t)granules_used << GRANULE_SHIFT);
  for (uint32_t i = 0; i < granules; i++)
    by_granule[granules_used + i] = w;
  granules_used += granules;
  return w;
}

int
live_vm_map_object (uint32_t memobj, unsigned long offset, unsigned long size,
                    int home, unsigned long *address)
{
  if (offset % SIM_PAGE_SIZE || size == 0 || size >> AREA_SHIFT)
    return EINVAL;
  uint64_t granule = (uint64_t)1 << GRANULE_SHIFT;
  kernel_enter ();
  struct object *o = object_map (memobj);
  struct window *w
      = o != NULL ? make ((size + granule - 1) >> GRANULE_SHIFT) : NULL;
  if (w != NULL)
    {
      w->o = o;
      w->first = offset >> SIM_PAGE_SHIFT;
      w->pages = (size + SIM_PAGE_SIZE - 1) >> SIM_PAGE_SHIFT;
      w->touched = false;
      if (home && o->home == NULL && offset == 0)
        {
          o->home = w;
          o->home_pages = w->pages;
        }
      *address = (unsigned long)w->at;
    }
  else if (o != NULL)
    object_unmap (o);
  kernel_leave ();
  return w != NULL ? 0 : o != NULL ? ENOMEM : EINVAL;
}

static void
hide_all (struct window *w)
{
  uint64_t end = w->first + w->pages;
  for (uint64_t i = object_next (w->o, w->first, end); i < end;
       i = object_next (w->o, i + 1, end))
    {
      struct live_page *p = object_page (w->o, i);
      if (p->window == w)
        page_hide (p, 0);
    }
}

int
live_vm_unmap_object (unsigned long address, unsigned long size)
{
  (void)size; /* a mapping goes as a whole  */
  kernel_enter ();
  struct window *w = find (address);
  bool found = w != NULL && w->o != NULL && (unsigned long)w->at == address;
  if (found)
    {
      struct object *o = w->o;
      /* A home stays.  */
      if (o->home != w)
        {
          if (w->touched)
            hide_all (w);
          w->o = NULL;
          if (w->granules <= SPARE_SIZES)
            {
              w->next = spare[w->granules];
              spare[w->granules] = w;
            }
        }
      object_unmap (o);
    }
  kernel_leave ();
  return found ? 0 : EINVAL;
}

/* ---- The pager's page table ----------------------------------------------
 */

static int
host_prot (int access)
{
  return (access & ACCESS_READ ? PROT_READ : 0)
         | (access & ACCESS_WRITE ? PROT_READ | PROT_WRITE : 0);
}

/* The system calls themselves: what a race detector has seen of these
   addresses stays, for this changes no contents.  */
static void
protect (char *at, int access)
{
  CHECK (syscall (SYS_mprotect, at, (size_t)SIM_PAGE_SIZE, host_prot (access))
         == 0);
}

void
page_hide (struct live_page *p, int keep)
{
  if (p->window == NULL || !(p->shown & ~keep))
    return;
  p->shown &= keep;
  protect (p->at, p->shown);
  if (p->shown == 0)
    p->window = NULL;
}

static void
show (struct object *o, struct live_page *p, struct window *w, uint64_t index,
      int access)
{
  char *at = w->at + ((index - w->first) << SIM_PAGE_SHIFT);
  if (p->window != w && p->window != NULL)
    page_hide (p, 0);
  if (p->window == NULL)
    {
      long got = syscall (SYS_mmap, at, (size_t)SIM_PAGE_SIZE,
                          host_prot (access), MAP_SHARED | MAP_FIXED,
                          object_file (), object_file_offset (o, index));
      CHECK (got == (long)at);
    }
  else
    protect (at, access);
  p->window = w;
  p->at = at;
  p->shown = access;
  w->touched = true;
}

/* ---- Faults --------------------------------------------------------------
 */

static int
touch (struct window *w, struct object *o, uint64_t index, bool write)
{
  struct live_page *p = object_page (o, index);
  if (write && p->state == PAGE_HERE && p->shown & ACCESS_READ
      && !(p->lock & ACCESS_WRITE))
    {
      p->dirty = true;
      show (o, p, w, index, ACCESS_READ | ACCESS_WRITE);
      return 0;
    }
  int access = ACCESS_READ | (write ? ACCESS_WRITE : 0);
  int error = object_fault (o, index, access, &p);
  if (error == 0)
    {
      p->dirty |= write;
      show (o, p, w, index, access);
    }
  object_done (o);
  return error;
}

int
window_touch (uintptr_t address, bool write)
{
  struct object *o;
  uint64_t index;
  int error = EFAULT;
  kernel_enter ();
  if (window_find (address, &o, &index))
    error = touch (find (address), o, index, write);
  kernel_leave ();
  return error;
}
