/* memory_object_lock_request and the end of an object: what test_memobj.c
   leaves out (docs/model.md 1.4, 1.6 and 9.1).

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../../sim/world/costs.h"
#include "scripted.h"

static const struct scripted_machine usual;

static int
reset_costs (void **state)
{
  (void)state;
  for (unsigned i = 0; i < COST_COUNT; i++)
    cost_ns[i] = cost_rows[i].default_ns;
  return 0;
}

static void
scan (uint64_t first, uint64_t n, enum return_policy what, bool flush)
{
  memobj_lock_request (object->control, first << SIM_PAGE_SHIFT,
                       n << SIM_PAGE_SHIFT, what, flush, PROT_NO_CHANGE, true);
}

/* ---- Batches -------------------------------------------------------------
 */

/* Own page (uintptr_t)ARG, dirty, for a millisecond.  */
static void
owner (void *arg)
{
  struct page *p;
  uintptr_t index = (uintptr_t)arg;
  EXPECT (memobj_fault (object, index, PROT_BIT_READ, true, &p) == 0);
  thread_sleep (1000000);
  page_release (p);
}

static void
busy_client (void *arg)
{
  (void)arg;
  object = memobj_map (pager.port);
  store_pages (0, 8);
  thread_spawn ("owner", owner, (void *)3);
  thread_yield ();
  vtime begin = engine_now ();
  sync_pages (0, 8); /* sends what it has, then waits  */
  EXPECT (engine_now () - begin > 900000);
  thread_sleep (1000000);
  EXPECT (strcmp (returns (), "0+3 3+5 ") == 0);
  engine_stop (ENGINE_STOPPED);
}

static void
test_busy_page_ends_a_batch (void **state)
{
  (void)state;
  scripted_run (usual, busy_client);
}

static void
precious_client (void *arg)
{
  (void)arg;
  pager.precious = true;
  pager.allocated = 100;
  object = memobj_map (pager.port);
  store_pages (0, 2);
  load_pages (2, 3);
  store_pages (5, 1);
  scan (0, 10, RETURN_ALL, false);
  thread_sleep (1000000);
  EXPECT (strcmp (returns (), "0+2 2+3 5+1 ") == 0);
  EXPECT (counter (COUNTER_DATA_RETURN) == 2);
  EXPECT (counter (COUNTER_DATA_RETURN_CLEAN) == 1);
  EXPECT (memobj_page (object, 2)->precious); /* for the next scan, too  */
  store_pages (0, 1);
  pager.logged = 0;
  scan (0, 10, RETURN_DIRTY, false);
  thread_sleep (1000000);
  EXPECT (strcmp (returns (), "0+1 ") == 0);
  engine_stop (ENGINE_STOPPED);
}

static void
test_clean_precious_pages_go_apart (void **state)
{
  (void)state;
  scripted_run (usual, precious_client);
}

static void
range_client (void *arg)
{
  (void)arg;
  object = memobj_map (pager.port);
  store_pages (0, 40);
  memobj_lock_request (object->control, 5 << SIM_PAGE_SHIFT,
                       (10 << SIM_PAGE_SHIFT) - 100, RETURN_DIRTY, false,
                       PROT_NO_CHANGE, true);
  thread_sleep (1000000);
  EXPECT (strcmp (returns (), "5+10 ") == 0);
  const struct message *m = &pager.log[pager.logged - 1];
  EXPECT (m->id == MESSAGE_LOCK_COMPLETED);
  EXPECT (m->offset == 5 << SIM_PAGE_SHIFT);
  EXPECT (m->length == (10 << SIM_PAGE_SHIFT) - 100);
  engine_stop (ENGINE_STOPPED);
}

static void
test_range (void **state)
{
  (void)state;
  scripted_run (usual, range_client);
}

static void
memory_client (void *arg)
{
  (void)arg;
  object = memobj_map (pager.port);
  store_pages (0, 2600);
  /* More copies than there are frames: it must go on by eviction.  */
  pager.busy_ns = 100000;
  sync_pages (0, 2600);
  thread_sleep (UINT64_C (10000000000));
  for (uint64_t i = 0; i < 2600; i++)
    EXPECT (pager.version[i] == 1);
  engine_stop (ENGINE_STOPPED);
}

static void
test_scan_waits_for_memory (void **state)
{
  (void)state;
  scripted_run ((struct scripted_machine){ .memory = 16 << 20 },
                memory_client);
  assert_true (counter (COUNTER_PAUSES) > 0);
}

/* ---- Who sees a page busy ------------------------------------------------
 */

