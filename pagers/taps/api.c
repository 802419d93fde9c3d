/* The functions that the headers put in place of the C library's.

   Each hands its arguments to the table of the program that loaded this
   shared object (hurd_api.h); nothing is modelled here.  They are functions of
   the shared object, not calls through the table in place, so that code which
   takes the address of `free' or `pthread_mutex_lock' gets ours.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#define HURD_API_NO_REDIRECT

#include <hurd_taps.h>

#include <assert-backtrace.h>
#include <errno.h>
#include <error.h>
#include <mach.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define NSEC_PER_SEC 1000000000L

/* ---- Threads ---- */

int
hurdapi_pthread_create (pthread_t *thread, const pthread_attr_t *attr,
                        void *(*start) (void *), void *arg)
{
  return hurd_api->pthread_create (thread, attr, start, arg);
}

int
hurdapi_pthread_detach (pthread_t thread)
{
  return hurd_api->pthread_detach (thread);
}

pthread_t
hurdapi_pthread_self (void)
{
  return hurd_api->pthread_self ();
}

int
hurdapi_pthread_setname_np (pthread_t thread, const char *name)
{
  return hurd_api->pthread_setname_np (thread, name);
}

int
hurdapi_pthread_yield (void)
{
  return hurd_api->sched_yield ();
}

int
hurdapi_sched_yield (void)
{
  return hurd_api->sched_yield ();
}

/* ---- Locks ---- */

int
hurdapi_pthread_mutex_init (pthread_mutex_t *mutex,
                            const pthread_mutexattr_t *attr, const char *name)
{
  return hurd_api->mutex_init (mutex, attr, name);
}

int
hurdapi_pthread_mutex_destroy (pthread_mutex_t *mutex)
{
  return hurd_api->mutex_destroy (mutex);
}

int
hurdapi_pthread_mutex_lock (pthread_mutex_t *mutex)
{
  return hurd_api->mutex_lock (mutex);
}

int
hurdapi_pthread_mutex_trylock (pthread_mutex_t *mutex)
{
  return hurd_api->mutex_trylock (mutex);
}

int
hurdapi_pthread_mutex_unlock (pthread_mutex_t *mutex)
{
  return hurd_api->mutex_unlock (mutex);
}

int
hurdapi_pthread_cond_init (pthread_cond_t *cond,
                           const pthread_condattr_t *attr, const char *name)
{
  return hurd_api->cond_init (cond, attr, name);
}

int
hurdapi_pthread_cond_destroy (pthread_cond_t *cond)
{
  return hurd_api->cond_destroy (cond);
}

int
hurdapi_pthread_cond_wait (pthread_cond_t *cond, pthread_mutex_t *mutex)
{
  return hurd_api->cond_wait (cond, mutex);
}

int
hurdapi_pthread_cond_timedwait (pthread_cond_t *cond, pthread_mutex_t *mutex,
                                const struct timespec *until)
{
  return hurd_api->cond_timedwait (cond, mutex, until);
}

int
hurdapi_pthread_cond_signal (pthread_cond_t *cond)
{
  return hurd_api->cond_signal (cond);
}

int
hurdapi_pthread_cond_broadcast (pthread_cond_t *cond)
{
  return hurd_api->cond_broadcast (cond);
}

int
hurdapi_pthread_rwlock_init (pthread_rwlock_t *rwlock,
                             const pthread_rwlockattr_t *attr,
                             const char *name)
{
  return hurd_api->rwlock_init (rwlock, attr, name);
}

int
hurdapi_pthread_rwlock_destroy (pthread_rwlock_t *rwlock)
{
  return hurd_api->rwlock_destroy (rwlock);
}

int
hurdapi_pthread_rwlock_rdlock (pthread_rwlock_t *rwlock)
{
  return hurd_api->rwlock_rdlock (rwlock);
}

int
hurdapi_pthread_rwlock_tryrdlock (pthread_rwlock_t *rwlock)
{
  return hurd_api->rwlock_tryrdlock (rwlock);
}

int
hurdapi_pthread_rwlock_wrlock (pthread_rwlock_t *rwlock)
{
  return hurd_api->rwlock_wrlock (rwlock);
}

