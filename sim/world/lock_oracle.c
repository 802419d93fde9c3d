/* The oracle of the locks: whether each policy keeps to its rules.

   A policy is what the simulator is asked about ("who starves under htl?"), so
   a policy that is not what its name says makes every answer wrong, in
   silence.  Hence a second bookkeeping, of what happened and not of who is
   next: it knows who came, who got the lock and who let go, and judges each
   step by the rules below.  It shares nothing with the code that decides but
   the policy's name.

     all       a writer has the lock for itself
     all but barging
               while somebody waits, the lock is held at every instant: a
               released lock is handed over before anybody runs, and one that
               has just come never takes a free lock.  So a wait is, to the
               nanosecond, the time for which others held the lock in it; the
               time from being handed the lock to running with it is the
               holder's, and part of the wait of those behind
     writer    no reader gets in while a writer waits; no writer before an
               older one.  So what a writer waits for is the holds that there
               were when it came and those of older writers
     htl       no writer before a newer one; no reader that waited while a
               writer waits; readers wait only for a writer
     reader    no writer while a reader waits, nor before an older writer;
               readers wait only for a writer
     fifo      nobody before one who came earlier; readers next to the readers
               that hold do not wait
     barging   a thread waits only for a lock that it cannot take; when the
               lock is free, one of those who wait is awake.  So a wait is the
               time for which others held the lock and that in which it was
               free and a waiter on its way to it
     a mutex   goes in order of arrival, and is never free while somebody waits

   Mutexes, which are waited for a hundred times as often, are judged by two
   counts, of those who came and of those who had it (lock_table.h).  An rwlock
   is watched from the first wait to the last: where nobody waits, all
   policies are alike, and only the first rule is left, which the code itself
   CHECKs.  So a lock that is never waited for costs a look at one pointer.

   A breach is a finding, "lock-policy", although it is the simulator's fault
   and not the code's under test: a finding comes with the events before it and
   the command that replays it, and what was counted is still to be seen; the
   run ends as a violation either way.

   Models nothing of the Hurd (docs/model.md 5 has the rules of htl).  Left
   out: spin locks, conditions.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "lock_oracle.h"

#include "lock_table.h"
#include "reserve.h"
#include "world.h"

#include <inttypes.h>

enum
{
  WATCHES_MAX = 1 << 16
};

/* What is known of a lock that is waited for.  */
struct lock_watch
{
  struct lock_watch *next_free;
  struct lock_turn *head, *tail;
  uint32_t readers_waiting, writers_waiting;
  uint32_t readers; /* who hold it  */
  bool writer;
  uint8_t policy;
  vtime last;       /* up to here, the two below are counted  */
  vtime held, free; /* for how long it was either, since somebody waits  */
};

static struct lock_watch *watches, *watches_free;
static uint32_t watches_used;

void
lock_oracle_init (void)
{
  watches_free = NULL;
  watches_used = 0;
}

/* ---- Findings ----------------------------------------------------------- */

static void
breach (const struct lock_row *row, const char *what)
{
  world_finding ("lock-policy", NULL, "%s under %s: %s", lock_row_name (row),
                 lock_policy_name[row->watch->policy], what);
}

void
lock_oracle_mutex_breach (const struct lock_row *row, const char *what)
{
  world_finding ("lock-policy", NULL, "%s, a mutex: %s", lock_row_name (row),
                 what);
}

/* ---- Bookkeeping -------------------------------------------------------- */

static struct lock_watch *
watch_begin (struct lock_row *row, uint32_t readers, bool held)
{
  if (watches == NULL)
    watches = reserve (WATCHES_MAX * sizeof *watches);
  struct lock_watch *watch = watches_free;
  if (watch != NULL)
    watches_free = watch->next_free;
  else
    {
      CHECK (watches_used < WATCHES_MAX);
      watch = &watches[watches_used++];
    }
  *watch = (struct lock_watch){ .readers = readers,
                                .writer = held,
                                .policy = lock_table.policy,
                                .last = engine_now () };
  row->watch = watch;
  return watch;
}

static void
watch_end (struct lock_row *row)
{
  row->watch->next_free = watches_free;
  watches_free = row->watch;
  row->watch = NULL;
}

static bool
watch_is_held (const struct lock_watch *watch)
{
  return watch->writer || watch->readers > 0;
}

/* Count the time up to now.  */
static void
watch_advance (struct lock_watch *watch)
{
  vtime now = engine_now ();
  *(watch_is_held (watch) ? &watch->held : &watch->free) += now - watch->last;
  watch->last = now;
}

static uint32_t *
waiting (struct lock_watch *watch, bool writes)
{
  return writes ? &watch->writers_waiting : &watch->readers_waiting;
}

static void
turn_append (struct lock_watch *watch, struct lock_turn *turn)
{
  turn->prev = watch->tail;
  *(watch->tail != NULL ? &watch->tail->next : &watch->head) = turn;
  watch->tail = turn;
  ++*waiting (watch, turn->writes);
}

static void
turn_remove (struct lock_watch *watch, struct lock_turn *turn)
{
  *(turn->prev != NULL ? &turn->prev->next : &watch->head) = turn->next;
  *(turn->next != NULL ? &turn->next->prev : &watch->tail) = turn->prev;
  --*waiting (watch, turn->writes);
}

/* ---- The rules ---------------------------------------------------------- */

static bool
is_handed_over (const struct lock_watch *watch)
{
  return watch->policy != LOCK_BARGING;
}

/* Whether a writer waits since before TURN, or since after it.  */
static bool
writer_before (const struct lock_turn *turn)
{
  for (turn = turn->prev; turn != NULL; turn = turn->prev)
    if (turn->writes)
      return true;
  return false;
}

