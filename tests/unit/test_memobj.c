/* Memory objects, the scan, eviction and mappings against a scripted pager.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../pagers/include/hurd_api.h"
#include "../../sim/engine/choice.h"
#include "../../sim/engine/trace.h"
#include "../../sim/world/counters.h"
#include "../../sim/world/lock.h"
#include "../../sim/world/vm.h"
#include "../../sim/world/world.h"

enum
{
  LOG_MAX = 4096,
  MESSAGES = 1
};

/* On a coroutine nothing may unwind to the main stack: the first failure is
   kept, and asserted there.  */
static char failure[256];

static void
expect (bool good, const char *what, int line)
{
  if (good)
    return;
  snprintf (failure, sizeof failure, "line %d: %s", line, what);
  engine_stop (ENGINE_STOPPED);
}
#define EXPECT(e) expect (e, #e, __LINE__)

/* A pager that answers at once and writes down what it was sent.  */
static struct
{
  uint32_t set;
  port_name port;
  uint64_t allocated; /* pages below this have a block: supplied unlocked  */
  bool hold;          /* answer nothing  */
  bool precious;
  bool keep; /* do not unmap returned data  */
  struct message log[LOG_MAX];
  size_t logged;
} pager;

static void
answer (const struct message *m)
{
  switch (m->id)
    {
    case MESSAGE_INIT:
      memobj_ready (m->control, true, 2);
      break;
    case MESSAGE_DATA_REQUEST:
      {
        void *buf = vm_mmap (SIM_PAGE_SIZE);
        bool hole = m->offset >> SIM_PAGE_SHIFT >= pager.allocated;
        memobj_data_supply (m->control, m->offset, buf, SIM_PAGE_SIZE, true,
                            hole ? PROT_BIT_WRITE : 0, pager.precious);
        break;
      }
    case MESSAGE_DATA_UNLOCK:
      memobj_lock_request (m->control, m->offset, m->length, RETURN_NONE,
                           false, 0, false);
      break;
    case MESSAGE_DATA_RETURN:
      if (!pager.keep)
        EXPECT (vm_munmap (m->data, m->length) == 0);
      break;
    default:
      break;
    }
}

static void
pager_thread (void *arg)
{
  (void)arg;
  for (;;)
    {
      struct message m;
      port_receive (pager.set, &m);
      if (pager.logged < LOG_MAX)
        pager.log[pager.logged++] = m;
      if (!pager.hold || m.id == MESSAGE_INIT)
        answer (&m);
    }
}

static struct memobj *object;

static void
start (uint64_t memory, void (*client) (void *))
{
  choice_init (1);
  trace_init ();
  struct engine_config config = { .cpus = 1,
                                  .quantum_ns = 100000000,
                                  .switch_ns = 100,
                                  .limit_ns = UINT64_C (1) << 50 };
  waits_configure (&config);
  engine_init (&config);
  counters_reset ();
  findings_reset ();
  locks_init (LOCK_WRITER);
  ports_init ();
  waits_init (true, 1);
  memory_init (&(struct memory_config){ .bytes = memory, .return_pages = 32 });
  memobjs_init ();
  vm_init (false);
  real_fault_install ();
  memset (&pager, 0, sizeof pager);
  pager.set = port_set_create ();
  pager.port = port_create (pager.set, &pager);
  pageout_start ();
  swap_start ();
  thread_spawn ("pager", pager_thread, NULL);
  thread_spawn ("client", client, NULL);
}

static void
run (uint64_t memory, void (*client) (void *))
{
  start (memory, client);
  int end = engine_run ();
  if (failure[0] != '\0')
    fail_msg ("%s", failure);
  assert_int_equal (end, ENGINE_STOPPED);
  assert_int_equal (findings_count (), 0);
}

static uint64_t
counter (enum counter c)
{
  /* The compiler may move it before a touch of a mapping.  */
  return ((volatile uint64_t *)counter_value)[c];
}

static void
store_pages (uint64_t first, uint64_t n)
{
  EXPECT (vm_client_access (object, first << SIM_PAGE_SHIFT,
                            n << SIM_PAGE_SHIFT, true, 7)
          == 0);
}

static void
sync_pages (uint64_t first, uint64_t n)
{
  memobj_lock_request (object->control, first << SIM_PAGE_SHIFT,
                       n << SIM_PAGE_SHIFT, RETURN_ALL, false, PROT_NO_CHANGE,
                       true);
  thread_sleep (1000000000); /* until the pager is done with it  */
}

