/* sim/engine: order, timers, wait queues, sleeps, and ends of runs.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "engine_fixture.h"

#include "base/prng.h"

/* ---- Timers --------------------------------------------------------------
 */

static void
timers_go_by_time_then_sequence (void **state)
{
  (void)state;
  struct named_timer a = TIMER ("a"), b = TIMER ("b"), c = TIMER ("c"),
                     d = TIMER ("d");
  START (.cpus = 1);
  timer_set (&c.timer, 20);
  timer_set (&a.timer, 10);
  timer_set (&b.timer, 10);
  timer_set (&d.timer, 0);
  ASSERT_RUN (ENGINE_DEADLOCK, "d@0 a@10 b@10 c@20 ");
}

static void
timers_are_cancelled (void **state)
{
  (void)state;
  struct named_timer a = TIMER ("a"), b = TIMER ("b"), c = TIMER ("c");
  START (.cpus = 1);
  timer_set (&a.timer, 10);
  timer_set (&b.timer, 20);
  timer_set (&c.timer, 30);
  timer_cancel (&b.timer);
  timer_cancel (&b.timer);
  timer_cancel (&a.timer);
  timer_set (&a.timer, 40);
  ASSERT_RUN (ENGINE_DEADLOCK, "c@30 a@40 ");
  assert_int_equal (a.timer.armed, 0);
}

enum
{
  MANY = 3000
};

static struct many
{
  struct timer timer;
  vtime at;
  uint64_t set; /* in which order  */
} many[MANY];
static unsigned many_fired, many_wrong;
static struct many many_last;

static void
many_fire (struct timer *timer)
{
  struct many *m = (struct many *)timer;
  bool after = m->at > many_last.at
               || (m->at == many_last.at && m->set > many_last.set);
  many_wrong += !after || m->at != engine_now ();
  many_last = *m;
  many_fired++;
}

/* The heap against its definition: timers come by (time, order of setting),
   whatever was set again or taken out between.  */
static void
timers_many_at_random (void **state)
{
  (void)state;
  struct prng prng;
  prng_seed (&prng, 5, 0);
  for (int round = 0; round < 20; round++)
    {
      START (.cpus = 1);
      memset (many, 0, sizeof many);
      memset (&many_last, 0, sizeof many_last);
      many_fired = many_wrong = 0;
      unsigned armed = 0;
      for (uint64_t i = 1; i <= 4 * MANY; i++)
        {
          struct many *m = &many[prng_below (&prng, MANY)];
          m->timer.fn = many_fire;
          if (m->timer.armed)
            {
              timer_cancel (&m->timer);
              armed--;
            }
          if (prng_below (&prng, 3) == 0)
            continue;
          m->at = prng_below (&prng, round % 2 ? 50 : 1000000);
          m->set = i;
          timer_set (&m->timer, m->at);
          armed++;
        }
      assert_int_equal (engine_run (), ENGINE_DEADLOCK);
      assert_int_equal (many_wrong, 0);
      assert_int_equal (many_fired, armed);
    }
}

/* ---- Threads and wait queues ---------------------------------------------
 */

static void
waits_once (void *name)
{
  waitq_wait (&queue, WAIT_COND, NULL);
  note (name);
}

static void
wakes_all_at_7 (void *arg)
{
  (void)arg;
  thread_sleep (7);
  waitq_wake_all (&queue);
  note ("woken");
}

static void
wakeups_of_an_instant_are_fifo (void **state)
{
  (void)state;
  START (.cpus = 1);
  thread_spawn ("a", waits_once, "a");
  thread_spawn ("b", waits_once, "b");
  thread_spawn ("waker", wakes_all_at_7, NULL);
  thread_spawn ("c", waits_once, "c");
  ASSERT_RUN (ENGINE_DEADLOCK, "woken@7 a@7 b@7 c@7 ");
}

static void
sleeps_3_times (void *name)
{
  for (int i = 0; i < 3; i++)
    {
      thread_sleep (10);
      note (name);
    }
}

static void
yields_twice (void *name)
{
  note (name);
  thread_yield ();
  note (name);
  thread_yield ();
  note (name);
}

static void
sleeps_and_yields (void **state)
{
  (void)state;
  START (.cpus = 1);
  thread_spawn ("a", sleeps_3_times, "a");
  thread_spawn ("b", sleeps_3_times, "b");
  ASSERT_RUN (ENGINE_DEADLOCK, "a@10 b@10 a@20 b@20 a@30 b@30 ");
  START (.cpus = 1);
  thread_spawn ("a", yields_twice, "a");
  thread_spawn ("b", yields_twice, "b");
  ASSERT_RUN (ENGINE_DEADLOCK, "a@0 b@0 a@0 b@0 a@0 b@0 ");
  START (.cpus = 1);
  thread_spawn ("a", yields_twice, "a");
  ASSERT_RUN (ENGINE_DEADLOCK, "a@0 a@0 a@0 ");
}

