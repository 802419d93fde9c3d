/* Mutexes, conditions and spin locks; names; misuse; forgotten memory.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "world_fixture.h"

#include <errno.h>

struct actor
{
  const char *name;
  unsigned at_ms, hold_ms;
  bool again; /* comes back at once  */
  bool other; /* takes the other lock  */
};
static struct
{
  pthread_rwlock_t alloc_lock;
} node;
static pthread_mutex_t mutex;
static pthread_cond_t cond;

static void
log_class (const struct lock_class *c, void *arg)
{
  (void)arg;
  log_add ("%s%s ", c->rwlock ? "rw:" : "", c->name);
}

static void
test_names (void **state)
{
  (void)state;
  world_start (LOCK_HTL, 1);
  static pthread_mutex_t m[7];
  lock_mutex_init (&m[0], "&p->interlock");
  lock_mutex_init (&m[1], "&(diskfs_node_disknode (np)->alloc_lock)");
  lock_mutex_init (&m[2], "&table[i + f (2)]");
  lock_mutex_init (&m[3], "&locks[i].lock");
  lock_mutex_init (&m[4], "&q->interlock");
  /* "lock" alone says nothing.  */
  lock_mutex_init (&m[5], "&dn->np->lock");
  lock_mutex_init (&m[6], "&cache.lock");
  lock_each_class (log_class, NULL);
  assert_string_equal (log_text, "interlock alloc_lock table lock "
                                 "np->lock cache.lock ");
  /* The mutex of that name is not the rwlock that a run counts.  */
  lock_mutex_lock (&m[1]);
  assert_int_equal (counter_value[COUNTER_ALLOC_WRLOCK], 0);
  locks_init (LOCK_HTL);
  log_text[0] = '\0';
  lock_each_class (log_class, NULL);
  assert_string_equal (log_text, "");
}

/* Holds are entered when they end, those of no time among them; and all is
   forgotten when a run begins to count.  */
static void
check_holds (const struct lock_class *c, void *arg)
{
  const unsigned *n = arg;
  assert_string_equal (c->name, "interlock");
  assert_int_equal (c->wrlocks, n[0]);
  assert_int_equal (c->contended, 0);
  assert_int_equal (c->write_wait.count, n[0]);
  assert_int_equal (c->write_hold.count, n[0]);
  assert_int_equal (histogram_percentile (&c->write_hold, 500), 0);
  assert_int_equal (histogram_percentile (&c->write_hold, 990), n[1]);
  assert_int_equal (c->write_hold.sum, n[1]);
}

static void
hold_for (unsigned ns)
{
  lock_mutex_lock (&mutex);
  engine.now += ns;
  lock_mutex_unlock (&mutex);
}

static void
test_classes (void **state)
{
  (void)state;
  world_start (LOCK_HTL, 1);
  lock_mutex_init (&mutex, "&p->interlock");
  hold_for (0);
  hold_for (5);
  hold_for (0);
  lock_each_class (check_holds, (unsigned[]){ 3, 5 });
  lock_each_class (check_holds, (unsigned[]){ 3, 5 });
  hold_for (0);
  locks_reset_classes ();
  lock_each_class (check_holds, (unsigned[]){ 0, 0 });
  hold_for (0);
  lock_each_class (check_holds, (unsigned[]){ 1, 0 });
}

/* ---- Mutexes, conditions, spin locks ------------------------------------ */

static void
mutex_actor (void *arg)
{
  struct actor *a = arg;
  thread_sleep (a->at_ms * MS);
  lock_mutex_lock (&mutex);
  log_add ("%s%u ", a->name, now_ms ());
  thread_sleep (a->hold_ms * MS);
  lock_mutex_unlock (&mutex);
  if (a->again)
    {
      lock_mutex_lock (&mutex);
      log_add ("%s%u ", a->name, now_ms ());
      lock_mutex_unlock (&mutex);
    }
  thread_ends ();
}

static void
test_mutex (void **state)
{
  (void)state;
  world_start (LOCK_HTL, 1);
  memset (&mutex, 0, sizeof mutex);
  static struct actor list[] = { { "a", 0, 5, true, false },
                                 { "b", 1, 5, false, false },
                                 { "c", 2, 5, false, false } };
  for (int i = 0; i < 3; i++)
    world_spawn (list[i].name, mutex_actor, &list[i]);
  assert_int_equal (engine_run (), ENGINE_STOPPED);
  assert_string_equal (log_text, "a0 b5 c10 a15 ");
  assert_int_equal (lock_mutex_trylock (&mutex), 0);
  assert_int_equal (lock_mutex_trylock (&mutex), EBUSY);
  assert_int_equal (lock_mutex_unlock (&mutex), 0);
  assert_int_equal (findings_count (), 0);
}

