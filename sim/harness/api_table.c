/* The world as the operating system of a pager.

   Every function of pagers/include/hurd_api.h, in its order.  Nothing is
   decided here: values are translated and passed on.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#define _GNU_SOURCE
#include "api_table.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "../base/check.h"
#include "../engine/choice.h"
#include "../engine/step.h"
#include "../engine/trace.h"
#include "../world/code_place.h"
#include "../world/costs.h"
#include "../world/counters.h"
#include "../world/device.h"
#include "../world/heap.h"
#include "../world/lock.h"
#include "../world/vm.h"
#include "../world/world.h"
#include "api_settings.h"
#include "keys.h"
#include "oracles.h"

const struct hurd_api *hurd_api = &api_table;

enum
{
  /* The wall clock of the simulated machine at time 0: 2026-01-01, UTC.  */
  EPOCH_S = 1767225600,
  NS_PER_S = 1000000000,
  STAMPS_MAX = 1024, /* of one request to the store  */
  /* A message's cookie ends in its enum run_end.  */
  WHY_BITS = 8
};

/* ---- Threads -------------------------------------------------------------
 */

struct start
{
  void *(*fn) (void *);
  void *arg;
};

static void
run_thread (void *arg)
{
  struct start s = *(struct start *)arg;
  heap_free (arg);
  s.fn (s.arg);
}

static int
api_pthread_create (pthread_t *id, const pthread_attr_t *attr,
                    void *(*fn) (void *), void *arg)
{
  (void)attr;
  struct start *s = heap_malloc (sizeof *s);
  *s = (struct start){ fn, arg };
  *id = thread_spawn ("server", run_thread, s)->id;
  return 0;
}

static int
api_pthread_detach (pthread_t id)
{
  (void)id;
  return 0;
}

static pthread_t
api_pthread_self (void)
{
  return engine.current ? engine.current->id : 0;
}

struct naming
{
  pthread_t id;
  const char *name;
};

static void
name_thread (const struct thread *t, void *arg)
{
  const struct naming *n = arg;
  if (t->id == n->id)
    thread_rename ((struct thread *)t, n->name);
}

static int
api_pthread_setname_np (pthread_t id, const char *name)
{
  engine_each_thread (name_thread, &(struct naming){ id, name });
  return 0;
}

static int
api_mutex_init (pthread_mutex_t *m, const pthread_mutexattr_t *a,
                const char *name)
{
  (void)a;
  return lock_mutex_init (m, name);
}

static int
api_cond_init (pthread_cond_t *c, const pthread_condattr_t *a,
               const char *name)
{
  (void)a;
  return lock_cond_init (c, name);
}

static int
api_rwlock_init (pthread_rwlock_t *l, const pthread_rwlockattr_t *a,
                 const char *name)
{
  (void)a;
  return lock_rwlock_init (l, name);
}

static uint64_t
ns_of (const struct timespec *t)
{
  return (uint64_t)t->tv_sec * NS_PER_S + t->tv_nsec;
}

static int
api_cond_timedwait (pthread_cond_t *c, pthread_mutex_t *m,
                    const struct timespec *until)
{
  uint64_t at = ns_of (until);
  uint64_t now = engine_now () + (uint64_t)EPOCH_S * NS_PER_S;
  if (at <= now)
    return ETIMEDOUT;
  return lock_cond_wait_for (c, m, at - now);
}

static int
api_sched_yield (void)
{
  cost_charge (COST_TRAP);
  thread_yield ();
  return 0;
}

static int
api_nanosleep (const struct timespec *t, struct timespec *left)
{
  (void)left;
  thread_sleep (ns_of (t));
  return 0;
}

static int
api_clock_gettime (clockid_t clock, struct timespec *t)
{
  uint64_t now = engine_now ();
  bool real = clock == CLOCK_REALTIME;
  t->tv_sec = now / NS_PER_S + (real ? EPOCH_S : 0);
  t->tv_nsec = now % NS_PER_S;
  return 0;
}

