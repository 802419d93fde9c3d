/* The pageout daemon: evicts pages when free memory runs low.

   docs/model.md 1.5; in GNU Mach vm/vm_page.c and vm/vm_pageout.c.  It sends
   dirty or precious pages in messages of one page each; neighbours are never
   joined.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "memory.h"

#include "../base/check.h"
#include "../engine/trace.h"
#include "costs.h"
#include "counters.h"
#include "memobj.h"

enum
{
  EVICTIONS_MAX = 5,      /* VM_PAGE_MAX_EVICTIONS, a pass  */
  LAUNDRY_MAX = 5,        /* VM_PAGE_MAX_LAUNDRY, internal  */
  LAUNDRY_TIMEOUT_MS = 50 /* VM_PAGEOUT_TIMEOUT  */
};

static struct
{
  struct waitq idle;    /* the daemon, until memory runs low  */
  struct waitq laundry; /* the daemon, until what it sent is freed  */
  bool wanted;
  bool external_found; /* a victim, by the last attempt  */
} daemon_state;

/* While active pages are more than a third: the oldest external one (an
   internal one only if there is none) becomes inactive.  */
static void
refill_inactive (void)
{
  const uint64_t *q = memory_state.queued;
  for (;;)
    {
      uint64_t active = q[QUEUE_ACTIVE_EXTERNAL] + q[QUEUE_ACTIVE_INTERNAL];
      uint64_t all
          = active + q[QUEUE_INACTIVE_EXTERNAL] + q[QUEUE_INACTIVE_INTERNAL];
      if (active * 3 <= all)
        return;
      struct page *p = memory_oldest (QUEUE_ACTIVE_EXTERNAL);
      if (p == NULL)
        p = memory_oldest (QUEUE_ACTIVE_INTERNAL);
      if (p == NULL)
        return;
      memory_deactivate (p);
    }
}

static bool
evictable (const struct page *p)
{
  return !p->busy && !p->absent && p->waiters.head == NULL
         && !p->object->dying;
}

/* The next page to evict, or NULL.  */
static struct page *
choose_victim (void)
{
  for (uint64_t n = memory_state.queued[QUEUE_INACTIVE_EXTERNAL]; n > 0; n--)
    {
      struct page *p = memory_oldest (QUEUE_INACTIVE_EXTERNAL);
      if (!evictable (p))
        memory_requeue (p);
      else if (p->referenced)
        memory_activate (p);
      else
        return p;
    }
  for (uint64_t n = memory_state.queued[QUEUE_ACTIVE_EXTERNAL]; n > 0; n--)
    {
      struct page *p = memory_oldest (QUEUE_ACTIVE_EXTERNAL);
      if (evictable (p))
        return p;
      memory_requeue (p);
    }
  return NULL;
}

static void
evict (struct page *p)
{
  struct memobj *o = p->object;
  uint64_t index = p->index;
  page_unmap (p);
  if (!p->dirty && !p->precious)
    {
      counter_add (COUNTER_EVICTIONS_CLEAN, 1);
      memobj_discard (p);
      return;
    }
  counter_add (COUNTER_EVICTIONS, 1);
  trace (TRACE_EVICT, o->id, index);
  bool dirty = p->dirty;
  memory_dequeue (p);
  memobj_detach (p);
  memory_launder (p);
  /* Another CPU's fault waits until the data is on its way: its request must
     come behind.  */
  struct page *place = memory_placeholder ();
  place->busy = true;
  memobj_insert (o, index, place);
  cost_charge (COST_MESSAGE);
  bool sent = memobj_send_pages (o, index, &p, 1, dirty, false, RUN_END_EVICTION);
  if (sent && memory_state.paused)
    swap_out (p);
  memobj_remove (place);
  memory_free (place);
}

unsigned
pageout_evict (unsigned pages)
{
  unsigned taken = 0;
  engine_kernel_enter ();
  for (struct page *p; taken < pages && (p = choose_victim ()) != NULL;
       taken++)
    evict (p);
  engine_kernel_leave ();
  return taken;
}

/* An internal page, when nothing external is left and nothing is on its way.
 */
static bool
evict_internal (void)
{
  struct page *p = memory_oldest (QUEUE_INACTIVE_INTERNAL);
  if (p == NULL)
    p = memory_oldest (QUEUE_ACTIVE_INTERNAL);
  if (p == NULL)
    return false;
  swap_out (p);
  return true;
}

/* One pass; returns how many pages it took.  */
static unsigned
evict_some (void)
{
  bool nothing_on_its_way = memory_state.external_laundry <= 0
                            && memory_state.internal_laundry == 0;
  memory_state.external_laundry = 0;
  unsigned taken = 0;
  while (taken < EVICTIONS_MAX && memory_state.internal_laundry < LAUNDRY_MAX)
    {
      struct page *p = choose_victim ();
      if (p != NULL)
        evict (p);
      else if (!daemon_state.external_found && nothing_on_its_way)
        {
          if (!evict_internal ())
            break;
        }
      else
        {
          daemon_state.external_found = false;
          break;
        }
      daemon_state.external_found = p != NULL;
      taken++;
    }
  return taken;
}

static void
pageout_daemon (void *arg)
{
  (void)arg;
  engine_kernel_enter ();
  for (;;)
    {
      if (memory_state.free >= memory_state.high
          || (!daemon_state.wanted && !memory_state.paused))
        {
          memory_state.external_laundry = -1;
          daemon_state.wanted = false;
          waitq_wait (&daemon_state.idle, WAIT_OTHER, NULL);
          continue;
        }
      refill_inactive ();
      unsigned taken = evict_some ();
      if (memory_state.free >= memory_state.high)
        continue;
      if (memory_state.external_laundry == 0
          && memory_state.internal_laundry == 0 && taken > 0)
        continue; /* clean pages only  */
      waitq_wait_for (&daemon_state.laundry, WAIT_OTHER, NULL,
                      (vtime)LAUNDRY_TIMEOUT_MS * 1000000);
    }
}

void
pageout_start (void)
{
  daemon_state.idle = daemon_state.laundry = (struct waitq){ 0 };
  daemon_state.wanted = false;
  daemon_state.external_found = true;
  struct thread *t = thread_spawn ("pageout", pageout_daemon, NULL);
  t->housekeeping = true;
}

void
pageout_wake (void)
{
  daemon_state.wanted = true;
  waitq_wake_one (&daemon_state.idle);
}

void
pageout_resume (void)
{
  waitq_wake_one (&daemon_state.laundry);
}