static void
cond_waiter (void *arg)
{
  lock_mutex_lock (&mutex);
  int err = lock_cond_wait (&cond, &mutex);
  log_add ("%s%u:%d ", (const char *)arg, now_ms (), err);
  thread_sleep (2 * MS);
  lock_mutex_unlock (&mutex);
  thread_ends ();
}

static void
cond_signaller (void *arg)
{
  (void)arg;
  thread_sleep (5 * MS);
  lock_mutex_lock (&mutex);
  lock_cond_signal (&cond);
  thread_sleep (5 * MS); /* a has to wait for the mutex  */
  lock_mutex_unlock (&mutex);
  thread_sleep (10 * MS);
  lock_cond_broadcast (&cond); /* without it: b has it at once  */
  thread_ends ();
}

static void
test_cond (void **state)
{
  (void)state;
  world_start (LOCK_HTL, 1);
  memset (&mutex, 0, sizeof mutex);
  memset (&cond, 0, sizeof cond);
  lock_cond_signal (&cond); /* nobody there: nothing is kept  */
  world_spawn ("a", cond_waiter, "a");
  world_spawn ("b", cond_waiter, "b");
  world_spawn ("c", cond_waiter, "c");
  world_spawn ("s", cond_signaller, NULL);
  assert_int_equal (engine_run (), ENGINE_STOPPED);
  assert_string_equal (log_text, "a10:0 b20:0 c22:0 ");
  assert_int_equal (findings_count (), 0);
}

static void
timed_waiter (void *arg)
{
  vtime ns = *(unsigned *)arg * MS;
  lock_mutex_lock (&mutex);
  int err = lock_cond_wait_for (&cond, &mutex, ns);
  log_add ("%u:%s ", now_ms (), err == ETIMEDOUT ? "late" : "woken");
  lock_mutex_unlock (&mutex);
  thread_ends ();
}

static void
test_cond_timed (void **state)
{
  (void)state;
  world_start (LOCK_HTL, 1);
  memset (&mutex, 0, sizeof mutex);
  memset (&cond, 0, sizeof cond);
  /* The first ends by itself; the second is signalled at 5 and its time ends
     at 7 while the mutex is still held; the third's ends at 8, and it gets the
     mutex at 10.  */
  static unsigned ns[] = { 3, 7, 8 };
  for (int i = 0; i < 3; i++)
    world_spawn ("t", timed_waiter, &ns[i]);
  world_spawn ("s", cond_signaller, NULL);
  assert_int_equal (engine_run (), ENGINE_STOPPED);
  assert_string_equal (log_text, "3:late 10:woken 10:late ");
  assert_int_equal (findings_count (), 0);
}

static void
same_instant (void *arg)
{
  (void)arg;
  /* Signals in the very instant at which the waiter's time ends.  */
  thread_sleep (5 * MS);
  lock_mutex_lock (&mutex);
  lock_cond_signal (&cond);
  lock_mutex_unlock (&mutex);
  thread_ends ();
}

static void
test_cond_race (void **state)
{
  (void)state;
  for (int order = 0; order < 2; order++)
    {
      world_start (LOCK_HTL, 1);
      memset (&mutex, 0, sizeof mutex);
      memset (&cond, 0, sizeof cond);
      static unsigned ms = 5;
      world_spawn ("1", order ? same_instant : timed_waiter, &ms);
      world_spawn ("2", order ? timed_waiter : same_instant, &ms);
      assert_int_equal (engine_run (), ENGINE_STOPPED);
      assert_int_equal (findings_count (), 0);
      assert_true (strncmp (log_text, "5:", 2) == 0);
    }
}

static pthread_spinlock_t spin[2];

static void
spinner (void *arg)
{
  struct actor *a = arg;
  thread_sleep (a->at_ms * MS);
  lock_spin_lock (&spin[a->other]);
  log_add ("%s%u ", a->name, now_ms ());
  thread_sleep (a->hold_ms * MS);
  lock_spin_unlock (&spin[a->other]);
  thread_ends ();
}

