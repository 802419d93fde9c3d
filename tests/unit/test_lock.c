/* Locks: every policy's rules by scripted arrivals, and misuse.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "world_fixture.h"

#include <errno.h>

/* ---- Scripts ------------------------------------------------------------ */

/* A script is words such as "Ra0+10": a reader (R) or writer (W) named a comes
   at 0 ms and holds the lock for 10 ms.  The log has a word for each entry:
   name and time.  */
enum
{
  ACTORS_MAX = 16
};

struct actor
{
  bool writes;
  char name[2];
  unsigned at_ms, hold_ms, again_ms; /* again: comes back after this long  */
  bool again;
};
static struct actor actors[ACTORS_MAX];

static struct
{
  pthread_rwlock_t alloc_lock;
} node;
static pthread_mutex_t mutex;
static pthread_cond_t cond;

static unsigned
now_ms (void)
{
  return (unsigned)(engine_now () / MS);
}

static void
act_once (struct actor *a)
{
  if (a->writes)
    lock_rwlock_wrlock (&node.alloc_lock);
  else
    lock_rwlock_rdlock (&node.alloc_lock);
  log_add ("%s%u ", a->name, now_ms ());
  thread_sleep (a->hold_ms * MS);
  lock_rwlock_unlock (&node.alloc_lock);
}

static void
act (void *arg)
{
  struct actor *a = arg;
  thread_sleep (a->at_ms * MS);
  act_once (a);
  /* At once: whoever hands over must not be overtaken by this.  */
  if (a->again)
    act_once (a);
  thread_ends ();
}

static void
play (enum lock_policy policy, const char *script)
{
  world_start (policy, 1);
  memset (&node, 0, sizeof node);
  lock_rwlock_init (&node.alloc_lock, "&node.alloc_lock");
  unsigned n = 0;
  char kind, again;
  int length;
  for (const char *s = script; *s != '\0'; s += length)
    {
      struct actor *a = &actors[n++];
      *a = (struct actor){ 0 };
      again = ' ';
      length = 0;
      assert_int_equal (sscanf (s, "%c%1[a-z]%u+%u%n", &kind, a->name,
                                &a->at_ms, &a->hold_ms, &length),
                        4);
      if (s[length] == '!')
        {
          again = '!';
          length++;
        }
      while (s[length] == ' ')
        length++;
      a->writes = kind == 'W';
      a->again = again == '!';
      assert_true (n < ACTORS_MAX);
      world_spawn (a->name, act, a);
    }
  assert_int_equal (engine_run (), ENGINE_STOPPED);
  assert_int_equal (findings_count (), 0);
}

/* What the policies do differently, in one scene: readers a and b overlap, two
   writers and a reader come in between.  */
static void
test_readers_hold (void **state)
{
  (void)state;
  const char *script = "Ra0+10 Wb1+10 Rc2+20 Wd3+10 Re4+3";
  static const char *const want[LOCK_POLICIES] = {
    [LOCK_WRITER] = "a0 b10 d20 c30 e30 ", [LOCK_HTL] = "a0 c2 e4 d22 b32 ",
    [LOCK_READER] = "a0 c2 e4 b22 d32 ",   [LOCK_FIFO] = "a0 b10 c20 d40 e50 ",
    [LOCK_BARGING] = "a0 c2 e4 b22 d32 ",
  };
  static const unsigned bypassed[LOCK_POLICIES]
      = { [LOCK_HTL] = 2, [LOCK_READER] = 2, [LOCK_BARGING] = 2 };
  for (int p = 0; p < LOCK_POLICIES; p++)
    {
      play (p, script);
      assert_string_equal (log_text, want[p]);
      assert_int_equal (counter_value[COUNTER_ALLOC_BYPASSED], bypassed[p]);
      assert_int_equal (counter_value[COUNTER_ALLOC_RDLOCK], 3);
      assert_int_equal (counter_value[COUNTER_ALLOC_WRLOCK], 2);
    }
}

static void
test_writer_holds (void **state)
{
  (void)state;
  const char *script = "Wa0+10 Rb1+5 Wc2+5 Rd3+5 We4+5";
  static const char *const want[LOCK_POLICIES] = {
    [LOCK_WRITER] = "a0 c10 e15 b20 d20 ",
    [LOCK_HTL] = "a0 e10 c15 b20 d20 ",
    [LOCK_READER] = "a0 b10 d10 c15 e20 ",
    [LOCK_FIFO] = "a0 b10 c15 d20 e25 ",
    /* The oldest is woken; b has it for itself, and the next are woken in
       their order.  */
    [LOCK_BARGING] = "a0 b10 c15 d20 e25 ",
  };
  for (int p = 0; p < LOCK_POLICIES; p++)
    {
      play (p, script);
      assert_string_equal (log_text, want[p]);
    }
}

