/* See scripted.h.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "../../sim/engine/choice.h"
#include "../../sim/engine/trace.h"
#include "../../sim/world/lock.h"
#include "../../sim/world/world.h"
#include "scripted.h"

struct scripted pager;
struct memobj *object;
static char failure[256];

void
scripted_expect (bool good, const char *what, int line)
{
  if (good)
    return;
  snprintf (failure, sizeof failure, "line %d: %s", line, what);
  engine_stop (ENGINE_STOPPED);
}

static void
note_versions (const struct message *m)
{
  struct stamp s[32];
  size_t n = m->length >> SIM_PAGE_SHIFT;
  if (!vm_stamps (m->data, m->length, s, 32))
    return;
  for (size_t i = 0; i < n; i++)
    if ((m->offset >> SIM_PAGE_SHIFT) + i < SCRIPTED_PAGES_MAX)
      {
        uint32_t *v = &pager.version[(m->offset >> SIM_PAGE_SHIFT) + i];
        EXPECT (s[i].version >= *v);
        *v = s[i].version;
      }
}

static void
answer (const struct message *m)
{
  switch (m->id)
    {
    case MESSAGE_INIT:
      memobj_ready (m->control, pager.may_cache, 2);
      break;
    case MESSAGE_DATA_REQUEST:
      {
        void *buf = vm_mmap (SIM_PAGE_SIZE);
        uint64_t page = m->offset >> SIM_PAGE_SHIFT;
        if (page < SCRIPTED_PAGES_MAX && pager.version[page])
          {
            struct stamp s = { .magic = STAMP_MAGIC,
                               .file = 7,
                               .page = page,
                               .version = pager.version[page] };
            memcpy (buf, &s, sizeof s);
          }
        memobj_data_supply (m->control, m->offset, buf, SIM_PAGE_SIZE, true,
                            page < pager.allocated ? 0 : PROT_BIT_WRITE,
                            pager.precious);
        break;
      }
    case MESSAGE_DATA_UNLOCK:
      memobj_lock_request (m->control, m->offset, m->length, RETURN_NONE,
                           false, 0, false);
      break;
    case MESSAGE_DATA_RETURN:
      note_versions (m);
      if (!pager.keep)
        EXPECT (vm_munmap (m->data, m->length) == 0);
      break;
    default:
      break;
    }
}

static void
pager_thread (void *arg)
{
  (void)arg;
  for (;;)
    {
      struct message m;
      port_receive (pager.set, &m);
      EXPECT (pager.logged < SCRIPTED_LOG_MAX);
      pager.log[pager.logged++] = m;
      if (pager.busy_ns)
        thread_sleep (pager.busy_ns);
      if (!pager.hold || m.id == MESSAGE_INIT)
        answer (&m);
    }
}

void
scripted_run (struct scripted_machine machine, void (*client) (void *))
{
  uint64_t memory = machine.memory ? machine.memory : 64 << 20;
  unsigned cpus = machine.cpus ? machine.cpus : 1;
  failure[0] = '\0';
  choice_init (1);
  trace_init ();
  struct engine_config config = {
      .cpus = cpus,
      .quantum_ns = machine.quantum_ns ? machine.quantum_ns : 100000000,
      .switch_ns = 100,
      .limit_ns = UINT64_C (1) << 50,
  };
  waits_configure (&config);
  engine_init (&config);
  counters_reset ();
  findings_reset ();
  locks_init (LOCK_WRITER);
  ports_init ();
  waits_init (true, 1);
  memory_init (&(struct memory_config){
      .bytes = memory, .return_pages = 32, .step_scan = cpus > 1 });
  memobjs_init ();
  vm_init (false);
  real_fault_install ();
  memset (&pager, 0, sizeof pager);
  pager.may_cache = true;
  pager.set = port_set_create ();
  pager.port = port_create (pager.set, &pager);
  pageout_start ();
  swap_start ();
  thread_spawn ("pager", pager_thread, NULL);
  thread_spawn ("client", client, NULL);
  int end = engine_run ();
  if (failure[0] != '\0')
    fail_msg ("%s", failure);
  assert_int_equal (end, ENGINE_STOPPED);
  assert_int_equal (findings_count (), 0);
}

uint64_t
counter (enum counter c)
{
  return ((volatile uint64_t *)counter_value)[c];
}

void
store_pages (uint64_t first, uint64_t n)
{
  EXPECT (vm_client_access (object, first << SIM_PAGE_SHIFT,
                            n << SIM_PAGE_SHIFT, true, 7)
          == 0);
}

void
load_pages (uint64_t first, uint64_t n)
{
  EXPECT (vm_client_access (object, first << SIM_PAGE_SHIFT,
                            n << SIM_PAGE_SHIFT, false, 7)
          == 0);
}

void
sync_pages (uint64_t first, uint64_t n)
{
  memobj_lock_request (object->control, first << SIM_PAGE_SHIFT,
                       n << SIM_PAGE_SHIFT, RETURN_ALL, false, PROT_NO_CHANGE,
                       true);
}

const char *
returns (void)
{
  static char text[2048];
  text[0] = '\0';
  size_t at = 0;
  for (size_t i = 0, n = 0; i < pager.logged && n < 60; i++)
    if (pager.log[i].id == MESSAGE_DATA_RETURN && ++n)
      at += sprintf (text + at, "%lu+%lu ",
                     (unsigned long)pager.log[i].offset / SIM_PAGE_SIZE,
                     (unsigned long)pager.log[i].length / SIM_PAGE_SIZE);
  return text;
}
