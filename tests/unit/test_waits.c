/* What a call's time went into: parts by cause, for the thread itself and
   through messages; and that they add up, whatever happens.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "world_fixture.h"

#include "../../sim/world/port.h"
#include "../../sim/world/waits.h"

static pthread_mutex_t node_lock, plain_lock;
static pthread_rwlock_t alloc_lock;
static uint32_t set;
static port_name port[2];
static struct waitq answered[16]; /* by the offset of a message  */
static struct wait_span span[16]; /* of the thread of that number  */

static void
start_world (bool serial, unsigned workers)
{
  ports_init ();
  waits_init (serial, workers);
  memset (answered, 0, sizeof answered);
  memset (span, 0, sizeof span);
  set = port_set_create ();
  for (int i = 0; i < 2; i++)
    port[i] = port_create (set, &port[i]);
  lock_mutex_init (&node_lock, "&np->lock");
  lock_mutex_init (&plain_lock, "&p->interlock");
  lock_rwlock_init (&alloc_lock, "&dn->alloc_lock");
}

static void
start (bool serial, unsigned workers)
{
  world_start (LOCK_WRITER, 1);
  start_world (serial, workers);
}

/* ---- A thread's own time ------------------------------------------------ */

static void
holder (void *arg)
{
  (void)arg;
  lock_mutex_lock (&node_lock);
  lock_mutex_lock (&plain_lock);
  lock_rwlock_rdlock (&alloc_lock);
  thread_sleep (1 * MS);
  lock_mutex_unlock (&node_lock);
  thread_sleep (2 * MS);
  lock_rwlock_unlock (&alloc_lock);
  thread_sleep (4 * MS);
  lock_mutex_unlock (&plain_lock);
  cpu_spend (8 * MS);
  thread_ends ();
}

static void
victim (void *arg)
{
  struct wait_span *s = arg;
  static struct waitq never;
  waits_begin (s);
  lock_mutex_lock (&node_lock);
  lock_rwlock_wrlock (&alloc_lock);
  lock_rwlock_unlock (&alloc_lock);
  lock_mutex_lock (&plain_lock);
  cpu_spend (16 * MS);
  thread_sleep (32 * MS);
  waitq_wait_for (&never, WAIT_DEVICE, NULL, 64 * MS);
  waitq_wait_for (&never, WAIT_MEMORY, NULL, 128 * MS);
  waitq_wait_for (&never, WAIT_PAGE, NULL, 256 * MS);
  waits_end (s, WAITS_WRITE);
  thread_ends ();
}

static void
test_own_time (void **state)
{
  (void)state;
  start (true, 1);
  world_spawn ("holder", holder, NULL);
  world_spawn ("victim", victim, &span[0]);
  engine_run ();

  const vtime *p = span[0].part.of;
  assert_int_equal (p[PART_NODE_LOCK], 1 * MS);
  assert_int_equal (p[PART_ALLOC_LOCK], 2 * MS);
  assert_int_equal (p[PART_LOCK], 4 * MS);
  assert_int_equal (p[PART_CPU], 8 * MS); /* while the holder spends  */
  assert_int_equal (p[PART_RUN], 16 * MS);
  assert_int_equal (p[PART_OTHER], 32 * MS);
  assert_int_equal (p[PART_DEVICE], 64 * MS);
  assert_int_equal (p[PART_MEMORY], 128 * MS);
  assert_int_equal (p[PART_PAGE], 256 * MS);
  assert_int_equal (p[PART_QUEUE] + p[PART_WORKER], 0);

  const struct wait_tally *t = &wait_tallies[WAITS_WRITE];
  struct wait_sum all = wait_tally_all (t);
  assert_int_equal (all.calls, 1);
  assert_int_equal (all.total, 511 * MS);
  assert_memory_equal (all.part.of, p, WAIT_PARTS * sizeof *p);
  /* 2^28 < 511 ms < 2^29 ns.  */
  assert_int_equal (t->by_duration[29].calls, 1);
  assert_memory_equal (&t->by_duration[29], &all, sizeof all);
}

/* ---- Through messages --------------------------------------------------- */

