/* Slots: the pager's own pages and the data of messages, see vm.h.

   Sizes 1 to 32 pages have an exact class each, so that the guard page follows
   the last page directly; larger ones are powers of two whose tail is made
   inaccessible.  Every class has a stretch of address space for slots with
   memory and one for lazy slots.  An address leads to its slot by a shift and
   a division.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "../base/check.h"
#include "vm.h"

enum
{
  EXACT = 32,             /* classes 0 .. 31: 1 .. 32 pages  */
  CLASSES = EXACT + 13,   /* then 64, 128, ... 2^18 pages  */
  KINDS = 2,              /* with memory, lazy  */
  CLASS_SHIFT = 35,       /* 32 GiB of address space each  */
  SLOT_PAGES_MAX = 1 << 18
};

enum slot_kind
{
  REAL,
  LAZY
};

/* A page of a slot: the frame, and in bit 0 whether its memory may be
   touched, which outlives the frame.  */
typedef uintptr_t slot_page;
#define ACCESSIBLE ((slot_page) 1)

struct slot
{
  struct slot *next; /* free list  */
  uint32_t pages;    /* asked for  */
  uint32_t live;     /* of them, still mapped  */
  slot_page page[];
};

struct slot_class
{
  uint32_t capacity; /* pages  */
  uint32_t used;     /* slots made so far  */
  char *base;        /* of the address space  */
  char *rows;        /* of the struct slots  */
  size_t row_size;
  struct slot *spare;
};

static struct
{
  char *base;
  struct slot_class class[KINDS][CLASSES];
} slots;

