/* The oracle of the locks: every rule, broken once.

   Breaches are planted in two ways: the oracle is told of a sequence that is
   wrong; and real locks are made to decide by another policy than the one that
   the oracle knows of.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "world_fixture.h"

#include <stdlib.h>

#include "../../sim/world/lock_table.h"

static pthread_rwlock_t lock;

/* ---- Told ----------------------------------------------------------------
 */

/* What happened is words:
     Ra Wa  a reader or writer named a begins to wait
     +a     a gets the lock, after the time that it waited; +a! after more
     r w    one that has just come gets it
     /r /w  a reader or writer leaves it
     .      all that follows from that has happened
     ^a     a wakes up
     5      so many ns pass
   Before the first, the lock is held by READERS, or a writer if HELD.  */
struct story
{
  enum lock_policy policy;
  uint32_t readers;
  bool held;
  const char *events, *breach;
};

struct teller
{
  struct lock_row *row;
  const struct story *story;
  struct lock_turn turn[26];
  struct thread thread[26];
  vtime since[26];
};

static void
tell (struct teller *t, const char *word)
{
  int i = word[1] - 'a';
  switch (word[0])
    {
    case 'R':
    case 'W':
      t->thread[i].state = THREAD_BLOCKED;
      t->since[i] = engine.now;
      lock_oracle_waits (t->row, &t->turn[i], &t->thread[i], word[0] == 'W',
                         t->story->readers, t->story->held);
      break;
    case '+':
      lock_oracle_enters (t->row, &t->turn[i], t->turn[i].writes,
                          engine.now - t->since[i] + (word[2] == '!'));
      break;
    case 'r':
    case 'w':
      lock_oracle_enters (t->row, NULL, word[0] == 'w', 0);
      break;
    case '/':
      lock_oracle_leaves (t->row, word[1] == 'w');
      break;
    case '.':
      lock_oracle_settled (t->row);
      break;
    case '^':
      t->thread[i].state = THREAD_READY;
      break;
    default:
      engine.now += strtoul (word, NULL, 10);
    }
}

static void
hear (const struct story *s)
{
  char events[128], *rest = NULL;
  struct teller t = { .story = s };
  world_start (s->policy, 1);
  memset (&lock, 0, sizeof lock);
  t.row = lock_row_init (&lock, LOCK_KIND_RWLOCK, "&node->alloc_lock");
  strcpy (events, s->events);
  for (char *w = strtok_r (events, " ", &rest); w != NULL;
       w = strtok_r (NULL, " ", &rest))
    tell (&t, w);
  if (s->breach == NULL)
    assert_int_equal (findings_count (), 0);
  else
    {
      assert_true (found ("lock-policy", s->breach));
      assert_true (found ("lock-policy", "alloc_lock"));
      /* Nothing else is said of it.  */
      assert_int_equal (findings_count (), 1);
    }
}

