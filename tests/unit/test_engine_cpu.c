/* sim/engine: CPU time, quanta, kernel mode, and several CPUs.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "engine_fixture.h"

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
wakes_all_at_7 (void *arg)
{
  (void)arg;
  thread_sleep (7);
  waitq_wake_all (&queue);
  note ("woken");
}

static void
spends_100 (void *name)
{
  cpu_spend (100);
  note (name);
}

static void
spends_in_kernel (void *name)
{
  engine_kernel_enter ();
  cpu_spend (60);
  engine_kernel_enter ();
  cpu_spend (40);
  engine_kernel_leave ();
  note (name);
  engine_kernel_leave ();
  note (name);
}

static void
quantum_and_kernel_mode (void **state)
{
  (void)state;
  /* Alternate in turns of 30: a 0-30 60-90 120-150 180-190.  */
  START (.quantum_ns = 30);
  struct thread *a = thread_spawn ("a", spends_100, "a");
  struct thread *b = thread_spawn ("b", spends_100, "b");
  ASSERT_RUN (ENGINE_DEADLOCK, "a@190 b@200 ");
  assert_int_equal (a->spent[WAIT_CPU], 90);
  assert_int_equal (b->spent[WAIT_CPU], 100);

  /* In kernel mode the end of the quantum waits for the last leave.  */
  START (.quantum_ns = 30);
  thread_spawn ("k", spends_in_kernel, "k");
  thread_spawn ("b", spends_100, "b");
  ASSERT_RUN (ENGINE_DEADLOCK, "k@100 k@130 b@200 ");

  /* The sleeper comes at 7 and waits for the end of the quantum.  */
  START (.quantum_ns = 50);
  thread_spawn ("s", wakes_all_at_7, NULL);
  thread_spawn ("a", spends_100, "a");
  ASSERT_RUN (ENGINE_DEADLOCK, "woken@50 a@100 ");
}

static void
timers_run_within_a_span (void **state)
{
  (void)state;
  struct named_timer t = TIMER ("t"), u = TIMER ("u"), v = TIMER ("v");
  t.period = 40;
  START (.limit_ns = 130);
  thread_spawn ("a", spends_100, "a");
  timer_set (&t.timer, 25);
  timer_set (&u.timer, 100);
  timer_set (&v.timer, 101);
  ASSERT_RUN (ENGINE_LIMIT, "t@25 t@65 u@100 a@100 v@101 t@105 ");
  assert_int_equal (engine_now (), 130);
}

static void
switches_cost_the_next_one (void **state)
{
  (void)state;
  START (.switch_ns = 3);
  thread_spawn ("a", spends_100, "a");
  thread_spawn ("b", spends_100, "b");
  ASSERT_RUN (ENGINE_DEADLOCK, "a@100 b@203 ");
  START (.switch_ns = 3, .quantum_ns = 60);
  thread_spawn ("a", spends_100, "a");
  thread_spawn ("b", spends_100, "b");
  /* a 0-60, b 63-123, a 126-166, b 169-209.  */
  ASSERT_RUN (ENGINE_DEADLOCK, "a@166 b@209 ");
  /* A quantum shorter than the switch still gets on: turns end at 1, 5, ...,
     and the last of each ends with its span, so that the other is next.  */
  START (.switch_ns = 3, .quantum_ns = 1);
  thread_spawn ("a", spends_100, "a");
  thread_spawn ("b", spends_100, "b");
  ASSERT_RUN (ENGINE_DEADLOCK, "a@800 b@803 ");
  /* Sleeping alone is no switch.  */
  START (.switch_ns = 3);
  thread_spawn ("a", sleeps_3_times, "a");
  ASSERT_RUN (ENGINE_DEADLOCK, "a@10 a@20 a@30 ");
}

static void
cpus_work_at_the_same_time (void **state)
{
  (void)state;
  START (.cpus = 2);
  thread_spawn ("a", spends_100, "a");
  thread_spawn ("b", spends_100, "b");
  ASSERT_RUN (ENGINE_DEADLOCK, "a@100 b@100 ");
  assert_int_equal (engine_now (), 100);

  START (.cpus = 2);
  thread_spawn ("a", spends_100, "a");
  thread_spawn ("b", spends_100, "b");
  struct thread *c = thread_spawn ("c", spends_100, "c");
  ASSERT_RUN (ENGINE_DEADLOCK, "a@100 b@100 c@200 ");
  assert_int_equal (c->spent[WAIT_CPU], 100);

  /* Two quanta end at 60; c takes the first CPU and a the second at once; b
     has it when a ends at 100, while c is in its second quantum, alone.  */
  START (.cpus = 2, .quantum_ns = 60);
  thread_spawn ("a", spends_100, "a");
  thread_spawn ("b", spends_100, "b");
  thread_spawn ("c", spends_100, "c");
  ASSERT_RUN (ENGINE_DEADLOCK, "a@100 b@140 c@160 ");

  /* Kernel work goes on beside another CPU's, and is not preempted.  The
     first to leave makes room for c, the second leaves a CPU for both.  */
  START (.cpus = 2, .quantum_ns = 10);
  thread_spawn ("k", spends_in_kernel, "k");
  thread_spawn ("k", spends_in_kernel, "k");
  thread_spawn ("c", spends_100, "c");
  ASSERT_RUN (ENGINE_DEADLOCK, "k@100 k@100 k@100 k@100 c@200 ");
}

static void
sleeps_70 (void *name)
{
  thread_sleep (70);
  note (name);
}

static void
overdue_spenders_make_room (void **state)
{
  (void)state;
  /* Both CPUs are busy, alone and with used-up quanta, when the sleeper
     comes: the first makes room and goes on at once.  */
  START (.cpus = 2, .quantum_ns = 50);
  thread_spawn ("s", sleeps_70, "s");
  struct thread *a = thread_spawn ("a", spends_100, "a");
  thread_spawn ("b", spends_100, "b");
  ASSERT_RUN (ENGINE_DEADLOCK, "s@70 b@100 a@100 ");
  assert_int_equal (a->spent[WAIT_CPU], 0);

  /* Where it costs time, it takes as much from the first one.  */
  START (.cpus = 2, .quantum_ns = 50, .switch_ns = 2);
  thread_spawn ("s", sleeps_70, "s");
  thread_spawn ("a", spends_100, "a");
  thread_spawn ("b", spends_100, "b");
  ASSERT_RUN (ENGINE_DEADLOCK, "s@72 b@100 a@106 ");
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (quantum_and_kernel_mode),
    cmocka_unit_test (timers_run_within_a_span),
    cmocka_unit_test (switches_cost_the_next_one),
    cmocka_unit_test (cpus_work_at_the_same_time),
    cmocka_unit_test (overdue_spenders_make_room),
  };
  return cmocka_run_group_tests_name ("engine cpu", tests, NULL, NULL);
}