static void
waits_10 (void *name)
{
  bool woken = waitq_wait_for (&queue, WAIT_COND, NULL, 10);
  note (name);
  note (woken ? "woken" : "late");
}

static void
waits_50 (void *name)
{
  bool woken = waitq_wait_for (&queue, WAIT_COND, NULL, 50);
  note (name);
  note (woken ? "woken" : "late");
}

static void
wakes_one_at_20 (void *arg)
{
  (void)arg;
  thread_sleep (20);
  struct thread *t = waitq_wake_one (&queue);
  note (t ? t->name : "nobody");
  t = waitq_wake_one (&queue);
  note (t ? t->name : "nobody");
  t = waitq_wake_one (&queue);
  note (t ? t->name : "nobody");
}

static void
timed_waits (void **state)
{
  (void)state;
  START (.cpus = 1);
  /* The one in the middle leaves the queue, then the last one.  */
  thread_spawn ("a", waits_50, "a");
  thread_spawn ("b", waits_10, "b");
  thread_spawn ("c", waits_50, "c");
  thread_spawn ("d", waits_10, "d");
  thread_spawn ("waker", wakes_one_at_20, NULL);
  ASSERT_RUN (ENGINE_DEADLOCK, "b@10 late@10 d@10 late@10 "
                               "a@20 c@20 nobody@20 "
                               "a@20 woken@20 c@20 woken@20 ");
  assert_int_equal (engine_now (), 20);
  assert_null (queue.head);
}

static struct thread *target;

static void
sleeps_long (void *name)
{
  thread_sleep (1000);
  note (name);
}

static void
wakes_target (void *arg)
{
  (void)arg;
  thread_sleep (5);
  thread_wake (target);
}

static void
wake_takes_off_queue_and_sleep (void **state)
{
  (void)state;
  START (.cpus = 1);
  target = thread_spawn ("a", sleeps_long, "a");
  thread_spawn ("waker", wakes_target, NULL);
  ASSERT_RUN (ENGINE_DEADLOCK, "a@5 ");
  assert_int_equal (target->spent[WAIT_SLEEP], 5);
  assert_int_equal (target->state, THREAD_DONE);

  START (.cpus = 1);
  thread_spawn ("x", waits_once, "x");
  target = thread_spawn ("y", waits_50, "y");
  thread_spawn ("waker", wakes_target, NULL);
  ASSERT_RUN (ENGINE_DEADLOCK, "y@5 woken@5 ");
  assert_ptr_equal (queue.head, queue.tail);
  assert_string_equal (queue.head->name, "x");
}

static void
spends_100 (void *name)
{
  cpu_spend (100);
  note (name);
}

/* ---- Ends ----------------------------------------------------------------
 */

static void
sleeps_for_ever (void *arg)
{
  (void)arg;
  for (;;)
    thread_sleep (UINT64_C (30) * 1000 * 1000 * 1000);
}

static void
count_blocked (const struct thread *t, void *arg)
{
  unsigned *n = arg;
  *n += t->state == THREAD_BLOCKED && t->waiting_for == WAIT_COND;
}

static void
deadlock_is_seen (void **state)
{
  (void)state;
  unsigned blocked = 0;
  START (.limit_ns = VTIME_NEVER);
  thread_spawn ("a", waits_once, "a");
  thread_spawn ("b", waits_once, "b");
  ASSERT_RUN (ENGINE_DEADLOCK, "");
  assert_int_equal (engine_now (), 0);
  engine_each_thread (count_blocked, &blocked);
  assert_int_equal (blocked, 2);

  /* Housekeeping alone is given 300 s.  */
  START (.limit_ns = VTIME_NEVER);
  thread_spawn ("daemon", sleeps_for_ever, NULL)->housekeeping = true;
  thread_spawn ("a", waits_once, "a");
  assert_int_equal (engine_run (), ENGINE_DEADLOCK);
  assert_int_equal (engine_now (), UINT64_C (300) * 1000 * 1000 * 1000);

  struct named_timer p = TIMER ("");
  p.period = UINT64_C (100) * 1000 * 1000 * 1000;
  p.timer.periodic = true;
  START (.limit_ns = VTIME_NEVER);
  timer_set (&p.timer, 0);
  assert_int_equal (engine_run (), ENGINE_DEADLOCK);
  assert_int_equal (engine_now (), UINT64_C (300) * 1000 * 1000 * 1000);
}

