/* The heap of the code under test: the same in every run, and misuse.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "world_fixture.h"

#include "../../sim/world/heap.h"

#include <errno.h>
#include <stdlib.h>

static struct heap *heap;

static int
setup (void **state)
{
  (void)state;
  world_start (LOCK_HTL, 1);
  heap = heap_create ();
  heap_select (heap);
  return 0;
}

static int
teardown (void **state)
{
  (void)state;
  heap_destroy (heap);
  return 0;
}

static bool
all_bytes (const void *p, size_t n, unsigned char value)
{
  const unsigned char *c = p;
  for (size_t i = 0; i < n; i++)
    if (c[i] != value)
      return false;
  return true;
}

static void
test_fill (void **state)
{
  (void)state;
  static const size_t sizes[]
      = { 0, 1, 16, 17, 1024, 1025, 1280, 1281, 4096, 65536, 3000000, 5000 };
  for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++)
    {
      size_t n = sizes[i];
      char *p = heap_malloc (n);
      assert_non_null (p);
      assert_int_equal ((uintptr_t)p % 16, 0);
      assert_true (all_bytes (p, n, 0xa5));
      memset (p, 1, n);
      heap_free (p);
      /* The last one freed is the next one used.  */
      char *q = heap_malloc (n);
      assert_ptr_equal (p, q);
      assert_true (all_bytes (q, n, 0xa5));
      memset (q, 1, n);
      heap_free (q);
      q = heap_calloc (1, n);
      assert_true (all_bytes (q, n, 0));
      heap_free (q);
    }
  assert_int_equal (heap_bytes_in_use (), 0);
  assert_int_equal (findings_count (), 0);
}

/* Blocks of all sizes, at once, do not overlap.  */
static void
test_overlap (void **state)
{
  (void)state;
  enum
  {
    N = 3000
  };
  static unsigned char *p[N];
  for (int i = 0; i < N; i++)
    {
      p[i] = heap_malloc (i);
      memset (p[i], i % 251, i);
    }
  for (int i = 0; i < N; i++)
    assert_true (all_bytes (p[i], i, i % 251));
  for (int i = 0; i < N; i += 2)
    heap_free (p[i]);
  for (int i = 0; i < N; i += 2)
    {
      p[i] = heap_malloc (i);
      memset (p[i], 255, i);
    }
  for (int i = 1; i < N; i += 2)
    assert_true (all_bytes (p[i], i, i % 251));
  for (int i = 0; i < N; i++)
    heap_free (p[i]);
  assert_int_equal (heap_bytes_in_use (), 0);
  assert_int_equal (findings_count (), 0);
}

static void
test_resize (void **state)
{
  (void)state;
  char *p = heap_realloc (NULL, 10);
  memset (p, 7, 10);
  p = heap_realloc (p, 16);
  assert_true (all_bytes (p, 10, 7) && all_bytes (p + 10, 6, 0xa5));
  p = heap_realloc (p, 5000);
  assert_true (all_bytes (p, 10, 7) && all_bytes (p + 16, 4984, 0xa5));
  p = heap_realloc (p, 3);
  assert_true (all_bytes (p, 3, 7));
  assert_int_equal (heap_bytes_in_use (), 3);
  heap_free (p);
  heap_free (NULL);
  assert_int_equal (findings_count (), 0);
}

static void
test_memalign (void **state)
{
  (void)state;
  void *p;
  for (size_t alignment = 8; alignment <= 1 << 16; alignment *= 2)
    for (size_t size = 0; size < 9000; size += 1000)
      {
        assert_int_equal (heap_memalign (&p, alignment, size), 0);
        assert_int_equal ((uintptr_t)p % alignment, 0);
        memset (p, 1, size);
        if (size % 3 == 0)
          p = heap_realloc (p, size + 5000);
        heap_free (p);
      }
  assert_int_equal (heap_memalign (&p, 24, 10), EINVAL);
  assert_int_equal (heap_memalign (&p, 4, 10), EINVAL);
  assert_int_equal (heap_bytes_in_use (), 0);
  assert_int_equal (findings_count (), 0);
  assert_int_equal (heap_memalign (&p, 4096, 10), 0);
  heap_free (p);
  heap_free (p);
  assert_true (found ("heap", "freed before"));
}

static void
test_too_large (void **state)
{
  (void)state;
  void *p;
  assert_null (heap_malloc (SIZE_MAX));
  assert_null (heap_malloc ((size_t)1 << 40));
  assert_null (heap_calloc (SIZE_MAX / 2, 3));
  assert_int_equal (heap_memalign (&p, 4096, SIZE_MAX - 100), ENOMEM);
  p = heap_malloc (10);
  assert_null (heap_realloc (p, SIZE_MAX - 10));
  heap_free (p);
  assert_int_equal (findings_count (), 0);
}