/* ---- Memory and ports ----------------------------------------------------
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
  cost_charge (COST_TRAP);
  void *p = vm_mmap (len);
  return p ? p : MAP_FAILED;
}

static int
api_munmap (void *address, size_t len)
{
  cost_charge (COST_TRAP);
  int error = vm_munmap (address,
                         (len + SIM_PAGE_SIZE - 1) & -(size_t)SIM_PAGE_SIZE);
  if (error == 0)
    return 0;
  world_finding ("memory", NULL, "munmap of memory that is not mapped");
  errno = error;
  return -1;
}

static void
api_port_receive (uint32_t set, struct hurd_message *out)
{
  struct message m;
  port_receive (set, &m);
  oracles_received (m.port);
  bool attributes = m.id == MESSAGE_CHANGE_COMPLETED;
  *out = (struct hurd_message){
    .id = m.id,
    .port = m.port,
    .control = m.control,
    .name = m.name,
    .offset = m.offset,
    .length = m.length,
    .data = (unsigned long)m.data,
    .access = attributes ? 0 : m.access,
    .dirty = attributes ? 0 : m.dirty,
    .kcopy = m.kcopy,
    .cookie = m.cookie << WHY_BITS | m.why,
    .may_cache = attributes ? m.dirty : 0,
    .copy_strategy = attributes ? m.access : 0,
  };
}

/* ---- Memory objects ------------------------------------------------------
 */

static int
api_ready (uint32_t control, int may_cache, int copy_strategy)
{
  return memobj_ready (control, may_cache, copy_strategy);
}

static int
api_data_supply (uint32_t control, unsigned long offset, unsigned long data,
                 uint32_t len, int dealloc, int lock, int precious,
                 uint32_t reply_to)
{
  (void)reply_to;
  return memobj_data_supply (control, offset, (void *)data, len, dealloc, lock,
                             precious);
}

static int
api_data_error (uint32_t control, unsigned long offset, unsigned long size,
                int error)
{
  return memobj_data_error (control, offset, size, error);
}

static int
api_lock_request (uint32_t control, unsigned long offset, unsigned long size,
                  int should_return, int flush, int lock, uint32_t reply_to)
{
  return memobj_lock_request (control, offset, size, should_return, flush,
                              lock, reply_to != 0);
}

static int
api_change_attributes (uint32_t control, int may_cache, int copy_strategy,
                       uint32_t reply_to)
{
  return memobj_change_attributes (control, may_cache, copy_strategy,
                                   reply_to != 0);
}

static int
api_destroy (uint32_t control, int reason)
{
  (void)reason;
  return memobj_destroy (control);
}

static int
api_vm_map_object (uint32_t memobj, unsigned long offset, unsigned long size,
                   int home, unsigned long *address)
{
  uintptr_t at;
  int error = vm_map_object (memobj, offset, size, home, &at);
  if (error == 0)
    *address = at;
  return error;
}

static int
api_vm_unmap_object (unsigned long address, unsigned long size)
{
  return vm_unmap_object (address, size);
}

static int
api_copy_to_mapping (unsigned long address, const void *buffer,
                     size_t buffer_offset, size_t len, int vm_copy,
                     size_t *done)
{
  (void)buffer_offset; /* a version of a page is the same from anywhere  */
  return vm_copy_to (address, buffer, len, vm_copy, done);
}

static int
api_copy_from_mapping (void *buffer, size_t buffer_offset,
                       unsigned long address, size_t len, size_t *done)
{
  (void)buffer, (void)buffer_offset;
  return vm_copy_from (address, len, done);
}

static int
api_zero_mapping (unsigned long address, size_t len)
{
  return vm_zero (address, len);
}

/* ---- The store -----------------------------------------------------------
 */

static int
api_store_write (uint64_t offset, const void *data, size_t len, size_t *amount)
{
  struct stamp stamps[STAMPS_MAX];
  vm_check_overrun (data, len);
  /* It may sleep, and the run end meanwhile: nothing is counted before.  */
  vm_make_resident (data, len);
  vm_touch_all (data, len, false);
  if (engine.current->io_path != IO_OTHER)
    tally_store_write (offset, len, engine.current->io_path == IO_FILE);
  bool known = vm_stamps (data, len, stamps, STAMPS_MAX);
  oracles_store (offset, data, len, known ? stamps : NULL);
  int error = known ? device_write_stamps (offset, stamps,
                                           len >> SIM_PAGE_SHIFT, amount)
                    : device_write (offset, data, len, amount);
  oracles_stored (error, *amount);
  if (error || *amount < len)
    tally_store_failed ();
  return error;
}

