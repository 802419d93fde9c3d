/* Slots: the pager's own pages and the data of messages, see vm.h.

   The address space is cut into granules of 1 MiB, each of one class: 1 to 32
   pages have a class each, so that the guard page follows the last page
   directly; behind one page of the pager's own there is more (overrun.c).  A
   larger slot has granules of its own.  An address leads to its slot by its
   granule and a division.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "../base/check.h"
#include "reserve.h"
#include "slots.h"
#include "vm.h"

enum
{
  SMALL_PAGES = 32, /* most pages of a small slot  */
  GRANULE_SHIFT = 20,
  GRANULE_PAGES = 1 << (GRANULE_SHIFT - SIM_PAGE_SHIFT),
  SLOT_PAGES_MAX = 1 << 18,
  /* Address space for each page of memory: of a slot of one page, that.  */
  SPACE_PAGES = 1 + OVERRUN_PAGES + 1,
  ROWS_PER_PAGE = 4,
  KINDS = 2
};

/* Slots of one size and kind.  Large ones share size 0, and are looked through
   for one that is large enough.  */
struct slot_class
{
  struct slot *spare;
};

static struct
{
  char *base;          /* of the address space  */
  size_t bytes;        /* of it  */
  uint32_t granules;   /* handed out  */
  struct slot **first; /* by granule: its first slot  */
  char *rows;          /* of the struct slots  */
  size_t rows_bytes, rows_used;
  struct slot_class class[KINDS][SMALL_PAGES + 1];
} slots;

