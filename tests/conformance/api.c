/* The table of functions behind a scripted case: threads, ports, the kernel,
   the store.  Locks are in lock.c, memory is in memory.c.

   Calls that no recorded case can make (threads, ports, reading the store)
   are there and say so, as a fault of the code under test.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "api.h"
#include "lock.h"
#include "memory.h"

#include <stdio.h>
#include <string.h>

#define CALLS_MAX 50000000u /* far beyond any case: an endless loop  */

static const struct script *script;
static long chunk_setting, cap_setting;
static unsigned calls;
static enum hurd_path path;

static void
enter (void)
{
  if (++calls > CALLS_MAX)
    script_fail ("%u calls and no end", calls);
  if (script->entered)
    script->entered ();
}

static _Noreturn void
unexpected (const char *what)
{
  script_fail ("%s is not part of the write path", what);
}

/* ---- Threads and time: one thread, and time as a case says ---- */

static int
yield (void)
{
  enter ();
  if (script->yielded)
    script->yielded ();
  return 0;
}

static int
thread_create (pthread_t *t, const pthread_attr_t *attr, void *(*f) (void *),
               void *arg)
{
  (void)t, (void)attr, (void)f, (void)arg;
  unexpected ("pthread_create");
}

static int
thread_detach (pthread_t t)
{
  (void)t;
  unexpected ("pthread_detach");
}

static int
thread_setname (pthread_t t, const char *name)
{
  (void)t, (void)name;
  return 0;
}

static int
sleep_for (const struct timespec *t, struct timespec *rest)
{
  (void)t, (void)rest;
  enter ();
  return 0;
}

static int
clock_now (clockid_t id, struct timespec *t)
{
  (void)id;
  enter ();
  uint64_t ns = script->now_ns ? script->now_ns () : 0;
  t->tv_sec = (time_t)(ns / 1000000000);
  t->tv_nsec = (long)(ns % 1000000000);
  return 0;
}

/* ---- Ports ---- */

static uint32_t
port_set_create (void)
{
  static uint32_t last;

  enter ();
  return ++last;
}

static uint32_t
port_create (uint32_t set, void *receiver)
{
  (void)set, (void)receiver;
  unexpected ("creating a port");
}

static void *
port_receiver (uint32_t port)
{
  (void)port;
  enter ();
  return NULL;
}

static void
port_destroy (uint32_t port)
{
  (void)port;
  enter ();
}

static size_t
port_set_list (uint32_t set, uint32_t *ports, size_t n)
{
  (void)set, (void)ports, (void)n;
  enter ();
  return 0;
}

static void
port_receive (uint32_t set, struct hurd_message *message)
{
  (void)set, (void)message;
  unexpected ("receiving a message");
}

/* ---- The kernel ---- */

static int
object_ready (uint32_t control, int may_cache, int copy_strategy)
{
  (void)control, (void)may_cache, (void)copy_strategy;
  unexpected ("memory_object_ready");
}

static int
data_supply (uint32_t control, unsigned long offset, unsigned long data,
             uint32_t len, int dealloc, int lock_value, int precious,
             uint32_t reply_to)
{
  enter ();
  if (reply_to != 0)
    script_fail ("a page is supplied with a reply port");
  if (!script->supplied)
    unexpected ("memory_object_data_supply");
  script->supplied (control, offset, (const void *)data, len, lock_value != 0,
                    precious != 0);
  /* Either way the page is gone from the pager's memory.  */
  (void)dealloc;
  return 0;
}

static int
data_error (uint32_t control, unsigned long offset, unsigned long size,
            int error)
{
  (void)control, (void)offset, (void)size, (void)error;
  unexpected ("memory_object_data_error");
}

static int
lock_request (uint32_t control, unsigned long offset, unsigned long size,
              int should_return, int flush, int lock, uint32_t reply_to)
{
  (void)control, (void)offset, (void)size, (void)should_return;
  (void)flush, (void)lock, (void)reply_to;
  unexpected ("memory_object_lock_request");
}

static int
change_attributes (uint32_t control, int may_cache, int copy_strategy,
                   uint32_t reply_to)
{
  (void)control, (void)may_cache, (void)copy_strategy, (void)reply_to;
  unexpected ("memory_object_change_attributes");
}

static int
object_destroy (uint32_t control, int reason)
{
  (void)control, (void)reason;
  unexpected ("memory_object_destroy");
}

static int
vm_map_object (uint32_t memobj, unsigned long offset, unsigned long size,
               int home, unsigned long *address)
{
  (void)memobj, (void)offset, (void)size, (void)home, (void)address;
  unexpected ("mapping an object");
}

static int
vm_unmap_object (unsigned long address, unsigned long size)
{
  (void)address, (void)size;
  unexpected ("unmapping an object");
}

static int
copy_to_mapping (unsigned long address, const void *buffer, size_t offset,
                 size_t len, int vm_copy, size_t *done)
{
  (void)address, (void)buffer, (void)offset, (void)len, (void)vm_copy;
  (void)done;
  unexpected ("copying to a mapping");
}

static int
copy_from_mapping (void *buffer, size_t offset, unsigned long address,
                   size_t len, size_t *done)
{
  (void)buffer, (void)offset, (void)address, (void)len, (void)done;
  unexpected ("copying from a mapping");
}

static int
zero_mapping (unsigned long address, size_t len)
{
  (void)address, (void)len;
  unexpected ("storing to a mapping");
}

