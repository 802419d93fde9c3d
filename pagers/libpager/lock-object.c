/* Ask the kernel to return, flush or lock a range (docs/model.md 2.6).

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "pager_flush.h"

#include <assert-backtrace.h>

/* The request for exactly START .. END, made if there is none.  */
static struct lock_request *
find_request (struct pager *p, vm_address_t start, vm_address_t end)
{
  struct lock_request *lr;

  for (lr = p->lock_requests; lr; lr = lr->next)
    if (lr->start == start && lr->end == end)
      return lr;

  lr = malloc (sizeof *lr);
  assert_backtrace (lr);
  *lr = (struct lock_request){ .start = start,
                               .end = end,
                               .next = p->lock_requests,
                               .prevp = &p->lock_requests };
  if (lr->next)
    lr->next->prevp = &lr->next;
  p->lock_requests = lr;
  return lr;
}

/* One thread less waits for LR.  */
static void
release_request (struct lock_request *lr)
{
  if (--lr->threads_waiting > 0)
    return;
  *lr->prevp = lr->next;
  if (lr->next)
    lr->next->prevp = lr->prevp;
  free (lr);
}

/* memory_object_lock_request, without what must not overlap it.  */
static void
ask_kernel (struct pager *p, vm_offset_t offset, vm_size_t size,
            int should_return, int should_flush, vm_prot_t lock_value,
            int sync)
{
  struct pager_scan s = { .pager = p,
                          .start = offset,
                          .end = offset + size,
                          .flush = should_flush && sync };
  int alone = _pager_flush_alone
              && (s.flush || should_return != MEMORY_OBJECT_RETURN_NONE);

  if (alone)
    _pager_scan_begin (&s);
  memory_object_lock_request (p->memobjcntl, offset, size, should_return,
                              should_flush, lock_value,
                              sync ? p->port.port_right : MACH_PORT_NULL);
  if (alone)
    _pager_scan_end (&s);
}

void
_pager_lock_object (struct pager *p, vm_offset_t offset, vm_size_t size,
                    int should_return, int should_flush, vm_prot_t lock_value,
                    int sync)
{
  struct lock_request *lr = NULL;

  pthread_mutex_lock (&p->interlock);
  if (p->pager_state != NORMAL)
    {
      pthread_mutex_unlock (&p->interlock);
      return;
    }
  if (sync)
    {
      lr = find_request (p, offset, offset + size);
      lr->locks_pending++;
      lr->threads_waiting++;
    }
  pthread_mutex_unlock (&p->interlock);

  ask_kernel (p, offset, size, should_return, should_flush, lock_value, sync);
  if (!sync)
    return;

  pthread_mutex_lock (&p->interlock);
  while (lr->locks_pending || lr->pending_writes)
    pthread_cond_wait (&p->wakeup, &p->interlock);
  release_request (lr);

  if (should_flush && _pager_pagemap_resize (p, offset + size) == 0)
    {
      vm_address_t end = (offset + size) / __vm_page_size;

      for (vm_address_t i = offset / __vm_page_size; i < end; i++)
        p->pagemap[i] &= ~PM_INCORE;
    }
  pthread_mutex_unlock (&p->interlock);
}