/* A holder that lets go and comes back at once gets in first only where the
   lock is not handed over.  */
static void
test_come_back (void **state)
{
  (void)state;
  for (int p = 0; p < LOCK_POLICIES; p++)
    {
      play (p, "Wa0+10! Wb1+5");
      assert_string_equal (log_text,
                           p == LOCK_BARGING ? "a0 a10 b20 " : "a0 b10 a15 ");
      /* One reader: every handing policy passes the lock on (model.md 5).  */
      play (p, "Ra0+10! Wb1+5");
      assert_string_equal (log_text,
                           p == LOCK_BARGING ? "a0 a10 b20 " : "a0 b10 a15 ");
    }
}

static void
test_writers_order (void **state)
{
  (void)state;
  const char *script = "Wa0+10 Wb1+1 Wc2+1 Wd3+1 Re4+1";
  play (LOCK_WRITER, script);
  assert_string_equal (log_text, "a0 b10 c11 d12 e13 ");
  play (LOCK_HTL, script);
  assert_string_equal (log_text, "a0 d10 c11 b12 e13 ");
  play (LOCK_READER, script);
  assert_string_equal (log_text, "a0 e10 b11 c12 d13 ");
}

/* Readers that overlap starve a writer under htl, and are counted.  */
static void
keep_streak (const struct lock_class *c, void *arg)
{
  assert_string_equal (c->name, "alloc_lock");
  *(uint64_t *)arg = c->bypass_streak;
}

static void
test_starvation (void **state)
{
  (void)state;
  uint64_t streak = 0;
  const char *script = "Ra0+4 Wb1+1 Rc3+4 Rd6+4 Re9+4 Rf12+4 Wg17+1 Rh17+1";
  play (LOCK_HTL, script);
  assert_string_equal (log_text, "a0 c3 d6 e9 f12 b16 g17 h18 ");
  lock_each_class (keep_streak, &streak);
  assert_int_equal (streak, 4);
  play (LOCK_WRITER, script);
  assert_string_equal (log_text, "a0 b4 c5 d6 e9 f12 g17 h18 ");
  lock_each_class (keep_streak, &streak);
  assert_int_equal (streak, 0);
}

/* Under fifo, readers that came before a writer are not said to bypass it.  */
static void
test_fifo_batch (void **state)
{
  (void)state;
  play (LOCK_FIFO, "Wa0+10 Rb1+5 Rc2+7 Wd3+1 Re4+1");
  assert_string_equal (log_text, "a0 b10 c10 d17 e18 ");
  assert_int_equal (counter_value[COUNTER_ALLOC_BYPASSED], 0);
}

static uint64_t
pick_last (void *state, enum choice_kind kind, uint64_t n)
{
  *(unsigned *)state += kind == CHOICE_LOCK_NEXT;
  return kind == CHOICE_LOCK_NEXT ? n - 1 : 0;
}

static unsigned picks;

static void
take_last (void *arg)
{
  (void)arg;
  choice_set_strategy (pick_last, &picks);
  thread_ends ();
}

/* Who is woken is open under barging: a strategy may take the newest.  */
static void
test_barging_choice (void **state)
{
  (void)state;
  play (LOCK_BARGING, "Wa0+10 Wb1+1 Rc2+1 Wd3+1 Re4+2 Rf5+2");
  assert_string_equal (log_text, "a0 b10 c11 d12 e13 f13 ");

  world_start (LOCK_BARGING, 1);
  memset (&node, 0, sizeof node);
  picks = 0;
  static struct actor list[] = {
    { true, "a", 0, 10, 0, false },
    { true, "b", 1, 1, 0, false },
    { true, "c", 2, 1, 0, false },
    { true, "d", 3, 1, 0, false },
  };
  world_spawn ("strategy", take_last, NULL);
  for (int i = 0; i < 4; i++)
    world_spawn (list[i].name, act, &list[i]);
  assert_int_equal (engine_run (), ENGINE_STOPPED);
  choice_set_strategy (NULL, NULL);
  assert_string_equal (log_text, "a0 d10 c11 b12 ");
  assert_int_equal (picks, 2);
}

/* ---- Records ------------------------------------------------------------ */

static void
check_class (const struct lock_class *c, void *arg)
{
  *(bool *)arg = true;
  assert_string_equal (c->name, "alloc_lock");
  assert_true (c->rwlock);
  assert_int_equal (c->rdlocks, 2);
  assert_int_equal (c->wrlocks, 1);
  assert_int_equal (c->contended, 2);
  assert_int_equal (c->read_wait.count, 2);
  assert_int_equal (c->read_wait.min, 0);
  assert_int_equal (c->read_wait.max, 13 * MS);
  assert_int_equal (c->write_wait.sum, 9 * MS);
  assert_int_equal (c->read_hold.sum, 13 * MS);
  assert_int_equal (c->write_hold.sum, 5 * MS);
}