void *
vm_reserve (size_t bytes)
{
  void *p = mmap (NULL, bytes, PROT_NONE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  CHECK (p != MAP_FAILED);
  return p;
}

static size_t
row_size (uint32_t capacity)
{
  return sizeof (struct slot) + capacity * sizeof (slot_page);
}

/* Pages from one slot of a class to the next.  */
static uint32_t
stride_of (enum slot_kind kind, uint32_t pages)
{
  return kind == REAL && pages == 1 ? SPACE_PAGES : pages + 1;
}

/* Address space for every frame, since every mapped page holds one.  A class
   keeps its granules, so that what one has had at most and what the others have
   is more than there is memory for.  */
static void
reserve_space (void)
{
  size_t slots_of_granule = GRANULE_PAGES / SPACE_PAGES;
  size_t granules = memory_frames_max () / slots_of_granule;
  size_t bytes = (granules + KINDS * (SMALL_PAGES + 1)) << GRANULE_SHIFT;
  if (bytes <= slots.bytes)
    return;
  if (slots.base != NULL)
    {
      munmap (slots.base, slots.bytes);
      munmap (slots.first,
              (slots.bytes >> GRANULE_SHIFT) * sizeof *slots.first);
      munmap (slots.rows, slots.rows_bytes);
    }
  slots.bytes = bytes;
  slots.base = vm_reserve (bytes);
  slots.first = reserve ((bytes >> GRANULE_SHIFT) * sizeof *slots.first);
  slots.rows_bytes
      = memory_frames_max () / 2 * ROWS_PER_PAGE * row_size (1);
  slots.rows = reserve (slots.rows_bytes);
  slots.granules = slots.rows_used = 0;
}

void
slots_init (void)
{
  reserve_space ();
  memset (slots.class, 0, sizeof slots.class);
  /* All slots of earlier runs are spare: the first one made comes first.  */
  struct slot **tail[KINDS][SMALL_PAGES + 1];
  for (unsigned k = 0; k < KINDS; k++)
    for (unsigned c = 0; c <= SMALL_PAGES; c++)
      tail[k][c] = &slots.class[k][c].spare;
  for (size_t at = 0; at < slots.rows_used;)
    {
      struct slot *s = (struct slot *)(slots.rows + at);
      for (uint32_t i = 0; i < s->capacity; i++)
        s->page[i] &= MEMORY_BITS;
      overrun_clear (s);
      unsigned c = s->capacity > SMALL_PAGES ? 0 : s->capacity;
      s->next = NULL;
      *tail[s->kind][c] = s;
      tail[s->kind][c] = &s->next;
      at += row_size (s->capacity);
    }
}

static void
protect (void *address, size_t pages, int prot)
{
  int failed = mprotect (address, pages << SIM_PAGE_SHIFT, prot);
  CHECK (failed == 0);
}

static struct slot *
make_row (enum slot_kind kind, uint32_t capacity, char *at)
{
  CHECK (slots.rows_used + row_size (capacity) <= slots.rows_bytes);
  struct slot *s = (struct slot *)(slots.rows + slots.rows_used);
  slots.rows_used += row_size (capacity);
  s->at = at;
  s->capacity = capacity;
  s->kind = kind;
  return s;
}

static uint32_t
take_granules (uint32_t n)
{
  CHECK ((size_t)(slots.granules + n) << GRANULE_SHIFT <= slots.bytes);
  uint32_t first = slots.granules;
  slots.granules += n;
  return first;
}

/* A fresh granule of slots of PAGES pages.  */
static void
make_small (enum slot_kind kind, uint32_t pages)
{
  uint32_t g = take_granules (1);
  char *base = slots.base + ((size_t)g << GRANULE_SHIFT);
  struct slot **tail = &slots.class[kind][pages].spare;
  uint32_t stride = stride_of (kind, pages);
  for (uint32_t p = 0; p + stride <= GRANULE_PAGES; p += stride)
    {
      struct slot *s
          = make_row (kind, pages, base + ((size_t)p << SIM_PAGE_SHIFT));
      if (p == 0)
        slots.first[g] = s;
      if (kind == REAL)
        protect (s->at, pages, PROT_READ | PROT_WRITE);
      *tail = s;
      tail = &s->next;
    }
}

static struct slot *
take_small (enum slot_kind kind, uint32_t pages)
{
  struct slot_class *c = &slots.class[kind][pages];
  if (c->spare == NULL)
    make_small (kind, pages);
  struct slot *s = c->spare;
  c->spare = s->next;
  return s;
}

static struct slot *
take_large (enum slot_kind kind, uint32_t pages)
{
  struct slot **at = &slots.class[kind][0].spare;
  while (*at != NULL && (*at)->capacity < pages)
    at = &(*at)->next;
  struct slot *s = *at;
  if (s != NULL)
    *at = s->next;
  else
    {
      uint32_t n = pages / GRANULE_PAGES + 1;
      uint32_t g = take_granules (n);
      s = make_row (kind, n * GRANULE_PAGES - 1,
                    slots.base + ((size_t)g << GRANULE_SHIFT));
      for (uint32_t i = 0; i < n; i++)
        slots.first[g + i] = s;
    }
  if (kind == REAL)
    {
      protect (s->at, pages, PROT_READ | PROT_WRITE);
      if (pages < s->capacity)
        protect (s->at + ((size_t)pages << SIM_PAGE_SHIFT),
                 s->capacity - pages, PROT_NONE);
    }
  return s;
}

static struct slot *
take_slot (enum slot_kind kind, uint32_t pages)
{
  struct slot *s = pages <= SMALL_PAGES ? take_small (kind, pages)
                                        : take_large (kind, pages);
  s->pages = s->live = pages;
  return s;
}

struct slot *
slot_at (const void *address, uint32_t *page)
{
  size_t at = (uintptr_t)address - (uintptr_t)slots.base;
  if (at >> GRANULE_SHIFT >= slots.granules)
    return NULL;
  struct slot *s = slots.first[at >> GRANULE_SHIFT];
  *page = ((uintptr_t)address - (uintptr_t)s->at) >> SIM_PAGE_SHIFT;
  if (s->capacity > SMALL_PAGES)
    return s;
  uint32_t stride = stride_of (s->kind, s->capacity);
  uint32_t number = *page / stride;
  if (number >= GRANULE_PAGES / stride)
    return NULL;
  *page -= number * stride;
  return (struct slot *)((char *)s + number * row_size (s->capacity));
}

/* Find the slot page at ADDRESS; NULL if there is none.  */
static slot_page *
find (const void *address, struct slot **slot)
{
  uint32_t page;
  struct slot *s = slot_at (address, &page);
  if (s == NULL || page >= s->pages)
    return NULL;
  *slot = s;
  return &s->page[page];
}

static struct page *
frame_of (slot_page p)
{
  return (struct page *)(p & ~MEMORY_BITS);
}

static void
drop_page (struct slot *s, slot_page *p)
{
  *p &= MEMORY_BITS;
  if (--s->live > 0)
    return;
  overrun_end (s);
  struct slot_class *c
      = &slots.class[s->kind][s->capacity > SMALL_PAGES ? 0 : s->capacity];
  s->next = c->spare;
  c->spare = s;
}

/* ---- The pager's own memory ----------------------------------------------
 */

void *
vm_mmap (size_t len)
{
  size_t pages = (len + SIM_PAGE_SIZE - 1) >> SIM_PAGE_SHIFT;
  if (pages == 0 || pages > SLOT_PAGES_MAX)
    {
      errno = pages ? ENOMEM : EINVAL;
      return NULL;
    }
  struct slot *s = take_slot (REAL, pages);
  for (size_t i = 0; i < pages; i++)
    {
      struct page *frame = memory_alloc ();
      memory_activate (frame);
      if (!(s->page[i] & ZERO))
        memset (s->at + (i << SIM_PAGE_SHIFT), 0, SIM_PAGE_SIZE);
      s->page[i] = (slot_page)frame;
    }
  return s->at;
}

int
vm_munmap (void *address, size_t len)
{
  if (((uintptr_t)address | len) % SIM_PAGE_SIZE || len == 0)
    return EINVAL;
  for (size_t done = 0; done < len; done += SIM_PAGE_SIZE)
    {
      struct slot *s;
      slot_page *p = find ((char *)address + done, &s);
      struct page *frame = p ? frame_of (*p) : NULL;
      if (frame == NULL)
        return EINVAL;
      drop_page (s, p);
      memory_free (frame);
    }
  return 0;
}

/* ---- Message data --------------------------------------------------------
 */

void *
vm_message (struct page **frames, size_t n)
{
  enum slot_kind kind = LAZY;
  for (size_t i = 0; i < n; i++)
    if (frames[i]->bytes != NULL)
      kind = REAL;
  struct slot *s = take_slot (kind, n);
  char *at = s->at;
  for (size_t i = 0; i < n; i++)
    {
      /* Not ZERO: what is written below is not.  */
      slot_page accessible = s->page[i] & ACCESSIBLE;
      s->page[i] = (slot_page)frames[i] | accessible;
      if (kind == REAL || accessible)
        page_get_contents (frames[i], at + (i << SIM_PAGE_SHIFT));
    }
  return at;
}

struct page *
vm_frame_at (const void *address)
{
  struct slot *s;
  slot_page *p = find (address, &s);
  return p ? frame_of (*p) : NULL;
}

bool
vm_is_lazy (const void *address)
{
  struct slot *s;
  slot_page *p = find (address, &s);
  return p != NULL && s->kind == LAZY && !(*p & ACCESSIBLE);
}

struct page *
vm_take_frame (void *address)
{
  struct slot *s;
  slot_page *p = find (address, &s);
  struct page *frame = p ? frame_of (*p) : NULL;
  if (frame == NULL)
    return NULL;
  bool zero = false;
  if (s->kind != LAZY || (*p & ACCESSIBLE))
    {
      frame->bytes = NULL;
      zero = page_set_contents (frame, address);
    }
  drop_page (s, p);
  if (zero)
    *p |= ZERO;
  return frame;
}

void
vm_make_resident (const void *data, size_t len)
{
  if (!memory_state.swapped)
    return;
  for (size_t i = 0; i < len; i += SIM_PAGE_SIZE)
    {
      struct page *frame = vm_frame_at ((const char *)data + i);
      if (frame != NULL)
        swap_in (frame);
    }
}

bool
vm_stamps (const void *data, size_t len, struct stamp *out, size_t n)
{
  if (((uintptr_t)data | len) % SIM_PAGE_SIZE || len >> SIM_PAGE_SHIFT > n)
    return false;
  for (size_t i = 0; i < len >> SIM_PAGE_SHIFT; i++)
    {
      const char *at = (const char *)data + (i << SIM_PAGE_SHIFT);
      struct slot *s;
      slot_page *p = find (at, &s);
      if (p == NULL || s->kind != LAZY || frame_of (*p) == NULL)
        return false;
      if (*p & ACCESSIBLE)
        memcpy (&out[i], at, sizeof out[i]);
      else
        out[i] = frame_of (*p)->stamp;
      if (out[i].magic != STAMP_MAGIC && (*p & ACCESSIBLE))
        return false;
    }
  return true;
}

bool
vm_materialise (void *address)
{
  struct slot *s;
  slot_page *p = find (address, &s);
  if (p == NULL || s->kind != LAZY || (*p & ACCESSIBLE)
      || frame_of (*p) == NULL)
    return false;
  char *at = (char *)((uintptr_t)address & -(uintptr_t)SIM_PAGE_SIZE);
  protect (at, 1, PROT_READ | PROT_WRITE);
  *p |= ACCESSIBLE;
  page_get_contents (frame_of (*p), at);
  return true;
}

bool
vm_is_guard (const void *address)
{
  return (uintptr_t)address - (uintptr_t)slots.base < slots.bytes;
}
