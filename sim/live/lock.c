/* The locks of the code under test in a live run: the C library's own.

   Types and static initialisers are the C library's already.  Spin locks are
   zero when they are free, as the Hurd's, and on this host are not.  Of
   alloc_lock, acquisitions are counted, and how long they wait and hold; a
   lock is one by what it was initialised as.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#define _GNU_SOURCE
#include "lock.h"

#include <errno.h>
#include <sched.h>
#include <string.h>

#include "../base/check.h"
#include "../harness/host_clock.h"
#include "live.h"

static bool writers_first;

void
locks_start (bool first)
{
  writers_first = first;
}

/* ---- Which are alloc_locks -----------------------------------------------
 */

enum
{
  NAMED_MAX = 1 << 16
};

/* Addresses; 0 is free, 1 was one.  Looked at without a lock, which would
   order the threads that look.  */
static uintptr_t named[NAMED_MAX];
static unsigned named_count;
static pthread_mutex_t named_lock = PTHREAD_MUTEX_INITIALIZER;

static uintptr_t *
named_slot (const void *lock, bool fresh)
{
  uintptr_t wanted = (uintptr_t)lock;
  uint32_t at = wanted * UINT64_C (0x9e3779b97f4a7c15) >> 48;
  for (unsigned i = 0; i < NAMED_MAX; i++, at = (at + 1) % NAMED_MAX)
    {
      uintptr_t there = __atomic_load_n (&named[at], __ATOMIC_RELAXED);
      if (there == wanted || there == 0 || (fresh && there == 1))
        return &named[at];
    }
  CHECK (!"room for another alloc_lock");
  return NULL;
}

static bool
is_alloc_lock (const void *lock)
{
  return __atomic_load_n (named_slot (lock, false), __ATOMIC_RELAXED)
         == (uintptr_t)lock;
}

/* The last name of the expression that it was initialised as.  */
static bool
says_alloc_lock (const char *expression)
{
  static const char name[] = "alloc_lock";
  size_t len = strlen (expression);
  const char *last = expression + len - (sizeof name - 1);
  return len >= sizeof name - 1 && strcmp (last, name) == 0
         && (last == expression || strchr (">.& (", last[-1]) != NULL);
}

static void
note (const void *lock, bool is)
{
  pthread_mutex_lock (&named_lock);
  if (is && !is_alloc_lock (lock))
    {
      CHECK (++named_count < NAMED_MAX / 2);
      __atomic_store_n (named_slot (lock, true), (uintptr_t)lock,
                        __ATOMIC_RELAXED);
    }
  else if (!is && is_alloc_lock (lock))
    {
      named_count--;
      __atomic_store_n (named_slot (lock, false), 1, __ATOMIC_RELAXED);
    }
  pthread_mutex_unlock (&named_lock);
}

/* What this thread holds of them: since when, and how.  */
enum
{
  HELD_MAX = 8
};
static _Thread_local struct
{
  const void *lock;
  uint64_t since;
  bool read;
} held[HELD_MAX];

static void
taken (const void *lock, bool read, uint64_t asked)
{
  uint64_t now = host_clock_ns ();
  meter_add (read ? COUNTER_ALLOC_RDLOCK : COUNTER_ALLOC_WRLOCK, 1);
  meter_record (read ? HISTOGRAM_ALLOC_READ_WAIT : HISTOGRAM_ALLOC_WRITE_WAIT,
                now - asked);
  for (unsigned i = 0; i < HELD_MAX; i++)
    if (held[i].lock == NULL)
      {
        held[i].lock = lock;
        held[i].since = now;
        held[i].read = read;
        return;
      }
}

static void
given (const void *lock)
{
  for (unsigned i = 0; i < HELD_MAX; i++)
    if (held[i].lock == lock)
      {
        meter_record (held[i].read ? HISTOGRAM_ALLOC_READ_HOLD
                                   : HISTOGRAM_ALLOC_WRITE_HOLD,
                      host_clock_ns () - held[i].since);
        held[i].lock = NULL;
        return;
      }
}

/* ---- Locks ---------------------------------------------------------------
 */

int
live_mutex_init (pthread_mutex_t *m, const pthread_mutexattr_t *a,
                 const char *name)
{
  (void)name;
  return pthread_mutex_init (m, a);
}

int
live_cond_init (pthread_cond_t *c, const pthread_condattr_t *a,
                const char *name)
{
  (void)name;
  return pthread_cond_init (c, a);
}

int
live_rwlock_init (pthread_rwlock_t *l, const pthread_rwlockattr_t *a,
                  const char *name)
{
  pthread_rwlockattr_t first;
  if (a == NULL && writers_first)
    {
      pthread_rwlockattr_init (&first);
      pthread_rwlockattr_setkind_np (
          &first, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
      a = &first;
    }
  note (l, says_alloc_lock (name));
  return pthread_rwlock_init (l, a);
}

int
live_rwlock_destroy (pthread_rwlock_t *l)
{
  note (l, false);
  return pthread_rwlock_destroy (l);
}

typedef int rwlock_fn (pthread_rwlock_t *);

static int
take (pthread_rwlock_t *l, rwlock_fn *fn, bool read)
{
  bool alloc = is_alloc_lock (l);
  uint64_t asked = alloc ? host_clock_ns () : 0;
  int error = fn (l);
  if (alloc && error == 0)
    taken (l, read, asked);
  return error;
}

int
live_rwlock_rdlock (pthread_rwlock_t *l)
{
  return take (l, pthread_rwlock_rdlock, true);
}

int
live_rwlock_tryrdlock (pthread_rwlock_t *l)
{
  return take (l, pthread_rwlock_tryrdlock, true);
}

int
live_rwlock_wrlock (pthread_rwlock_t *l)
{
  return take (l, pthread_rwlock_wrlock, false);
}

int
live_rwlock_trywrlock (pthread_rwlock_t *l)
{
  return take (l, pthread_rwlock_trywrlock, false);
}

int
live_rwlock_unlock (pthread_rwlock_t *l)
{
  given (l);
  return pthread_rwlock_unlock (l);
}

/* ---- Spin locks ----------------------------------------------------------
 */

int
live_spin_trylock (pthread_spinlock_t *l)
{
  return __atomic_exchange_n (l, 1, __ATOMIC_ACQUIRE) ? EBUSY : 0;
}

int
live_spin_lock (pthread_spinlock_t *l)
{
  while (live_spin_trylock (l))
    sched_yield ();
  return 0;
}

int
live_spin_unlock (pthread_spinlock_t *l)
{
  __atomic_store_n (l, 0, __ATOMIC_RELEASE);
  return 0;
}