static bool
writer_after (const struct lock_turn *turn)
{
  for (turn = turn->next; turn != NULL; turn = turn->next)
    if (turn->writes)
      return true;
  return false;
}

/* Readers hold the lock, and one waits that should be with them.  */
static bool
reader_left_out (const struct lock_watch *watch)
{
  if (watch->readers == 0 || watch->readers_waiting == 0)
    return false;
  switch (watch->policy)
    {
    case LOCK_WRITER:
      return watch->writers_waiting == 0;
    case LOCK_FIFO:
      return !watch->head->writes;
    case LOCK_BARGING:
      /* It may not have been woken.  */
      return false;
    default:
      return true;
    }
}

static bool
some_waiter_is_awake (const struct lock_watch *watch)
{
  for (const struct lock_turn *t = watch->head; t != NULL; t = t->next)
    if (t->thread->state != THREAD_BLOCKED)
      return true;
  return false;
}

/* What must be so whenever nobody is about to get the lock.  */
static void
judge_rest (const struct lock_row *row)
{
  const struct lock_watch *watch = row->watch;
  if (reader_left_out (watch))
    breach (row, "a reader waits beside readers, not for a writer");
  if (watch_is_held (watch))
    return;
  if (is_handed_over (watch))
    breach (row, "it is free while threads wait for it");
  else if (!some_waiter_is_awake (watch))
    breach (row, "it is free, and all who wait for it sleep");
}

/* The thread of TURN, which is still queued, has waited, and is let in.  */
static void
judge_turn (const struct lock_row *row, const struct lock_turn *turn)
{
  const struct lock_watch *watch = row->watch;
  bool writes = turn->writes;
  switch (watch->policy)
    {
    case LOCK_WRITER:
      if (!writes && watch->writers_waiting > 0)
        breach (row, "a reader is let in while a writer waits");
      if (writes && writer_before (turn))
        breach (row, "a writer is let in before an older one");
      break;
    case LOCK_HTL:
      if (!writes && watch->writers_waiting > 0)
        breach (row, "a reader that waited is let in while a writer "
                     "waits");
      if (writes && writer_after (turn))
        breach (row, "a writer is let in before a newer one");
      break;
    case LOCK_READER:
      if (writes && watch->readers_waiting > 0)
        breach (row, "a writer is let in while a reader waits");
      if (writes && writer_before (turn))
        breach (row, "a writer is let in before an older one");
      break;
    case LOCK_FIFO:
      if (turn->prev != NULL)
        breach (row, "a thread is let in before one that came earlier");
      break;
    }
}

/* A thread is let in that has just come, although others wait.  */
static void
judge_newcomer (const struct lock_row *row, bool writes)
{
  const struct lock_watch *watch = row->watch;
  if (watch->policy == LOCK_BARGING)
    return;
  if (!watch_is_held (watch))
    breach (row, "others wait for it, and one that has just come takes it");
  else if (watch->policy == LOCK_FIFO)
    breach (row, "a thread is let in before one that came earlier");
  else if (watch->policy == LOCK_WRITER && !writes
           && watch->writers_waiting > 0)
    breach (row, "a reader is let in while a writer waits");
}

/* A wait is over, which was put down as WAITED.  */
static void
judge_time (const struct lock_row *row, const struct lock_turn *turn,
            vtime waited)
{
  const struct lock_watch *watch = row->watch;
  vtime held = watch->held - turn->held_before;
  vtime free = watch->free - turn->free_before;
  if (is_handed_over (watch) ? waited == held && free == 0
                             : waited == held + free)
    return;
  world_finding ("lock-policy", NULL,
                 "%s: a wait of %" PRIu64 " ns, in which others held it for "
                 "%" PRIu64 " ns and it was free for %" PRIu64 " ns",
                 lock_row_name (row), waited, held, free);
}

/* ---- What happens ------------------------------------------------------- */

void
lock_oracle_waits (struct lock_row *row, struct lock_turn *turn,
                   const struct thread *thread, bool writes, uint32_t readers,
                   bool held)
{
  struct lock_watch *watch = row->watch;
  if (watch == NULL)
    watch = watch_begin (row, readers, held);
  watch_advance (watch);
  *turn = (struct lock_turn){ .thread = thread,
                              .held_before = watch->held,
                              .free_before = watch->free,
                              .writes = writes };
  turn_append (watch, turn);

  if (is_handed_over (watch))
    judge_rest (row);
  else if (!watch->writer && (!writes || watch->readers == 0))
    breach (row, "a thread waits that may enter");
}

void
lock_oracle_enters (struct lock_row *row, struct lock_turn *turn, bool writes,
                    vtime waited)
{
  struct lock_watch *watch = row->watch;
  CHECK (watch != NULL);
  watch_advance (watch);
  if (watch->writer || (writes && watch->readers > 0))
    breach (row, "a thread is let in beside a holder");
  if (turn == NULL)
    judge_newcomer (row, writes);
  else
    {
      judge_turn (row, turn);
      judge_time (row, turn, waited);
      turn_remove (watch, turn);
    }
  if (watch->head == NULL)
    {
      watch_end (row);
      return;
    }
  if (writes)
    watch->writer = true;
  else
    watch->readers++;
}

void
lock_oracle_leaves (struct lock_row *row, bool writes)
{
  struct lock_watch *watch = row->watch;
  watch_advance (watch);
  if (writes)
    watch->writer = false;
  else if (watch->readers > 0)
    watch->readers--;
}

void
lock_oracle_settled (struct lock_row *row)
{
  judge_rest (row);
}

void
lock_oracle_forgets (struct lock_row *row)
{
  watch_end (row);
}