void *
vm_reserve (size_t bytes)
{
  void *p = mmap (NULL, bytes, PROT_NONE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  CHECK (p != MAP_FAILED);
  return p;
}

static void
make_classes (void)
{
  slots.base = vm_reserve ((size_t) KINDS * CLASSES << CLASS_SHIFT);
  for (unsigned k = 0; k < KINDS; k++)
    for (unsigned c = 0; c < CLASSES; c++)
      {
        struct slot_class *class = &slots.class[k][c];
        class->capacity = c < EXACT ? c + 1 : 64u << (c - EXACT);
        class->base = slots.base + ((size_t) (k * CLASSES + c) << CLASS_SHIFT);
        class->row_size
            = sizeof (struct slot) + class->capacity * sizeof (slot_page);
        size_t stride = (size_t) (class->capacity + 1) << SIM_PAGE_SHIFT;
        size_t count = ((size_t) 1 << CLASS_SHIFT) / stride;
        class->rows = mmap (NULL, count * class->row_size,
                            PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        CHECK (class->rows != MAP_FAILED);
      }
}

void
slots_init (void)
{
  if (slots.base == NULL)
    make_classes ();
  for (unsigned k = 0; k < KINDS; k++)
    for (unsigned c = 0; c < CLASSES; c++)
      {
        /* All slots of the last run are spare, the first made first.  */
        struct slot_class *class = &slots.class[k][c];
        class->spare = NULL;
        for (uint32_t i = class->used; i-- > 0;)
          {
            struct slot *s = (struct slot *) (class->rows + i * class->row_size);
            for (uint32_t p = 0; p < class->capacity; p++)
              s->page[p] &= ACCESSIBLE;
            s->next = class->spare;
            class->spare = s;
          }
      }
}

static unsigned
class_of (size_t pages)
{
  if (pages <= EXACT)
    return pages - 1;
  unsigned c = EXACT;
  while ((size_t) 64 << (c - EXACT) < pages)
    c++;
  return c;
}

/* Find the slot page at ADDRESS; NULL if there is none.  */
static slot_page *
find (const void *address, struct slot **slot, struct slot_class **class)
{
  size_t at = (const char *) address - slots.base;
  if ((const char *) address < slots.base
      || at >> CLASS_SHIFT >= KINDS * CLASSES)
    return NULL;
  struct slot_class *c = &slots.class[0][0] + (at >> CLASS_SHIFT);
  uint32_t page = (at & (((size_t) 1 << CLASS_SHIFT) - 1)) >> SIM_PAGE_SHIFT;
  uint32_t number = page / (c->capacity + 1);
  uint32_t i = page % (c->capacity + 1);
  if (number >= c->used)
    return NULL;
  struct slot *s = (struct slot *) (c->rows + number * c->row_size);
  if (i >= s->pages)
    return NULL;
  *slot = s;
  *class = c;
  return &s->page[i];
}

static struct page *
frame_of (slot_page p)
{
  return (struct page *) (p & ~ACCESSIBLE);
}

static char *
address_of (const struct slot_class *c, const struct slot *s)
{
  size_t number = ((const char *) s - c->rows) / c->row_size;
  return c->base + (number * (c->capacity + 1) << SIM_PAGE_SHIFT);
}

static bool
is_lazy (const struct slot_class *c)
{
  return c >= slots.class[LAZY];
}

static void
protect (void *address, size_t pages, int prot)
{
  int failed = mprotect (address, pages << SIM_PAGE_SHIFT, prot);
  CHECK (failed == 0);
}

static struct slot *
take_slot (enum slot_kind kind, size_t pages, struct slot_class **class)
{
  struct slot_class *c = &slots.class[kind][class_of (pages)];
  struct slot *s = c->spare;
  bool fresh = s == NULL;
  if (fresh)
    {
      CHECK ((size_t) (c->used + 1) * (c->capacity + 1)
             <= (size_t) 1 << (CLASS_SHIFT - SIM_PAGE_SHIFT));
      s = (struct slot *) (c->rows + c->used++ * c->row_size);
    }
  else
    c->spare = s->next;
  s->pages = s->live = pages;
  *class = c;
  if (kind == REAL && (fresh || c->capacity > EXACT))
    {
      char *at = address_of (c, s);
      protect (at, pages, PROT_READ | PROT_WRITE);
      if (!fresh && pages < c->capacity)
        protect (at + (pages << SIM_PAGE_SHIFT), c->capacity - pages,
                 PROT_NONE);
    }
  return s;
}

static void
drop_page (struct slot_class *c, struct slot *s, slot_page *p)
{
  *p &= ACCESSIBLE;
  if (--s->live == 0)
    {
      s->next = c->spare;
      c->spare = s;
    }
}

/* ---- The pager's own memory ---------------------------------------------- */

void *
vm_mmap (size_t len)
{
  size_t pages = (len + SIM_PAGE_SIZE - 1) >> SIM_PAGE_SHIFT;
  if (pages == 0 || pages > SLOT_PAGES_MAX)
    {
      errno = pages ? ENOMEM : EINVAL;
      return NULL;
    }
  struct slot_class *c;
  struct slot *s = take_slot (REAL, pages, &c);
  for (size_t i = 0; i < pages; i++)
    {
      struct page *frame = memory_alloc ();
      memory_activate (frame);
      s->page[i] = (slot_page) frame;
    }
  char *at = address_of (c, s);
  memset (at, 0, pages << SIM_PAGE_SHIFT);
  return at;
}

int
vm_munmap (void *address, size_t len)
{
  if (((uintptr_t) address | len) % SIM_PAGE_SIZE || len == 0)
    return EINVAL;
  for (size_t done = 0; done < len; done += SIM_PAGE_SIZE)
    {
      struct slot *s;
      struct slot_class *c;
      slot_page *p = find ((char *) address + done, &s, &c);
      struct page *frame = p ? frame_of (*p) : NULL;
      if (frame == NULL)
        return EINVAL;
      drop_page (c, s, p);
      memory_free (frame);
    }
  return 0;
}

/* ---- Message data -------------------------------------------------------- */

void *
vm_message (struct page **frames, size_t n)
{
  enum slot_kind kind = LAZY;
  for (size_t i = 0; i < n; i++)
    if (frames[i]->bytes != NULL)
      kind = REAL;
  struct slot_class *c;
  struct slot *s = take_slot (kind, n, &c);
  char *at = address_of (c, s);
  for (size_t i = 0; i < n; i++)
    {
      slot_page accessible = s->page[i] & ACCESSIBLE;
      s->page[i] = (slot_page) frames[i] | accessible;
      if (kind == REAL || accessible)
        page_get_contents (frames[i], at + (i << SIM_PAGE_SHIFT));
    }
  return at;
}

struct page *
vm_frame_at (const void *address)
{
  struct slot *s;
  struct slot_class *c;
  slot_page *p = find (address, &s, &c);
  return p ? frame_of (*p) : NULL;
}

bool
vm_is_lazy (const void *address)
{
  struct slot *s;
  struct slot_class *c;
  slot_page *p = find (address, &s, &c);
  return p != NULL && is_lazy (c) && !(*p & ACCESSIBLE);
}

struct page *
vm_take_frame (void *address)
{
  struct slot *s;
  struct slot_class *c;
  slot_page *p = find (address, &s, &c);
  struct page *frame = p ? frame_of (*p) : NULL;
  if (frame == NULL)
    return NULL;
  if (!is_lazy (c) || (*p & ACCESSIBLE))
    {
      frame->bytes = NULL;
      page_set_contents (frame, address);
    }
  drop_page (c, s, p);
  return frame;
}

bool
vm_stamps (const void *data, size_t len, struct stamp *out, size_t n)
{
  if (((uintptr_t) data | len) % SIM_PAGE_SIZE || len >> SIM_PAGE_SHIFT > n)
    return false;
  for (size_t i = 0; i < len >> SIM_PAGE_SHIFT; i++)
    {
      const char *at = (const char *) data + (i << SIM_PAGE_SHIFT);
      struct slot *s;
      struct slot_class *c;
      slot_page *p = find (at, &s, &c);
      if (p == NULL || !is_lazy (c) || frame_of (*p) == NULL)
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
  struct slot_class *c;
  slot_page *p = find (address, &s, &c);
  if (p == NULL || !is_lazy (c) || (*p & ACCESSIBLE) || frame_of (*p) == NULL)
    return false;
  char *at = (char *) ((uintptr_t) address & -(uintptr_t) SIM_PAGE_SIZE);
  protect (at, 1, PROT_READ | PROT_WRITE);
  *p |= ACCESSIBLE;
  page_get_contents (frame_of (*p), at);
  return true;
}

bool
vm_is_guard (const void *address)
{
  const char *a = address;
  return a >= slots.base
         && (size_t) (a - slots.base) >> CLASS_SHIFT < KINDS * CLASSES;
}
