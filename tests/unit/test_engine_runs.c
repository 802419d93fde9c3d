/* sim/engine: what holds of whole runs.  The digest and the choices that a run
   is a function of, stacks that are used again, memory that is not allocated,
   and a thread that leaves its stack.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/check.h"
#include "engine/choice.h"
#include "engine/coroutine.h"
#include "engine/engine.h"
#include "engine/trace.h"
#include "engine/trace_record.h"

/* ---- Counting allocations ------------------------------------------------
 */

static volatile unsigned long allocations;

/* The C library's functions are found here first.  Under a sanitizer they are
   its own, and it counts for us.  */
#if defined COROUTINE_ASAN || defined COROUTINE_TSAN

/* gcc brings no header for it.  */
int __sanitizer_install_malloc_and_free_hooks (
    void (*) (const volatile void *, size_t),
    void (*) (const volatile void *));

static void
count_malloc (const volatile void *p, size_t size)
{
  (void)p;
  (void)size;
  allocations++;
}

static void
count_free (const volatile void *p)
{
  (void)p;
}

static void
count_allocations (void)
{
  __sanitizer_install_malloc_and_free_hooks (count_malloc, count_free);
}

#else

void *__libc_malloc (size_t);
void *__libc_calloc (size_t, size_t);
void *__libc_realloc (void *, size_t);
void *__libc_memalign (size_t, size_t);
void __libc_free (void *);

void *
malloc (size_t size)
{
  allocations++;
  return __libc_malloc (size);
}

void *
calloc (size_t n, size_t size)
{
  allocations++;
  return __libc_calloc (n, size);
}

void *
realloc (void *p, size_t size)
{
  allocations++;
  return __libc_realloc (p, size);
}

void *
aligned_alloc (size_t alignment, size_t size)
{
  allocations++;
  return __libc_memalign (alignment, size);
}

void
free (void *p)
{
  __libc_free (p);
}

void *
mmap (void *at, size_t len, int protection, int flags, int fd, off_t offset)
{
  allocations++;
  return (void *)syscall (SYS_mmap, at, len, protection, flags, fd, offset);
}

static void
count_allocations (void)
{
}

#endif

/* ---- A run with some of everything ---------------------------------------
 */

enum
{
  WORKERS = 20,
  ROUNDS = 300
};

static struct waitq queue;
static struct timer ticker;
static unsigned long allocations_warm;
static unsigned allocating_rounds;

static void
tick (struct timer *timer)
{
  waitq_wake_one (&queue);
  timer_set (timer, engine_now () + 700);
}

static void
worker (void *arg)
{
  uintptr_t self = (uintptr_t)arg;

  for (unsigned i = 0; i < ROUNDS; i++)
    {
      switch (choice_pick (CHOICE_WORKLOAD, 6))
        {
        case 0:
          thread_sleep (choice_pick (CHOICE_WORKLOAD, 1000));
          break;
        case 1:
          waitq_wait_for (&queue, WAIT_COND, NULL, 5000);
          break;
        case 2:
          cpu_spend (choice_pick (CHOICE_WORKLOAD, 300));
          break;
        case 3:
          waitq_wake_all (&queue);
          break;
        case 4:
          thread_yield ();
          break;
        default:
          engine_kernel_enter ();
          cpu_spend (self);
          engine_kernel_leave ();
        }
      trace (TRACE_NOTE, i, self);
    }
}

/* Looks back now and then, when the tables have their size.  */
static void
watcher (void *arg)
{
  (void)arg;
  for (int i = 0;; i++)
    {
      thread_sleep (2000);
      if (i >= 3)
        allocating_rounds += allocations != allocations_warm;
      allocations_warm = allocations;
    }
}

