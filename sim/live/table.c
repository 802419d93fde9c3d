/* The host as the operating system of a pager: every function of
   pagers/include/hurd_api.h, in its order.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#define _GNU_SOURCE
#include "table.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "../base/check.h"
#include "../engine/choice.h"
#include "../harness/keys.h"
#include "kernel.h"
#include "live.h"
#include "lock.h"
#include "store_file.h"

enum
{
  THREAD_NAME_MAX = 15,
  LOG_LINES_MAX = 20
};

static const char *pager;
static _Thread_local enum hurd_path path;
static _Thread_local bool is_daemon;

void
table_start (const char *name)
{
  pager = name;
}

enum hurd_path
table_path (void)
{
  return path;
}

void
table_thread_is_daemon (void)
{
  is_daemon = true;
}

/* ---- Threads -------------------------------------------------------------
 */

static int
api_setname (pthread_t thread, const char *name)
{
  char cut[THREAD_NAME_MAX + 1];
  snprintf (cut, sizeof cut, "%s", name);
  return pthread_setname_np (thread, cut);
}

static int
api_nanosleep (const struct timespec *t, struct timespec *left)
{
  (void)left;
  uint64_t ns = (uint64_t)t->tv_sec * 1000000000 + t->tv_nsec;
  if (!is_daemon)
    return nanosleep (t, NULL);
  if (!programs_sleep (ns))
    pthread_exit (NULL);
  return 0;
}

/* ---- Memory --------------------------------------------------------------
 */

static void *
api_mmap (void *address, size_t len, int prot, int flags, int fd,
          int64_t offset)
{
  (void)address, (void)prot, (void)fd, (void)offset;
  if (!(flags & MAP_ANON) || flags & MAP_FIXED)
    {
      errno = ENODEV;
      return MAP_FAILED;
    }
  return mmap (NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
               -1, 0);
}

