/* The heap of the code under test.

   Models malloc as the pager sees it: no cost in virtual time, the same
   addresses relative to the arena in every run.  Left out: returning memory to
   the system within a run, and running out of it before the arena ends.

   A block is a header of 16 bytes and what the caller gets, rounded up to a
   size class.  Blocks are cut from the end of the arena that is in use and
   never join; a freed one goes to the list of its class, last in first out.
   heap_mark copies the arena up to its end of use and the lists; heap_restore
   copies them back and clears what lies beyond.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "heap.h"

#include "lock.h"
#include "reserve.h"
#include "world.h"

#include <errno.h>
#include <string.h>

enum
{
  ALIGNMENT = 16,
  SMALL_MAX = 1024, /* classes of 16 bytes up to here, then 4 a doubling  */
  SMALL_CLASSES = SMALL_MAX / ALIGNMENT,
  DOUBLINGS = 22, /* up to 4 GiB  */
  CLASSES = SMALL_CLASSES + 4 * DOUBLINGS,
  POISON = 0xa5
};

/* Address space, not memory.  */
#define ARENA_BYTES ((size_t)4 << 30)
/* Above this much, giving pages back is cheaper than clearing them.  */
#define CLEAR_MAX ((size_t)4 << 20)

enum header_magic
{
  MAGIC_LIVE = 0x4c495645,
  MAGIC_FREE = 0x46524545,
  MAGIC_ALIGNED = 0x414c4947 /* SIZE is how far back the block's own is  */
};

struct header
{
  uint64_t size; /* as asked for  */
  uint32_t class;
  uint32_t magic;
};
_Static_assert(sizeof (struct header) == ALIGNMENT, "blocks stay aligned");

struct free_block
{
  struct free_block *next;
};

/* What a mark remembers besides the arena's bytes.  */
struct heap_state
{
  size_t used; /* bytes of the arena  */
  size_t in_use;
  struct free_block *free[CLASSES];
};

struct heap
{
  char *arena;
  struct heap_state now, marked;
  char *copy; /* of the first marked.used bytes  */
};

static struct heap *heap_current;

static size_t
page_round (size_t n)
{
  return (n + SIM_PAGE_SIZE - 1) & ~(size_t)(SIM_PAGE_SIZE - 1);
}

struct heap *
heap_create (void)
{
  struct heap *h = reserve (page_round (sizeof *h));
  h->arena = reserve (ARENA_BYTES);
  return h;
}

static void
copy_drop (struct heap *h)
{
  if (h->copy != NULL)
    munmap (h->copy, page_round (h->marked.used));
  h->copy = NULL;
}

void
heap_destroy (struct heap *h)
{
  if (heap_current == h)
    heap_current = NULL;
  copy_drop (h);
  munmap (h->arena, ARENA_BYTES);
  munmap (h, page_round (sizeof *h));
}

void
heap_select (struct heap *h)
{
  heap_current = h;
}

void
heap_mark (struct heap *h)
{
  copy_drop (h);
  h->marked = h->now;
  if (h->now.used > 0)
    {
      h->copy = reserve (page_round (h->now.used));
      memcpy (h->copy, h->arena, h->now.used);
    }
}

void
heap_restore (struct heap *h)
{
  size_t from = h->marked.used, to = h->now.used;
  CHECK (from <= to);
  if (from > 0)
    memcpy (h->arena, h->copy, from);
  /* Even a wild read beyond the blocks must see the same in every run.  */
  if (to - from > CLEAR_MAX)
    {
      size_t whole = page_round (from + CLEAR_MAX);
      if (to > whole)
        CHECK (
            madvise (h->arena + whole, page_round (to) - whole, MADV_DONTNEED)
            == 0);
      to = whole;
    }
  memset (h->arena + from, 0, to - from);
  h->now = h->marked;
}

size_t
heap_bytes_in_use (void)
{
  return heap_current != NULL ? heap_current->now.in_use : 0;
}

/* ---- Classes ------------------------------------------------------------ */

static unsigned
class_of (size_t size)
{
  if (size <= SMALL_MAX)
    return size == 0 ? 0 : (size - 1) / ALIGNMENT;
  /* The two bits below the highest one say which quarter.  */
  size_t last = size - 1;
  unsigned top = 63 - (unsigned)__builtin_clzl (last);
  return SMALL_CLASSES + 4 * (top - 10) + ((last >> (top - 2)) & 3);
}

static size_t
class_bytes (unsigned class)
{
  if (class < SMALL_CLASSES)
    return (class + 1) * (size_t)ALIGNMENT;
  unsigned i = class - SMALL_CLASSES;
  return (size_t)(5 + i % 4) << (8 + i / 4);
}

/* ---- Blocks ------------------------------------------------------------- */

static bool
in_arena (const struct heap *h, const void *p)
{
  uintptr_t at = (uintptr_t)p - (uintptr_t)h->arena;
  return at >= sizeof (struct header) && at < h->now.used
         && at % ALIGNMENT == 0;
}

