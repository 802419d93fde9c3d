/* Locks and conditions for a scripted case.

   There is one thread: a lock that would block it is a fault of the code under
   test, and so is the release of one that is not held.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "lock.h"

#include <errno.h>

#define LOCKS_MAX 32 /* held at once  */

static const struct script *script;
static void (*enter) (void);

/* Locks held now.  A lock is its address; readers have one entry each.  */
static struct
{
  const void *lock;
  bool reader;
} held[LOCKS_MAX];
static unsigned held_count;

void
lock_start (const struct script *new_script, void (*new_enter) (void))
{
  script = new_script;
  enter = new_enter;
  held_count = 0;
}

static bool
is_free (const void *lock, bool for_reading)
{
  for (unsigned i = 0; i < held_count; i++)
    if (held[i].lock == lock && !(for_reading && held[i].reader))
      return false;
  return true;
}

static int
acquire (const void *lock, bool reader, bool try)
{
  enter ();
  if (!is_free (lock, reader))
    {
      if (try)
        return EBUSY;
      script_fail ("a lock is taken that this thread holds");
    }
  if (held_count == LOCKS_MAX)
    script_fail ("%d locks are held at once", LOCKS_MAX);
  held[held_count].lock = lock;
  held[held_count++].reader = reader;
  return 0;
}

static void
release (const void *lock)
{
  for (unsigned i = held_count; i-- > 0;)
    if (held[i].lock == lock)
      {
        held[i] = held[--held_count];
        return;
      }
  script_fail ("a lock is released that nobody holds");
}

static int
lock_init (const void *lock)
{
  enter ();
  if (!is_free (lock, false))
    script_fail ("a lock is initialised while held");
  return 0;
}

int
script_mutex_init (pthread_mutex_t *m, const pthread_mutexattr_t *attr,
                   const char *name)
{
  (void)attr, (void)name;
  return lock_init (m);
}

int
script_mutex_destroy (pthread_mutex_t *m)
{
  return lock_init (m);
}

int
script_mutex_lock (pthread_mutex_t *m)
{
  return acquire (m, false, false);
}

int
script_mutex_trylock (pthread_mutex_t *m)
{
  return acquire (m, false, true);
}

int
script_mutex_unlock (pthread_mutex_t *m)
{
  enter ();
  release (m);
  return 0;
}

int
script_cond_init (pthread_cond_t *c, const pthread_condattr_t *attr,
                  const char *name)
{
  (void)c, (void)attr, (void)name;
  enter ();
  return 0;
}

int
script_cond_destroy (pthread_cond_t *c)
{
  (void)c;
  enter ();
  return 0;
}

int
script_cond_wait (pthread_cond_t *c, pthread_mutex_t *m)
{
  (void)c;
  enter ();
  if (is_free (m, false))
    script_fail ("a condition is waited for without its mutex");
  if (!script->waited)
    script_fail ("a condition is waited for that nobody signals");
  script->waited ();
  return 0;
}

int
script_cond_timedwait (pthread_cond_t *c, pthread_mutex_t *m,
                       const struct timespec *until)
{
  (void)until;
  return script_cond_wait (c, m);
}

int
script_cond_wake (pthread_cond_t *c)
{
  (void)c;
  enter ();
  if (script->broadcast)
    script->broadcast ();
  return 0;
}

int
script_rwlock_init (pthread_rwlock_t *l, const pthread_rwlockattr_t *attr,
                    const char *name)
{
  (void)attr, (void)name;
  return lock_init (l);
}

int
script_rwlock_destroy (pthread_rwlock_t *l)
{
  return lock_init (l);
}

static int
take_rwlock (pthread_rwlock_t *l, bool reader, bool try)
{
  int err = acquire (l, reader, try);
  if (err == 0 && reader && script->read_locked)
    script->read_locked ();
  if (err == 0 && !reader && script->write_locked)
    script->write_locked ();
  return err;
}

int
script_rwlock_rdlock (pthread_rwlock_t *l)
{
  return take_rwlock (l, true, false);
}

int
script_rwlock_tryrdlock (pthread_rwlock_t *l)
{
  if (script->busy && script->busy ())
    return EBUSY;
  return take_rwlock (l, true, true);
}

int
script_rwlock_wrlock (pthread_rwlock_t *l)
{
  return take_rwlock (l, false, false);
}

int
script_rwlock_trywrlock (pthread_rwlock_t *l)
{
  return take_rwlock (l, false, true);
}

int
script_rwlock_unlock (pthread_rwlock_t *l)
{
  enter ();
  release (l);
  if (script->unlocked)
    script->unlocked ();
  return 0;
}

int
script_spin_lock (pthread_spinlock_t *s)
{
  return acquire ((const void *)s, false, false);
}

int
script_spin_trylock (pthread_spinlock_t *s)
{
  return acquire ((const void *)s, false, true);
}

int
script_spin_unlock (pthread_spinlock_t *s)
{
  enter ();
  release ((const void *)s);
  return 0;
}