void *
live_pages (size_t n)
{
  void *p = mmap (NULL, n << SIM_PAGE_SHIFT, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (p == MAP_FAILED)
    live_stop_wrong ("no memory for the data of a message: %s",
                     strerror (errno));
  return p;
}

/* ---- Reports -------------------------------------------------------------
 */

static void
api_assert_fail (const char *expression, const char *file, unsigned line,
                 const char *function)
{
  const char *base = strrchr (file, '/');
  live_code_failed ("%s:%u: assertion: Assertion `%s' failed in %s",
                    base ? base + 1 : file, line, expression, function);
}

static void
api_panic (const char *message)
{
  live_code_failed ("panic: %s", message);
}

static void
api_log (const char *format, va_list args)
{
  static unsigned lines;
  char line[256];
  vsnprintf (line, sizeof line, format, args);
  line[strcspn (line, "\n")] = '\0';
  if (line[0] == '\0'
      || __atomic_fetch_add (&lines, 1, __ATOMIC_RELAXED) >= LOG_LINES_MAX)
    return;
  fprintf (stderr, "%s: %s\n", pager, line);
}

/* ---- Taps and settings ---------------------------------------------------
 */

static void
api_tap (enum hurd_tap tap, enum hurd_path of, uint64_t amount, int err)
{
  switch (tap)
    {
    case HURD_TAP_WRITE_PAGE:
      meter_add (COUNTER_WRITE_PAGE, 1);
      break;
    case HURD_TAP_WRITE_PAGES:
      meter_add (err == EOPNOTSUPP ? COUNTER_WRITE_PAGES_UNSUPPORTED
                                   : COUNTER_WRITE_PAGES,
                 1);
      if (err != EOPNOTSUPP && of == HURD_PATH_FILE)
        meter_record (HISTOGRAM_WRITE_PAGES_PAGES, amount >> SIM_PAGE_SHIFT);
      break;
    case HURD_TAP_BULK_DONE:
      break;
    case HURD_TAP_READ_PAGE:
      meter_add (COUNTER_READ_PAGE, 1);
      break;
    case HURD_TAP_UNLOCK_PAGE:
      meter_add (COUNTER_UNLOCK_PAGE, 1);
      break;
    case HURD_TAP_NOTIFY_EVICT:
      meter_add (COUNTER_NOTIFY_EVICT, 1);
      break;
    }
}

static enum hurd_path
api_set_path (enum hurd_path to)
{
  enum hurd_path before = path;
  path = to;
  return before;
}

static void
api_charge_lookup (void)
{
}

static long
api_setting (const char *key, long otherwise)
{
  const struct key *k = keys_find (key);
  return k ? (long)k->value : otherwise;
}

static uint64_t
api_random (enum hurd_random what, uint64_t n)
{
  programs_choose_begin ();
  uint64_t pick = choice_pick (
      what == HURD_RANDOM_LAYOUT ? CHOICE_LAYOUT : CHOICE_NODE_ORDER, n);
  programs_choose_end ();
  return pick;
}

const struct hurd_api live_table = {
  .version = HURD_API_VERSION,

  .pthread_create = pthread_create,
  .pthread_detach = pthread_detach,
  .pthread_self = pthread_self,
  .pthread_setname_np = api_setname,
  .mutex_init = live_mutex_init,
  .mutex_destroy = pthread_mutex_destroy,
  .mutex_lock = pthread_mutex_lock,
  .mutex_trylock = pthread_mutex_trylock,
  .mutex_unlock = pthread_mutex_unlock,
  .cond_init = live_cond_init,
  .cond_destroy = pthread_cond_destroy,
  .cond_wait = pthread_cond_wait,
  .cond_timedwait = pthread_cond_timedwait,
  .cond_signal = pthread_cond_signal,
  .cond_broadcast = pthread_cond_broadcast,
  .rwlock_init = live_rwlock_init,
  .rwlock_destroy = live_rwlock_destroy,
  .rwlock_rdlock = live_rwlock_rdlock,
  .rwlock_tryrdlock = live_rwlock_tryrdlock,
  .rwlock_wrlock = live_rwlock_wrlock,
  .rwlock_trywrlock = live_rwlock_trywrlock,
  .rwlock_unlock = live_rwlock_unlock,
  .spin_lock = live_spin_lock,
  .spin_trylock = live_spin_trylock,
  .spin_unlock = live_spin_unlock,
  .sched_yield = sched_yield,
  .nanosleep = api_nanosleep,
  .clock_gettime = clock_gettime,

  .malloc = malloc,
  .calloc = calloc,
  .realloc = realloc,
  .posix_memalign = posix_memalign,
  .free = free,
  .mmap = api_mmap,
  .munmap = munmap,

  .port_set_create = live_port_set_create,
  .port_create = live_port_create,
  .port_receiver = live_port_receiver,
  .port_destroy = live_port_destroy,
  .port_set_list = live_port_set_list,
  .port_receive = live_port_receive,

  .memory_object_ready = live_object_ready,
  .memory_object_data_supply = live_data_supply,
  .memory_object_data_error = live_data_error,
  .memory_object_lock_request = live_lock_request,
  .memory_object_change_attributes = live_change_attributes,
  .memory_object_destroy = live_object_destroy,
  .vm_map_object = live_vm_map_object,
  .vm_unmap_object = live_vm_unmap_object,
  .copy_to_mapping = live_copy_to_mapping,
  .copy_from_mapping = live_copy_from_mapping,
  .zero_mapping = live_zero_mapping,

  .store_size = live_store_size,
  .store_write = live_store_write,
  .store_read = live_store_read,
  .store_sync = live_store_sync,
  .store_poke = live_store_poke,
  .store_peek = live_store_peek,

  .assert_fail = api_assert_fail,
  .panic = api_panic,
  .log = api_log,

  .tap = api_tap,
  .set_path = api_set_path,
  .charge_lookup = api_charge_lookup,
  .setting = api_setting,
  .random = api_random,
};