static void
test_histograms (void **state)
{
  (void)state;
  play (LOCK_WRITER, "Ra0+10 Wb1+5 Rc2+3");
  bool called = false;
  lock_each_class (check_class, &called);
  assert_true (called);
  called = false;
  lock_each_class (check_class, &called); /* reading changes nothing  */
  assert_int_equal (histogram_value[HISTOGRAM_ALLOC_READ_WAIT].count, 2);
  assert_int_equal (histogram_value[HISTOGRAM_ALLOC_READ_WAIT].sum, 13 * MS);
  assert_int_equal (histogram_value[HISTOGRAM_ALLOC_WRITE_WAIT].sum, 9 * MS);
  assert_int_equal (histogram_value[HISTOGRAM_ALLOC_READ_HOLD].sum, 13 * MS);
  assert_int_equal (histogram_value[HISTOGRAM_ALLOC_WRITE_HOLD].sum, 5 * MS);
}

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
  static pthread_mutex_t m[5];
  lock_mutex_init (&m[0], "&p->interlock");
  lock_mutex_init (&m[1], "&(diskfs_node_disknode (np)->alloc_lock)");
  lock_mutex_init (&m[2], "&table[i + f (2)]");
  lock_mutex_init (&m[3], "&locks[i].lock");
  lock_mutex_init (&m[4], "&q->interlock");
  lock_each_class (log_class, NULL);
  assert_string_equal (log_text, "interlock alloc_lock table lock ");
  /* The mutex of that name is not the rwlock that a run counts.  */
  lock_mutex_lock (&m[1]);
  assert_int_equal (counter_value[COUNTER_ALLOC_WRLOCK], 0);
  locks_init (LOCK_HTL);
  log_text[0] = '\0';
  lock_each_class (log_class, NULL);
  assert_string_equal (log_text, "");
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
  static struct actor list[] = { { false, "a", 0, 5, 0, true },
                                 { false, "b", 1, 5, 0, false },
                                 { false, "c", 2, 5, 0, false } };
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
  lock_spin_lock (&spin[a->writes]);
  log_add ("%s%u ", a->name, now_ms ());
  thread_sleep (a->hold_ms * MS);
  lock_spin_unlock (&spin[a->writes]);
  thread_ends ();
}

static void
test_spin (void **state)
{
  (void)state;
  world_start (LOCK_HTL, 1);
  spin[0] = spin[1] = 0;
  static struct actor list[] = { { false, "a", 0, 5, 0, false },
                                 { true, "b", 1, 9, 0, false },
                                 { true, "c", 2, 1, 0, false },
                                 { false, "d", 3, 1, 0, false },
                                 { false, "e", 4, 1, 0, false } };
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
  play (LOCK_HTL, "Ra0+10 Wb1+5 Rc2+3");
  uint64_t first = trace_digest ();
  play (LOCK_HTL, "Ra0+10 Wb1+5 Rc2+3");
  assert_true (trace_digest () == first);
  play (LOCK_WRITER, "Ra0+10 Wb1+5 Rc2+3");
  assert_false (trace_digest () == first);
}

/* ---- At random ---------------------------------------------------------- */

static unsigned inside_readers, inside_writers, broken, turns, items;

static void
stay (void)
{
  switch (choice_pick (CHOICE_RANDOM, 4))
    {
    case 0:
      thread_sleep (choice_pick (CHOICE_RANDOM, 50));
      break;
    case 1:
      cpu_spend (choice_pick (CHOICE_RANDOM, 50));
      break;
    case 2:
      thread_yield ();
    }
}

static void
at_random (void *arg)
{
  (void)arg;
  for (int i = 0; i < 200; i++)
    {
      bool writes = choice_pick (CHOICE_RANDOM, 3) == 0;
      bool tries = choice_pick (CHOICE_RANDOM, 5) == 0;
      int err;
      if (writes)
        err = tries ? lock_rwlock_trywrlock (&node.alloc_lock)
                    : lock_rwlock_wrlock (&node.alloc_lock);
      else
        err = tries ? lock_rwlock_tryrdlock (&node.alloc_lock)
                    : lock_rwlock_rdlock (&node.alloc_lock);
      if (err == 0)
        {
          unsigned *in = writes ? &inside_writers : &inside_readers;
          ++*in;
          broken += inside_writers > 1 || (inside_writers && inside_readers);
          stay ();
          broken += inside_writers > 1 || (inside_writers && inside_readers);
          --*in;
          turns++;
          lock_rwlock_unlock (&node.alloc_lock);
        }
      stay ();
    }
  thread_ends ();
}