static int
api_store_read (uint64_t offset, void *data, size_t len, size_t *amount)
{
  vm_touch_all (data, len, true);
  return device_read (offset, data, len, amount);
}

/* ---- Reports -------------------------------------------------------------
 */

static void
api_assert_fail (const char *expression, const char *file, unsigned line,
                 const char *function)
{
  const char *base = strrchr (file, '/');
  char where[128];
  snprintf (where, sizeof where, "%s:%u", base ? base + 1 : file, line);
  world_crash ("assertion", where, "Assertion `%s' failed in %s", expression,
               function);
}

static void
api_panic (const char *message)
{
  /* The nearest function is that which panics for everybody.  */
  char where[128];
  code_place_here (1, where, sizeof where);
  world_crash ("panic", where, "%s", message);
}

static void
api_log (const char *format, va_list args)
{
  char line[256];
  vsnprintf (line, sizeof line, format, args);
  line[strcspn (line, "\n")] = '\0';
  if (line[0] != '\0')
    world_log (line);
}

/* ---- Taps and settings ---------------------------------------------------
 */

static void
api_tap (enum hurd_tap tap, enum hurd_path path, uint64_t amount, int err)
{
  switch (tap)
    {
    case HURD_TAP_WRITE_PAGE:
      counter_add (COUNTER_WRITE_PAGE, 1);
      tally_write_page (err);
      break;
    case HURD_TAP_WRITE_PAGES:
      if (err == EOPNOTSUPP)
        {
          counter_add (COUNTER_WRITE_PAGES_UNSUPPORTED, 1);
          break;
        }
      counter_add (COUNTER_WRITE_PAGES, 1);
      tally_write_pages (err);
      if (path == HURD_PATH_FILE)
        histogram_record (HISTOGRAM_WRITE_PAGES_PAGES,
                          amount >> SIM_PAGE_SHIFT);
      break;
    case HURD_TAP_BULK_DONE:
      tally_bulk (amount >> SIM_PAGE_SHIFT);
      break;
    case HURD_TAP_READ_PAGE:
      counter_add (COUNTER_READ_PAGE, 1);
      oracles_answered ("pager_read_page", err);
      break;
    case HURD_TAP_UNLOCK_PAGE:
      counter_add (COUNTER_UNLOCK_PAGE, 1);
      oracles_answered ("pager_unlock_page", err);
      break;
    case HURD_TAP_NOTIFY_EVICT:
      counter_add (COUNTER_NOTIFY_EVICT, 1);
      break;
    }
}

static void
api_wrote (const struct hurd_wrote *w)
{
  oracles_wrote (&(struct oracle_call){ .bulk = w->bulk,
                                        .error = w->err,
                                        .offset = w->offset,
                                        .length = w->length,
                                        .written = w->written });
}

static const void *
api_look (unsigned long address)
{
  return vm_look (address);
}

/* O is the object of data_return M.  */
static void
handling_return (const struct hurd_message *m, struct memobj *o)
{
  uint64_t pages = m->length >> SIM_PAGE_SHIFT;
  oracles_handling (m->port, &(struct oracle_return){
                                 .o = o,
                                 .port = m->port,
                                 .data = (char *)m->data,
                                 .first = m->offset >> SIM_PAGE_SHIFT,
                                 .pages = pages,
                                 .dirty = m->dirty,
                             });
  tally_begin (o, m->cookie & ((1 << WHY_BITS) - 1), m->offset,
               m->dirty ? pages : 0);
}

static void
api_handling (const struct hurd_message *m)
{
  if (m == NULL)
    {
      oracles_handled ();
      tally_end ();
      waits_handled ();
      return;
    }
  waits_handling (m->cookie >> WHY_BITS);
  struct memobj *o = m->id == MESSAGE_DATA_RETURN
                         ? memobj_once_by_control (m->control)
                         : NULL;
  if (m->id == MESSAGE_DATA_REQUEST || m->id == MESSAGE_DATA_UNLOCK)
    memobj_handling (m->control, m->offset);
  if (o != NULL)
    handling_return (m, o);
  else
    oracles_handling (m->port, NULL);
}