static void
test_misuse (void **state)
{
  (void)state;
  char *p = heap_malloc (100);
  heap_free (p);
  heap_free (p);
  assert_true (found ("heap", "free of memory that was freed before"));
  p = heap_malloc (100);
  heap_free (p + 16);
  assert_int_equal (findings_count (), 2);
  heap_free (p + 1);
  int local;
  heap_free (&local);
  assert_true (found ("heap", "not from malloc"));
  assert_null (heap_realloc (&local, 3));
  assert_int_equal (findings_count (), 5);
  heap_free (p);
  memset (p, 0xee, 8);
  char *q = heap_malloc (100), *r = heap_malloc (100);
  assert_non_null (r);
  assert_ptr_not_equal (q, r);
  assert_true (found ("heap", "written to"));
}

/* What a run sees of its heap, as a number: addresses within the arena and
   contents, with a fixed sequence of sizes.  */
static uint64_t
run_once (char **kept, const char *arena)
{
  uint64_t digest = 0;
  char *p[200] = { 0 };
  uint64_t random = 1;
  for (int i = 0; i < 5000; i++)
    {
      random = random * UINT64_C (6364136223846793005) + 1442695040888963407;
      unsigned slot = (random >> 33) % 200;
      size_t size = (random >> 45) % 3000;
      heap_free (p[slot]);
      p[slot] = heap_malloc (size);
      digest = digest * 31 + (uint64_t)(p[slot] - arena);
      memset (p[slot], i, size);
    }
  for (int i = 0; i < 3; i++)
    {
      digest = digest * 31 + (unsigned char)kept[i][i];
      kept[i][i]++;
    }
  heap_free (kept[1]);
  /* Beyond the last block: not ours, but it must not differ either.  */
  char *last = heap_malloc (1 << 20);
  digest = digest * 31 + (unsigned char)last[(1 << 20) + 4096];
  memset (last, 1, 1 << 20);
  return digest * 31 + heap_bytes_in_use ();
}

static void
test_restore (void **state)
{
  (void)state;
  char *arena = heap_malloc (1);
  char *kept[3];
  for (int i = 0; i < 3; i++)
    {
      kept[i] = heap_malloc (100 + i);
      memset (kept[i], 10 * i, 100 + i);
    }
  heap_free (heap_malloc (500));
  size_t in_use = heap_bytes_in_use ();
  heap_mark (heap);

  uint64_t first = run_once (kept, arena);
  for (int i = 0; i < 3; i++)
    {
      if (i == 1)
        /* More than is cleared by hand.  */
        memset (heap_malloc (50 << 20), 3, 50 << 20);
      heap_restore (heap);
      assert_int_equal (heap_bytes_in_use (), in_use);
      for (int j = 0; j < 3; j++)
        assert_true (all_bytes (kept[j], 100 + j, 10 * j));
      assert_true (run_once (kept, arena) == first);
    }
  assert_int_equal (findings_count (), 0);
}

/* Each pager has its own.  */
static void
test_two (void **state)
{
  (void)state;
  struct heap *other = heap_create ();
  char *p = heap_malloc (10);
  heap_select (other);
  assert_int_equal (heap_bytes_in_use (), 0);
  char *q = heap_malloc (10);
  heap_free (p);
  assert_true (found ("heap", "not from malloc"));
  heap_free (q);
  heap_restore (other); /* never marked: empty  */
  assert_ptr_equal (heap_malloc (10), q);
  heap_destroy (other);
}

/* Locks in freed memory are gone.  */
static void
test_locks (void **state)
{
  (void)state;
  struct
  {
    char fill[1000];
    pthread_mutex_t m;
  } *p = heap_malloc (sizeof *p);
  lock_mutex_init (&p->m, "&p->m");
  lock_mutex_lock (&p->m);
  heap_free (p);
  assert_ptr_equal (heap_calloc (1, sizeof *p), p);
  assert_int_equal (lock_mutex_trylock (&p->m), 0);
  assert_int_equal (findings_count (), 0);
  heap_free (p);
  assert_ptr_equal (heap_malloc (sizeof *p), p);
  lock_mutex_lock (&p->m);
  assert_true (found ("lock", "never initialised"));
}

int
main (void)
{
#define T(f) cmocka_unit_test_setup_teardown (f, setup, teardown)
  const struct CMUnitTest tests[] = {
    T (test_fill),     T (test_overlap),   T (test_resize),
    T (test_memalign), T (test_too_large), T (test_misuse),
    T (test_restore),  T (test_two),       T (test_locks),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