static void
crowd_start (int policy, unsigned cpus, uint64_t seed)
{
  world_start (policy, seed);
  struct engine_config config = { .cpus = cpus,
                                  .quantum_ns = 20,
                                  .switch_ns = 1,
                                  .limit_ns = UINT64_C (1000000) * MS };
  engine_init (&config);
  cost_ns[COST_LOCK] = 3;
  memset (&node, 0, sizeof node);
  memset (&mutex, 0, sizeof mutex);
  memset (&cond, 0, sizeof cond);
  inside_readers = inside_writers = broken = turns = items = 0;
}

static void
check_sums (const struct lock_class *c, void *arg)
{
  (void)arg;
  assert_int_equal (c->rdlocks + c->wrlocks, turns);
  assert_int_equal (c->read_wait.count, c->rdlocks);
  assert_int_equal (c->read_hold.count, c->rdlocks);
  assert_int_equal (c->write_wait.count, c->wrlocks);
  assert_int_equal (c->write_hold.count, c->wrlocks);
}

/* Nobody is let in beside a writer, and nobody is forgotten.  */
static void
test_exclusion (void **state)
{
  (void)state;
  for (int p = 0; p < LOCK_POLICIES; p++)
    for (unsigned seed = 1; seed <= 6; seed++)
      {
        crowd_start (p, seed % 2 ? 1 : 3, seed);
        for (int i = 0; i < 8; i++)
          world_spawn ("t", at_random, NULL);
        assert_int_equal (engine_run (), ENGINE_STOPPED);
        assert_int_equal (broken, 0);
        assert_int_equal (findings_count (), 0);
        assert_true (turns > 1000);
        lock_each_class (check_sums, NULL);
        if (p == LOCK_WRITER || p == LOCK_FIFO)
          assert_int_equal (counter_value[COUNTER_ALLOC_BYPASSED], 0);
      }
}

static void
consumer (void *arg)
{
  (void)arg;
  for (int i = 0; i < 100; i++)
    {
      lock_mutex_lock (&mutex);
      broken += inside_writers++;
      while (items == 0)
        {
          inside_writers--;
          if (choice_pick (CHOICE_RANDOM, 2))
            lock_cond_wait (&cond, &mutex);
          else
            lock_cond_wait_for (&cond, &mutex,
                                choice_pick (CHOICE_RANDOM, 100));
          broken += inside_writers++;
        }
      items--;
      stay ();
      inside_writers--;
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
      broken += inside_writers++;
      items++;
      if (choice_pick (CHOICE_RANDOM, 5) == 0)
        lock_cond_broadcast (&cond);
      else
        lock_cond_signal (&cond);
      stay ();
      inside_writers--;
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
      crowd_start (LOCK_HTL, seed % 2 ? 1 : 3, seed);
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
test_try (void **state)
{
  (void)state;
  for (int p = 0; p < LOCK_POLICIES; p++)
    {
      world_start (p, 1);
      memset (&node, 0, sizeof node);
      pthread_rwlock_t *l = &node.alloc_lock;
      assert_int_equal (lock_rwlock_tryrdlock (l), 0);
      assert_int_equal (lock_rwlock_tryrdlock (l), 0);
      assert_int_equal (lock_rwlock_trywrlock (l), EBUSY);
      lock_rwlock_unlock (l);
      assert_int_equal (lock_rwlock_trywrlock (l), EBUSY);
      lock_rwlock_unlock (l);
      assert_int_equal (lock_rwlock_trywrlock (l), 0);
      assert_int_equal (lock_rwlock_tryrdlock (l), EBUSY);
      assert_int_equal (lock_rwlock_trywrlock (l), EBUSY);
      lock_rwlock_unlock (l);
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
  assert_string_equal (log_text, "100");
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_readers_hold),
    cmocka_unit_test (test_writer_holds),
    cmocka_unit_test (test_come_back),
    cmocka_unit_test (test_writers_order),
    cmocka_unit_test (test_starvation),
    cmocka_unit_test (test_fifo_batch),
    cmocka_unit_test (test_barging_choice),
    cmocka_unit_test (test_histograms),
    cmocka_unit_test (test_names),
    cmocka_unit_test (test_mutex),
    cmocka_unit_test (test_cond),
    cmocka_unit_test (test_cond_timed),
    cmocka_unit_test (test_cond_race),
    cmocka_unit_test (test_spin),
    cmocka_unit_test (test_misuse),
    cmocka_unit_test (test_self_wait),
    cmocka_unit_test (test_forget),
    cmocka_unit_test (test_digest),
    cmocka_unit_test (test_try),
    cmocka_unit_test (test_cost),
    cmocka_unit_test (test_exclusion),
    cmocka_unit_test (test_queue),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
