/* The locks of the code under test in a live run, by hurd_api's names: lock.c.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_LIVE_LOCK_H
#define SIM_LIVE_LOCK_H

#include <pthread.h>

int live_mutex_init (pthread_mutex_t *m, const pthread_mutexattr_t *a,
                     const char *name);
int live_cond_init (pthread_cond_t *c, const pthread_condattr_t *a,
                    const char *name);
int live_rwlock_init (pthread_rwlock_t *l, const pthread_rwlockattr_t *a,
                      const char *name);
int live_rwlock_destroy (pthread_rwlock_t *l);
int live_rwlock_rdlock (pthread_rwlock_t *l);
int live_rwlock_tryrdlock (pthread_rwlock_t *l);
int live_rwlock_wrlock (pthread_rwlock_t *l);
int live_rwlock_trywrlock (pthread_rwlock_t *l);
int live_rwlock_unlock (pthread_rwlock_t *l);
int live_spin_trylock (pthread_spinlock_t *l);
int live_spin_lock (pthread_spinlock_t *l);
int live_spin_unlock (pthread_spinlock_t *l);

#endif /* SIM_LIVE_LOCK_H */