static int
run_mixture (unsigned cpus, uint64_t seed)
{
  struct engine_config config = {
    .cpus = cpus, .quantum_ns = 500, .switch_ns = 5, .limit_ns = 200 * 1000
  };
  choice_init (seed);
  trace_init ();
  trace_hash (&seed, 1);
  engine_init (&config);
  queue = (struct waitq){ NULL, NULL };
  ticker = (struct timer){ .fn = tick };
  timer_set (&ticker, 700);
  for (uintptr_t i = 1; i <= WORKERS; i++)
    thread_spawn ("worker", worker, (void *)i);
  thread_spawn ("watcher", watcher, NULL);
  return engine_run ();
}

static void
digest_is_that_of_the_run (void **state)
{
  (void)state;
  for (unsigned cpus = 1; cpus <= 3; cpus++)
    {
      assert_int_equal (run_mixture (cpus, 1), ENGINE_LIMIT);
      uint64_t digest = trace_digest (), events = engine.events;
      assert_true (events > WORKERS * ROUNDS);
      assert_int_equal (run_mixture (cpus, 1), ENGINE_LIMIT);
      assert_int_equal (trace_digest (), digest);
      assert_int_equal (engine.events, events);
      run_mixture (cpus, 2);
      assert_int_not_equal (trace_digest (), digest);
    }

  /* The same everywhere: compilers, optimisation, switch, allocator.  */
  run_mixture (1, 1);
  assert_int_equal (trace_digest (), UINT64_C (0x1ba7516362aedb6d));
  run_mixture (3, 1);
  assert_int_equal (trace_digest (), UINT64_C (0x3a86db3f068c0e8d));
}

static void
digest_takes_what_is_hashed (void **state)
{
  (void)state;
  trace_init ();
  trace_hash ("abc", 3);
  uint64_t abc = trace_digest ();
  trace_init ();
  trace_hash ("ab", 2);
  trace_hash ("c", 1);
  assert_int_not_equal (trace_digest (), abc);
  trace_init ();
  trace_hash ("abc\0", 4);
  assert_int_not_equal (trace_digest (), abc);
  trace_init ();
  trace_hash ("abc", 3);
  assert_int_equal (trace_digest (), abc);
}

static uint64_t sunk;
static struct trace_event sunk_last;

static void
sink (const struct trace_event *event, void *arg)
{
  CHECK (arg == &sunk);
  sunk++;
  sunk_last = *event;
}

static void
ring_and_sink (void **state)
{
  (void)state;
  static struct trace_event last[TRACE_RING + 1];
  sunk = 0;
  trace_set_sink (sink, &sunk);
  run_mixture (1, 1);
  trace_set_sink (NULL, NULL);
  assert_int_equal (sunk, engine.events);

  assert_int_equal (trace_last (last, TRACE_RING + 1), TRACE_RING);
  for (int i = 1; i < TRACE_RING; i++)
    assert_true (last[i - 1].at <= last[i].at);
  assert_memory_equal (&last[TRACE_RING - 1], &sunk_last, sizeof sunk_last);
  struct trace_event two[2];
  assert_int_equal (trace_last (two, 2), 2);
  assert_memory_equal (two, &last[TRACE_RING - 2], sizeof two);

  trace_init ();
  assert_int_equal (trace_last (last, TRACE_RING + 1), 0);
  trace (TRACE_NOTE, 1, 2);
  assert_int_equal (trace_last (last, TRACE_RING + 1), 1);
  assert_int_equal (last[0].kind, TRACE_NOTE);
  assert_int_equal (last[0].thread, 0);
  assert_string_equal (trace_kind_name[TRACE_DATA_RETURN], "data_return");
}

static void
steady_run_allocates_nothing (void **state)
{
  (void)state;
  count_allocations ();
  for (unsigned cpus = 1; cpus <= 2; cpus++)
    {
      allocating_rounds = 0;
      assert_int_equal (run_mixture (cpus, 1), ENGINE_LIMIT);
      assert_int_equal (allocating_rounds, 0);
      /* And a second run as a whole takes nothing new.  */
      unsigned long before = allocations;
      run_mixture (cpus, 1);
      assert_int_equal (allocations, before);
    }
  /* The count counts.  */
  unsigned long before = allocations;
  void *volatile p = malloc (1);
  free (p);
  assert_int_equal (allocations, before + 1);
}

