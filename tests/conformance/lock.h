/* Locks and conditions for a scripted case: members of struct hurd_api.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef CONFORMANCE_LOCK_H
#define CONFORMANCE_LOCK_H

#include "script.h"

/* Forget all locks.  ENTER is called by every call.  */
void lock_start (const struct script *script, void (*enter) (void));

int script_mutex_init (pthread_mutex_t *m, const pthread_mutexattr_t *attr,
                       const char *name);
int script_mutex_destroy (pthread_mutex_t *m);
int script_mutex_lock (pthread_mutex_t *m);
int script_mutex_trylock (pthread_mutex_t *m);
int script_mutex_unlock (pthread_mutex_t *m);
int script_cond_init (pthread_cond_t *c, const pthread_condattr_t *attr,
                      const char *name);
int script_cond_destroy (pthread_cond_t *c);
int script_cond_wait (pthread_cond_t *c, pthread_mutex_t *m);
int script_cond_timedwait (pthread_cond_t *c, pthread_mutex_t *m,
                           const struct timespec *until);
int script_cond_wake (pthread_cond_t *c);
int script_rwlock_init (pthread_rwlock_t *l, const pthread_rwlockattr_t *attr,
                        const char *name);
int script_rwlock_destroy (pthread_rwlock_t *l);
int script_rwlock_rdlock (pthread_rwlock_t *l);
int script_rwlock_tryrdlock (pthread_rwlock_t *l);
int script_rwlock_wrlock (pthread_rwlock_t *l);
int script_rwlock_trywrlock (pthread_rwlock_t *l);
int script_rwlock_unlock (pthread_rwlock_t *l);
int script_spin_lock (pthread_spinlock_t *s);
int script_spin_trylock (pthread_spinlock_t *s);
int script_spin_unlock (pthread_spinlock_t *s);

#endif /* CONFORMANCE_LOCK_H */
