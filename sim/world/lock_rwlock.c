/* Reader-writer locks under five policies (docs/model.md 5).

   A policy answers two questions: may a thread enter that has just come, and
   who is next when the last holder leaves.  All but `barging' hand the lock
   over: the next holders own it before they run, so that a lock that is free
   has no waiters.  Under `barging' it is released free, those whose turn it is
   are woken, and they take their turn when they run only if nobody came first;
   they keep their place in the queue meanwhile.

   What the Hurd does is `htl' (glibc, sysdeps/htl/pt-rwlock-*.c): a reader
   joins readers though writers wait, and the newest of the waiting writers
   goes before the others and before all waiting readers.  Left out: timed
   locking.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "lock_table.h"

#include "../engine/choice.h"
#include "../engine/step.h"
#include "counters.h"
#include "world.h"

#include <errno.h>

const char *const lock_policy_name[LOCK_POLICIES] = {
  [LOCK_WRITER] = "writer",   [LOCK_HTL] = "htl",
  [LOCK_READER] = "reader",   [LOCK_FIFO] = "fifo",
  [LOCK_BARGING] = "barging",
};

const char *const lock_policy_about[LOCK_POLICIES] = {
  [LOCK_WRITER] = "readers wait behind waiting writers; the oldest writer is "
                  "next; handed over",
  [LOCK_HTL] = "readers join readers; the newest waiting writer is next, else "
               "all readers; handed over (the Hurd)",
  [LOCK_READER] = "readers join readers; waiting readers are next, else the "
                  "oldest writer; handed over",
  [LOCK_FIFO] = "in order of arrival, neighbouring readers together; handed "
                "over",
  [LOCK_BARGING] = "released free, the oldest waiter woken; whoever comes "
                   "first takes it",
};

int
lock_rwlock_init (pthread_rwlock_t *l, const char *name)
{
  lock_row_init (l, LOCK_KIND_RWLOCK, name);
  return 0;
}

int
lock_rwlock_destroy (pthread_rwlock_t *l)
{
  lock_row_destroy (l, LOCK_KIND_RWLOCK);
  return 0;
}

/* ---- The policies ------------------------------------------------------- */

/* Whether a reader that has just come may enter.  */
static bool
reader_may_enter (const struct lock_row *row)
{
  if (row->owner != NULL)
    return false;
  switch (lock_table.policy)
    {
    case LOCK_WRITER:
      return row->queue.count == 0;
    case LOCK_FIFO:
      return row->queue.count == 0 && row->read_queue.count == 0;
    default:
      return true;
    }
}

/* The same for a writer.  Where the lock is handed over, one that is free has
   no waiters.  */
static bool
writer_may_enter (const struct lock_row *row)
{
  return row->owner == NULL && row->reader_count == 0;
}

/* The writer who is next, or NULL when it is the turn of readers.  */
static struct lock_waiter *
next_writer (const struct lock_row *row)
{
  const struct lock_waiter *reader = row->read_queue.head;
  switch (lock_table.policy)
    {
    case LOCK_HTL:
      return row->queue.tail;
    case LOCK_READER:
      return reader != NULL ? NULL : row->queue.head;
    case LOCK_FIFO:
      if (reader != NULL && row->queue.head != NULL
          && reader->arrival < row->queue.head->arrival)
        return NULL;
      return row->queue.head;
    default:
      return row->queue.head;
    }
}

/* ---- Entering ----------------------------------------------------------- */

static void
writer_enters (struct lock_row *row, struct thread *t)
{
  CHECK (writer_may_enter (row));
  row->owner = t;
  row->since = engine_now ();
}

/* ARRIVAL is the reader's: writers who came before it are overtaken.  */
static void
note_overtaken (struct lock_row *row, uint64_t arrival)
{
  bool overtakes = false;
  for (struct lock_waiter *w = row->queue.head;
       w != NULL && w->arrival < arrival; w = w->next)
    {
      lock_note_bypassed (row, w);
      overtakes = true;
    }
  if (overtakes)
    {
      row->class->public.bypassed++;
      if (row->class->alloc_lock)
        counter_add (COUNTER_ALLOC_BYPASSED, 1);
    }
}

static void
reader_enters (struct lock_row *row, struct thread *t, uint64_t arrival)
{
  CHECK (row->owner == NULL);
  struct lock_hold *h = lock_hold_new ();
  *h = (struct lock_hold){ row->readers, t, engine_now () };
  row->readers = h;
  row->reader_count++;
  if (row->queue.count > 0)
    note_overtaken (row, arrival);
}