static void
test_spin (void **state)
{
  (void)state;
  world_start (LOCK_HTL, 1);
  spin[0] = spin[1] = 0;
  static struct actor list[] = { { "a", 0, 5, false, false },
                                 { "b", 1, 9, false, true },
                                 { "c", 2, 1, false, true },
                                 { "d", 3, 1, false, false },
                                 { "e", 4, 1, false, false } };
  for (int i = 0; i < 5; i++)
    world_spawn (list[i].name, spinner, &list[i]);
  assert_int_equal (engine_run (), ENGINE_STOPPED);
  assert_string_equal (log_text, "a0 b1 d5 e6 c10 ");
  assert_int_equal (spin[0], 0);
  assert_int_equal (lock_spin_trylock (&spin[0]), 0);
  assert_int_equal (lock_spin_trylock (&spin[0]), EBUSY);
  lock_spin_unlock (&spin[0]);
  assert_int_equal (findings_count (), 0);
  lock_spin_unlock (&spin[0]);
  assert_true (found ("lock", "is free"));
}

/* ---- Misuse ------------------------------------------------------------- */

static void
test_misuse (void **state)
{
  (void)state;
  world_start (LOCK_HTL, 1);
  static pthread_rwlock_t l;
  static pthread_mutex_t m, copy;
  memset (&l, 0, sizeof l);
  memset (&m, 0, sizeof m);
  lock_rwlock_init (&l, "&x->l");
  assert_int_equal (lock_rwlock_unlock (&l), EPERM);
  assert_true (found ("lock", "l is unlocked, but is free"));
  lock_mutex_init (&m, "&x->m");
  assert_int_equal (lock_mutex_unlock (&m), EPERM);
  assert_true (found ("lock", "m is unlocked, but is free"));
  assert_int_equal (lock_cond_wait (&cond, &m), EPERM);
  assert_true (found ("lock", "waited for without holding m"));

  copy = m;
  lock_mutex_lock (&copy);
  assert_true (found ("lock", "was copied"));
  lock_rwlock_rdlock ((pthread_rwlock_t *)&m);
  assert_true (found ("lock", "a mutex is used as a rwlock"));

  memset (&m, 0xa5, sizeof m);
  lock_mutex_lock (&m);
  assert_true (found ("lock", "never initialised"));
  lock_mutex_destroy (&m);
  assert_true (found ("lock", "destroyed while it is held"));
  lock_mutex_lock (&m);
  assert_true (found ("lock", "after it was destroyed"));
  assert_int_equal (findings_count (), 8);
}

static void
unlock_other (void *arg)
{
  thread_sleep (1 * MS);
  if (arg == &mutex)
    lock_mutex_unlock (&mutex);
  else
    lock_rwlock_unlock (&node.alloc_lock);
  thread_ends ();
}

static void
lock_twice (void *arg)
{
  if (arg == &mutex)
    {
      lock_mutex_lock (&mutex);
      lock_mutex_lock (&mutex);
    }
  else
    {
      lock_rwlock_rdlock (&node.alloc_lock);
      lock_rwlock_wrlock (&node.alloc_lock);
    }
  log_add ("set free ");
  thread_ends ();
}

/* A thread that waits for itself is reported before it hangs; what another
   thread does about it is a finding, too.  */
static void
test_self_wait (void **state)
{
  (void)state;
  void *what[] = { &mutex, &node.alloc_lock };
  for (int i = 0; i < 2; i++)
    {
      world_start (LOCK_HTL, 1);
      memset (&node, 0, sizeof node);
      memset (&mutex, 0, sizeof mutex);
      world_spawn ("t", lock_twice, what[i]);
      assert_int_equal (engine_run (), ENGINE_DEADLOCK);
      assert_true (found ("lock", "waits for itself"));
      assert_int_equal (findings_count (), 1);

      world_start (LOCK_HTL, 1);
      memset (&node, 0, sizeof node);
      memset (&mutex, 0, sizeof mutex);
      world_spawn ("t", lock_twice, what[i]);
      world_spawn ("u", unlock_other, what[i]);
      assert_int_equal (engine_run (), ENGINE_STOPPED);
      assert_string_equal (log_text, "set free ");
      assert_int_equal (findings_count (), 2);
      assert_true (found ("lock", "is unlocked"));
    }
}

/* ---- Memory ------------------------------------------------------------- */

/* A lock that a run leaves behind is a new one to the next run; forgotten
   memory may be used for other locks; numbers follow the order of use.  */
static void
test_forget (void **state)
{
  (void)state;
  static char memory[1 << 16] __attribute__ ((aligned (64)));
  memset (memory, 0, sizeof memory);
  pthread_mutex_t *m = (pthread_mutex_t *)(memory + 4096);

  world_start (LOCK_HTL, 1);
  lock_mutex_lock (m);
  world_start (LOCK_HTL, 1);
  assert_int_equal (lock_mutex_trylock (m), 0);
  assert_int_equal (findings_count (), 0);

  lock_forget_range (memory, 4096);
  lock_forget_range (memory + 4097, 4096);
  assert_int_equal (lock_mutex_trylock (m), EBUSY);
  lock_forget_range (memory + 4096, 1);
  memset (m, 0, sizeof *m);
  assert_int_equal (lock_mutex_trylock (m), 0);
  lock_forget_range (memory, SIZE_MAX / 2); /* by way of the whole table  */
  memset (m, 0, sizeof *m);
  assert_int_equal (lock_mutex_trylock (m), 0);
  assert_int_equal (findings_count (), 0);
  lock_forget_range (memory, sizeof memory);
  lock_mutex_lock (m);
  assert_true (found ("lock", "copied, or freed before"));
}

