/* memory_object_lock_request: the scan that sends dirty pages to their pager.

   docs/model.md 1.4 and 9.1; in GNU Mach vm/memory_object.c.  The scan runs in
   the thread that asks for it.  It collects neighbouring pages of one verdict
   into a batch, and a batch goes out as one data_return.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <errno.h>

#include "../base/check.h"
#include "../engine/step.h"
#include "../engine/trace.h"
#include "costs.h"
#include "counters.h"
#include "memobj.h"
#include "vm.h"

enum
{
  BATCH_MAX = 1024 /* upper bound of mach.return_pages  */
};

uint32_t memobj_serial;
memobj_returned_fn *memobj_returned;

bool
memobj_send_pages (struct memobj *o, uint64_t index, struct page **pages,
                   size_t n, bool dirty, bool kcopy, enum run_end why)
{
  for (size_t i = 0; i < n; i++)
    if (pages[i]->queue == QUEUE_NONE)
      {
        CHECK (pages[i]->object == NULL);
        memory_activate (pages[i]);
      }
  if (dirty)
    {
      counter_add (COUNTER_DATA_RETURN, 1);
      counter_add (COUNTER_DATA_RETURN_PAGES, n);
      if (o->home == NULL)
        histogram_record (HISTOGRAM_DATA_RETURN_RUN, n);
    }
  else
    counter_add (COUNTER_DATA_RETURN_CLEAN, 1);
  if (dirty)
    tally_return (o, why, index, n);
  if (memobj_returned != NULL)
    memobj_returned (o, index, pages, n, dirty, kcopy);
  trace (TRACE_DATA_RETURN, o->id, index << 12 | n);
  void *data = vm_message (pages, n);
  if (port_send (&(struct message){ .id = MESSAGE_DATA_RETURN,
                                    .port = o->pager,
                                    .control = o->control,
                                    .offset = index << SIM_PAGE_SHIFT,
                                    .length = n << SIM_PAGE_SHIFT,
                                    .data = data,
                                    .dirty = dirty,
                                    .kcopy = kcopy,
                                    .why = why }))
    return true;
  /* The pager is dead: the data goes with the message.  */
  vm_munmap (data, n << SIM_PAGE_SHIFT);
  return false;
}

/* ---- The scan ------------------------------------------------------------
 */

enum scan_verdict
{
  SCAN_DONE,
  SCAN_BLOCK,
  SCAN_CLEAN, /* dirty: to be cleaned  */
  SCAN_RETURN /* clean but precious: to be returned  */
};

struct scan
{
  struct memobj *o;
  enum return_policy should_return;
  bool flush;
  int prot;
  vtime debt;     /* CPU time not yet spent  */
  uint64_t first; /* index of the batch's first page  */
  size_t n;
  enum scan_verdict kind;
  struct page *page[BATCH_MAX];
};

static void
spend (struct scan *s)
{
  vtime debt = s->debt;
  s->debt = 0;
  if (debt)
    cpu_spend (debt);
}

/* Let the faults go on that waited for flushed pages to be on their way.  */
static void
remove_placeholders (struct scan *s, size_t n)
{
  for (size_t i = 0; i < n; i++)
    {
      struct page *place = memobj_page (s->o, s->first + i);
      CHECK (place != NULL && place->fictitious);
      memobj_remove (place);
      memory_free (place);
    }
}

static void
send_batch (struct scan *s, enum run_end why)
{
  if (s->n == 0)
    return;
  spend (s);
  step (STEP_SEND, STEP_OBJECT_PORT | s->o->pager);
  size_t n = s->n;
  s->n = 0;
  memobj_send_pages (s->o, s->first, s->page, n, s->kind == SCAN_CLEAN,
                     !s->flush,
                     n == memory_config.return_pages ? RUN_END_FULL : why);
  if (s->flush)
    remove_placeholders (s, n);
}

/* What is to be done with P, with the side effects that come first.  */
static enum scan_verdict
look (struct scan *s, struct page *p)
{
  if (p->absent)
    return SCAN_DONE;
  if (p->busy)
    return SCAN_BLOCK;

  int prot = s->flush ? PROT_BIT_ALL : s->prot;
  if (prot != PROT_NO_CHANGE)
    {
      p->mapped &= ~prot;
      if (p->window_prot & prot)
        vm_set_window_prot (p, p->window_prot & ~prot);
      p->lock = prot;
      p->unlock_request = 0;
      if (p->waiters.head != NULL)
        waitq_wake_all (&p->waiters);
    }
  if (s->should_return != RETURN_NONE)
    {
      if (p->dirty || (p->precious && s->should_return == RETURN_ALL))
        {
          enum scan_verdict v = p->dirty ? SCAN_CLEAN : SCAN_RETURN;
          page_unmap (p);
          memory_dequeue (p);
          return v;
        }
      if (!s->flush)
        {
          memory_deactivate (p);
          return SCAN_DONE;
        }
    }
  if (s->flush)
    memobj_discard (p);
  return SCAN_DONE;
}

