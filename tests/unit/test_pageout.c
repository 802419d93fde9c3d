/* The pageout daemon, pauses of allocation and the default pager
   (docs/model.md 1.5).

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

/* 4096 pages: min 500, low 600, high 1000.  */
static const struct scripted_machine small = { .memory = 16 << 20 };

enum
{
  MS = 1000000
};

static int
reset_costs (void **state)
{
  (void)state;
  for (unsigned i = 0; i < COST_COUNT; i++)
    cost_ns[i] = cost_rows[i].default_ns;
  return 0;
}

/* The data_returns in the log are one page each, and follow each other from
   FIRST on: how many.  */
static uint64_t
evicted_from (uint64_t first)
{
  uint64_t n = 0;
  for (size_t i = 0; i < pager.logged; i++)
    if (pager.log[i].id == MESSAGE_DATA_RETURN)
      {
        EXPECT (pager.log[i].length == SIM_PAGE_SIZE);
        EXPECT (pager.log[i].offset >> SIM_PAGE_SHIFT == first + n);
        EXPECT (!pager.log[i].kcopy);
        n++;
      }
  return n;
}

static struct page *taken[8192];
static unsigned taken_n;

/* Take frames until FREE are left; none is on a queue.  */
static void
take_until (uint64_t free)
{
  while (memory_state.free > free)
    taken[taken_n++] = memory_alloc ();
}

static void
give_back (unsigned n)
{
  while (n-- > 0)
    memory_free (taken[--taken_n]);
}

/* ---- Thresholds ----------------------------------------------------------
 */

static void
test_thresholds (void **state)
{
  (void)state;
  memory_init (&(struct memory_config){ .bytes = 16 << 20 });
  assert_int_equal (memory_state.min, 500);
  assert_int_equal (memory_state.low, 600);
  assert_int_equal (memory_state.high, 1000);
  memory_init (&(struct memory_config){ .bytes = UINT64_C (2) << 30 });
  assert_int_equal (memory_state.min, 26214);
  assert_int_equal (memory_state.low, 31457);
  assert_int_equal (memory_state.high, 52428);
}

static bool allocated;

static void
allocator (void *arg)
{
  (void)arg;
  taken[8000] = memory_alloc ();
  allocated = true;
}

static void
pause_client (void *arg)
{
  (void)arg;
  taken_n = 0;
  allocated = false;
  take_until (500);
  EXPECT (!memory_state.paused);
  struct thread *t = thread_spawn ("allocator", allocator, NULL);
  thread_sleep (10 * MS);
  EXPECT (!allocated && memory_state.paused);
  EXPECT (t->waiting_for == WAIT_MEMORY);
  EXPECT (counter (COUNTER_PAUSES) == 1);
  give_back (499); /* above low is not enough  */
  thread_sleep (1000 * MS);
  EXPECT (!allocated && memory_state.free == 999);
  give_back (1);
  thread_sleep (MS);
  EXPECT (allocated && !memory_state.paused);
  engine_stop (ENGINE_STOPPED);
}

static void
test_pause_from_min_to_high (void **state)
{
  (void)state;
  scripted_run (small, pause_client);
}

/* ---- What is evicted, and when -------------------------------------------
 */

static void
pace_client (void *arg)
{
  (void)arg;
  taken_n = 0;
  object = memobj_map (pager.port);
  store_pages (0, 1000);
  take_until (601);
  EXPECT (counter (COUNTER_EVICTIONS) == 0);
  pager.keep = true;
  pager.logged = 0;
  taken[taken_n++] = memory_alloc ();
  thread_sleep (MS);
  EXPECT (counter (COUNTER_EVICTIONS) == 0); /* low is not below low  */
  taken[taken_n++] = memory_alloc ();
  thread_sleep (MS);
  EXPECT (evicted_from (0) == 5); /* a pass  */
  EXPECT (memory_state.external_laundry == 5);
  thread_sleep (48 * MS);
  EXPECT (evicted_from (0) == 5);
  thread_sleep (2 * MS);
  EXPECT (evicted_from (0) == 10); /* by the timeout  */
  /* As many freed as sent since the pass began, of whatever age: at once.  */
  for (size_t i = 0, n = 0; i < pager.logged && n < 4; i++)
    if (pager.log[i].id == MESSAGE_DATA_RETURN && ++n)
      vm_munmap (pager.log[i].data, SIM_PAGE_SIZE);
  thread_sleep (MS);
  EXPECT (evicted_from (0) == 10);
  for (size_t i = 0, n = 0; i < pager.logged; i++)
    if (pager.log[i].id == MESSAGE_DATA_RETURN && ++n == 5)
      vm_munmap (pager.log[i].data, SIM_PAGE_SIZE);
  thread_sleep (MS);
  EXPECT (evicted_from (0) == 15);
  engine_stop (ENGINE_STOPPED);
}

