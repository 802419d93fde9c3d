/* Buffers that are overrun: what is a finding, what ends the run, and that
   nothing of it is left for the next one.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "world_fixture.h"

#include "../../sim/world/vm.h"

enum
{
  PAGE = SIM_PAGE_SIZE
};

static char source[64 * PAGE];
static bool good; /* what the thread saw  */

/* Run CLIENT in a world of its own; how it ended.  */
static int
run (void (*client) (void *))
{
  world_start (LOCK_HTL, 1);
  ports_init ();
  memory_init (
      &(struct memory_config){ .bytes = 64 << 20, .return_pages = 32 });
  memobjs_init ();
  vm_init (false);
  real_fault_install ();
  memset (source, 0x5a, sizeof source);
  good = false;
  thread_spawn ("client", client, NULL);
  return engine_run ();
}

static const struct finding *
the_finding (void)
{
  assert_int_equal (findings_count (), 1);
  return findings_get (0);
}

/* A page with BEHIND more of its mapping, into which PAGES are copied.  */
static char *
overrun (size_t behind, size_t pages)
{
  char *buf = vm_mmap (PAGE);
  vm_cut_from_larger (buf, behind * PAGE);
  memcpy (buf, source, pages * PAGE);
  return buf;
}

/* ---- Within the mapping that the buffer is part of -----------------------
 */

static void
within_client (void *arg)
{
  (void)arg;
  char *buf = overrun (3, 4);
  vm_check_overrun (buf, (size_t)4 * PAGE);
  vm_check_overrun (buf, (size_t)4 * PAGE);
  good = memcmp (buf, source, (size_t)4 * PAGE) == 0;
  vm_munmap (buf, PAGE);
  engine_stop (ENGINE_STOPPED);
}

static void
test_within (void **state)
{
  (void)state;
  assert_int_equal (run (within_client), ENGINE_STOPPED);
  assert_true (good);
  assert_string_equal (the_finding ()->oracle, "memory");
  assert_string_equal (the_finding ()->what,
                       "a buffer of 4096 bytes is overrun by 12288 bytes");
}

/* Nobody tells the store: the end of the buffer does.  */
static void
unmapped_client (void *arg)
{
  (void)arg;
  char *buf = vm_mmap (PAGE);
  vm_cut_from_larger (buf, (size_t)3 * PAGE);
  buf[2 * PAGE + 1] = 1;
  vm_munmap (buf, PAGE);
  engine_stop (ENGINE_STOPPED);
}

static void
test_known_when_unmapped (void **state)
{
  (void)state;
  assert_int_equal (run (unmapped_client), ENGINE_STOPPED);
  assert_string_equal (the_finding ()->what,
                       "a buffer of 4096 bytes is overrun by 8192 bytes");
}

static void
innocent_client (void *arg)
{
  (void)arg;
  char *buf = overrun (23, 1);
  vm_check_overrun (buf, PAGE);
  vm_check_overrun (source, sizeof source);
  vm_munmap (buf, PAGE);
  engine_stop (ENGINE_STOPPED);
}

static void
test_innocent (void **state)
{
  (void)state;
  assert_int_equal (run (innocent_client), ENGINE_STOPPED);
  assert_int_equal (findings_count (), 0);
}

/* ---- Beyond it -----------------------------------------------------------
 */

static void
beyond_client (void *arg)
{
  (void)arg;
  char *buf = overrun (3, 8);
  vm_check_overrun (buf, (size_t)8 * PAGE);
  engine_stop (ENGINE_STOPPED);
}

static void
test_beyond (void **state)
{
  (void)state;
  assert_int_equal (run (beyond_client), WORLD_CRASH);
  assert_string_equal (the_finding ()->oracle, "memory");
  assert_string_equal (the_finding ()->what,
                       "a buffer of 4096 bytes is overrun by 28672 bytes, "
                       "16384 of them beyond the mapping that it is part of");
}

/* The last page of its mapping has none behind it.  */
static void
last_client (void *arg)
{
  (void)arg;
  char *buf = overrun (0, 2);
  vm_munmap (buf, PAGE);
  engine_stop (ENGINE_STOPPED);
}

static void
test_last_of_its_mapping (void **state)
{
  (void)state;
  assert_int_equal (run (last_client), WORLD_CRASH);
  assert_non_null (strstr (the_finding ()->what, "by 4096 bytes, 4096 of"));
}

static void
far_client (void *arg)
{
  (void)arg;
  overrun (23, 40);
  engine_stop (ENGINE_STOPPED);
}

static void
test_far_beyond_is_a_signal (void **state)
{
  (void)state;
  assert_int_equal (run (far_client), WORLD_CRASH);
  assert_string_equal (the_finding ()->oracle, "signal");
}

/* A page that is no part of a larger mapping has nothing behind it.  */
static void
single_client (void *arg)
{
  (void)arg;
  char *buf = vm_mmap (PAGE);
  memcpy (buf, source, (size_t)2 * PAGE);
  engine_stop (ENGINE_STOPPED);
}

static void
test_single (void **state)
{
  (void)state;
  assert_int_equal (run (single_client), WORLD_CRASH);
  assert_string_equal (the_finding ()->oracle, "signal");
}

/* ---- What is left --------------------------------------------------------
 */

/* The slot that was overrun is the next one handed out: zero, and with nothing
   behind it.  */
static void
again_client (void *arg)
{
  (void)arg;
  char *first = overrun (3, 4);
  vm_munmap (first, PAGE);
  char *buf = vm_mmap (PAGE);
  vm_cut_from_larger (buf, (size_t)3 * PAGE);
  good = buf == first;
  for (int i = 0; i < 2 * PAGE; i++)
    good = good && buf[i] == 0;
  vm_munmap (buf, PAGE);
  buf = vm_mmap (PAGE);
  good = good && buf == first;
  ((volatile char *)buf)[PAGE] = 1;
  engine_stop (ENGINE_STOPPED);
}

static void
test_nothing_is_left (void **state)
{
  (void)state;
  assert_int_equal (run (again_client), WORLD_CRASH);
  assert_true (good);
  assert_int_equal (findings_count (), 3);
  assert_string_equal (findings_get (2)->oracle, "signal");
}

static void
next_run_client (void *arg)
{
  (void)arg;
  volatile char *buf = vm_mmap (PAGE);
  buf[PAGE] = 1;
  engine_stop (ENGINE_STOPPED);
}

static void
test_nothing_is_left_for_the_next_run (void **state)
{
  (void)state;
  assert_int_equal (run (beyond_client), WORLD_CRASH);
  assert_int_equal (run (next_run_client), WORLD_CRASH);
  assert_string_equal (the_finding ()->oracle, "signal");
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_within),
    cmocka_unit_test (test_known_when_unmapped),
    cmocka_unit_test (test_innocent),
    cmocka_unit_test (test_beyond),
    cmocka_unit_test (test_last_of_its_mapping),
    cmocka_unit_test (test_far_beyond_is_a_signal),
    cmocka_unit_test (test_single),
    cmocka_unit_test (test_nothing_is_left),
    cmocka_unit_test (test_nothing_is_left_for_the_next_run),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
