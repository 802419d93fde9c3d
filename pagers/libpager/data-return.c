/* The kernel returns pages: write them back (docs/model.md 2.3).

   Each maximal run of pages that need writing goes to pager_write_pages in one
   call; what that leaves unwritten goes page by page to pager_write_page.

   Kept as the Hurd has it, for it is what is under test: an error of
   pager_write_pages is not looked at where it claims progress; and step 9 of
   the model, after the interlock is given up, goes on using the pagemap that
   it found before.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "priv.h"
#include "memory_object_S.h"

#include <assert-backtrace.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Messages of the kernel carry at most this many pages (model.md 1.4); the
   records of longer ones are malloc'ed.  */
#define USUAL_PAGES 32

/* One message being worked on.  */
struct write_request
{
  struct pager *p;
  vm_offset_t offset;
  pointer_t data;
  int npages;
  int kcopy;

  uint32_t omitdata; /* pages that need no write, a bit each  */
  error_t *errs;     /* of each page's write  */
  bool *notified;    /* pages whose eviction is to be told  */
};

static inline bool
omitted (const struct write_request *r, int i)
{
  return i < 32 && (r->omitdata & (1U << i));
}

static inline vm_offset_t
page_offset (const struct write_request *r, int i)
{
  return r->offset + (vm_offset_t)i * __vm_page_size;
}

static inline pointer_t
page_data (const struct write_request *r, int i)
{
  return r->data + (pointer_t)i * __vm_page_size;
}

/* The pagemap's entries of the pages of R; they move when it grows.  */
static inline short *
entries (const struct write_request *r)
{
  return &r->p->pagemap[r->offset / __vm_page_size];
}

static bool
acceptable (struct pager *p, mach_port_t control, vm_offset_t offset,
            vm_size_t length)
{
  if (control != p->memobjcntl)
    printf ("data return: not the memory object's control port\n");
  else if (offset % __vm_page_size || length % __vm_page_size)
    printf ("data return: not whole pages: %lu bytes at %lu\n", length,
            offset);
  else if (p->pager_state != NORMAL)
    printf ("data return: the pager is not in use\n");
  else
    return true;
  return false;
}

/* Wait until no page of R is being written by another request.  */
static void
wait_for_writes (struct write_request *r)
{
  short *pm = entries (r);

  for (int i = 0; i < r->npages; i++)
    if (pm[i] & PM_PAGINGOUT)
      {
        pm[i] |= PM_WRITEWAIT;
        pthread_cond_wait (&r->p->wakeup, &r->p->interlock);
        pm = entries (r);
        i = -1;
      }
}

/* Mark the pages of R as being written.  If INITIALIZING, a page that was
   written before is left out.  */
static void
begin_paging_out (struct write_request *r, int initializing)
{
  short *pm = entries (r);
  int npages = r->npages;

  if (initializing)
    assert_backtrace (npages < 32);
  for (int i = 0; i < npages; i++)
    if (initializing && (pm[i] & PM_INIT))
      r->omitdata |= 1U << i;
    else
      pm[i] |= PM_PAGINGOUT | PM_INIT;
}

static inline bool
overlaps (const struct lock_request *lr, vm_offset_t offset, vm_size_t length)
{
  return lr->start <= offset + length && lr->end > offset;
}

/* Write pages FIRST .. END - 1 of R, none of which is omitted.  */
static void
write_run (struct write_request *r, int first, int end)
{
  vm_size_t length = (vm_size_t)(end - first) * __vm_page_size;
  vm_size_t written = 0;
  error_t err;
  int i = first;

  err = pager_write_pages (r->p->upi, page_offset (r, first),
                           page_data (r, first), length, &written);
  if (err != EOPNOTSUPP)
    {
      if (written > length)
        written = length;
      for (int done = first + (int)(written / __vm_page_size); i < done; i++)
        r->errs[i] = 0;
    }
  for (; i < end; i++)
    r->errs[i]
        = pager_write_page (r->p->upi, page_offset (r, i), page_data (r, i));
}

static void
write_pages (struct write_request *r)
{
  for (int i = 0; i < r->npages;)
    {
      int first = i;

      while (i < r->npages && !omitted (r, i))
        i++;
      if (i > first)
        write_run (r, first, i);
      else
        i++;
    }
}

/* Page I of R was written: mark it so, and give its memory back to the kernel
   or free it.  True if somebody waits for it.  */
static bool
end_paging_out (struct write_request *r, short *entry, int i)
{
  bool wakeup = *entry & PM_WRITEWAIT;

  if (r->errs[i] && !(*entry & PM_PAGEINWAIT))
    *entry |= PM_INVALID;

  if (*entry & PM_PAGEINWAIT)
    memory_object_data_supply (r->p->memobjcntl, page_offset (r, i),
                               page_data (r, i), __vm_page_size, 1,
                               VM_PROT_NONE, 0, MACH_PORT_NULL);
  else
    {
      munmap ((void *)page_data (r, i), __vm_page_size);
      if (!r->kcopy)
        {
          *entry &= ~PM_INCORE;
          r->notified[i] = r->p->notify_on_evict;
        }
    }

  *entry &= ~(PM_PAGINGOUT | PM_PAGEINWAIT | PM_WRITEWAIT);
  return wakeup;
}

