/* Condition variables.

   Threads that wait are signalled in the order in which they came.  One that
   is signalled while another thread holds the mutex goes straight to the
   mutex's queue, and runs when it owns it: the same order as if it were woken
   to block again, less one switch.  There are no spurious wake-ups.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "lock_table.h"

#include "waits.h"
#include "world.h"

#include <errno.h>

int
lock_cond_init (pthread_cond_t *c, const char *name)
{
  lock_row_init (c, LOCK_KIND_COND, name);
  return 0;
}

int
lock_cond_destroy (pthread_cond_t *c)
{
  lock_row_destroy (c, LOCK_KIND_COND);
  return 0;
}

/* NS of VTIME_NEVER waits for ever.  */
static int
cond_wait (pthread_cond_t *c, pthread_mutex_t *m, vtime ns)
{
  lock_charge ();
  struct lock_row *cond = lock_row (c, LOCK_KIND_COND);
  struct lock_row *mutex = lock_row (m, LOCK_KIND_MUTEX);
  if (mutex->owner != lock_self ())
    {
      world_finding ("lock", NULL,
                     "a condition is waited for without holding %s",
                     lock_row_name (mutex));
      return EPERM;
    }
  CHECK (engine.current != NULL);

  struct lock_waiter w = { .thread = engine.current, .mutex = mutex };
  lock_waiters_append (&cond->queue, &w);
  lock_mutex_release (mutex);
  /* Whoever asked the kernel for an answer, and waits then, waits for that
     (docs/model.md 2.6).  */
  struct wait_answer a;
  waits_for_answer (&a, engine.current->awaits);
  if (ns == VTIME_NEVER)
    waitq_wait (&w.queue, WAIT_COND, c);
  else
    waitq_wait_for (&w.queue, WAIT_COND, c, ns);

  if (!w.granted && w.list == &cond->queue)
    {
      lock_waiters_remove (&w);
      lock_mutex_acquire (mutex);
      return ETIMEDOUT;
    }
  /* The time may end while it already waits for the mutex.  */
  lock_wait_granted (&w, m, mutex->class->account);
  return 0;
}

int
lock_cond_wait (pthread_cond_t *c, pthread_mutex_t *m)
{
  return cond_wait (c, m, VTIME_NEVER);
}

int
lock_cond_wait_for (pthread_cond_t *c, pthread_mutex_t *m, uint64_t ns)
{
  return cond_wait (c, m, ns);
}

static void
cond_wake_first (struct lock_row *cond)
{
  struct lock_waiter *w = cond->queue.head;
  lock_waiters_remove (w);
  lock_mutex_grant_or_queue (w->mutex, w);
}

int
lock_cond_signal (pthread_cond_t *c)
{
  lock_charge ();
  struct lock_row *cond = lock_row (c, LOCK_KIND_COND);
  if (cond->queue.head != NULL)
    cond_wake_first (cond);
  return 0;
}

int
lock_cond_broadcast (pthread_cond_t *c)
{
  lock_charge ();
  struct lock_row *cond = lock_row (c, LOCK_KIND_COND);
  while (cond->queue.head != NULL)
    cond_wake_first (cond);
  return 0;
}