int
hurdapi_pthread_rwlock_trywrlock (pthread_rwlock_t *rwlock)
{
  return hurd_api->rwlock_trywrlock (rwlock);
}

int
hurdapi_pthread_rwlock_unlock (pthread_rwlock_t *rwlock)
{
  return hurd_api->rwlock_unlock (rwlock);
}

/* An unlocked spin lock is all zero, as PTHREAD_SPINLOCK_INITIALIZER is.  */
int
hurdapi_pthread_spin_init (pthread_spinlock_t *lock, int shared)
{
  (void)shared;
  memset ((void *)lock, 0, sizeof *lock);
  return 0;
}

int
hurdapi_pthread_spin_destroy (pthread_spinlock_t *lock)
{
  (void)lock;
  return 0;
}

int
hurdapi_pthread_spin_lock (pthread_spinlock_t *lock)
{
  return hurd_api->spin_lock (lock);
}

int
hurdapi_pthread_spin_trylock (pthread_spinlock_t *lock)
{
  return hurd_api->spin_trylock (lock);
}

int
hurdapi_pthread_spin_unlock (pthread_spinlock_t *lock)
{
  return hurd_api->spin_unlock (lock);
}

/* ---- Time ---- */

int
hurdapi_nanosleep (const struct timespec *wanted, struct timespec *left)
{
  return hurd_api->nanosleep (wanted, left);
}

unsigned
hurdapi_sleep (unsigned seconds)
{
  struct timespec wanted = { .tv_sec = seconds };

  hurd_api->nanosleep (&wanted, NULL);
  return 0;
}

int
hurdapi_usleep (unsigned microseconds)
{
  struct timespec wanted
      = { .tv_sec = microseconds / 1000000,
          .tv_nsec = (long)(microseconds % 1000000) * 1000 };

  return hurd_api->nanosleep (&wanted, NULL);
}

int
hurdapi_clock_gettime (clockid_t clock, struct timespec *now)
{
  return hurd_api->clock_gettime (clock, now);
}

time_t
hurdapi_time (time_t *result)
{
  struct timespec now;

  hurd_api->clock_gettime (CLOCK_REALTIME, &now);
  if (result)
    *result = now.tv_sec;
  return now.tv_sec;
}

int
hurdapi_gettimeofday (struct timeval *tv, void *zone)
{
  struct timespec now;

  (void)zone;
  hurd_api->clock_gettime (CLOCK_REALTIME, &now);
  tv->tv_sec = now.tv_sec;
  tv->tv_usec = now.tv_nsec / (NSEC_PER_SEC / 1000000);
  return 0;
}

/* ---- Memory ---- */

void *
hurdapi_malloc (size_t size)
{
  return hurd_api->malloc (size);
}

void *
hurdapi_calloc (size_t n, size_t size)
{
  return hurd_api->calloc (n, size);
}

void *
hurdapi_realloc (void *p, size_t size)
{
  return hurd_api->realloc (p, size);
}

void *
hurdapi_reallocarray (void *p, size_t n, size_t size)
{
  size_t bytes;

  if (__builtin_mul_overflow (n, size, &bytes))
    {
      errno = ENOMEM;
      return NULL;
    }
  return hurd_api->realloc (p, bytes);
}

int
hurdapi_posix_memalign (void **result, size_t alignment, size_t size)
{
  return hurd_api->posix_memalign (result, alignment, size);
}

void *
hurdapi_aligned_alloc (size_t alignment, size_t size)
{
  void *result;
  int err = hurd_api->posix_memalign (&result, alignment, size);

  if (err)
    {
      errno = err;
      return NULL;
    }
  return result;
}

void
hurdapi_free (void *p)
{
  hurd_api->free (p);
}

char *
hurdapi_strndup (const char *string, size_t n)
{
  size_t len = strnlen (string, n);
  char *copy = hurd_api->malloc (len + 1);

  if (copy)
    {
      memcpy (copy, string, len);
      copy[len] = '\0';
    }
  return copy;
}

char *
hurdapi_strdup (const char *string)
{
  return hurdapi_strndup (string, strlen (string));
}