static void
api_may_preempt (uint64_t about)
{
  step (STEP_CODE, STEP_OBJECT_CODE | about);
}

static enum hurd_path
api_set_path (enum hurd_path path)
{
  _Static_assert((int)HURD_PATH_FILE == IO_FILE
                     && (int)HURD_PATH_DISK == IO_DISK,
                 "the two name the same paths");
  struct thread *t = engine.current;
  if (t == NULL)
    return HURD_PATH_OTHER;
  enum hurd_path before = t->io_path;
  t->io_path = path;
  return before;
}

static void
api_charge_lookup (void)
{
  cost_charge (COST_LOOKUP);
}

static long
api_setting (const char *key, long otherwise)
{
  const struct key *k = keys_find (key);
  api_settings_note (key);
  return k ? (long)k->value : otherwise;
}

static uint64_t
api_random (enum hurd_random what, uint64_t n)
{
  return choice_pick (
      what == HURD_RANDOM_LAYOUT ? CHOICE_LAYOUT : CHOICE_NODE_ORDER, n);
}

const struct hurd_api api_table = {
  .version = HURD_API_VERSION,

  .pthread_create = api_pthread_create,
  .pthread_detach = api_pthread_detach,
  .pthread_self = api_pthread_self,
  .pthread_setname_np = api_pthread_setname_np,
  .mutex_init = api_mutex_init,
  .mutex_destroy = lock_mutex_destroy,
  .mutex_lock = lock_mutex_lock,
  .mutex_trylock = lock_mutex_trylock,
  .mutex_unlock = lock_mutex_unlock,
  .cond_init = api_cond_init,
  .cond_destroy = lock_cond_destroy,
  .cond_wait = lock_cond_wait,
  .cond_timedwait = api_cond_timedwait,
  .cond_signal = lock_cond_signal,
  .cond_broadcast = lock_cond_broadcast,
  .rwlock_init = api_rwlock_init,
  .rwlock_destroy = lock_rwlock_destroy,
  .rwlock_rdlock = lock_rwlock_rdlock,
  .rwlock_tryrdlock = lock_rwlock_tryrdlock,
  .rwlock_wrlock = lock_rwlock_wrlock,
  .rwlock_trywrlock = lock_rwlock_trywrlock,
  .rwlock_unlock = lock_rwlock_unlock,
  .spin_lock = lock_spin_lock,
  .spin_trylock = lock_spin_trylock,
  .spin_unlock = lock_spin_unlock,
  .sched_yield = api_sched_yield,
  .nanosleep = api_nanosleep,
  .clock_gettime = api_clock_gettime,

  .malloc = heap_malloc,
  .calloc = heap_calloc,
  .realloc = heap_realloc,
  .posix_memalign = heap_memalign,
  .free = heap_free,
  .mmap = api_mmap,
  .munmap = api_munmap,
  .cut_from_larger = vm_cut_from_larger,

  .port_set_create = port_set_create,
  .port_create = port_create,
  .port_receiver = port_receiver,
  .port_destroy = port_destroy,
  .port_set_list = port_set_list,
  .port_receive = api_port_receive,

  .memory_object_ready = api_ready,
  .memory_object_data_supply = api_data_supply,
  .memory_object_data_error = api_data_error,
  .memory_object_lock_request = api_lock_request,
  .memory_object_change_attributes = api_change_attributes,
  .memory_object_destroy = api_destroy,
  .vm_map_object = api_vm_map_object,
  .vm_unmap_object = api_vm_unmap_object,
  .copy_to_mapping = api_copy_to_mapping,
  .copy_from_mapping = api_copy_from_mapping,
  .zero_mapping = api_zero_mapping,

  .store_size = device_size,
  .store_write = api_store_write,
  .store_read = api_store_read,
  .store_sync = device_sync,
  .store_poke = device_poke,
  .store_peek = device_peek,

  .assert_fail = api_assert_fail,
  .panic = api_panic,
  .log = api_log,

  .tap = api_tap,
  .wrote = api_wrote,
  .look = api_look,
  .handling = api_handling,
  .may_preempt = api_may_preempt,
  .set_path = api_set_path,
  .charge_lookup = api_charge_lookup,
  .setting = api_setting,
  .random = api_random,
  .hooks = NULL,
};
