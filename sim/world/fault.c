/* Page faults, and the pager's answers to them.

   docs/model.md 1.2, 1.3 and 9.2; in GNU Mach vm/vm_fault.c and
   vm/memory_object.c.  Requests are always one page.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <errno.h>
#include <string.h>

#include "../base/check.h"
#include "../engine/step.h"
#include "../engine/trace.h"
#include "costs.h"
#include "counters.h"
#include "memobj.h"
#include "vm.h"
#include "world.h"

enum
{
  /* vm_object_absent_max: tested before one more is added.  */
  ABSENT_MAX = 50
};

static void
ask_for_page (struct memobj *o, uint64_t index, int access)
{
  struct page *p = memory_placeholder ();
  p->absent = p->busy = true;
  p->asked_at = engine_now ();
  memobj_insert (o, index, p);
  o->absent++;
  counter_add (COUNTER_DATA_REQUEST, 1);
  trace (TRACE_DATA_REQUEST, o->id, index);
  p->asked = port_send (&(struct message){ .id = MESSAGE_DATA_REQUEST,
                                .port = o->pager,
                                .control = o->control,
                                .offset = index << SIM_PAGE_SHIFT,
                                .length = SIM_PAGE_SIZE,
                                .access = access });
}

static void
ask_to_unlock (struct memobj *o, struct page *p, int access)
{
  p->unlock_request |= access;
  p->asked_at = engine_now ();
  counter_add (COUNTER_DATA_UNLOCK, 1);
  trace (TRACE_DATA_UNLOCK, o->id, p->index);
  p->asked = port_send (&(struct message){ .id = MESSAGE_DATA_UNLOCK,
                                .port = o->pager,
                                .control = o->control,
                                .offset = p->index << SIM_PAGE_SHIFT,
                                .length = SIM_PAGE_SIZE,
                                .access = access });
}

/* One look at page INDEX: true when *OUT is it, busy, or *ERROR is set; false
   after a sleep or a message, to look again.  */
static bool
try_page (struct memobj *o, uint64_t index, int access, struct page **out,
          int *error)
{
  struct page *p = memobj_page (o, index);
  if (p == NULL)
    {
      while (o->absent > ABSENT_MAX)
        {
          waitq_wait (&o->absent_waiters, WAIT_PAGE, NULL);
          if (memobj_page (o, index) != NULL)
            return false;
        }
      ask_for_page (o, index, access);
      return false;
    }
  if (p->busy)
    {
      page_sleep (p);
      return false;
    }
  if (p->error)
    {
      memobj_discard (p);
      *error = EIO;
      return true;
    }
  if (access & p->lock)
    {
      if (access & ~p->unlock_request)
        ask_to_unlock (o, p, access);
      else
        page_sleep (p);
      return false;
    }
  p->busy = true;
  *out = p;
  return true;
}

int
memobj_fault (struct memobj *o, uint64_t index, int access, bool mapping,
              struct page **out)
{
  struct wait_span span;
  waits_begin (&span);
  counter_add (COUNTER_FAULTS, 1);
  trace (TRACE_FAULT, o->id, index);
  step (STEP_PAGE, STEP_OBJECT_PAGE | (uint64_t)o->id << 32 | (uint32_t)index);
  engine_kernel_enter ();
  o->in_progress++;
  cost_charge (COST_TRAP);
  while (!o->ready)
    {
      struct wait_answer a;
      waits_for_answer (&a, o->init);
      waitq_wait (&o->ready_waiters, WAIT_OBJECT, o);
    }

  int error = 0;
  while (!try_page (o, index, access, out, &error))
    ;
  if (error == 0 && mapping)
    {
      (*out)->referenced = true;
      cost_charge (COST_MAP_PAGE);
    }
  memobj_done (o);
  engine_kernel_leave ();
  histogram_record (HISTOGRAM_FAULT_WAIT, engine_now () - span.at);
  waits_end (&span, WAITS_FAULT);
  return error;
}