/* Handles messages for ever: the store works for 10 ms on each.  */
static void
worker (void *arg)
{
  static struct waitq store;
  (void)arg;
  for (;;)
    {
      struct message m;
      port_receive (set, &m);
      waits_handling (m.cookie);
      waitq_wait_for (&store, WAIT_DEVICE, NULL, 10 * MS);
      waitq_wake_all (&answered[m.offset]);
      waits_handled ();
    }
}

struct asker
{
  unsigned number;
  vtime at;
  int port;
};

static void
ask (void *arg)
{
  const struct asker *a = arg;
  struct wait_answer answer;
  thread_sleep (a->at);
  waits_begin (&span[a->number]);
  message_ref m = port_send (&(struct message){
      .port = port[a->port],
      .id = MESSAGE_DATA_REQUEST,
      .offset = a->number,
  });
  waits_for_answer (&answer, m);
  waitq_wait (&answered[a->number], WAIT_PAGE, NULL);
  waits_end (&span[a->number], WAITS_FAULT);
  thread_ends ();
}

static void
expect (unsigned number, vtime queue_ms, vtime worker_ms, vtime device_ms)
{
  const vtime *p = span[number].part.of;
  assert_int_equal (p[PART_QUEUE], queue_ms * MS);
  assert_int_equal (p[PART_WORKER], worker_ms * MS);
  assert_int_equal (p[PART_DEVICE], device_ms * MS);
  assert_int_equal (p[PART_PAGE] + p[PART_OTHER], 0);
}

static void
test_behind_others (void **state)
{
  static struct asker askers[]
      = { { 0, 0, 0 }, { 1, 1 * MS, 0 }, { 2, 2 * MS, 0 } };
  (void)state;
  start (true, 1);
  thread_spawn ("worker", worker, NULL);
  for (int i = 0; i < 3; i++)
    world_spawn ("asker", ask, &askers[i]);
  engine_run ();
  expect (0, 0, 0, 10);
  expect (1, 9, 0, 10);
  expect (2, 18, 0, 10);
  struct wait_sum all = wait_tally_all (&wait_tallies[WAITS_FAULT]);
  assert_int_equal (all.calls, 3);
  assert_int_equal (all.part.of[PART_QUEUE], 27 * MS);
}

/* Of another object: it could go, were there a worker.  */
static void
test_no_worker (void **state)
{
  static struct asker askers[] = { { 0, 0, 0 }, { 1, 4 * MS, 1 } };
  (void)state;
  start (true, 1);
  thread_spawn ("worker", worker, NULL);
  for (int i = 0; i < 2; i++)
    world_spawn ("asker", ask, &askers[i]);
  engine_run ();
  expect (0, 0, 0, 10);
  expect (1, 0, 6, 10);
}

static void
test_two_at_a_time (void **state)
{
  static struct asker askers[]
      = { { 0, 0, 0 }, { 1, 4 * MS, 0 }, { 2, 5 * MS, 0 } };
  (void)state;
  start (false, 2);
  for (int i = 0; i < 2; i++)
    thread_spawn ("worker", worker, NULL);
  for (int i = 0; i < 3; i++)
    world_spawn ("asker", ask, &askers[i]);
  engine_run ();
  expect (0, 0, 0, 10);
  expect (1, 0, 0, 10);
  expect (2, 0, 5, 10);
}

/* One that comes late to a page that was asked for takes its share alone; and
   one whose message was never handled, as its pager is gone, waited behind
   others all the time.  */
static void
late (void *arg)
{
  struct wait_answer answer;
  message_ref m = *(message_ref *)arg;
  thread_sleep (3 * MS);
  waits_begin (&span[1]);
  waits_for_answer (&answer, m);
  waitq_wait (&answered[0], WAIT_PAGE, NULL);
  waits_end (&span[1], WAITS_FAULT);
  thread_ends ();
}

static void
early (void *arg)
{
  message_ref *m = arg;
  *m = port_send (&(struct message){ .port = port[0] });
  thread_ends ();
}

static void
test_late_comer (void **state)
{
  static message_ref m;
  (void)state;
  start (true, 1);
  thread_spawn ("worker", worker, NULL);
  world_spawn ("early", early, &m);
  world_spawn ("late", late, &m);
  engine_run ();
  expect (1, 0, 0, 7);
}