static void
test_five_a_pass (void **state)
{
  (void)state;
  scripted_run (small, pace_client);
}

static void
until_high_client (void *arg)
{
  (void)arg;
  taken_n = 0;
  object = memobj_map (pager.port);
  store_pages (0, 1000);
  take_until (600);
  pager.logged = 0;
  taken[taken_n++] = memory_alloc ();
  thread_sleep (1000 * MS);
  EXPECT (memory_state.free >= 1000 && memory_state.free < 1005);
  EXPECT (evicted_from (0) == memory_state.free - 599);
  EXPECT (memory_state.external_laundry == -1); /* idle  */
  engine_stop (ENGINE_STOPPED);
}

static void
test_evicts_up_to_high (void **state)
{
  (void)state;
  scripted_run (small, until_high_client);
}

static void
clean_client (void *arg)
{
  (void)arg;
  pager.allocated = UINT64_MAX;
  object = memobj_map (pager.port);
  uint64_t seen = 0;
  for (uint64_t i = 0; i < 6000; i++)
    {
      load_pages (i, 1);
      uint64_t now = counter (COUNTER_EVICTIONS_CLEAN);
      EXPECT (now == seen || now - seen >= 390);
      seen = now;
    }
  EXPECT (seen > 1000);
  EXPECT (counter (COUNTER_DATA_RETURN) == 0);
  EXPECT (counter (COUNTER_PAUSES) == 0);
  engine_stop (ENGINE_STOPPED);
}

/* Clean pages are freed up to high without a pause.  */
static void
test_clean_pages_go_at_once (void **state)
{
  (void)state;
  scripted_run (small, clean_client);
}

static void
spared_client (void *arg)
{
  (void)arg;
  taken_n = 0;
  object = memobj_map (pager.port);
  store_pages (0, 100);
  sync_pages (0, 100); /* all of them inactive, not referenced  */
  uintptr_t at;
  EXPECT (vm_map_object (pager.port, 0, 32 << SIM_PAGE_SHIFT, false, &at)
          == 0);
  struct client_buffer from = { .file = 7 };
  size_t done;
  store_pages (0, 1); /* a mapping fault: referenced  */
  /* vm_copy's fault is none: what it wrote goes as the oldest.  */
  EXPECT (
      vm_copy_to (at + SIM_PAGE_SIZE, &from, 20 << SIM_PAGE_SHIFT, true, &done)
      == 0);
  thread_sleep (10 * MS);
  pager.keep = true;
  pager.logged = 0;
  take_until (599);
  thread_sleep (MS);
  EXPECT (evicted_from (1) == 5);
  EXPECT (memobj_page (object, 0)->queue == QUEUE_ACTIVE_EXTERNAL);
  engine_stop (ENGINE_STOPPED);
}

static void
test_referenced_pages_are_spared (void **state)
{
  (void)state;
  scripted_run (small, spared_client);
}

static void
passed_over_client (void *arg)
{
  (void)arg;
  taken_n = 0;
  object = memobj_map (pager.port);
  store_pages (0, 100);
  struct page *p;
  EXPECT (memobj_fault (object, 0, PROT_BIT_READ, false, &p) == 0);
  pager.keep = true;
  pager.logged = 0;
  take_until (599);
  thread_sleep (MS);
  EXPECT (evicted_from (1) == 5);
  EXPECT (memobj_page (object, 0) == p);
  engine_stop (ENGINE_STOPPED);
}

static void
test_busy_pages_are_passed_over (void **state)
{
  (void)state;
  scripted_run (small, passed_over_client);
}

