/* Locks of the simulated system: mutexes, conditions, spin locks and rwlocks.

   They live in the code's own pthread_mutex_t and so on: the first word holds
   the number of a row in our table, so that all zero bytes are a free lock, as
   the C library's static initialisers leave them.  (A spin lock, an int, holds
   0 or its owner's thread id.)  Memory that is given
   back must have its locks forgotten: lock_forget_range.

   The rwlock follows one of five policies (docs/model.md 5).  They differ in
   who may enter while others wait, and in whether a released lock is handed
   over or competed for:
     writer   a reader waits behind waiting writers; the oldest writer first;
              handed over
     htl      a reader joins readers even if writers wait; the NEWEST waiting
              writer first, else all readers; handed over (what the Hurd does)
     reader   a reader joins readers; readers first on release; handed over
     fifo     strict arrival order, neighbouring readers together; handed over
     barging  released free and the next ones woken: whoever comes first
              takes it

   Waits and holds of every lock are kept by its name (the last identifier of
   the expression it was initialised with, or whose it is when that is a mere
   "lock"; "" when never initialised).  Those of "alloc_lock" also go to the
   counters and histograms of a run.  Of spin locks nothing is kept.  Whether
   each policy keeps to its rules is watched: lock_oracle.c.

   Misuse by the code under test (unlock of a free lock, by a thread that does
   not hold it, a mutex taken twice) is a finding: world_finding (world.h).

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_WORLD_LOCK_H
#define SIM_WORLD_LOCK_H

#include <pthread.h>
#include "../base/histogram.h"

struct thread;
struct trace_event;

enum lock_policy
{
  LOCK_WRITER,
  LOCK_HTL,
  LOCK_READER,
  LOCK_FIFO,
  LOCK_BARGING,
  LOCK_POLICIES
};
extern const char *const lock_policy_name[LOCK_POLICIES];
extern const char *const lock_policy_about[LOCK_POLICIES];

/* Forget all locks; rwlocks follow POLICY from now on.  */
void locks_init (enum lock_policy policy);

/* Same results as their pthread namesakes: 0, EBUSY, ...  NAME is the
   stringified argument of the initialiser, copied.  */
int lock_mutex_init (pthread_mutex_t *m, const char *name);
int lock_mutex_lock (pthread_mutex_t *m);
int lock_mutex_trylock (pthread_mutex_t *m);
int lock_mutex_unlock (pthread_mutex_t *m);
int lock_mutex_destroy (pthread_mutex_t *m);

int lock_cond_init (pthread_cond_t *c, const char *name);
int lock_cond_wait (pthread_cond_t *c, pthread_mutex_t *m);
/* For at most NS; ETIMEDOUT.  */
int lock_cond_wait_for (pthread_cond_t *c, pthread_mutex_t *m, uint64_t ns);
int lock_cond_signal (pthread_cond_t *c);
int lock_cond_broadcast (pthread_cond_t *c);
int lock_cond_destroy (pthread_cond_t *c);

int lock_rwlock_init (pthread_rwlock_t *l, const char *name);
int lock_rwlock_rdlock (pthread_rwlock_t *l);
int lock_rwlock_tryrdlock (pthread_rwlock_t *l);
int lock_rwlock_wrlock (pthread_rwlock_t *l);
int lock_rwlock_trywrlock (pthread_rwlock_t *l);
int lock_rwlock_unlock (pthread_rwlock_t *l);
int lock_rwlock_destroy (pthread_rwlock_t *l);

int lock_spin_lock (pthread_spinlock_t *s);
int lock_spin_trylock (pthread_spinlock_t *s);
int lock_spin_unlock (pthread_spinlock_t *s);

/* The memory from ADDRESS on for LEN bytes is no longer theirs.  */
void lock_forget_range (const void *address, size_t len);

/* What the lock at ADDRESS is and who holds it, as SELF sees it, into OUT: for
   reports.  */
void lock_describe (const void *address, const struct thread *self, char *out,
                    size_t size);

/* Whether the current thread holds L, for reading or writing.  */
bool lock_rwlock_is_held (const pthread_rwlock_t *l);
/* Call FN for every holder of a lock NAME, since when it has been that.  */
typedef void lock_held_fn (const char *name, const struct thread *holder,
                           uint64_t since, void *arg);
void lock_each_held (lock_held_fn *fn, void *arg);
/* What the lock that is SERIAL in the trace is called; "lock" when it is gone.
 */
const char *lock_name_of (uint32_t serial);

/* What is known of all rwlocks and mutexes of one name.  */
struct lock_class
{
  const char *name;
  bool rwlock;
  uint64_t rdlocks, wrlocks; /* acquisitions; a mutex counts as wrlock  */
  uint64_t contended;        /* of these, how many had to wait  */
  uint64_t bypassed;         /* readers admitted while a writer waited  */
  uint64_t bypass_streak;    /* longest run of such, for one waiting writer  */
  /* ns; a wait is 0 where there was none.  Each is entered when it ends.  */
  struct histogram read_wait, write_wait, read_hold, write_hold;
};
/* Nothing was locked yet, as far as these know.  */
void locks_reset_classes (void);
/* The threads that hold or want an alloc_lock, of any file, at this time.
   LEAVES is NULL, or an event UNLOCK that is on: the holder leaves right after
   it, and is not counted any more.  */
struct lock_alloc_now
{
  unsigned readers, writers, waiting_readers, waiting_writers;
};
void lock_alloc_now (const struct trace_event *leaves,
                     struct lock_alloc_now *out);

/* Call FN for each, in order of first use.  */
void lock_each_class (void (*fn) (const struct lock_class *, void *),
                      void *arg);

#endif /* SIM_WORLD_LOCK_H */
