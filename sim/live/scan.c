/* memory_object_lock_request in a live run: docs/model.md 1.4 and 9.1.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "kernel.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "../base/check.h"
#include "live.h"
#include "meter.h"

enum
{
  MESSAGE_LOCK_COMPLETED = 2206,
  MESSAGE_DATA_RETURN = 2210
};

static unsigned return_pages;

void
scan_start (unsigned pages)
{
  return_pages = pages;
}

void
object_send (struct object *o, uint64_t index, size_t n, void *data,
             bool dirty, bool kcopy)
{
  if (dirty)
    {
      meter_add (COUNTER_DATA_RETURN, 1);
      meter_add (COUNTER_DATA_RETURN_PAGES, n);
      if (o->home == NULL)
        meter_record (HISTOGRAM_DATA_RETURN_RUN, n);
    }
  else
    meter_add (COUNTER_DATA_RETURN_CLEAN, 1);
  if (!port_post (&(struct hurd_message){ .id = MESSAGE_DATA_RETURN,
                                          .port = o->pager,
                                          .control = o->control,
                                          .offset = index << SIM_PAGE_SHIFT,
                                          .length = n << SIM_PAGE_SHIFT,
                                          .data = (unsigned long)data,
                                          .dirty = dirty,
                                          .kcopy = kcopy }))
    munmap (data, n << SIM_PAGE_SHIFT);
}

/* ---- The scan ------------------------------------------------------------
 */

enum scan_verdict
{
  SCAN_DONE,
  SCAN_CLEAN, /* dirty: to be cleaned  */
  SCAN_RETURN /* clean but precious  */
};

struct scan
{
  struct object *o;
  int should_return, prot;
  bool flush;
  /* The batch: N pages from FIRST on, copied to DATA.  */
  uint64_t first;
  size_t n;
  enum scan_verdict kind;
  char *data;
};

static void
send_batch (struct scan *s)
{
  if (s->n == 0)
    return;
  size_t unused = return_pages - s->n;
  if (unused > 0)
    munmap (s->data + (s->n << SIM_PAGE_SHIFT), unused << SIM_PAGE_SHIFT);
  object_send (s->o, s->first, s->n, s->data, s->kind == SCAN_CLEAN,
               !s->flush);
  s->n = 0;
}

/* What is to be done with P, with the side effects that come first.  */
static enum scan_verdict
look (struct scan *s, struct live_page *p)
{
  int prot = s->flush ? ACCESS_ALL : s->prot;
  if (p->state == PAGE_ABSENT)
    return SCAN_DONE;
  if (prot != ACCESS_NO_CHANGE)
    {
      p->mapped &= ~prot;
      page_hide (p, ~prot);
      p->lock = prot;
      p->unlock_request = 0;
      pthread_cond_broadcast (&s->o->changed);
    }
  if (s->should_return != GIVE_BACK_NONE
      && (p->dirty || (p->precious && s->should_return == GIVE_BACK_ALL)))
    {
      p->mapped = 0;
      page_hide (p, 0);
      return p->dirty ? SCAN_CLEAN : SCAN_RETURN;
    }
  if (s->flush)
    page_drop (p);
  return SCAN_DONE;
}

static void
add (struct scan *s, struct live_page *p, uint64_t index, enum scan_verdict v)
{
  if (s->n == 0)
    {
      s->first = index;
      s->kind = v;
      s->data = live_pages (return_pages);
    }
  memcpy (s->data + (s->n << SIM_PAGE_SHIFT), object_bytes (s->o, index),
          SIM_PAGE_SIZE);
  s->n++;
  if (s->flush)
    page_drop (p);
  else
    {
      p->dirty = false;
      meter_add (COUNTER_PAGE_COPIES, 1);
    }
}

/* Nobody else is in the kernel, and nothing here sleeps: a batch may go out at
   any time without a second look.  */
static void
scan_page (struct scan *s, uint64_t index)
{
  struct live_page *p = object_page (s->o, index);
  enum scan_verdict v = look (s, p);
  if (v == SCAN_DONE)
    {
      send_batch (s);
      return;
    }
  if (s->n > 0 && (index != s->first + s->n || v != s->kind))
    send_batch (s);
  add (s, p, index, v);
}

static void
scan (struct scan *s, uint64_t index, uint64_t end)
{
  s->o->in_progress++;
  for (index = object_next (s->o, index, end); index < end;
       index = object_next (s->o, index + 1, end))
    {
      if (s->n == return_pages)
        send_batch (s);
      scan_page (s, index);
    }
  send_batch (s);
}

int
live_lock_request (uint32_t control, unsigned long offset, unsigned long size,
                   int should_return, int flush, int lock, uint32_t reply_to)
{
  if (offset % SIM_PAGE_SIZE)
    return EINVAL;
  kernel_enter ();
  struct scan s = { .o = object_by_control (control),
                    .should_return = should_return,
                    .flush = flush != 0,
                    .prot = lock };
  if (s.o != NULL)
    {
      meter_add (COUNTER_LOCK_REQUEST, 1);
      scan (&s, offset >> SIM_PAGE_SHIFT,
            (offset + size + SIM_PAGE_SIZE - 1) >> SIM_PAGE_SHIFT);
      if (reply_to != NO_PORT)
        port_post (&(struct hurd_message){ .id = MESSAGE_LOCK_COMPLETED,
                                           .port = s.o->pager,
                                           .control = control,
                                           .offset = offset,
                                           .length = size });
      object_done (s.o);
    }
  kernel_leave ();
  return s.o != NULL ? 0 : EINVAL;
}