static void
precious_client (void *arg)
{
  (void)arg;
  taken_n = 0;
  pager.precious = true;
  pager.allocated = 1000;
  object = memobj_map (pager.port);
  load_pages (0, 100);
  pager.keep = true;
  pager.logged = 0;
  take_until (599);
  thread_sleep (MS);
  EXPECT (evicted_from (0) == 5);
  EXPECT (!pager.log[0].dirty);
  EXPECT (counter (COUNTER_DATA_RETURN_CLEAN) == 5);
  engine_stop (ENGINE_STOPPED);
}

static void
test_clean_precious_pages_are_sent (void **state)
{
  (void)state;
  scripted_run (small, precious_client);
}

static void
sync_laundry_client (void *arg)
{
  (void)arg;
  taken_n = 0;
  object = memobj_map (pager.port);
  store_pages (0, 200);
  pager.keep = true;
  sync_pages (0, 10);
  EXPECT (memory_state.external_laundry == -1); /* not counted while idle  */
  take_until (599);
  thread_sleep (MS);
  EXPECT (memory_state.external_laundry == 5);
  sync_pages (100, 10);
  EXPECT (memory_state.external_laundry == 15);
  engine_stop (ENGINE_STOPPED);
}

static void
test_copies_of_a_scan_are_laundry (void **state)
{
  (void)state;
  scripted_run (small, sync_laundry_client);
}

/* ---- Several CPUs --------------------------------------------------------
 */

static void
toucher (void *arg)
{
  (void)arg;
  for (;;)
    {
      store_pages (0, 100);
      cpu_spend (500);
    }
}

static void
order_client (void *arg)
{
  (void)arg;
  object = memobj_map (pager.port);
  store_pages (0, 100);
  thread_spawn ("toucher", toucher, NULL);
  cost_ns[COST_MESSAGE] = 20000;
  for (uint64_t i = 0; i < 3; i++)
    store_pages (100, 3600);
  /* A page is asked for again only behind its return.  */
  static int out[SCRIPTED_PAGES_MAX];
  memset (out, 0, sizeof out);
  for (size_t i = 0; i < pager.logged; i++)
    {
      int *n = &out[pager.log[i].offset >> SIM_PAGE_SHIFT];
      if (pager.log[i].id == MESSAGE_DATA_REQUEST)
        EXPECT (++*n == 1);
      if (pager.log[i].id == MESSAGE_DATA_RETURN)
        --*n;
    }
  engine_stop (ENGINE_STOPPED);
}

static void
test_evicted_page_is_asked_for_behind_its_return (void **state)
{
  (void)state;
  scripted_run ((struct scripted_machine){ .memory = 16 << 20, .cpus = 3 },
                order_client);
  assert_true (counter (COUNTER_EVICTIONS) > 100);
}

/* ---- The default pager ---------------------------------------------------
 */

static void
double_client (void *arg)
{
  (void)arg;
  object = memobj_map (pager.port);
  pager.keep = true; /* nothing comes back: only swap frees memory  */
  store_pages (0, 6000);
  EXPECT (counter (COUNTER_PAUSES) > 0);
  EXPECT (counter (COUNTER_SWAP_OUT) > 1000);
  EXPECT (memory_state.swapped + memory_state.internal_laundry
          == counter (COUNTER_SWAP_OUT));
  EXPECT (evicted_from (0) > 1000);
  /* What is brought back is whole.  */
  uint64_t free = memory_state.free;
  for (size_t i = 0; i < pager.logged; i++)
    {
      const struct message *m = &pager.log[i];
      if (m->id == MESSAGE_DATA_RETURN && vm_frame_at (m->data)->swapped)
        {
          struct stamp s;
          vm_make_resident (m->data, m->length);
          EXPECT (vm_stamps (m->data, m->length, &s, 1));
          EXPECT (s.page == m->offset >> SIM_PAGE_SHIFT && s.version == 1);
          EXPECT (memory_state.free == free - 1);
          break;
        }
    }
  EXPECT (counter (COUNTER_SWAP_IN) == 1);
  engine_stop (ENGINE_STOPPED);
}

