/* Memory for the code under test, all of it taken back after a case.

   The code is left in the middle by assertions, so what it holds must be
   known here: blocks in a list, mappings in a table.  A mapping is real, and
   31 accessible pages and then a guard page follow it: the one-page bounce
   buffer of the chunk writer is overrun by up to 31 pages, and the recorded
   cases want that to complete.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "memory.h"
#include "input.h"
#include "script.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define SLACK (31 * (size_t)PAGE)
#define MAPPINGS_MAX 4096 /* at once  */

struct block
{
  struct block *next, **prevp;
  void *base; /* what the C library gave  */
  size_t size;
};

static struct block *blocks;

static struct mapping
{
  char *start;
  size_t len;    /* as asked for  */
  size_t mapped; /* bytes of LEN that are still there  */
} mappings[MAPPINGS_MAX];
static unsigned mapping_count;

static void (*enter) (void);
static void (*on_unmapped) (void *, size_t);

void
memory_start (void (*new_enter) (void), void (*unmapped) (void *, size_t))
{
  enter = new_enter;
  on_unmapped = unmapped;
}

/* ---- Blocks ---- */

static void *
take (size_t alignment, size_t size)
{
  if (size > SIZE_MAX / 2 || alignment > (1 << 20))
    return NULL;
  if (alignment < 16)
    alignment = 16;
  char *base = malloc (sizeof (struct block) + alignment + size);
  if (!base)
    return NULL;
  uintptr_t p = (uintptr_t)base + sizeof (struct block) + alignment - 1;
  p &= ~(uintptr_t)(alignment - 1);

  struct block *b = (struct block *)p - 1;
  b->base = base;
  b->size = size;
  b->next = blocks;
  b->prevp = &blocks;
  if (b->next)
    b->next->prevp = &b->next;
  blocks = b;
  return (void *)p;
}

static struct block *
find_block (void *p)
{
  for (struct block *b = blocks; b; b = b->next)
    if ((void *)(b + 1) == p)
      return b;
  script_fail ("memory is freed that malloc did not give");
}

static void
give_back (struct block *b)
{
  *b->prevp = b->next;
  if (b->next)
    b->next->prevp = b->prevp;
  free (b->base);
}

void *
script_alloc (size_t size)
{
  void *p = take (16, size);
  if (!p)
    input_bad ("out of memory");
  memset (p, 0, size);
  return p;
}

void *
memory_malloc (size_t size)
{
  enter ();
  void *p = take (16, size);
  if (p)
    memset (p, 0x5a, size); /* nobody may rely on zeros  */
  return p;
}

void *
memory_calloc (size_t n, size_t size)
{
  size_t bytes;

  enter ();
  if (__builtin_mul_overflow (n, size, &bytes))
    return NULL;
  void *p = take (16, bytes);
  if (p)
    memset (p, 0, bytes);
  return p;
}

void *
memory_realloc (void *old, size_t size)
{
  enter ();
  struct block *b = old ? find_block (old) : NULL;
  void *p = take (16, size);
  if (!p)
    return NULL;
  memset (p, 0x5a, size);
  if (b)
    {
      memcpy (p, old, b->size < size ? b->size : size);
      give_back (b);
    }
  return p;
}

int
memory_memalign (void **p, size_t alignment, size_t size)
{
  enter ();
  if (alignment & (alignment - 1))
    return EINVAL;
  *p = take (alignment, size);
  return *p ? 0 : ENOMEM;
}

void
memory_free (void *p)
{
  enter ();
  if (p)
    give_back (find_block (p));
}

/* ---- Mappings ---- */

void *
memory_mmap (void *hint, size_t len, int prot, int flags, int fd,
             int64_t offset)
{
  (void)hint, (void)fd, (void)offset;
  enter ();
  if (!(flags & MAP_ANON))
    script_fail ("mmap of something that is not anonymous memory");
  if (len == 0 || len > (size_t)REQUEST_MAX * 16)
    {
      errno = len == 0 ? EINVAL : ENOMEM;
      return MAP_FAILED;
    }
  if (mapping_count == MAPPINGS_MAX)
    script_fail ("%d mappings at once", MAPPINGS_MAX);
  len = (len + PAGE - 1) / PAGE * PAGE;
  char *start = mmap (NULL, len + SLACK + PAGE, prot,
                      MAP_PRIVATE | MAP_ANON | MAP_NORESERVE, -1, 0);
  if (start == MAP_FAILED)
    return MAP_FAILED;
  mprotect (start + len + SLACK, PAGE, PROT_NONE);
  mappings[mapping_count++]
      = (struct mapping){ .start = start, .len = len, .mapped = len };
  return start;
}

int
memory_munmap (void *address, size_t len)
{
  enter ();
  if ((uintptr_t)address % PAGE != 0 || len == 0)
    {
      errno = EINVAL;
      return -1;
    }
  len = (len + PAGE - 1) / PAGE * PAGE;
  for (unsigned i = mapping_count; i-- > 0;)
    {
      struct mapping *m = &mappings[i];
      size_t from = (size_t)((char *)address - m->start);

      if ((char *)address < m->start || from >= m->len)
        continue;
      if (len > m->len - from)
        script_fail ("munmap beyond the end of a mapping");
      if (len > m->mapped)
        script_fail ("munmap of what is unmapped already");
      /* A part goes for good: what touches it again is caught.  */
      m->mapped -= len;
      if (m->mapped > 0)
        return mprotect (address, len, PROT_NONE);
      munmap (m->start, m->len + SLACK + PAGE);
      *m = mappings[--mapping_count];
      return 0;
    }
  if (!on_unmapped)
    script_fail ("munmap of memory that mmap did not give");
  on_unmapped (address, len);
  return 0;
}

void
memory_end (void)
{
  while (blocks)
    give_back (blocks);
  for (unsigned i = 0; i < mapping_count; i++)
    munmap (mappings[i].start, mappings[i].len + SLACK + PAGE);
  mapping_count = 0;
}