/* ---- The store ---- */

static uint64_t
store_size (void)
{
  enter ();
  return UINT64_C (1) << 44; /* holds every block a case names  */
}

static int
store_write (uint64_t offset, const void *data, size_t len, size_t *amount)
{
  enter ();
  if (!script->store_write)
    unexpected ("store_write");
  return script->store_write (offset, data, len, amount);
}

static int
store_read (uint64_t offset, void *data, size_t len, size_t *amount)
{
  (void)offset, (void)data, (void)len, (void)amount;
  unexpected ("store_read");
}

static int
store_sync (void)
{
  unexpected ("store_sync");
}

static void
store_poke (uint64_t offset, const void *data, size_t len)
{
  (void)offset, (void)data, (void)len;
  unexpected ("store_poke");
}

static void
store_peek (uint64_t offset, void *data, size_t len)
{
  (void)offset, (void)data, (void)len;
  unexpected ("store_peek");
}

/* ---- Reports and settings ---- */

static void
assert_fail (const char *expression, const char *file, unsigned line,
             const char *function)
{
  (void)file, (void)line, (void)function;
  script_assert_fail (expression);
}

static void
panic (const char *message)
{
  script_fail ("panic: %s", message);
}

/* The library says why it refuses a message.  Not compared: wording is
   free.  */
static void
report (const char *format, va_list ap)
{
  (void)format, (void)ap;
  enter ();
}

static void
tap (enum hurd_tap what, enum hurd_path of, uint64_t amount, int err)
{
  (void)of, (void)amount;
  enter ();
  if (script->tapped)
    script->tapped (what, err);
}

static enum hurd_path set_path (enum hurd_path new)
{
  enum hurd_path old = path;

  path = new;
  return old;
}

static void
charge_lookup (void)
{
}

static long
setting (const char *key, long otherwise)
{
  if (chunk_setting != 0 && strcmp (key, "pager.chunk_blocks") == 0)
    return chunk_setting;
  if (cap_setting != 0 && strcmp (key, "pager.cap_blocks") == 0)
    return cap_setting;
  return otherwise;
}

static uint64_t
draw (enum hurd_random what, uint64_t n)
{
  (void)what, (void)n;
  return 0;
}

static struct hurd_api table
    = { .version = HURD_API_VERSION,
        .pthread_create = thread_create,
        .pthread_detach = thread_detach,
        .pthread_self = pthread_self,
        .pthread_setname_np = thread_setname,
        .mutex_init = script_mutex_init,
        .mutex_destroy = script_mutex_destroy,
        .mutex_lock = script_mutex_lock,
        .mutex_trylock = script_mutex_trylock,
        .mutex_unlock = script_mutex_unlock,
        .cond_init = script_cond_init,
        .cond_destroy = script_cond_destroy,
        .cond_wait = script_cond_wait,
        .cond_timedwait = script_cond_timedwait,
        .cond_signal = script_cond_wake,
        .cond_broadcast = script_cond_wake,
        .rwlock_init = script_rwlock_init,
        .rwlock_destroy = script_rwlock_destroy,
        .rwlock_rdlock = script_rwlock_rdlock,
        .rwlock_tryrdlock = script_rwlock_tryrdlock,
        .rwlock_wrlock = script_rwlock_wrlock,
        .rwlock_trywrlock = script_rwlock_trywrlock,
        .rwlock_unlock = script_rwlock_unlock,
        .spin_lock = script_spin_lock,
        .spin_trylock = script_spin_trylock,
        .spin_unlock = script_spin_unlock,
        .sched_yield = yield,
        .nanosleep = sleep_for,
        .clock_gettime = clock_now,
        .malloc = memory_malloc,
        .calloc = memory_calloc,
        .realloc = memory_realloc,
        .posix_memalign = memory_memalign,
        .free = memory_free,
        .mmap = memory_mmap,
        .munmap = memory_munmap,
        .port_set_create = port_set_create,
        .port_create = port_create,
        .port_receiver = port_receiver,
        .port_destroy = port_destroy,
        .port_set_list = port_set_list,
        .port_receive = port_receive,
        .memory_object_ready = object_ready,
        .memory_object_data_supply = data_supply,
        .memory_object_data_error = data_error,
        .memory_object_lock_request = lock_request,
        .memory_object_change_attributes = change_attributes,
        .memory_object_destroy = object_destroy,
        .vm_map_object = vm_map_object,
        .vm_unmap_object = vm_unmap_object,
        .copy_to_mapping = copy_to_mapping,
        .copy_from_mapping = copy_from_mapping,
        .zero_mapping = zero_mapping,
        .store_size = store_size,
        .store_write = store_write,
        .store_read = store_read,
        .store_sync = store_sync,
        .store_poke = store_poke,
        .store_peek = store_peek,
        .assert_fail = assert_fail,
        .panic = panic,
        .log = report,
        .tap = tap,
        .set_path = set_path,
        .charge_lookup = charge_lookup,
        .setting = setting,
        .random = draw };

const struct hurd_api *hurd_api = &table;

void
api_start (const struct script *new_script, long chunk_blocks, long cap_blocks)
{
  script = new_script;
  table.hooks = script->hooks;
  chunk_setting = chunk_blocks;
  cap_setting = cap_blocks;
  calls = 0;
  path = HURD_PATH_OTHER;
  lock_start (script, enter);
  memory_start (enter, script->unmapped);
}

void
api_end (void)
{
  memory_end ();
}