/* ---- Choices -------------------------------------------------------------
 */

static unsigned asked, asked_of_few;

static uint64_t
take_last (void *arg, enum choice_kind kind, uint64_t n)
{
  CHECK (arg == &asked);
  if (kind != CHOICE_NEXT_THREAD)
    return 0;
  asked++;
  asked_of_few += n < 2;
  return n - 1;
}

static char order[16];

static void
appends (void *name)
{
  strcat (order, name);
  thread_sleep (5);
  strcat (order, name);
}

static void
strategy_orders_threads (void **state)
{
  (void)state;
  struct engine_config config
      = { .cpus = 1, .quantum_ns = 500, .limit_ns = 1000 };
  for (int round = 0; round < 2; round++)
    {
      choice_init (1);
      trace_init ();
      engine_init (&config);
      if (round == 1)
        choice_set_strategy (take_last, &asked);
      order[0] = '\0';
      asked = asked_of_few = 0;
      thread_spawn ("a", appends, "a");
      thread_spawn ("b", appends, "b");
      thread_spawn ("c", appends, "c");
      assert_int_equal (engine_run (), ENGINE_DEADLOCK);
      assert_string_equal (order, round ? "cbaabc" : "abcabc");
    }
  assert_int_equal (asked, 4);
  assert_int_equal (asked_of_few, 0);
}

static void
streams_are_independent (void **state)
{
  (void)state;
  uint64_t first[10];
  choice_init (3);
  for (int i = 0; i < 10; i++)
    first[i] = choice_pick (CHOICE_LAYOUT, 1000);
  choice_init (3);
  for (int i = 0; i < 10; i++)
    {
      choice_pick (CHOICE_WORKLOAD, 7);
      assert_int_equal (choice_pick (CHOICE_NEXT_THREAD, 9), 0);
      assert_int_equal (choice_pick (CHOICE_LAYOUT, 1000), first[i]);
    }
  int same = 0;
  choice_init (4);
  for (int i = 0; i < 10; i++)
    same += choice_pick (CHOICE_LAYOUT, 1000) == first[i];
  assert_in_range (same, 0, 2);
}

/* ---- Stacks --------------------------------------------------------------
 */

enum
{
#ifdef COROUTINE_TSAN
  CROWD = 500 /* it keeps half a megabyte for each  */
#else
  CROWD = 10000
#endif
};

static unsigned crowd_done;

static void
crowd_member (void *arg)
{
  char local[100];
  memset (local, 1, sizeof local);
  thread_sleep (1 + (uintptr_t)arg % 7);
  crowd_done += local[(uintptr_t)arg % sizeof local];
}

static void
stacks_are_used_again (void **state)
{
  (void)state;
  struct engine_config config = {
    .cpus = 1, .quantum_ns = 500, .limit_ns = 1000, .stack_bytes = 32 * 1024
  };
  count_allocations ();
  for (int round = 0; round < 3; round++)
    {
      choice_init (1);
      trace_init ();
      engine_init (&config);
      unsigned long before = allocations;
      crowd_done = 0;
      for (uintptr_t i = 0; i < CROWD; i++)
        thread_spawn ("crowd", crowd_member, (void *)i);
      assert_int_equal (engine_run (), ENGINE_DEADLOCK);
      assert_int_equal (crowd_done, CROWD);
      /* One more, for the boot.  */
      assert_int_equal (coroutine_stacks (), CROWD + 1);
      if (round > 0)
        assert_int_equal (allocations, before);
    }

  /* Within a run too: one after the other, two stacks are enough.  */
  config.stack_bytes = 64 * 1024;
  engine_init (&config);
  assert_int_equal (coroutine_stacks (), 0);
  for (int i = 0; i < 100; i++)
    {
      engine_init (&config);
      crowd_done = 0;
      thread_spawn ("one", crowd_member, (void *)0);
      engine_run ();
      assert_int_equal (crowd_done, 1);
    }
  assert_int_equal (coroutine_stacks (), 2);
}

