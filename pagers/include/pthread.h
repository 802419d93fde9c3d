/* <pthread.h> with the calls that block or wake turned into ours.

   The types and static initialisers stay the C library's: all zero is
   unlocked.  A lock's name, for reports, is the text of what it was
   initialised by.  Thread-specific data and the timed variants other than
   pthread_cond_timedwait are not provided: they would be the C library's own,
   which knows nothing of simulated threads.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include_next <pthread.h>

#ifndef HURD_PTHREAD_H
#define HURD_PTHREAD_H

/* The Hurd has it, glibc on Linux has not (where 0 would mean locked).  */
#ifndef PTHREAD_SPINLOCK_INITIALIZER
#define PTHREAD_SPINLOCK_INITIALIZER 0
#endif

int hurdapi_pthread_create (pthread_t *, const pthread_attr_t *,
                            void *(*)(void *), void *);
int hurdapi_pthread_detach (pthread_t);
pthread_t hurdapi_pthread_self (void);
int hurdapi_pthread_setname_np (pthread_t, const char *);
int hurdapi_pthread_mutex_init (pthread_mutex_t *, const pthread_mutexattr_t *,
                                const char *name);
int hurdapi_pthread_mutex_destroy (pthread_mutex_t *);
int hurdapi_pthread_mutex_lock (pthread_mutex_t *);
int hurdapi_pthread_mutex_trylock (pthread_mutex_t *);
int hurdapi_pthread_mutex_unlock (pthread_mutex_t *);
int hurdapi_pthread_cond_init (pthread_cond_t *, const pthread_condattr_t *,
                               const char *name);
int hurdapi_pthread_cond_destroy (pthread_cond_t *);
int hurdapi_pthread_cond_wait (pthread_cond_t *, pthread_mutex_t *);
int hurdapi_pthread_cond_timedwait (pthread_cond_t *, pthread_mutex_t *,
                                    const struct timespec *);
int hurdapi_pthread_cond_signal (pthread_cond_t *);
int hurdapi_pthread_cond_broadcast (pthread_cond_t *);
int hurdapi_pthread_rwlock_init (pthread_rwlock_t *,
                                 const pthread_rwlockattr_t *,
                                 const char *name);
int hurdapi_pthread_rwlock_destroy (pthread_rwlock_t *);
int hurdapi_pthread_rwlock_rdlock (pthread_rwlock_t *);
int hurdapi_pthread_rwlock_tryrdlock (pthread_rwlock_t *);
int hurdapi_pthread_rwlock_wrlock (pthread_rwlock_t *);
int hurdapi_pthread_rwlock_trywrlock (pthread_rwlock_t *);
int hurdapi_pthread_rwlock_unlock (pthread_rwlock_t *);
int hurdapi_pthread_spin_init (pthread_spinlock_t *, int shared);
int hurdapi_pthread_spin_destroy (pthread_spinlock_t *);
int hurdapi_pthread_spin_lock (pthread_spinlock_t *);
int hurdapi_pthread_spin_trylock (pthread_spinlock_t *);
int hurdapi_pthread_spin_unlock (pthread_spinlock_t *);
int hurdapi_pthread_yield (void);

#ifndef HURD_API_NO_REDIRECT
#define pthread_create hurdapi_pthread_create
#define pthread_detach hurdapi_pthread_detach
#define pthread_self hurdapi_pthread_self
#define pthread_setname_np hurdapi_pthread_setname_np
#define pthread_mutex_init(mutex, attr)                                       \
  hurdapi_pthread_mutex_init (mutex, attr, #mutex)
#define pthread_mutex_destroy hurdapi_pthread_mutex_destroy
#define pthread_mutex_lock hurdapi_pthread_mutex_lock
#define pthread_mutex_trylock hurdapi_pthread_mutex_trylock
#define pthread_mutex_unlock hurdapi_pthread_mutex_unlock
#define pthread_cond_init(cond, attr)                                         \
  hurdapi_pthread_cond_init (cond, attr, #cond)
#define pthread_cond_destroy hurdapi_pthread_cond_destroy
#define pthread_cond_wait hurdapi_pthread_cond_wait
#define pthread_cond_timedwait hurdapi_pthread_cond_timedwait
#define pthread_cond_signal hurdapi_pthread_cond_signal
#define pthread_cond_broadcast hurdapi_pthread_cond_broadcast
#define pthread_rwlock_init(rwlock, attr)                                     \
  hurdapi_pthread_rwlock_init (rwlock, attr, #rwlock)
#define pthread_rwlock_destroy hurdapi_pthread_rwlock_destroy
#define pthread_rwlock_rdlock hurdapi_pthread_rwlock_rdlock
#define pthread_rwlock_tryrdlock hurdapi_pthread_rwlock_tryrdlock
#define pthread_rwlock_wrlock hurdapi_pthread_rwlock_wrlock
#define pthread_rwlock_trywrlock hurdapi_pthread_rwlock_trywrlock
#define pthread_rwlock_unlock hurdapi_pthread_rwlock_unlock
#define pthread_spin_init hurdapi_pthread_spin_init
#define pthread_spin_destroy hurdapi_pthread_spin_destroy
#define pthread_spin_lock hurdapi_pthread_spin_lock
#define pthread_spin_trylock hurdapi_pthread_spin_trylock
#define pthread_spin_unlock hurdapi_pthread_spin_unlock
#define pthread_yield hurdapi_pthread_yield
#endif /* HURD_API_NO_REDIRECT */

#endif /* HURD_PTHREAD_H */