static void
rewriter (void *arg)
{
  (void)arg;
  for (;;)
    {
      sync_pages (0, 64); /* takes the mappings away  */
      store_pages (0, 64);
    }
}

/* On one CPU a thread that is preempted owns no page (9.6).  */
static void
watching_client (void *arg)
{
  (void)arg;
  object = memobj_map (pager.port);
  store_pages (0, 64);
  thread_spawn ("rewriter", rewriter, NULL);
  for (unsigned i = 0; i < 2000; i++)
    {
      for (uint64_t k = 0; k < 64; k++)
        EXPECT (!memobj_page (object, k)->busy);
      thread_yield ();
    }
  engine_stop (ENGINE_STOPPED);
}

static void
test_preempted_writer_owns_no_page (void **state)
{
  (void)state;
  scripted_run ((struct scripted_machine){ .quantum_ns = 1700 },
                watching_client);
}

/* ---- Several CPUs --------------------------------------------------------
 */

static unsigned writers;

static void
writer (void *arg)
{
  uintptr_t seed = (uintptr_t)arg;
  for (unsigned i = 0; i < 3000; i++)
    {
      seed = seed * 1103515245 + 12345;
      store_pages (seed / 65536 % 200, 1 + seed / 16 % 5);
      cpu_spend (seed / 1024 % 700);
    }
  writers--;
}

static void
flusher (void *arg)
{
  (void)arg;
  while (writers > 0)
    {
      scan (50, 60, RETURN_ALL, true);
      thread_sleep (23000);
    }
}

static void
many_client (void *arg)
{
  (void)arg;
  object = memobj_map (pager.port);
  store_pages (0, 210);
  writers = 3;
  for (uintptr_t i = 1; i <= 3; i++)
    thread_spawn ("writer", writer, (void *)(i * 7919));
  thread_spawn ("flusher", flusher, NULL);
  while (writers > 0)
    {
      sync_pages (0, 210);
      thread_sleep (10000);
    }
  sync_pages (0, 210);
  thread_sleep (1000000000);
  /* The pager has the last version of every page, and nothing is lost.  */
  for (uint64_t i = 0; i < 210; i++)
    {
      const struct page *p = memobj_page (object, i);
      EXPECT (p == NULL || !p->busy);
      EXPECT (p == NULL || p->stamp.version == pager.version[i]);
    }
  engine_stop (ENGINE_STOPPED);
}

static void
test_writers_and_scans_on_several_cpus (void **state)
{
  (void)state;
  scripted_run ((struct scripted_machine){ .cpus = 4, .quantum_ns = 50000 },
                many_client);
}

static void
impatient (void *arg)
{
  cpu_spend ((uintptr_t)arg);
  load_pages (1, 1);
}

static void
placeholder_client (void *arg)
{
  (void)arg;
  object = memobj_map (pager.port);
  store_pages (0, 4);
  cost_ns[COST_MESSAGE] = 1000000;
  pager.logged = 0;
  thread_spawn ("impatient", impatient, (void *)50000);
  scan (0, 4, RETURN_ALL, true);
  thread_sleep (1000000000);
  EXPECT (pager.logged == 3);
  EXPECT (pager.log[0].id == MESSAGE_DATA_RETURN);
  EXPECT (memobj_page (object, 1)->stamp.version == 1);
  engine_stop (ENGINE_STOPPED);
}

static void
test_flushed_page_is_asked_for_behind_its_return (void **state)
{
  (void)state;
  scripted_run ((struct scripted_machine){ .cpus = 2 }, placeholder_client);
}

static struct memobj *mapped[2];

static void
mapper (void *arg)
{
  mapped[(uintptr_t)arg] = memobj_map (pager.port);
}

static void
two_maps_client (void *arg)
{
  (void)arg;
  thread_spawn ("mapper", mapper, (void *)0);
  thread_spawn ("mapper", mapper, (void *)1);
  thread_sleep (1000000);
  EXPECT (mapped[0] != NULL && mapped[0] == mapped[1]);
  EXPECT (mapped[0]->mappings == 2);
  engine_stop (ENGINE_STOPPED);
}

static void
test_two_map_at_once (void **state)
{
  (void)state;
  scripted_run ((struct scripted_machine){ .cpus = 2 }, two_maps_client);
}

/* ---- The end of an object ------------------------------------------------
 */