static const struct story stories[] = {
  /* Who has the lock for himself.  */
  { LOCK_HTL, 1, false, "Wa +a", "beside a holder" },
  { LOCK_HTL, 0, true, "Wa r", "beside a holder" },
  { LOCK_BARGING, 0, true, "Wa w", "beside a holder" },

  /* Handing over.  */
  { LOCK_WRITER, 0, true, "Wa Wb 5 /w +a . 3 /w +b", NULL },
  { LOCK_WRITER, 0, true, "Wa Wb 5 /w .", "is free while threads wait" },
  { LOCK_HTL, 1, false, "Wa /r .", "is free while threads wait" },
  { LOCK_READER, 0, true, "Ra /w .", "is free while threads wait" },
  { LOCK_FIFO, 0, true, "Ra /w .", "is free while threads wait" },
  { LOCK_WRITER, 0, false, "Wa", "is free while threads wait" },
  { LOCK_HTL, 0, true, "Wa /w w", "one that has just come takes it" },
  { LOCK_READER, 0, true, "Wa /w r", "one that has just come takes it" },

  /* How long it took.  */
  { LOCK_WRITER, 2, false, "Wa 5 /r . 7 /r +a", NULL },
  { LOCK_WRITER, 0, true, "Wa 5 /w +a!", "a wait of 6 ns, in which others" },
  { LOCK_HTL, 0, true, "Wa 5 /w 3 +a", "and it was free for 3 ns" },
  { LOCK_BARGING, 0, true, "Wa 5 /w ^a . 3 +a", NULL },
  { LOCK_BARGING, 0, true, "Wa 5 /w ^a . 3 +a!", "free for 3 ns" },

  { LOCK_WRITER, 1, false, "Wa Rb", NULL },
  { LOCK_WRITER, 0, true, "Ra Wb Rc /w +b . /w +a +c", NULL },
  { LOCK_WRITER, 1, false, "Wa r", "a reader is let in while a writer waits" },
  { LOCK_WRITER, 0, true, "Wa Rb /w +b",
    "a reader is let in while a writer waits" },
  { LOCK_WRITER, 0, true, "Wa Rb Wc /w +c", "before an older one" },
  { LOCK_WRITER, 0, true, "Ra Rb /w +a .", "a reader waits beside readers" },

  { LOCK_HTL, 1, false, "Wa r r /r . /r . /r +a", NULL },
  { LOCK_HTL, 0, true, "Wa Rb Wc /w +c . /w +a . /w +b", NULL },
  { LOCK_HTL, 0, true, "Wa Rb Wc /w +a", "before a newer one" },
  { LOCK_HTL, 0, true, "Wa Rb /w +b", "a reader that waited is let in" },
  { LOCK_HTL, 1, false, "Wa Rb", "a reader waits beside readers" },
  { LOCK_HTL, 0, true, "Ra Rb /w +a .", "a reader waits beside readers" },

  { LOCK_READER, 0, true, "Wa Rb Wc Rd /w +b +d . /r . /r +a . /w +c", NULL },
  { LOCK_READER, 1, false, "Wa r /r . /r +a", NULL },
  { LOCK_READER, 0, true, "Wa Rb /w +a", "a writer is let in while a reader" },
  { LOCK_READER, 0, true, "Wa Wb /w +b", "before an older one" },
  { LOCK_READER, 0, true, "Ra Rb Wc /w +a .",
    "a reader waits beside readers" },

  { LOCK_FIFO, 0, true, "Ra Rb Wc Rd /w +a +b . /r . /r +c . /w +d", NULL },
  { LOCK_FIFO, 0, true, "Ra Wb /w +b", "before one that came earlier" },
  { LOCK_FIFO, 0, true, "Wa Rb Wc /w +c", "before one that came earlier" },
  { LOCK_FIFO, 0, true, "Ra Wb Rc /w +a +c", "before one that came earlier" },
  { LOCK_FIFO, 1, false, "Wa r", "before one that came earlier" },
  { LOCK_FIFO, 0, true, "Ra Rb Wc /w +a .", "a reader waits beside readers" },

  { LOCK_BARGING, 0, true, "Wa /w ^a . w", NULL },
  { LOCK_BARGING, 1, false, "Wa Rb", "a thread waits that may enter" },
  { LOCK_BARGING, 0, false, "Wa", "a thread waits that may enter" },
  { LOCK_BARGING, 0, true, "Wa Rb /w .", "all who wait for it sleep" },
};

static void
test_told (void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof stories / sizeof *stories; i++)
    hear (&stories[i]);
}

/* Of a mutex, who came and who had it is counted.  */
static void
test_mutex_told (void **state)
{
  (void)state;
  struct lock_waiter first = { .arrival = 1 }, second = { .arrival = 2 };
  world_start (LOCK_BARGING, 1);
  memset (&lock, 0, sizeof lock);
  struct lock_row *row
      = lock_row_init (&lock, LOCK_KIND_MUTEX, "&node->interlock");
  lock_oracle_mutex_free (row);
  row->arrivals = 2;
  lock_oracle_mutex_handed (row, &first);
  assert_int_equal (findings_count (), 0);
  lock_oracle_mutex_free (row);
  assert_true (found ("lock-policy", "interlock, a mutex: it is free while"));
  lock_oracle_mutex_handed (row, &second);
  lock_oracle_mutex_free (row);
  assert_int_equal (findings_count (), 1);

  row->arrivals = 4;
  lock_oracle_mutex_handed (row, &(struct lock_waiter){ .arrival = 4 });
  assert_true (found ("lock-policy", "before one that came earlier"));
  assert_int_equal (findings_count (), 2);
}

