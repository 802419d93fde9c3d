/* A flush that is waited for, and a scan that copies pages, one at a time.

   For a sync the kernel copies dirty pages, which are clean then, and sends
   the copies when a batch is full or the range ends.  A flush of these pages
   that comes in between finds them clean, drops them, and is told that it is
   done, while the copies are still to be sent (docs/model.md 6.5 R5).  Who
   waits for the flush takes it that nothing is on its way any more.

   So, where a file system asks for it, a flush waits until the kernel has done
   the scans of those pages, and a scan until it has done the flush.  Either is
   one call of the kernel and waits for no worker, so nothing can go round in a
   circle: what workers ask for, a page's lock, is no scan.

   Ours.  Left out: scans that the kernel makes by itself; it evicts pages one
   by one, and a flush waits for each that is not sent yet.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "pager_flush.h"

int _pager_flush_alone;

static struct pager_scan *scans;
static pthread_mutex_t scans_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t scan_ended = PTHREAD_COND_INITIALIZER;

static bool
may_begin (const struct pager_scan *s)
{
  for (const struct pager_scan *o = scans; o; o = o->next)
    if (o->pager == s->pager && (o->flush || s->flush) && o->start < s->end
        && s->start < o->end)
      return false;
  return true;
}

void
_pager_scan_begin (struct pager_scan *s)
{
  pthread_mutex_lock (&scans_lock);
  while (!may_begin (s))
    pthread_cond_wait (&scan_ended, &scans_lock);
  s->next = scans;
  scans = s;
  pthread_mutex_unlock (&scans_lock);
}

void
_pager_scan_end (struct pager_scan *s)
{
  struct pager_scan **link = &scans;

  pthread_mutex_lock (&scans_lock);
  while (*link != s)
    link = &(*link)->next;
  *link = s->next;
  pthread_cond_broadcast (&scan_ended);
  pthread_mutex_unlock (&scans_lock);
}
