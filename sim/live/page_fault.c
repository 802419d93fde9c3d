/* Page faults of a live run, and the pager's answers: docs/model.md 1.2, 1.3
   and 9.2.  See kernel.h.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "kernel.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "../harness/host_clock.h"
#include "meter.h"

enum
{
  MESSAGE_DATA_REQUEST = 2203,
  MESSAGE_DATA_UNLOCK = 2204,
  /* Tested before one more is added.  */
  ABSENT_MAX = 50
};

static void
ask (struct object *o, uint32_t id, uint64_t index, int access)
{
  port_post (&(struct hurd_message){ .id = id,
                                     .port = o->pager,
                                     .control = o->control,
                                     .offset = index << SIM_PAGE_SHIFT,
                                     .length = SIM_PAGE_SIZE,
                                     .access = access });
}

static void
ask_for_page (struct object *o, uint64_t index, int access)
{
  *object_page (o, index) = (struct live_page){ .state = PAGE_ABSENT };
  o->absent++;
  meter_add (COUNTER_DATA_REQUEST, 1);
  ask (o, MESSAGE_DATA_REQUEST, index, access);
}

/* One look at page P; false if it is to be looked at again.  */
static bool
try_page (struct object *o, struct live_page *p, uint64_t index, int access,
          int *error)
{
  switch (p->state)
    {
    case PAGE_NONE:
      if (o->absent > ABSENT_MAX)
        kernel_sleep (&o->changed);
      else
        ask_for_page (o, index, access);
      return false;
    case PAGE_ABSENT:
      kernel_sleep (&o->changed);
      return false;
    case PAGE_ERROR:
      page_drop (p);
      *error = EIO;
      return true;
    }
  if (!(access & p->lock))
    return true;
  if (access & ~p->unlock_request)
    {
      p->unlock_request |= access;
      meter_add (COUNTER_DATA_UNLOCK, 1);
      ask (o, MESSAGE_DATA_UNLOCK, index, access);
    }
  else
    kernel_sleep (&o->changed);
  return false;
}

int
object_fault (struct object *o, uint64_t index, int access,
              struct live_page **out)
{
  uint64_t begin = host_clock_ns ();
  int error = 0;
  meter_add (COUNTER_FAULTS, 1);
  o->in_progress++;
  while (!o->ready)
    kernel_sleep (&o->changed);
  /* Its place stays the same while somebody holds on to the object.  */
  struct live_page *p = object_page (o, index);
  while (!try_page (o, p, index, access, &error))
    continue;
  *out = p;
  meter_record (HISTOGRAM_FAULT_WAIT, host_clock_ns () - begin);
  return error;
}

/* ---- Answers -------------------------------------------------------------
 */

static int
supply_page (struct object *o, uint64_t index, const void *data, int lock,
             bool precious)
{
  struct live_page *p = object_page (o, index);
  if (p->state == PAGE_HERE || p->state == PAGE_ERROR)
    return EEXIST;
  if (p->state == PAGE_ABSENT)
    o->absent--;
  memcpy (object_bytes (o, index), data, SIM_PAGE_SIZE);
  page_came (p);
  p->lock = lock;
  p->precious = precious;
  meter_add (COUNTER_DATA_SUPPLY, 1);
  pthread_cond_broadcast (&o->changed);
  return 0;
}

int
live_data_supply (uint32_t control, unsigned long offset, unsigned long data,
                  uint32_t len, int dealloc, int lock, int precious,
                  uint32_t reply_to)
{
  (void)reply_to;
  if (offset % SIM_PAGE_SIZE || len % SIM_PAGE_SIZE)
    return EINVAL;
  kernel_enter ();
  struct object *o = object_by_control (control);
  int error = o == NULL ? EINVAL : 0;
  for (size_t done = 0; done < len && error == 0; done += SIM_PAGE_SIZE)
    error = supply_page (o, (offset + done) >> SIM_PAGE_SHIFT,
                         (const char *)data + done, lock, precious);
  kernel_leave ();
  /* An object that is not there takes nothing over.  */
  if (dealloc && o != NULL)
    munmap ((void *)data, len);
  return error;
}

int
live_data_error (uint32_t control, unsigned long offset, unsigned long size,
                 int error)
{
  (void)error; /* the faulter sees a memory error, whatever it was  */
  if (offset % SIM_PAGE_SIZE || size % SIM_PAGE_SIZE)
    return EINVAL;
  kernel_enter ();
  struct object *o = object_by_control (control);
  uint64_t index = offset >> SIM_PAGE_SHIFT;
  uint64_t end = o ? index + (size >> SIM_PAGE_SHIFT) : index;
  for (; index < end; index++)
    {
      struct live_page *p = object_page (o, index);
      if (p->state != PAGE_ABSENT)
        continue;
      p->state = PAGE_ERROR;
      o->absent--;
      meter_add (COUNTER_DATA_ERROR, 1);
    }
  if (o != NULL)
    pthread_cond_broadcast (&o->changed);
  kernel_leave ();
  return o != NULL ? 0 : EINVAL;
}