static void
terminate_client (void *arg)
{
  (void)arg;
  pager.allocated = 100;
  object = memobj_map (pager.port);
  uint64_t free = memory_state.free;
  store_pages (0, 3);
  load_pages (3, 2);
  memobj_unmap (object); /* cached  */
  EXPECT (object->resident == 5);
  pager.logged = 0;
  memobj_change_attributes (object->control, false, 2, true);
  EXPECT (object->resident == 0);
  object = memobj_map (pager.port); /* a new one  */
  store_pages (0, 1);
  thread_sleep (1000000);
  /* A message for each dirty page.  */
  EXPECT (strcmp (returns (), "0+1 1+1 2+1 ") == 0);
  EXPECT (pager.log[0].id == MESSAGE_CHANGE_COMPLETED);
  EXPECT (pager.log[4].id == MESSAGE_TERMINATE);
  EXPECT (pager.log[5].id == MESSAGE_INIT);
  EXPECT (pager.log[5].control == object->control);
  EXPECT (memory_state.free == free - 1);
  engine_stop (ENGINE_STOPPED);
}

static void
test_terminate (void **state)
{
  (void)state;
  scripted_run (usual, terminate_client);
}

static void
syncer (void *arg)
{
  (void)arg;
  sync_pages (0, 8);
}

/* The last use goes while a scan waits: the object ends behind the scan.  */
static void
late_client (void *arg)
{
  (void)arg;
  pager.may_cache = false;
  object = memobj_map (pager.port);
  store_pages (0, 8);
  struct page *p;
  EXPECT (memobj_fault (object, 3, PROT_BIT_READ, true, &p) == 0);
  thread_spawn ("syncer", syncer, NULL);
  thread_sleep (1000000);
  memobj_unmap (object);
  EXPECT (object->resident == 8);
  page_release (p);
  thread_sleep (1000000);
  EXPECT (object->resident == 0);
  EXPECT (pager.log[pager.logged - 1].id == MESSAGE_TERMINATE);
  EXPECT (pager.log[pager.logged - 2].id == MESSAGE_LOCK_COMPLETED);
  engine_stop (ENGINE_STOPPED);
}

static void
test_terminate_waits_for_a_scan (void **state)
{
  (void)state;
  scripted_run (usual, late_client);
}

static void
unmapper (void *arg)
{
  (void)arg;
  memobj_unmap (object);
}

/* Who maps a dying object gets a new one, and its init comes behind.  */
static void
remap_client (void *arg)
{
  (void)arg;
  pager.may_cache = false;
  object = memobj_map (pager.port);
  struct memobj *old = object;
  store_pages (0, 8);
  pager.logged = 0;
  cost_ns[COST_MESSAGE] = 100000;
  thread_spawn ("unmapper", unmapper, NULL);
  cpu_spend (250000);
  EXPECT (old->dying && old->resident > 0);
  object = memobj_map (pager.port);
  EXPECT (object != old);
  store_pages (0, 1);
  size_t terminated = 0, made = 0;
  for (size_t i = 0; i < pager.logged; i++)
    {
      if (pager.log[i].id == MESSAGE_TERMINATE)
        terminated = i;
      if (pager.log[i].id == MESSAGE_INIT)
        made = i;
    }
  EXPECT (terminated == 8 && made == 9);
  engine_stop (ENGINE_STOPPED);
}

static void
test_map_while_dying (void **state)
{
  (void)state;
  scripted_run ((struct scripted_machine){ .cpus = 2 }, remap_client);
}

static void
dead_client (void *arg)
{
  (void)arg;
  object = memobj_map (pager.port);
  uint64_t free = memory_state.free;
  store_pages (0, 100);
  port_destroy (pager.port);
  scan (0, 100, RETURN_ALL, true);
  EXPECT (memory_state.free == free);
  engine_stop (ENGINE_STOPPED);
}

static void
test_data_for_a_dead_pager_is_freed (void **state)
{
  (void)state;
  scripted_run (usual, dead_client);
}

int
main (void)
{
#define TEST(name) cmocka_unit_test_setup (name, reset_costs)
  const struct CMUnitTest tests[] = {
    TEST (test_busy_page_ends_a_batch),
    TEST (test_clean_precious_pages_go_apart),
    TEST (test_range),
    TEST (test_scan_waits_for_memory),
    TEST (test_preempted_writer_owns_no_page),
    TEST (test_writers_and_scans_on_several_cpus),
    TEST (test_flushed_page_is_asked_for_behind_its_return),
    TEST (test_two_map_at_once),
    TEST (test_terminate),
    TEST (test_terminate_waits_for_a_scan),
    TEST (test_map_while_dying),
    TEST (test_data_for_a_dead_pager_is_freed),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