/* The answer has come already: what is waited for now is something else.  */
static void
after (void *arg)
{
  struct wait_answer answer;
  message_ref m = *(message_ref *)arg;
  thread_sleep (30 * MS);
  waits_begin (&span[1]);
  waits_for_answer (&answer, m);
  waitq_wait_for (&answered[5], WAIT_PAGE, NULL, 2 * MS);
  waits_end (&span[1], WAITS_FAULT);
  thread_ends ();
}

static void
test_answered_before (void **state)
{
  static message_ref m;
  (void)state;
  start (true, 1);
  thread_spawn ("worker", worker, NULL);
  world_spawn ("early", early, &m);
  world_spawn ("after", after, &m);
  engine_run ();
  assert_int_equal (span[1].part.of[PART_PAGE], 2 * MS);
  assert_int_equal (span[1].part.of[PART_DEVICE], 0);
}

/* ---- They add up ---------------------------------------------------------
 */

static void
test_add_up (void **state)
{
  struct wait_parts part = { .of = { [PART_RUN] = 3, [PART_QUEUE] = 4 } };
  (void)state;
  assert_true (waits_add_up (&part, 7));
  assert_false (waits_add_up (&part, 8));
  assert_false (waits_add_up (&part, 6));
  part.of[PART_OTHER] = -(vtime)2;
  part.of[PART_RUN] = 5;
  assert_false (waits_add_up (&part, 7));
}

static void
wild (void *arg)
{
  unsigned self = (uintptr_t)arg;
  for (int i = 0; i < 200; i++)
    {
      struct wait_span s;
      struct wait_answer answer;
      waits_begin (&s);
      switch (choice_pick (CHOICE_RANDOM, 4))
        {
        case 0:
          lock_mutex_lock (&node_lock);
          stay ();
          lock_mutex_unlock (&node_lock);
          break;
        case 1:
          lock_rwlock_wrlock (&alloc_lock);
          stay ();
          lock_rwlock_unlock (&alloc_lock);
          break;
        case 2:
          lock_rwlock_rdlock (&alloc_lock);
          stay ();
          lock_rwlock_unlock (&alloc_lock);
          break;
        default:
          waits_for_answer (&answer,
                            port_send (&(struct message){
                                .port = port[choice_pick (CHOICE_RANDOM, 2)],
                                .offset = self }));
          waitq_wait (&answered[self], WAIT_PAGE, NULL);
        }
      /* It is checked there.  */
      waits_end (&s, WAITS_NAME);
    }
  thread_ends ();
}

/* Handles messages, and waits itself meanwhile.  */
static void
wild_worker (void *arg)
{
  (void)arg;
  for (;;)
    {
      struct message m;
      port_receive (set, &m);
      waits_handling (m.cookie);
      stay ();
      lock_rwlock_rdlock (&alloc_lock);
      stay ();
      waitq_wake_all (&answered[m.offset]);
      lock_rwlock_unlock (&alloc_lock);
      waits_handled ();
    }
}

static void
start_crowded (unsigned workers, uint64_t seed)
{
  world_start_crowded (LOCK_HTL, 1 + seed % 4, seed);
  start_world (workers == 1, workers);
}

static void
test_wild (void **state)
{
  (void)state;
  for (uint64_t seed = 1; seed <= 40; seed++)
    {
      unsigned workers = 1 + seed % 3;
      start_crowded (workers, seed);
      for (unsigned i = 0; i < workers; i++)
        thread_spawn ("worker", wild_worker, NULL);
      for (uintptr_t i = 0; i < 6; i++)
        world_spawn ("wild", wild, (void *)i);
      assert_int_equal (engine_run (), ENGINE_STOPPED);
      struct wait_sum all = wait_tally_all (&wait_tallies[WAITS_NAME]);
      assert_int_equal (all.calls, 6 * 200);
      assert_true (waits_add_up (&all.part, all.total));
      assert_true (all.part.of[PART_ALLOC_LOCK] > 0);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_own_time),
    cmocka_unit_test (test_behind_others),
    cmocka_unit_test (test_no_worker),
    cmocka_unit_test (test_two_at_a_time),
    cmocka_unit_test (test_late_comer),
    cmocka_unit_test (test_answered_before),
    cmocka_unit_test (test_add_up),
    cmocka_unit_test (test_wild),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
