/* What a pager has kept of requests that are done (hurd_server's check_pager).

   Ours: for an observer, when no message of the pager is waiting or worked on.
   A mark on a page then has nobody to take it away, and who waits for it waits
   for ever.  A lock request may be there: its thread has been told, and has
   not run yet, or it waits for other pages.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "priv.h"
#include <pager_check.h>

#include <stdio.h>

#define MARKS (PM_PAGINGOUT | PM_WRITEWAIT | PM_PAGEINWAIT)

static const struct
{
  short bit;
  const char *what;
} marks[] = { { PM_PAGINGOUT, "being written" },
              { PM_WRITEWAIT, "waited for until it is written" },
              { PM_PAGEINWAIT, "wanted back when it is written" } };

void
_pager_check (mach_port_t port, hurd_complain *complain, void *arg)
{
  struct pager *p = hurd_api->port_receiver (port);
  char what[80];

  if (p == NULL || p->port.class != _pager_class || p->pager_state != NORMAL)
    return;
  for (vm_size_t i = 0; i < p->pagemapsize; i++)
    {
      if (!(p->pagemap[i] & MARKS))
        continue;
      for (size_t m = 0; m < sizeof marks / sizeof *marks; m++)
        if (p->pagemap[i] & marks[m].bit)
          {
            snprintf (what, sizeof what, "page %lu is still marked as %s",
                      (unsigned long)i, marks[m].what);
            complain (arg, what);
          }
    }
  for (struct lock_request *lr = p->lock_requests; lr; lr = lr->next)
    if (lr->pending_writes != 0)
      complain (arg, "somebody still waits for writes that are done");
  if (p->noterm != 0)
    complain (arg, "its termination is still held off");
}