/* W, who is on no list any more, takes ROW after waiting.  */
static void
waiter_enters (struct lock_row *row, struct lock_waiter *w,
               enum lock_mode mode)
{
  if (mode == LOCK_MODE_READ)
    reader_enters (row, w->thread, w->arrival);
  else
    writer_enters (row, w->thread);
  vtime waited = engine_now () - w->since;
  lock_note_waited (row, mode, waited);
  lock_oracle_enters (row, &w->turn, mode == LOCK_MODE_WRITE, waited);
}

/* Whether the current thread, who has just come, gets ROW at once.  */
static inline bool
enters_at_once (struct lock_row *row, enum lock_mode mode)
{
  if (mode == LOCK_MODE_READ)
    {
      if (!reader_may_enter (row))
        return false;
      reader_enters (row, lock_self (), UINT64_MAX);
    }
  else
    {
      if (!writer_may_enter (row))
        return false;
      writer_enters (row, lock_self ());
    }
  lock_note_free (row, mode);
  if (__builtin_expect (row->watch != NULL, 0))
    lock_oracle_enters (row, NULL, mode == LOCK_MODE_WRITE, 0);
  return true;
}

/* ---- Waiting ------------------------------------------------------------ */

static struct lock_hold **
hold_find (struct lock_row *row, const struct thread *t)
{
  struct lock_hold **link = &row->readers;
  while (*link != NULL && (*link)->thread != t)
    link = &(*link)->next;
  return link;
}

static void
report_self_wait (struct lock_row *row, enum lock_mode mode)
{
  const struct thread *self = lock_self ();
  bool reads = *hold_find (row, self) != NULL;
  if (row->owner == self || (reads && mode == LOCK_MODE_WRITE))
    world_finding ("lock", NULL,
                   "%s is locked for %s by the thread that holds it for %s: "
                   "it waits for itself",
                   lock_row_name (row),
                   mode == LOCK_MODE_READ ? "reading" : "writing",
                   reads ? "reading" : "writing");
}

/* Take ROW, which is not to be had at once.  */
static void
rwlock_wait (struct lock_row *row, enum lock_mode mode)
{
  bool read = mode == LOCK_MODE_READ;
  report_self_wait (row, mode);
  struct lock_waiter w = { .thread = lock_self (),
                           .since = engine_now (),
                           .arrival = ++row->arrivals };
  lock_waiters_append (read ? &row->read_queue : &row->queue, &w);
  lock_oracle_waits (row, &w.turn, w.thread, !read, row->reader_count,
                     row->owner != NULL);
  trace (TRACE_LOCK_WAIT, row->serial, mode);

  if (lock_table.policy != LOCK_BARGING)
    {
      lock_wait_granted (&w, row->address, row->class->account);
      return;
    }
  CHECK (engine.current != NULL);
  do
    {
      engine.current->next_account = row->class->account;
      waitq_wait (&w.queue, WAIT_LOCK, row->address);
    }
  while (w.list == NULL /* the lock is gone  */
         || (read ? !reader_may_enter (row) : !writer_may_enter (row)));
  lock_waiters_remove (&w);
  waiter_enters (row, &w, mode);
}

/* ---- Leaving ------------------------------------------------------------ */

static void
hand_to (struct lock_row *row, struct lock_waiter *w, enum lock_mode mode)
{
  lock_waiters_remove (w);
  waiter_enters (row, w, mode);
  w->granted = true;
  lock_waiter_wake (w);
}

/* ROW has no holder: those who are next own it from now on.  */
static void
hand_over (struct lock_row *row)
{
  struct lock_waiter *writer = next_writer (row);
  if (writer != NULL)
    {
      hand_to (row, writer, LOCK_MODE_WRITE);
      return;
    }
  /* Strict order lets in no reader that came after a waiting writer.  */
  uint64_t limit = UINT64_MAX;
  if (lock_table.policy == LOCK_FIFO && row->queue.head != NULL)
    limit = row->queue.head->arrival;
  while (row->read_queue.head != NULL && row->read_queue.head->arrival < limit)
    hand_to (row, row->read_queue.head, LOCK_MODE_READ);
}

/* ROW has no holder: wake whoever may compete for it.  Which of the waiters
   that is, is open: the plain choice is the oldest.  Readers that came next
   after a reader are woken with it.  */