static void
limit_is_kept (void **state)
{
  (void)state;
  START (.limit_ns = 1000);
  thread_spawn ("a", sleeps_for_ever, NULL);
  ASSERT_RUN (ENGINE_LIMIT, "");
  assert_int_equal (engine_now (), 1000);
  START (.limit_ns = 99);
  thread_spawn ("a", spends_100, "a");
  ASSERT_RUN (ENGINE_LIMIT, "");
  assert_int_equal (engine_now (), 99);
  START (.limit_ns = 99, .cpus = 2);
  thread_spawn ("a", spends_100, "a");
  ASSERT_RUN (ENGINE_LIMIT, "");
  assert_int_equal (engine_now (), 99);
}

static void
stops (void *arg)
{
  (void)arg;
  thread_sleep (5);
  engine_stop (ENGINE_USER + 3);
}

static void
timer_stops (struct timer *timer)
{
  (void)timer;
  engine_stop (ENGINE_STOPPED);
}

static void
stop_ends_a_run (void **state)
{
  (void)state;
  struct timer timer = { .fn = timer_stops };
  for (int i = 0; i < 3; i++)
    {
      START (.cpus = 1 + i);
      thread_spawn ("a", stops, NULL);
      thread_spawn ("b", sleeps_for_ever, NULL);
      ASSERT_RUN (ENGINE_USER + 3, "");
      assert_int_equal (engine_now (), 5);
      START (.cpus = 1 + i);
      timer = (struct timer){ .fn = timer_stops };
      timer_set (&timer, 8);
      ASSERT_RUN (ENGINE_STOPPED, "");
      START (.cpus = 1 + i);
      timer = (struct timer){ .fn = timer_stops };
      timer_set (&timer, 50);
      thread_spawn ("b", spends_100, "b");
      ASSERT_RUN (ENGINE_STOPPED, "");
      assert_int_equal (engine_now (), 50);
    }
}

static void
spawns_more (void *arg)
{
  uintptr_t depth = (uintptr_t)arg;
  char name[32];
  sprintf (name, "%d", (int)depth);
  note (name);
  if (depth > 0)
    thread_spawn (name, spawns_more, (void *)(depth - 1));
  thread_sleep (1);
}

static void
threads_spawn_threads (void **state)
{
  (void)state;
  START (.cpus = 1);
  struct thread *t = thread_spawn ("first", spawns_more, (void *)3);
  ASSERT_RUN (ENGINE_DEADLOCK, "3@0 2@0 1@0 0@0 ");
  assert_int_equal (t->id, 1);
  assert_string_equal (t->name, "first");
  assert_int_equal (t->state, THREAD_DONE);
}

/* ---- Pauses ---- */

static void
pauser (void *arg)
{
  int *steps = arg;
  thread_sleep (10);
  ++*steps;
  engine_pause (ENGINE_STOPPED);
  thread_sleep (10);
  ++*steps;
  engine_stop (ENGINE_USER);
}

static void
paused_run_goes_on (void **state)
{
  (void)state;
  struct engine_config config
      = { .cpus = 1, .quantum_ns = 500, .limit_ns = 1000 };
  for (int round = 0; round < 4; round++)
    {
      int steps = 0;
      engine_init (&config);
      thread_spawn ("pauser", pauser, &steps);
      assert_int_equal (engine_run (), ENGINE_STOPPED);
      assert_int_equal (steps, 1);
      assert_int_equal (engine_now (), 10);
      assert_null (engine.current);
      /* One that nobody goes on with is no obstacle to the next.  */
      if (round % 2 == 0)
        continue;
      assert_int_equal (engine_continue (), ENGINE_USER);
      assert_int_equal (steps, 2);
      assert_int_equal (engine_now (), 20);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (timers_go_by_time_then_sequence),
    cmocka_unit_test (timers_are_cancelled),
    cmocka_unit_test (timers_many_at_random),
    cmocka_unit_test (wakeups_of_an_instant_are_fifo),
    cmocka_unit_test (sleeps_and_yields),
    cmocka_unit_test (timed_waits),
    cmocka_unit_test (wake_takes_off_queue_and_sleep),
    cmocka_unit_test (deadlock_is_seen),
    cmocka_unit_test (limit_is_kept),
    cmocka_unit_test (stop_ends_a_run),
    cmocka_unit_test (threads_spawn_threads),
    cmocka_unit_test (paused_run_goes_on),
  };
  return cmocka_run_group_tests_name ("engine", tests, NULL, NULL);
}