/* The data_returns in the log, as "first+pages " each.  */
static const char *
returns (void)
{
  static char text[LOG_MAX * 16];
  text[0] = '\0';
  size_t at = 0;
  for (size_t i = 0; i < pager.logged; i++)
    if (pager.log[i].id == MESSAGE_DATA_RETURN)
      at += sprintf (text + at, "%lu+%lu ",
                     (unsigned long)pager.log[i].offset / SIM_PAGE_SIZE,
                     (unsigned long)pager.log[i].length / SIM_PAGE_SIZE);
  return text;
}

/* ---- Faults --------------------------------------------------------------
 */

static void
first_write_client (void *arg)
{
  (void)arg;
  object = memobj_map (pager.port);
  pager.allocated = 1;
  store_pages (0, 1); /* has a block: one round trip  */
  EXPECT (counter (COUNTER_DATA_REQUEST) == 1);
  EXPECT (counter (COUNTER_DATA_UNLOCK) == 0);
  store_pages (5, 1); /* has none: two  */
  EXPECT (counter (COUNTER_DATA_REQUEST) == 2);
  EXPECT (counter (COUNTER_DATA_UNLOCK) == 1);
  uint64_t faults = counter (COUNTER_FAULTS);
  store_pages (5, 1); /* mapped: none  */
  EXPECT (counter (COUNTER_FAULTS) == faults);
  struct page *p = memobj_page (object, 5);
  EXPECT (p->dirty);
  EXPECT (p->stamp.version == 2);
  EXPECT (p->lock == 0);
  engine_stop (ENGINE_STOPPED);
}

static void
test_first_write (void **state)
{
  (void)state;
  run (64 << 20, first_write_client);
}

static void
faulter (void *arg)
{
  vm_client_access (object, (uintptr_t)arg << SIM_PAGE_SHIFT, 1, false, 7);
}

static void
absent_client (void *arg)
{
  (void)arg;
  object = memobj_map (pager.port);
  store_pages (0, 1);
  pager.hold = true;
  for (uintptr_t i = 1; i <= 60; i++)
    thread_spawn ("faulter", faulter, (void *)i);
  thread_sleep (1000000000);
  /* The limit is tested before one more is added.  */
  EXPECT (object->absent == 51);
  engine_stop (ENGINE_STOPPED);
}

static void
test_absent_limit (void **state)
{
  (void)state;
  run (64 << 20, absent_client);
}

static void
error_client (void *arg)
{
  (void)arg;
  object = memobj_map (pager.port);
  store_pages (0, 1);
  pager.hold = true;
  struct thread *t = thread_spawn ("faulter", faulter, (void *)3);
  thread_sleep (1000000);
  memobj_data_error (object->control, 3 << SIM_PAGE_SHIFT, SIM_PAGE_SIZE, 5);
  thread_sleep (1000000);
  EXPECT (t->state == THREAD_DONE);
  EXPECT (NULL == memobj_page (object, 3));
  EXPECT (object->absent == 0);
  engine_stop (ENGINE_STOPPED);
}

static void
test_data_error (void **state)
{
  (void)state;
  run (64 << 20, error_client);
}

/* ---- The scan ------------------------------------------------------------
 */

static void
batches_client (void *arg)
{
  (void)arg;
  object = memobj_map (pager.port);
  store_pages (3, 70); /* windows count from the first page  */
  store_pages (80, 2); /* behind a hole  */
  sync_pages (0, 1000);
  EXPECT (strcmp (returns (), "3+32 35+32 67+6 80+2 ") == 0);
  EXPECT (counter (COUNTER_DATA_RETURN_PAGES) == 72);
  sync_pages (0, 1000); /* nothing is dirty any more  */
  EXPECT (counter (COUNTER_DATA_RETURN) == 4);
  engine_stop (ENGINE_STOPPED);
}

static void
test_batches (void **state)
{
  (void)state;
  run (64 << 20, batches_client);
}

