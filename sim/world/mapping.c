/* Mappings of memory objects in the pager's address space, see vm.h.

   Two stretches of address space, cut into granules of 64 KiB: one of windows,
   one of homes.  A home is shared memory that is seen twice: by the pager
   through protected pages, by the kernel always.  The protection of a pager's
   page is what the simulated page table says, so a plain load or store faults
   when it would on the Hurd, and the first store to a page marks it dirty.

   Code that checks its own accesses (pagers/include/hurd_access.h) looks the
   protection up in a table; then the processor is not told of it.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../base/check.h"
#include "costs.h"
#include "reserve.h"
#include "vm.h"

enum
{
  GRANULE_SHIFT = 16,
  AREA_SHIFT = 32, /* 4 GiB of windows, and of homes  */
  GRANULES = 1 << (AREA_SHIFT - GRANULE_SHIFT),
  SPARE_SIZES = 64 /* sizes in granules that keep a free list  */
};

struct mapping
{
  struct mapping *next; /* free list  */
  struct memobj *o;     /* NULL: free  */
  uint64_t first;       /* page index in the object  */
  uint64_t pages;
  char *user;
  uint32_t granules;
  bool home, touched;
};

struct area
{
  char *user;    /* as the pager sees it  */
  uint32_t used; /* granules  */
  struct mapping *at[GRANULES];
  struct mapping *spare[SPARE_SIZES + 1];
};

static struct area windows, homes; /* in this order, side by side  */
static uint8_t *shown; /* by page of both: bits of the page's protection  */
static bool checked;   /* the code under test looks there  */
static char *homes_kernel; /* as the kernel sees the homes  */
static struct mapping *rows;
static size_t rows_used;