/* Tell the file system which pages the kernel has dropped; ENTRIES_BEFORE are
   the pagemap's of when the interlock was held.  */
static void
notify_evictions (struct write_request *r, short *entries_before)
{
  for (int i = 0; i < r->npages; i++)
    if (r->notified[i])
      {
        short *entry = &entries_before[i];

        pager_notify_evict (r->p->upi, page_offset (r, i));
        *entry = SET_PM_ERROR (SET_PM_NEXTERROR (*entry, 0), 0);
      }
}

/* The pages are clean: there is nothing to write.  The interlock is held and
   given up.  */
static void
forget_clean_pages (struct write_request *r, vm_size_t length)
{
  short *pm = entries (r);

  munmap ((void *)r->data, length);
  if (!r->kcopy)
    for (int i = 0; i < r->npages; i++)
      r->notified[i] = r->p->notify_on_evict && !(pm[i] & PM_PAGEINWAIT);

  _pager_allow_termination (r->p);
  pthread_mutex_unlock (&r->p->interlock);
  notify_evictions (r, pm);
}

/* Write the pages.  The interlock is held and given up.  */
static void
write_back (struct write_request *r, vm_size_t length, int initializing)
{
  struct pager *p = r->p;
  struct lock_request *lr;
  int counted = 0, n = 0;
  bool wakeup = false;
  short *pm;

  wait_for_writes (r);
  begin_paging_out (r, initializing);

  /* Whoever waits for a lock request over these pages waits for them.  */
  for (lr = p->lock_requests; lr; lr = lr->next)
    counted += overlaps (lr, r->offset, length);

  struct lock_request *held[counted + 1];

  for (lr = p->lock_requests; lr; lr = lr->next)
    if (overlaps (lr, r->offset, length))
      {
        lr->pending_writes++;
        held[n++] = lr;
      }

  /* The next request for a page whose eviction is told comes after that.  */
  if (!p->notify_on_evict)
    _pager_request_begun (p);
  pthread_mutex_unlock (&p->interlock);
  write_pages (r);
  pthread_mutex_lock (&p->interlock);

  _pager_pagemap_resize (p, r->offset + length);
  pm = entries (r);
  for (int i = 0; i < r->npages; i++)
    if (!omitted (r, i))
      wakeup |= end_paging_out (r, &pm[i], i);

  for (n = 0; n < counted; n++)
    if (--held[n]->pending_writes == 0 && held[n]->locks_pending == 0)
      wakeup = true;
  if (wakeup)
    pthread_cond_broadcast (&p->wakeup);

  _pager_allow_termination (p);
  pthread_mutex_unlock (&p->interlock);
  notify_evictions (r, pm);
}

error_t
_pager_do_write_request (struct pager *p, mach_port_t control,
                         vm_offset_t offset, pointer_t data, vm_size_t length,
                         int dirty, int kcopy, int initializing)
{
  struct write_request r
      = { .p = p, .offset = offset, .data = data, .kcopy = kcopy };
  error_t usual_errs[USUAL_PAGES];
  bool usual_notified[USUAL_PAGES];
  void *records = NULL;

  if (!p || p->port.class != _pager_class)
    return EOPNOTSUPP;

  r.npages = (int)(length / __vm_page_size);
  r.errs = usual_errs;
  r.notified = usual_notified;
  if (r.npages > USUAL_PAGES)
    {
      records
          = malloc ((size_t)r.npages * (sizeof *r.errs + sizeof *r.notified));
      if (records == NULL)
        return ENOMEM;
      r.errs = records;
      r.notified = (bool *)(r.errs + r.npages);
    }
  memset (r.notified, 0, (size_t)r.npages * sizeof *r.notified);

  pthread_mutex_lock (&p->interlock);
  if (!acceptable (p, control, offset, length))
    pthread_mutex_unlock (&p->interlock);
  else
    {
      _pager_block_termination (p);
      if (_pager_pagemap_resize (p, offset + length) != 0)
        {
          _pager_allow_termination (p);
          pthread_mutex_unlock (&p->interlock);
        }
      else if (!dirty)
        forget_clean_pages (&r, length);
      else
        write_back (&r, length, initializing);
    }
  free (records);
  return 0;
}

kern_return_t
_pager_S_memory_object_data_return (struct pager *p, mach_port_t control,
                                    vm_offset_t offset, pointer_t data,
                                    mach_msg_type_number_t length,
                                    boolean_t dirty, boolean_t kcopy)
{
  return _pager_do_write_request (p, control, offset, data, length, dirty,
                                  kcopy, 0);
}
