/* The rwlock: the rules of every policy, by scripted arrivals.

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
  unsigned at_ms, hold_ms;
  bool again; /* comes back at once  */
};
static struct actor actors[ACTORS_MAX];

static struct
{
  pthread_rwlock_t alloc_lock;
} node;

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
check_streak (const struct lock_class *c, void *arg)
{
  const unsigned *n = arg;
  assert_string_equal (c->name, "alloc_lock");
  assert_int_equal (c->bypassed, n[0]);
  assert_int_equal (c->bypass_streak, n[1]);
  assert_int_equal (c->write_wait.max, n[2] * MS);
}

static void
test_starvation (void **state)
{
  (void)state;
  const char *script = "Ra0+4 Wb1+1 Rc3+4 Rd6+4 Re9+4 Rf12+4 Wg17+1 Rh17+1";
  play (LOCK_HTL, script);
  assert_string_equal (log_text, "a0 c3 d6 e9 f12 b16 g17 h18 ");
  lock_each_class (check_streak, (unsigned[]){ 4, 4, 15 });
  locks_reset_classes ();
  lock_each_class (check_streak, (unsigned[]){ 0, 0, 0 });
  play (LOCK_WRITER, script);
  assert_string_equal (log_text, "a0 b4 c5 d6 e9 f12 g17 h18 ");
  lock_each_class (check_streak, (unsigned[]){ 0, 0, 3 });
  /* f and g came before h: they pass nobody.  */
  play (LOCK_READER, "Ra0+4 Wb1+1 Rc2+4 Rd3+1 We7+9 Rf8+2 Rg9+2 Wh10+1");
  assert_string_equal (log_text, "a0 c2 d3 b6 e7 f16 g16 h18 ");
  lock_each_class (check_streak, (unsigned[]){ 2, 2, 8 });
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
    { true, "a", 0, 10, false },
    { true, "b", 1, 1, false },
    { true, "c", 2, 1, false },
    { true, "d", 3, 1, false },
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

/* Equal runs have equal digests; the policy shows in it.  */
static void
test_policy_digest (void **state)
{
  (void)state;
  play (LOCK_HTL, "Ra0+10 Wb1+5 Rc2+3");
  uint64_t first = trace_digest ();
  play (LOCK_HTL, "Ra0+10 Wb1+5 Rc2+3");
  assert_true (trace_digest () == first);
  play (LOCK_WRITER, "Ra0+10 Wb1+5 Rc2+3");
  assert_false (trace_digest () == first);
}

/* ---- At random ---------------------------------------------------------- */

static unsigned inside_readers, inside_writers, broken, turns;

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
        world_start_crowded (p, seed % 2 ? 1 : 3, seed);
        memset (&node, 0, sizeof node);
        lock_rwlock_init (&node.alloc_lock, "&node.alloc_lock");
        inside_readers = inside_writers = broken = turns = 0;
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
    cmocka_unit_test (test_policy_digest),
    cmocka_unit_test (test_exclusion),
    cmocka_unit_test (test_try),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