static uint64_t
digest_of (enum lock_policy policy, size_t shift)
{
  static char memory[256];
  memset (memory, 0, sizeof memory);
  pthread_mutex_t *a = (pthread_mutex_t *)(memory + shift);
  pthread_rwlock_t *b = (pthread_rwlock_t *)(memory + 128 - shift);
  world_start (policy, 1);
  lock_mutex_lock (a);
  lock_rwlock_rdlock (b);
  lock_forget_range (memory, sizeof memory);
  memset (memory, 0, sizeof memory);
  lock_rwlock_wrlock (b);
  lock_mutex_lock (a);
  return trace_digest ();
}

/* Addresses do not reach the trace.  */
static void
test_digest (void **state)
{
  (void)state;
  assert_true (digest_of (LOCK_HTL, 0) == digest_of (LOCK_HTL, 16));
}

/* ---- At random ---------------------------------------------------------- */

static unsigned inside, broken, items;

static void
consumer (void *arg)
{
  (void)arg;
  for (int i = 0; i < 100; i++)
    {
      lock_mutex_lock (&mutex);
      broken += inside++;
      while (items == 0)
        {
          inside--;
          if (choice_pick (CHOICE_RANDOM, 2))
            lock_cond_wait (&cond, &mutex);
          else
            lock_cond_wait_for (&cond, &mutex,
                                choice_pick (CHOICE_RANDOM, 100));
          broken += inside++;
        }
      items--;
      stay ();
      inside--;
      lock_mutex_unlock (&mutex);
    }
  thread_ends ();
}

static void
producer (void *arg)
{
  (void)arg;
  for (int i = 0; i < 100; i++)
    {
      stay ();
      lock_mutex_lock (&mutex);
      broken += inside++;
      items++;
      if (choice_pick (CHOICE_RANDOM, 5) == 0)
        lock_cond_broadcast (&cond);
      else
        lock_cond_signal (&cond);
      stay ();
      inside--;
      lock_mutex_unlock (&mutex);
    }
  thread_ends ();
}

static void
test_queue (void **state)
{
  (void)state;
  for (unsigned seed = 1; seed <= 10; seed++)
    {
      world_start_crowded (LOCK_HTL, seed % 2 ? 1 : 3, seed);
      memset (&mutex, 0, sizeof mutex);
      memset (&cond, 0, sizeof cond);
      inside = broken = items = 0;
      for (int i = 0; i < 4; i++)
        {
          world_spawn ("c", consumer, NULL);
          world_spawn ("p", producer, NULL);
        }
      assert_int_equal (engine_run (), ENGINE_STOPPED);
      assert_int_equal (broken, 0);
      assert_int_equal (items, 0);
      assert_int_equal (findings_count (), 0);
    }
}

static void
charged (void *arg)
{
  (void)arg;
  lock_mutex_lock (&mutex);
  lock_mutex_unlock (&mutex);
  lock_rwlock_rdlock (&node.alloc_lock);
  lock_rwlock_unlock (&node.alloc_lock);
  log_add ("%u", (unsigned)engine_now ());
  thread_ends ();
}

static void
test_cost (void **state)
{
  (void)state;
  world_start (LOCK_HTL, 1);
  memset (&node, 0, sizeof node);
  memset (&mutex, 0, sizeof mutex);
  cost_ns[COST_LOCK] = 25;
  world_spawn ("t", charged, NULL);
  assert_int_equal (engine_run (), ENGINE_STOPPED);
  /* Once for each pair.  */
  assert_string_equal (log_text, "50");
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_names),      cmocka_unit_test (test_classes),
    cmocka_unit_test (test_mutex),      cmocka_unit_test (test_cond),
    cmocka_unit_test (test_cond_timed), cmocka_unit_test (test_cond_race),
    cmocka_unit_test (test_spin),       cmocka_unit_test (test_misuse),
    cmocka_unit_test (test_self_wait),  cmocka_unit_test (test_forget),
    cmocka_unit_test (test_digest),     cmocka_unit_test (test_queue),
    cmocka_unit_test (test_cost),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