void
memobj_handling (port_name control, uint64_t offset)
{
  struct memobj *o = memobj_by_control (control);
  struct page *p = o ? memobj_page (o, offset >> SIM_PAGE_SHIFT) : NULL;
  if (p != NULL)
    histogram_record (HISTOGRAM_FAULT_QUEUE, engine_now () - p->asked_at);
}

/* ---- Answers -------------------------------------------------------------
 */

/* Put the page at DATA at INDEX: 0, EEXIST if a page is there already, or
   EFAULT.  */
static int
supply_page (struct memobj *o, uint64_t index, void *data, bool dealloc,
             int lock, bool precious)
{
  struct page *p = dealloc ? vm_frame_at (data) : memory_alloc ();
  struct page *old;
  if (p == NULL)
    {
      world_finding ("memory", NULL,
                     "data_supply gives away memory that is not mapped");
      return EFAULT;
    }
  for (;;)
    {
      swap_wait_in (p);
      old = memobj_page (o, index);
      if (old == NULL || !old->busy || old->absent)
        break;
      page_sleep (old);
    }
  if (old != NULL && !old->absent)
    {
      if (!dealloc)
        memory_free (p);
      return EEXIST;
    }

  bool in_home = o->home != NULL && index < o->home_pages;
  if (in_home)
    memcpy (o->home + (index << SIM_PAGE_SHIFT), data, SIM_PAGE_SIZE);
  if (dealloc)
    p = vm_take_frame (data);
  if (!in_home && !dealloc)
    {
      const struct page *from = vm_frame_at (data);
      if (from != NULL && vm_is_lazy (data))
        page_copy_contents (p, from);
      else
        page_set_contents (p, data);
    }
  memory_dequeue (p);
  p->laundry = p->dirty = false;
  if (old != NULL)
    memobj_remove (old);
  memobj_insert (o, index, p);
  p->lock = lock;
  p->unlock_request = 0;
  p->precious = precious;
  if (old != NULL)
    {
      memory_activate (p);
      memory_free (old); /* its sleepers look again  */
    }
  else
    memory_deactivate (p);
  counter_add (COUNTER_DATA_SUPPLY, 1);
  trace (TRACE_DATA_SUPPLY, o->id, index);
  return 0;
}

int
memobj_data_supply (port_name control, uint64_t offset, void *data, size_t len,
                    bool dealloc, int lock, bool precious)
{
  struct memobj *o = memobj_by_control (control);
  if (o == NULL || offset % SIM_PAGE_SIZE || len % SIM_PAGE_SIZE)
    return EINVAL;
  engine_kernel_enter ();
  o->in_progress++;
  cost_charge (COST_MESSAGE);
  int error = 0;
  for (size_t done = 0; done < len; done += SIM_PAGE_SIZE)
    {
      error = supply_page (o, (offset + done) >> SIM_PAGE_SHIFT,
                           (char *)data + done, dealloc, lock, precious);
      if (error == 0)
        continue;
      /* The rest is dropped.  */
      if (dealloc && error == EEXIST)
        vm_munmap ((char *)data + done, len - done);
      break;
    }
  memobj_done (o);
  engine_kernel_leave ();
  return error;
}

int
memobj_data_error (port_name control, uint64_t offset, uint64_t len, int error)
{
  (void)error; /* the faulter sees a memory error, whatever it was  */
  struct memobj *o = memobj_by_control (control);
  if (o == NULL || offset % SIM_PAGE_SIZE || len % SIM_PAGE_SIZE)
    return EINVAL;
  engine_kernel_enter ();
  cost_charge (COST_MESSAGE);
  uint64_t index = offset >> SIM_PAGE_SHIFT;
  for (uint64_t end = index + (len >> SIM_PAGE_SHIFT); index < end; index++)
    {
      struct page *p = memobj_page (o, index);
      if (p == NULL || !p->absent)
        continue;
      p->absent = false;
      o->absent--;
      waitq_wake_all (&o->absent_waiters);
      p->error = true;
      counter_add (COUNTER_DATA_ERROR, 1);
      trace (TRACE_DATA_ERROR, o->id, index);
      page_release (p);
    }
  engine_kernel_leave ();
  return 0;
}