static void
make_areas (void)
{
  size_t bytes = (size_t)1 << AREA_SHIFT;
  windows.user = vm_reserve (2 * bytes);
  shown = reserve (2 * bytes >> SIM_PAGE_SHIFT);
  int fd = memfd_create ("homes", MFD_CLOEXEC);
  CHECK (fd >= 0 && ftruncate (fd, bytes) == 0);
  homes.user = mmap (windows.user + bytes, bytes, PROT_NONE,
                     MAP_SHARED | MAP_NORESERVE | MAP_FIXED, fd, 0);
  homes_kernel = mmap (NULL, bytes, PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_NORESERVE, fd, 0);
  CHECK (homes.user != MAP_FAILED && homes_kernel != MAP_FAILED);
  close (fd);
  rows = mmap (NULL, sizeof (struct mapping) * GRANULES * 2,
               PROT_READ | PROT_WRITE,
               MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  CHECK (rows != MAP_FAILED);
}

static void
protect (char *at, size_t bytes, int prot)
{
  int failed = mprotect (at, bytes, prot);
  CHECK (failed == 0);
}

static uint8_t *
shown_at (const char *at)
{
  return &shown[(size_t)(at - windows.user) >> SIM_PAGE_SHIFT];
}

static void
clear_area (struct area *a)
{
  size_t bytes = (size_t)a->used << GRANULE_SHIFT;
  if (bytes == 0)
    return;
  if (!checked)
    protect (a->user, bytes, PROT_NONE);
  memset (shown_at (a->user), 0, bytes >> SIM_PAGE_SHIFT);
  memset (a->at, 0, a->used * sizeof a->at[0]);
  memset (a->spare, 0, sizeof a->spare);
  a->used = 0;
}

/* Who looks after protection from now on.  */
static void
set_checked (bool checks)
{
  if (checks != checked)
    protect (windows.user, (size_t)2 << AREA_SHIFT,
             checks ? PROT_READ | PROT_WRITE : PROT_NONE);
  checked = checks;
}

void
vm_init (bool checks)
{
  if (windows.user == NULL)
    make_areas ();
  set_checked (checks);
  clear_area (&windows);
  clear_area (&homes);
  rows_used = 0;
  slots_init ();
}

static struct mapping *
find (uintptr_t address)
{
  uintptr_t at = address - (uintptr_t)windows.user;
  if (at >> AREA_SHIFT == 0)
    return windows.at[at >> GRANULE_SHIFT];
  at = address - (uintptr_t)homes.user;
  if (at >> AREA_SHIFT == 0)
    return homes.at[at >> GRANULE_SHIFT];
  return NULL;
}

static struct mapping *
make_mapping (struct area *a, uint32_t granules)
{
  if (granules <= SPARE_SIZES && a->spare[granules] != NULL)
    {
      struct mapping *m = a->spare[granules];
      a->spare[granules] = m->next;
      return m;
    }
  if (a->used + granules > GRANULES || rows_used == (size_t)GRANULES * 2)
    return NULL;
  struct mapping *m = &rows[rows_used++];
  memset (m, 0, sizeof *m);
  m->granules = granules;
  m->user = a->user + ((size_t)a->used << GRANULE_SHIFT);
  for (uint32_t i = 0; i < granules; i++)
    a->at[a->used + i] = m;
  a->used += granules;
  return m;
}

int
vm_map_object (port_name pager, uint64_t offset, uint64_t size, bool home,
               uintptr_t *address)
{
  if (offset % SIM_PAGE_SIZE || size == 0 || size >> AREA_SHIFT)
    return EINVAL;
  struct memobj *o = memobj_map (pager);
  if (o == NULL)
    return EINVAL;
  uint64_t granule = (uint64_t)1 << GRANULE_SHIFT;
  bool is_home = home && o->home == NULL && offset == 0 && o->resident == 0;
  struct mapping *m = make_mapping (is_home ? &homes : &windows,
                                    (size + granule - 1) >> GRANULE_SHIFT);
  if (m == NULL)
    {
      memobj_unmap (o);
      return ENOMEM;
    }
  m->o = o;
  m->first = offset >> SIM_PAGE_SHIFT;
  m->pages = (size + SIM_PAGE_SIZE - 1) >> SIM_PAGE_SHIFT;
  m->home = is_home;
  m->touched = false;
  if (is_home)
    {
      o->home = (uint8_t *)homes_kernel + (m->user - homes.user);
      o->home_user = (uint8_t *)m->user;
      o->home_pages = m->pages;
    }
  cost_charge (COST_TRAP);
  *address = (uintptr_t)m->user;
  return 0;
}

/* Take the window away from the pages that it shows.  */
static void
forget_window (struct mapping *m)
{
  uint64_t end = m->first + m->pages;
  for (uint64_t i = memobj_next (m->o, m->first, end); i < end;
       i = memobj_next (m->o, i + 1, end))
    {
      struct page *p = memobj_page (m->o, i);
      if ((char *)p->window < m->user
          || (char *)p->window >= m->user + (m->pages << SIM_PAGE_SHIFT))
        continue;
      if (p->window_prot)
        vm_set_window_prot (p, 0);
      p->window = NULL;
    }
}

int
vm_unmap_object (uintptr_t address, uint64_t size)
{
  (void)size; /* a mapping goes as a whole  */
  struct mapping *m = find (address);
  if (m == NULL || m->o == NULL || (uintptr_t)m->user != address)
    return EINVAL;
  struct memobj *o = m->o;
  if (m->home)
    {
      /* The contents stay: the object keeps its home.  */
      memobj_unmap (o);
      return 0;
    }
  if (m->touched)
    forget_window (m);
  m->o = NULL;
  if (m->granules <= SPARE_SIZES)
    {
      m->next = windows.spare[m->granules];
      windows.spare[m->granules] = m;
    }
  memobj_unmap (o);
  return 0;
}

bool
vm_lookup (uintptr_t address, struct memobj **o, uint64_t *index)
{
  struct mapping *m = find (address);
  if (m == NULL || m->o == NULL)
    return false;
  uint64_t page = (address - (uintptr_t)m->user) >> SIM_PAGE_SHIFT;
  if (page >= m->pages)
    return false;
  *o = m->o;
  *index = m->first + page;
  return true;
}

const void *
vm_look (uintptr_t address)
{
  struct memobj *o;
  uint64_t index;
  if (!vm_lookup (address, &o, &index) || index >= o->home_pages)
    return NULL;
  const struct page *p = memobj_page (o, index);
  if (p == NULL || p->fictitious || p->error)
    return NULL;
  return o->home + (index << SIM_PAGE_SHIFT) + address % SIM_PAGE_SIZE;
}

bool
vm_is_object_address (const void *address)
{
  struct memobj *o;
  uint64_t index;
  return vm_lookup ((uintptr_t)address, &o, &index);
}

/* ---- What the pager's page table shows -----------------------------------
 */

const uint8_t *
vm_mappings (uintptr_t *base, size_t *bytes)
{
  *base = (uintptr_t)windows.user;
  *bytes = (size_t)2 << AREA_SHIFT;
  return shown;
}

static int
host_prot (int prot)
{
  return (prot & PROT_BIT_READ ? PROT_READ : 0)
         | (prot & PROT_BIT_WRITE ? PROT_READ | PROT_WRITE : 0);
}

void
vm_set_window_prot (struct page *p, int prot)
{
  bool copied
      = p->window != NULL && (p->object == NULL || p->object->home == NULL);
  if (copied && p->window_prot & PROT_BIT_WRITE && !(prot & PROT_BIT_WRITE))
    page_set_contents (p, p->window);
  *shown_at ((char *)p->window)
      = prot & PROT_BIT_WRITE ? prot | PROT_BIT_READ : prot;
  if (!checked)
    protect ((char *)p->window, SIM_PAGE_SIZE, host_prot (prot));
  p->window_prot = prot;
}

/* Show P at ADDRESS, with PROT.  */
static void
show (struct page *p, struct mapping *m, uint64_t index, int prot)
{
  char *at = m->user + ((index - m->first) << SIM_PAGE_SHIFT);
  if (!m->home)
    {
      if (p->window != NULL && (char *)p->window != at)
        {
          if (p->window_prot)
            vm_set_window_prot (p, 0);
          p->window = NULL;
        }
      if (p->window_prot == 0)
        {
          if (!checked)
            protect (at, SIM_PAGE_SIZE, PROT_READ | PROT_WRITE);
          page_get_contents (p, at);
        }
      p->window = (uint8_t *)at;
      m->touched = true;
    }
  vm_set_window_prot (p, prot);
}

int
vm_touch (void *address, bool write)
{
  struct mapping *m = find ((uintptr_t)address);
  struct memobj *o;
  uint64_t index;
  if (!vm_lookup ((uintptr_t)address, &o, &index))
    return EFAULT;

  /* A store to a page that is mapped to be read only because nothing was
     stored yet: the hardware would set the modify bit, at no cost.  */
  struct page *p = memobj_page (o, index);
  if (write && p != NULL && p->window_prot & PROT_BIT_READ && !p->busy
      && !(p->lock & PROT_BIT_WRITE))
    {
      page_make_dirty (p);
      show (p, m, index, PROT_BIT_READ | PROT_BIT_WRITE);
      return 0;
    }
  int access = write ? PROT_BIT_READ | PROT_BIT_WRITE : PROT_BIT_READ;
  engine_kernel_enter (); /* until the page is not busy any more  */
  int error = memobj_fault (o, index, access, true, &p);
  if (error == 0)
    {
      if (write)
        page_make_dirty (p);
      show (p, m, index, access);
      page_release (p);
    }
  engine_kernel_leave ();
  return error;
}