static struct header *
header_of (void *p)
{
  return (struct header *)p - 1;
}

/* The first of CLASS's free blocks, unlinked; NULL when there is none.  */
static struct header *
free_list_take (struct heap *h, unsigned class)
{
  struct free_block *b = h->now.free[class];
  if (b == NULL)
    return NULL;
  if (!in_arena (h, b) || header_of (b)->magic != MAGIC_FREE
      || header_of (b)->class != class)
    {
      world_finding ("heap", NULL,
                     "freed memory was written to: a free list is damaged");
      h->now.free[class] = NULL;
      return NULL;
    }
  h->now.free[class] = b->next;
  return header_of (b);
}

/* A block of at least SIZE bytes, not filled; NULL when the arena is full.  */
static void *
block_new (size_t size)
{
  struct heap *h = heap_current;
  CHECK (h != NULL);
  if (size > ARENA_BYTES / 2)
    return NULL;
  unsigned class = class_of (size);
  CHECK (class < CLASSES);
  struct header *header = free_list_take (h, class);
  if (header == NULL)
    {
      size_t bytes = sizeof *header + class_bytes (class);
      if (bytes > ARENA_BYTES - h->now.used)
        return NULL;
      header = (struct header *)(h->arena + h->now.used);
      h->now.used += bytes;
    }
  *header = (struct header){ size, class, MAGIC_LIVE };
  h->now.in_use += size;
  return header + 1;
}

/* The header of the live block that P was handed out for, or NULL and a
   finding.  */
static struct header *
live_header (void *p, const char *what)
{
  struct heap *h = heap_current;
  CHECK (h != NULL);
  if (in_arena (h, p))
    {
      struct header *header = header_of (p);
      if (header->magic == MAGIC_ALIGNED
          && header->size < (size_t)((char *)p - h->arena))
        header = header_of ((char *)p - header->size);
      if (header->magic == MAGIC_LIVE && header->class < CLASSES)
        return header;
      if (header->magic == MAGIC_FREE)
        {
          world_finding ("heap", NULL, "%s of memory that was freed before",
                         what);
          return NULL;
        }
    }
  world_finding ("heap", NULL, "%s of a pointer that is not from malloc",
                 what);
  return NULL;
}

static void
block_free (struct header *header)
{
  struct heap *h = heap_current;
  char *p = (char *)(header + 1);
  lock_forget_range (p, header->size);
  header->magic = MAGIC_FREE;
  h->now.in_use -= header->size;
  struct free_block *b = (struct free_block *)p;
  b->next = h->now.free[header->class];
  h->now.free[header->class] = b;
}

/* ---- The interface ------------------------------------------------------ */

void *
heap_malloc (size_t size)
{
  void *p = block_new (size);
  if (p == NULL)
    {
      errno = ENOMEM;
      return NULL;
    }
  return memset (p, POISON, size);
}

void *
heap_calloc (size_t n, size_t size)
{
  size_t total;
  void *p = NULL;
  if (!__builtin_mul_overflow (n, size, &total))
    p = block_new (total);
  if (p == NULL)
    {
      errno = ENOMEM;
      return NULL;
    }
  return memset (p, 0, total);
}

void *
heap_realloc (void *p, size_t size)
{
  if (p == NULL)
    return heap_malloc (size);
  struct header *header = live_header (p, "realloc");
  if (header == NULL)
    {
      errno = ENOMEM;
      return NULL;
    }
  size_t old = header->size - (size_t)((char *)p - (char *)(header + 1));
  if (p == header + 1 && class_of (size) == header->class)
    {
      if (size > old)
        memset ((char *)p + old, POISON, size - old);
      heap_current->now.in_use += size - old;
      header->size = size;
      return p;
    }
  void *q = heap_malloc (size);
  if (q == NULL)
    return NULL;
  memcpy (q, p, old < size ? old : size);
  heap_free (p);
  return q;
}

int
heap_memalign (void **out, size_t alignment, size_t size)
{
  if (alignment < sizeof (void *) || (alignment & (alignment - 1)) != 0)
    return EINVAL;
  if (alignment <= ALIGNMENT)
    {
      void *p = heap_malloc (size);
      if (p == NULL)
        return ENOMEM;
      *out = p;
      return 0;
    }
  if (alignment > ARENA_BYTES / 2 || size > ARENA_BYTES / 2)
    return ENOMEM;
  char *p = block_new (size + alignment);
  if (p == NULL)
    return ENOMEM;
  size_t back = -(uintptr_t)p & (alignment - 1);
  memset (p, POISON, size + alignment);
  if (back > 0)
    {
      /* It is a multiple of 16, so that there is room for a header.  */
      p += back;
      *header_of (p) = (struct header){ back, 0, MAGIC_ALIGNED };
    }
  *out = p;
  return 0;
}

void
heap_free (void *p)
{
  if (p == NULL)
    return;
  struct header *header = live_header (p, "free");
  if (header != NULL)
    block_free (header);
}