void *
hurdapi_mmap (void *address, size_t len, int prot, int flags, int fd,
              off64_t offset)
{
  return hurd_api->mmap (address, len, prot, flags, fd, offset);
}

int
hurdapi_munmap (void *address, size_t len)
{
  if (vm_unmap_window ((vm_address_t)address, len))
    return 0;
  return hurd_api->munmap (address, len);
}

int
hurdapi_getpagesize (void)
{
  return (int)vm_page_size;
}

/* The limits of a pager are not those of the program that loaded it.  */
int
hurdapi_setrlimit (int resource, const struct rlimit *limits)
{
  (void)resource;
  (void)limits;
  return 0;
}

/* ---- Reports ---- */

int
hurdapi_vprintf (const char *format, va_list args)
{
  va_list again;
  int len;

  va_copy (again, args);
  len = vsnprintf (NULL, 0, format, again);
  va_end (again);
  hurd_api->log (format, args);
  return len;
}

int
hurdapi_vfprintf (FILE *stream, const char *format, va_list args)
{
  (void)stream;
  return hurdapi_vprintf (format, args);
}

int
hurdapi_printf (const char *format, ...)
{
  va_list args;
  int len;

  va_start (args, format);
  len = hurdapi_vprintf (format, args);
  va_end (args);
  return len;
}

int
hurdapi_fprintf (FILE *stream, const char *format, ...)
{
  va_list args;
  int len;

  (void)stream;
  va_start (args, format);
  len = hurdapi_vprintf (format, args);
  va_end (args);
  return len;
}

int
hurdapi_puts (const char *string)
{
  return hurdapi_printf ("%s\n", string);
}

int
hurdapi_fputs (const char *string, FILE *stream)
{
  (void)stream;
  return hurdapi_printf ("%s", string);
}

int
hurdapi_putchar (int c)
{
  hurdapi_printf ("%c", c);
  return c;
}

int
hurdapi_fputc (int c, FILE *stream)
{
  (void)stream;
  return hurdapi_putchar (c);
}

int
hurdapi_fflush (FILE *stream)
{
  (void)stream;
  return 0;
}

void
hurdapi_perror (const char *string)
{
  hurdapi_printf ("%s: %s\n", string, strerror (errno));
}

int
hurdapi_vasprintf (char **result, const char *format, va_list args)
{
  va_list again;
  int len;

  va_copy (again, args);
  len = vsnprintf (NULL, 0, format, again);
  va_end (again);
  if (len < 0)
    return len;
  *result = hurd_api->malloc ((size_t)len + 1);
  if (*result == NULL)
    return -1;
  return vsnprintf (*result, (size_t)len + 1, format, args);
}

int
hurdapi_asprintf (char **result, const char *format, ...)
{
  va_list args;
  int len;

  va_start (args, format);
  len = hurdapi_vasprintf (result, format, args);
  va_end (args);
  return len;
}

/* ---- Ends of the run ---- */

void
hurdapi_abort (void)
{
  hurd_api->panic ("abort");
  __builtin_unreachable ();
}

void
hurdapi_exit (int status)
{
  char message[32];

  snprintf (message, sizeof message, "exit (%d)", status);
  hurd_api->panic (message);
  __builtin_unreachable ();
}

void
hurdapi_error (int status, int errnum, const char *format, ...)
{
  char message[256];
  va_list args;

  va_start (args, format);
  vsnprintf (message, sizeof message, format, args);
  va_end (args);
  if (errnum)
    {
      size_t len = strlen (message);

      snprintf (message + len, sizeof message - len, ": %s",
                strerror (errnum));
    }
  if (status)
    hurd_api->panic (message);
  else
    hurdapi_printf ("%s\n", message);
}

void
hurdapi_assert_fail (const char *expression, const char *file, unsigned line,
                     const char *function)
{
  hurd_api->assert_fail (expression, file, line, function);
  __builtin_unreachable ();
}

void
hurdapi_assert_perror_fail (int error, const char *file, unsigned line,
                            const char *function)
{
  hurd_api->assert_fail (strerror (error), file, line, function);
  __builtin_unreachable ();
}
