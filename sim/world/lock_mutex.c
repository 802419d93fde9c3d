/* Mutexes and spin locks.

   A mutex that is released goes to the thread that waits longest, which owns
   it before it runs.  The Hurd's mutexes are woken and competed for; with one
   CPU and no preemption between the wake-up and the return from it the two are
   alike, and this one cannot starve anybody (docs/model.md 5).

   A spin lock that is taken blocks the thread that wants it, first come first
   served: a coroutine that spins would never let the owner run.  The time that
   a real CPU burns in it is left out.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "lock_table.h"

#include "../engine/step.h"
#include "waits.h"
#include "world.h"

#include <errno.h>

/* ---- Mutexes ------------------------------------------------------------ */

int
lock_mutex_init (pthread_mutex_t *m, const char *name)
{
  lock_row_init (m, LOCK_KIND_MUTEX, name);
  return 0;
}

int
lock_mutex_destroy (pthread_mutex_t *m)
{
  lock_row_destroy (m, LOCK_KIND_MUTEX);
  return 0;
}

/* ROW goes to W, which is on no list; its thread runs when it gets a CPU.  */
static void
mutex_grant (struct lock_row *row, struct lock_waiter *w)
{
  row->owner = w->thread;
  row->since = engine_now ();
  w->granted = true;
  lock_waiter_wake (w);
}

static inline bool
mutex_try (struct lock_row *row, struct thread *t)
{
  if (row->owner != NULL)
    return false;
  row->owner = t;
  row->since = engine_now ();
  lock_note_free (row, LOCK_MODE_MUTEX);
  return true;
}

void
lock_mutex_acquire (struct lock_row *row)
{
  struct thread *self = lock_self ();
  step (STEP_MUTEX, row->serial);
  if (mutex_try (row, self))
    return;
  if (row->owner == self)
    world_finding ("lock", NULL,
                   "%s is locked by the thread that holds it: it waits for "
                   "itself",
                   lock_row_name (row));

  struct lock_waiter w = { .thread = self, .since = engine_now () };
  lock_waiters_append (&row->queue, &w);
  w.arrival = ++row->arrivals;
  trace (TRACE_LOCK_WAIT, row->serial, LOCK_MODE_MUTEX);
  lock_wait_granted (&w, row->address, row->class->account);
  trace (TRACE_LOCK, row->serial, LOCK_MODE_MUTEX);
}

static __attribute__ ((noinline)) void
hand_over (struct lock_row *row, struct lock_waiter *w)
{
  trace (TRACE_UNLOCK, row->serial, LOCK_MODE_MUTEX);
  lock_waiters_remove (w);
  lock_note_waited (row, LOCK_MODE_MUTEX, engine_now () - w->since);
  mutex_grant (row, w);
  lock_oracle_mutex_handed (row, w);
}

static inline void
release (struct lock_row *row)
{
  lock_note_released (row, LOCK_MODE_MUTEX, engine_now () - row->since);
  if (__builtin_expect (row->queue.head != NULL, 0))
    hand_over (row, row->queue.head);
  else
    {
      lock_oracle_mutex_free (row);
      row->owner = NULL;
    }
}

void
lock_mutex_release (struct lock_row *row)
{
  release (row);
}

void
lock_mutex_grant_or_queue (struct lock_row *row, struct lock_waiter *w)
{
  w->since = engine_now ();
  if (row->owner == NULL)
    {
      lock_note_free (row, LOCK_MODE_MUTEX);
      mutex_grant (row, w);
      return;
    }
  lock_waiters_append (&row->queue, w);
  w->arrival = ++row->arrivals;
  struct thread *t = w->thread;
  if (w->queue.head == t)
    {
      /* It stays blocked, but not for what it blocked on: reports and the
         make-up of its waits must say so.  */
      thread_wait_changes (t, WAIT_LOCK, row->address, row->class->account);
    }
}