static void
test_double_paging (void **state)
{
  (void)state;
  scripted_run (small, double_client);
}

/* A page that has gone to swap is laundry no more: its memory is free.  */
static void
swapped_laundry_client (void *arg)
{
  (void)arg;
  taken_n = 0;
  object = memobj_map (pager.port);
  store_pages (0, 1000);
  pager.keep = true;
  take_until (500);
  allocated = false;
  thread_spawn ("allocator", allocator, NULL);
  thread_sleep (10 * MS);
  EXPECT (!allocated);
  vtime begin = engine_now ();
  uint64_t passes = counter (COUNTER_EVICTIONS) / 5;
  while (!allocated)
    thread_sleep (MS);
  passes = counter (COUNTER_EVICTIONS) / 5 - passes;
  /* Not by the timeout.  */
  EXPECT (passes > 50 && engine_now () - begin < passes * 10 * MS);
  engine_stop (ENGINE_STOPPED);
}

static void
test_swapped_page_is_no_laundry (void **state)
{
  (void)state;
  scripted_run (small, swapped_laundry_client);
}

static void
internal_client (void *arg)
{
  (void)arg;
  for (unsigned i = 0; i < 5000; i++)
    EXPECT (vm_mmap (SIM_PAGE_SIZE) != NULL);
  EXPECT (counter (COUNTER_SWAP_OUT) >= 1000);
  engine_stop (ENGINE_STOPPED);
}

static void
test_internal_pages_when_nothing_else_is_left (void **state)
{
  (void)state;
  scripted_run (small, internal_client);
}

static void
end_of_swap_client (void *arg)
{
  (void)arg;
  taken_n = 0;
  object = memobj_map (pager.port);
  store_pages (0, 1000);
  void *buf = vm_mmap (SIM_PAGE_SIZE);
  take_until (800);
  swap_out (vm_frame_at (buf));
  thread_sleep (1000 * MS);
  EXPECT (memory_state.free == 801);
  EXPECT (counter (COUNTER_EVICTIONS) == 0);
  engine_stop (ENGINE_STOPPED);
}

/* Memory is not low: that something was written to swap is no reason.  */
static void
test_end_of_swapping_wakes_no_idle_daemon (void **state)
{
  (void)state;
  scripted_run (small, end_of_swap_client);
}

static void
supply_client (void *arg)
{
  (void)arg;
  object = memobj_map (pager.port);
  load_pages (0, 1);
  for (uint64_t i = 1; i < 4; i++)
    {
      char *buf = vm_mmap (SIM_PAGE_SIZE);
      swap_out (vm_frame_at (buf));
      if (i == 2)
        thread_sleep (100 * MS); /* there, not on its way  */
      EXPECT (memobj_data_supply (object->control, i << SIM_PAGE_SHIFT, buf,
                                  SIM_PAGE_SIZE, true, 0, false)
              == 0);
      struct page *p = memobj_page (object, i);
      EXPECT (!p->swapping && !p->swapped);
    }
  EXPECT (memory_state.swapped == 0);
  EXPECT (counter (COUNTER_SWAP_IN) == 3);
  engine_stop (ENGINE_STOPPED);
}

static void
test_supply_of_a_swapped_page (void **state)
{
  (void)state;
  scripted_run (small, supply_client);
}

int
main (void)
{
#define TEST(name) cmocka_unit_test_setup (name, reset_costs)
  const struct CMUnitTest tests[] = {
    TEST (test_thresholds),
    TEST (test_pause_from_min_to_high),
    TEST (test_five_a_pass),
    TEST (test_evicts_up_to_high),
    TEST (test_clean_pages_go_at_once),
    TEST (test_referenced_pages_are_spared),
    TEST (test_busy_pages_are_passed_over),
    TEST (test_clean_precious_pages_are_sent),
    TEST (test_copies_of_a_scan_are_laundry),
    TEST (test_evicted_page_is_asked_for_behind_its_return),
    TEST (test_double_paging),
    TEST (test_swapped_page_is_no_laundry),
    TEST (test_internal_pages_when_nothing_else_is_left),
    TEST (test_end_of_swapping_wakes_no_idle_daemon),
    TEST (test_supply_of_a_swapped_page),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