static void
wake_competitors (struct lock_row *row)
{
  uint32_t waiters = row->queue.count + row->read_queue.count;
  uint64_t n = waiters > 1 ? choice_pick (CHOICE_LOCK_NEXT, waiters) : 0;
  struct lock_waiter *reader = row->read_queue.head;
  struct lock_waiter *writer = row->queue.head;
  for (;; n--)
    {
      bool read = reader != NULL
                  && (writer == NULL || reader->arrival < writer->arrival);
      if (n == 0 && !read)
        {
          lock_waiter_wake (writer);
          return;
        }
      if (n == 0)
        break;
      if (read)
        reader = reader->next;
      else
        writer = writer->next;
    }
  uint64_t limit = writer != NULL ? writer->arrival : UINT64_MAX;
  for (; reader != NULL && reader->arrival < limit; reader = reader->next)
    lock_waiter_wake (reader);
}

/* ROW has no holder.  */
static void
pass_on (struct lock_row *row)
{
  if (row->queue.count == 0 && row->read_queue.count == 0)
    return;
  if (lock_table.policy == LOCK_BARGING)
    wake_competitors (row);
  else
    hand_over (row);
}

/* A holder in MODE has left ROW.  */
static void
release (struct lock_row *row, enum lock_mode mode)
{
  if (__builtin_expect (row->watch != NULL, 0))
    lock_oracle_leaves (row, mode == LOCK_MODE_WRITE);
  if (row->reader_count == 0)
    pass_on (row);
  if (__builtin_expect (row->watch != NULL, 0))
    lock_oracle_settled (row);
}

/* ---- The interface ------------------------------------------------------ */

static inline int
rwlock_lock (pthread_rwlock_t *l, enum lock_mode mode, bool wait)
{
  lock_charge ();
  struct lock_row *row = lock_row (l, LOCK_KIND_RWLOCK);
  step (STEP_LOCK, row->serial);
  if (!enters_at_once (row, mode))
    {
      if (!wait)
        return EBUSY;
      rwlock_wait (row, mode);
    }
  trace (TRACE_LOCK, row->serial, mode);
  return 0;
}

int
lock_rwlock_rdlock (pthread_rwlock_t *l)
{
  return rwlock_lock (l, LOCK_MODE_READ, true);
}

int
lock_rwlock_tryrdlock (pthread_rwlock_t *l)
{
  return rwlock_lock (l, LOCK_MODE_READ, false);
}

int
lock_rwlock_wrlock (pthread_rwlock_t *l)
{
  return rwlock_lock (l, LOCK_MODE_WRITE, true);
}

int
lock_rwlock_trywrlock (pthread_rwlock_t *l)
{
  return rwlock_lock (l, LOCK_MODE_WRITE, false);
}

int
lock_rwlock_unlock (pthread_rwlock_t *l)
{
  struct lock_row *row = lock_row (l, LOCK_KIND_RWLOCK);
  struct thread *self = lock_self ();
  vtime now = engine_now ();

  if (row->owner != NULL)
    {
      /* As a real one would, it lets go all the same.  */
      if (row->owner != self)
        world_finding ("lock", NULL, "%s is unlocked, but %s holds it",
                       lock_row_name (row), row->owner->name);
      lock_note_released (row, LOCK_MODE_WRITE, now - row->since);
      trace (TRACE_UNLOCK, row->serial, LOCK_MODE_WRITE);
      row->owner = NULL;
      release (row, LOCK_MODE_WRITE);
      step (STEP_UNLOCK, row->serial);
      return 0;
    }
  if (row->reader_count == 0)
    {
      world_finding ("lock", NULL, "%s is unlocked, but is free",
                     lock_row_name (row));
      return EPERM;
    }

  struct lock_hold **link = hold_find (row, self);
  if (*link == NULL)
    {
      world_finding ("lock", NULL,
                     "%s is unlocked by a thread that does not hold it",
                     lock_row_name (row));
      link = &row->readers;
    }
  struct lock_hold *h = *link;
  lock_note_released (row, LOCK_MODE_READ, now - h->since);
  trace (TRACE_UNLOCK, row->serial, LOCK_MODE_READ);
  *link = h->next;
  lock_hold_free (h);
  row->reader_count--;
  release (row, LOCK_MODE_READ);
  step (STEP_UNLOCK, row->serial);
  return 0;
}

bool
lock_rwlock_is_held (const pthread_rwlock_t *l)
{
  /* Nobody else's row has this address.  */
  uint32_t n = *(const uint32_t *)l;
  const struct lock_row *row
      = n < lock_table.used ? &lock_table.rows[n] : NULL;
  if (row == NULL || row->address != l)
    return false;
  const struct lock_hold *h = row->readers;
  while (h != NULL && h->thread != engine.current)
    h = h->next;
  return h != NULL || row->owner == engine.current;
}