static void
returns_through_stack (void *arg)
{
  /* A return instruction of our own on the stack.  */
  volatile unsigned char code[16] = { 0xc3 };
  (void)arg;
#ifdef __x86_64__
  ((void (*) (void)) (uintptr_t)code) ();
#endif
  code[1] = 1;
  engine_stop (ENGINE_USER);
}

static void
stacks_may_be_executable (void **state)
{
  (void)state;
  struct engine_config config = {
    .cpus = 1, .quantum_ns = 500, .limit_ns = 1000, .exec_stacks = true
  };
  engine_init (&config);
  thread_spawn ("exec", returns_through_stack, NULL);
  assert_int_equal (engine_run (), ENGINE_USER);
}

static volatile sig_atomic_t caught_overflow, caught_name_ok;

static void
on_segv (int signo, siginfo_t *info, void *context)
{
  (void)signo;
  (void)context;
  caught_overflow = engine_is_stack_overflow (info->si_addr);
  caught_name_ok = strcmp (engine.current->name, "deep") == 0;
  engine_stop (ENGINE_USER + 1);
}

static __attribute__ ((noinline)) int
goes_deep (volatile char *above)
{
  volatile char here[512];
  here[0] = above[0] + 1;
  /* Always so, but the compiler cannot know.  */
  if (here[0] + 1 != above[0])
    here[1] = goes_deep (here);
  return here[1] + here[0];
}

static void
deep (void *arg)
{
  volatile char start[1] = { 0 };
  (void)arg;
  thread_sleep (3);
  goes_deep (start);
}

static void
null_store (void *arg)
{
  (void)arg;
  thread_sleep (3);
  volatile char *volatile nowhere = (volatile char *)(uintptr_t)16;
  *nowhere = 1;
}

static void
overflow_hits_the_guard (void **state)
{
  (void)state;
#ifdef COROUTINE_TSAN
  skip (); /* it does not let go of a signal that is left by a jump  */
#endif
  static char alternate[64 * 1024];
  stack_t stack = { .ss_sp = alternate, .ss_size = sizeof alternate }, old;
  struct sigaction action
      = { .sa_sigaction = on_segv,
          .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER },
      before;
  assert_int_equal (sigaltstack (&stack, &old), 0);
  assert_int_equal (sigaction (SIGSEGV, &action, &before), 0);

  struct engine_config config
      = { .cpus = 1, .quantum_ns = 500, .limit_ns = 1000 };
  for (int round = 0; round < 5; round++)
    {
      caught_overflow = caught_name_ok = 0;
      engine_init (&config);
      thread_spawn ("other", crowd_member, NULL);
      thread_spawn ("deep", deep, NULL);
      assert_int_equal (engine_run (), ENGINE_USER + 1);
      assert_true (caught_overflow);
      assert_true (caught_name_ok);
      assert_int_equal (engine_now (), 3);

      /* Another fault is none.  */
      engine_init (&config);
      thread_spawn ("null", null_store, NULL);
      assert_int_equal (engine_run (), ENGINE_USER + 1);
      assert_false (caught_overflow);
    }
  sigaction (SIGSEGV, &before, NULL);
  sigaltstack (&old, NULL);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (digest_is_that_of_the_run),
    cmocka_unit_test (digest_takes_what_is_hashed),
    cmocka_unit_test (ring_and_sink),
    cmocka_unit_test (steady_run_allocates_nothing),
    cmocka_unit_test (strategy_orders_threads),
    cmocka_unit_test (streams_are_independent),
    cmocka_unit_test (stacks_are_used_again),
    cmocka_unit_test (stacks_may_be_executable),
    cmocka_unit_test (overflow_hits_the_guard),
  };
  return cmocka_run_group_tests_name ("engine runs", tests, NULL, NULL);
}