int
lock_mutex_lock (pthread_mutex_t *m)
{
  lock_charge ();
  struct lock_row *row = lock_row (m, LOCK_KIND_MUTEX);
  if (!mutex_try (row, lock_self ()))
    lock_mutex_acquire (row);
  return 0;
}

int
lock_mutex_trylock (pthread_mutex_t *m)
{
  lock_charge ();
  struct lock_row *row = lock_row (m, LOCK_KIND_MUTEX);
  return mutex_try (row, lock_self ()) ? 0 : EBUSY;
}

int
lock_mutex_unlock (pthread_mutex_t *m)
{
  struct lock_row *row = lock_row (m, LOCK_KIND_MUTEX);
  if (__builtin_expect (row->owner != lock_self (), 0))
    {
      if (row->owner == NULL)
        {
          world_finding ("lock", NULL, "%s is unlocked, but is free",
                         lock_row_name (row));
          return EPERM;
        }
      /* As a real one would, it lets go all the same.  */
      world_finding ("lock", NULL, "%s is unlocked, but %s holds it",
                     lock_row_name (row), row->owner->name);
    }
  release (row);
  return 0;
}

/* ---- Spin locks --------------------------------------------------------- */

/* All threads that wait for any spin lock: seldom one.  The waiters of one
   lock are told apart by its address, which is compared, not ordered by.  */
struct spin_waiter
{
  struct lock_waiter base;
  volatile int *address;
};
static struct lock_waiters spin_waiters;

void
lock_spins_init (void)
{
  spin_waiters = (struct lock_waiters){ 0 };
}

/* A spin lock is an int: no room for more than who holds it.  */
static int
spin_id (void)
{
  return engine.current != NULL ? (int)engine.current->id : INT32_MAX;
}

struct id_search
{
  uint32_t id;
  bool found;
};

static void
id_compare (const struct thread *t, void *arg)
{
  struct id_search *s = arg;
  if (t->id == s->id && t->state != THREAD_DONE)
    s->found = true;
}

static bool
spin_holder_exists (int holder)
{
  struct id_search s = { .id = (uint32_t)holder };
  engine_each_thread (id_compare, &s);
  return s.found;
}

int
lock_spin_lock (pthread_spinlock_t *s)
{
  lock_charge ();
  int self = spin_id ();
  if (*s == 0)
    {
      *s = self;
      return 0;
    }
  if (*s == self)
    world_finding ("lock", NULL,
                   "a spin lock is taken by the thread that "
                   "holds it: it waits for itself");
  else if (!spin_holder_exists (*s))
    {
      world_finding ("lock", NULL,
                     "a spin lock is taken that was never initialised, or "
                     "whose holder has ended");
      *s = self;
      return 0;
    }

  struct spin_waiter w = { .base.thread = lock_self (), .address = s };
  trace (TRACE_LOCK_WAIT, *s, LOCK_MODE_SPIN);
  lock_waiters_append (&spin_waiters, &w.base);
  lock_wait_granted (&w.base, (const void *)s, PART_LOCK);
  CHECK (*s == self);
  return 0;
}

int
lock_spin_trylock (pthread_spinlock_t *s)
{
  lock_charge ();
  if (*s != 0)
    return EBUSY;
  *s = spin_id ();
  return 0;
}

int
lock_spin_unlock (pthread_spinlock_t *s)
{
  if (*s != spin_id ())
    world_finding ("lock", NULL, "a spin lock is unlocked, but %s",
                   *s == 0 ? "is free" : "another thread holds it");
  *s = 0;
  for (struct lock_waiter *w = spin_waiters.head; w != NULL; w = w->next)
    if (((struct spin_waiter *)w)->address == s)
      {
        lock_waiters_remove (w);
        *s = (int)w->thread->id;
        w->granted = true;
        trace (TRACE_UNLOCK, w->thread->id, LOCK_MODE_SPIN);
        lock_waiter_wake (w);
        break;
      }
  return 0;
}