static void
clean_page_client (void *arg)
{
  (void)arg;
  object = memobj_map (pager.port);
  store_pages (0, 4);
  vm_client_access (object, 4 << SIM_PAGE_SHIFT, 1, false, 7); /* clean  */
  store_pages (5, 3);
  pager.hold = true;
  thread_spawn ("faulter", faulter, (void *)8); /* stays absent  */
  thread_sleep (1000);
  pager.hold = false;
  store_pages (9, 2);
  sync_pages (0, 100);
  EXPECT (strcmp (returns (), "0+4 5+3 9+2 ") == 0);
  engine_stop (ENGINE_STOPPED);
}

static void
test_clean_and_absent_pages_end_a_batch (void **state)
{
  (void)state;
  run (64 << 20, clean_page_client);
}

static void
redirty_client (void *arg)
{
  (void)arg;
  object = memobj_map (pager.port);
  store_pages (0, 1);
  pager.hold = true; /* the copy stays in flight  */
  memobj_lock_request (object->control, 0, SIM_PAGE_SIZE, RETURN_ALL, false,
                       PROT_NO_CHANGE, false);
  uint64_t requests = counter (COUNTER_DATA_REQUEST);
  store_pages (0, 1); /* a soft fault, no message  */
  EXPECT (counter (COUNTER_DATA_REQUEST) == requests);
  memobj_lock_request (object->control, 0, SIM_PAGE_SIZE, RETURN_ALL, false,
                       PROT_NO_CHANGE, false);
  thread_sleep (1000000);
  EXPECT (strcmp (returns (), "0+1 0+1 ") == 0);
  /* The copies hold what was there when they were made.  */
  struct stamp s;
  memcpy (&s, pager.log[pager.logged - 2].data, sizeof s);
  EXPECT (s.version == 1);
  memcpy (&s, pager.log[pager.logged - 1].data, sizeof s);
  EXPECT (s.version == 2);
  engine_stop (ENGINE_STOPPED);
}

static void
test_redirty_in_flight (void **state)
{
  (void)state;
  run (64 << 20, redirty_client);
}

static void
flush_client (void *arg)
{
  (void)arg;
  object = memobj_map (pager.port);
  store_pages (0, 8);
  memobj_lock_request (object->control, 0, 4 << SIM_PAGE_SHIFT, RETURN_NONE,
                       true, PROT_NO_CHANGE, true); /* discards  */
  EXPECT (NULL == memobj_page (object, 3));
  EXPECT (counter (COUNTER_DATA_RETURN) == 0);
  memobj_lock_request (object->control, 0, 8 << SIM_PAGE_SHIFT, RETURN_ALL,
                       true, PROT_NO_CHANGE, true); /* returns  */
  EXPECT (object->resident == 0);
  thread_sleep (1000000000);
  EXPECT (strcmp (returns (), "4+4 ") == 0);
  /* The answers come in order, behind the data.  */
  EXPECT (pager.log[pager.logged - 1].id == MESSAGE_LOCK_COMPLETED);
  EXPECT (!pager.log[pager.logged - 2].kcopy);
  engine_stop (ENGINE_STOPPED);
}

static void
test_flush (void **state)
{
  (void)state;
  run (64 << 20, flush_client);
}

/* ---- Eviction ------------------------------------------------------------
 */

static void
evict_client (void *arg)
{
  (void)arg;
  object = memobj_map (pager.port);
  store_pages (0, 4096); /* 16 MiB into 16 MiB  */
  engine_stop (ENGINE_STOPPED);
}

static void
test_eviction (void **state)
{
  (void)state;
  run (16 << 20, evict_client);
  uint64_t n = counter (COUNTER_EVICTIONS);
  assert_true (n > 0);
  assert_int_equal (counter (COUNTER_DATA_RETURN), n);
  uint64_t next = 0;
  for (size_t i = 0; i < pager.logged; i++)
    if (pager.log[i].id == MESSAGE_DATA_RETURN)
      {
        /* One page each, in file order, nothing left out.  */
        assert_int_equal (pager.log[i].length, SIM_PAGE_SIZE);
        assert_int_equal (pager.log[i].offset >> SIM_PAGE_SHIFT, next++);
      }
  assert_true (counter (COUNTER_PAUSES) == 0
               || memory_state.free >= memory_state.min);
}

static void
test_no_eviction_with_enough_memory (void **state)
{
  (void)state;
  run (64 << 20, evict_client);
  assert_int_equal (counter (COUNTER_EVICTIONS), 0);
}

/* ---- Mappings that really fault ------------------------------------------
 */