/* What is forgotten is judged no more, and what is new begins anew.  */
static void
test_forgotten (void **state)
{
  (void)state;
  struct teller t = { .story = &(struct story){ .held = true } };
  world_start (LOCK_WRITER, 1);
  memset (&lock, 0, sizeof lock);
  t.row = lock_row_init (&lock, LOCK_KIND_RWLOCK, "&node->alloc_lock");
  tell (&t, "Wa");
  lock_forget_range (&lock, sizeof lock);
  t.row = lock_row_init (&lock, LOCK_KIND_RWLOCK, "&node->alloc_lock");
  tell (&t, "Wb");
  tell (&t, "/w"); /* not a's turn  */
  tell (&t, "+b");
  assert_int_equal (findings_count (), 0);
}

/* ---- Done ----------------------------------------------------------------
 */

enum
{
  ACTORS = 10
};

struct actor
{
  bool writes;
  unsigned at_ms, hold_ms;
};
static struct actor actors[ACTORS];
static enum lock_policy decides;

static void
act (void *arg)
{
  struct actor *a = arg;
  thread_sleep (a->at_ms * MS);
  if (a->writes)
    lock_rwlock_wrlock (&lock);
  else
    lock_rwlock_rdlock (&lock);
  log_add ("%d@%u ", (int)(a - actors), now_ms ());
  thread_sleep (a->hold_ms * MS);
  lock_rwlock_unlock (&lock);
  thread_ends ();
}

/* When the oracle has begun to watch, somebody else decides.  */
static void
change_policy (void *arg)
{
  (void)arg;
  thread_sleep (3 * MS / 2);
  lock_table.policy = decides;
  thread_ends ();
}

/* The first holds the lock until all have come, and the second waits.  */
static void
cast (uint64_t seed)
{
  choice_init (seed);
  actors[0] = (struct actor){ choice_pick (CHOICE_RANDOM, 2), 0, 30 };
  actors[1] = (struct actor){ true, 1, 5 };
  for (int i = 2; i < ACTORS; i++)
    actors[i] = (struct actor){ choice_pick (CHOICE_RANDOM, 2) == 0,
                                2 + choice_pick (CHOICE_RANDOM, 25),
                                1 + choice_pick (CHOICE_RANDOM, 10) };
}

/* The lock is asked to follow POLICY, and follows BY.  */
static void
perform (enum lock_policy policy, enum lock_policy by)
{
  world_start (policy, 1);
  memset (&lock, 0, sizeof lock);
  lock_rwlock_init (&lock, "&node->alloc_lock");
  decides = by;
  for (int i = 0; i < ACTORS; i++)
    world_spawn ("actor", act, &actors[i]);
  world_spawn ("change", change_policy, NULL);
  /* Nobody may be left who would wake the others.  */
  int end = engine_run ();
  assert_true (end == ENGINE_STOPPED
               || (by != policy && end == ENGINE_DEADLOCK));
}

/* Whoever decides by another policy is found out as soon as it shows.  Under
   barging anybody may come first: there is nothing to find out.  */
static void
test_done (void **state)
{
  (void)state;
  unsigned shown[LOCK_POLICIES] = { 0 };
  for (uint64_t seed = 1; seed <= 25; seed++)
    for (int policy = 0; policy < LOCK_POLICIES; policy++)
      {
        char right[sizeof log_text];
        cast (seed);
        perform (policy, policy);
        assert_int_equal (findings_count (), 0);
        strcpy (right, log_text);
        for (int by = 0; by < LOCK_POLICIES; by++)
          {
            if (by == policy || policy == LOCK_BARGING)
              continue;
            perform (policy, by);
            if (strcmp (log_text, right) != 0)
              {
                assert_true (found ("lock-policy", lock_policy_name[policy])
                             || found ("lock-policy", "alloc_lock: a wait"));
                shown[policy]++;
              }
          }
      }
  for (int policy = 0; policy < LOCK_POLICIES; policy++)
    assert_true (policy == LOCK_BARGING || shown[policy] > 50);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_told),
    cmocka_unit_test (test_mutex_told),
    cmocka_unit_test (test_forgotten),
    cmocka_unit_test (test_done),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