/* Take P, at INDEX, into the batch.  */
static void
add (struct scan *s, struct page *p, uint64_t index, enum scan_verdict v)
{
  if (s->n == 0)
    {
      s->first = index;
      s->kind = v;
    }
  struct page *frame;
  if (s->flush)
    {
      frame = p;
      memobj_detach (p);
      struct page *place = memory_placeholder ();
      place->busy = true;
      memobj_insert (s->o, index, place);
      if (frame->waiters.head != NULL)
        waitq_wake_all (&frame->waiters);
    }
  else
    {
      p->busy = true;
      spend (s);
      frame = memory_alloc (); /* may sleep with P busy and the batch unsent */
      page_copy_contents (frame, p);
      frame->serial = ++memobj_serial;
      s->debt += cost_ns[COST_COPY_PAGE];
      counter_add (COUNTER_PAGE_COPIES, 1);
      page_make_clean (p);
      memory_deactivate (p);
      page_release (p);
      memory_launder (frame);
    }
  frame->busy = false;
  s->page[s->n++] = frame;
}

static void
scan_page (struct scan *s, uint64_t index)
{
  struct page *p;
  while ((p = memobj_page (s->o, index)) != NULL)
    {
      bool absent = p->absent;
      enum scan_verdict v = look (s, p);
      if (v == SCAN_DONE && s->n == 0)
        return;
      if (v == SCAN_DONE)
        {
          /* To be looked at again: another CPU may have made it dirty while
             the batch went out.  */
          send_batch (s, absent ? RUN_END_ABSENT : RUN_END_CLEAN);
          continue;
        }
      if (v == SCAN_BLOCK)
        {
          if (s->n > 0)
            {
              send_batch (s, RUN_END_BUSY);
              continue;
            }
          page_sleep (p);
          continue;
        }
      if (s->n > 0 && (index != s->first + s->n || v != s->kind))
        {
          /* The verdict has taken P off its queue; it is busy while the batch
             before it goes out.  */
          p->busy = true;
          send_batch (s, index != s->first + s->n ? RUN_END_HOLE
                                                  : RUN_END_KIND);
          p->busy = false;
        }
      add (s, p, index, v);
      return;
    }
}

static void
scan (struct scan *s, uint64_t index, uint64_t end)
{
  while (index < end)
    {
      if (s->n == memory_config.return_pages)
        send_batch (s, RUN_END_FULL);
      /* Offsets without a page are charged, not visited.  */
      uint64_t next = memobj_next (s->o, index, end);
      s->debt += (next - index) * cost_ns[COST_SCAN_PAGE];
      if (next == end)
        break;
      s->debt += cost_ns[COST_SCAN_PAGE];
      if (memory_config.step_scan)
        spend (s);
      scan_page (s, next);
      index = next + 1;
    }
  send_batch (s, RUN_END_RANGE);
  spend (s);
}

int
memobj_lock_request (port_name control, uint64_t offset, uint64_t size,
                     enum return_policy should_return, bool flush, int prot,
                     bool reply)
{
  struct memobj *o = memobj_by_control (control);
  if (o == NULL || offset % SIM_PAGE_SIZE)
    return EINVAL;
  step (STEP_REQUEST, STEP_OBJECT_PORT | o->pager);
  counter_add (COUNTER_LOCK_REQUEST, 1);
  trace (TRACE_LOCK_REQUEST, o->id, offset >> SIM_PAGE_SHIFT);
  engine_kernel_enter ();
  o->in_progress++;
  cost_charge (COST_TRAP);

  struct scan s;
  s.o = o;
  s.should_return = should_return;
  s.flush = flush;
  s.prot = prot;
  s.debt = 0;
  s.n = 0;
  uint64_t end = (offset + size + SIM_PAGE_SIZE - 1) >> SIM_PAGE_SHIFT;
  scan (&s, offset >> SIM_PAGE_SHIFT, end);

  if (reply)
    {
      trace (TRACE_LOCK_COMPLETED, o->id, offset >> SIM_PAGE_SHIFT);
      engine.current->awaits
          = port_send (&(struct message){ .id = MESSAGE_LOCK_COMPLETED,
                                          .port = o->pager,
                                          .control = control,
                                          .offset = offset,
                                          .length = size });
    }
  memobj_done (o);
  engine_kernel_leave ();
  return 0;
}