static void
home_client (void *arg)
{
  (void)arg;
  uintptr_t at;
  pager.precious = true;
  pager.allocated = 100;
  EXPECT (vm_map_object (pager.port, 0, 16 << SIM_PAGE_SHIFT, true, &at) == 0);
  object = memobj_map (pager.port);
  volatile uint64_t *words = (volatile uint64_t *)at;
  EXPECT (words[0] == 0); /* blocks until the page is there  */
  EXPECT (counter (COUNTER_DATA_REQUEST) == 1);
  EXPECT (!memobj_page (object, 0)->dirty);
  words[1] = 42;
  EXPECT (memobj_page (object, 0)->dirty);
  words[512] = 43; /* a store first  */
  EXPECT (counter (COUNTER_DATA_REQUEST) == 2);
  pager.keep = true;
  sync_pages (0, 16);
  EXPECT (counter (COUNTER_DATA_RETURN) == 1);
  uint64_t *copy = pager.log[pager.logged - 2].data;
  EXPECT (copy[1] == 42);
  EXPECT (copy[512] == 43);
  uint64_t faults = counter (COUNTER_FAULTS);
  EXPECT (words[1] == 42); /* was unmapped: a soft fault  */
  EXPECT (counter (COUNTER_FAULTS) == faults + 1);
  EXPECT (!memobj_page (object, 0)->dirty);
  sync_pages (0, 16); /* clean, but precious  */
  EXPECT (counter (COUNTER_DATA_RETURN) == 1);
  EXPECT (counter (COUNTER_DATA_RETURN_CLEAN) == 1);
  /* memcpy uses wide registers: they must survive the fault.  */
  char from[SIM_PAGE_SIZE];
  memset (from, 0x5c, sizeof from);
  memcpy ((void *)(at + 3 * SIM_PAGE_SIZE + 100), from, sizeof from);
  EXPECT (memcmp ((void *)(at + 3 * SIM_PAGE_SIZE + 100), from, sizeof from)
          == 0);
  engine_stop (ENGINE_STOPPED);
}

static void
test_home_mapping (void **state)
{
  (void)state;
  run (64 << 20, home_client);
}

static void
window_client (void *arg)
{
  (void)arg;
  object = memobj_map (pager.port);
  pager.allocated = 100;
  store_pages (2, 1);
  sync_pages (0, 10);
  uintptr_t at;
  EXPECT (vm_map_object (pager.port, SIM_PAGE_SIZE, 4 << SIM_PAGE_SHIFT, false,
                         &at)
          == 0);
  volatile int *poke = (volatile int *)(at + SIM_PAGE_SIZE);
  *poke = *poke;
  struct page *p = memobj_page (object, 2);
  EXPECT (p->dirty);
  vm_unmap_object (at, 4 << SIM_PAGE_SHIFT);
  EXPECT (p->window_prot == 0);
  EXPECT (p->stamp.file == 7);
  EXPECT (p->stamp.page == 2);
  engine_stop (ENGINE_STOPPED);
}

static void
test_window (void **state)
{
  (void)state;
  run (64 << 20, window_client);
}

static void
guard_client (void *arg)
{
  (void)arg;
  volatile char *buf = vm_mmap (SIM_PAGE_SIZE);
  buf[SIM_PAGE_SIZE - 1] = 1;
  buf[SIM_PAGE_SIZE] = 1;
  engine_stop (ENGINE_STOPPED);
}

static void
test_overrun_is_a_crash (void **state)
{
  (void)state;
  start (64 << 20, guard_client);
  assert_int_equal (engine_run (), WORLD_CRASH);
  assert_int_equal (findings_count (), 1);
  assert_string_equal (findings_get (0)->oracle, "signal");
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_first_write),
    cmocka_unit_test (test_absent_limit),
    cmocka_unit_test (test_data_error),
    cmocka_unit_test (test_batches),
    cmocka_unit_test (test_clean_and_absent_pages_end_a_batch),
    cmocka_unit_test (test_redirty_in_flight),
    cmocka_unit_test (test_flush),
    cmocka_unit_test (test_eviction),
    cmocka_unit_test (test_no_eviction_with_enough_memory),
    cmocka_unit_test (test_home_mapping),
    cmocka_unit_test (test_window),
    cmocka_unit_test (test_overrun_is_a_crash),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
