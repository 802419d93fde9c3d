/* Change what the kernel does with an unused object, and how it copies.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "priv.h"

#include <assert-backtrace.h>
#include <stdbool.h>

/* The request for exactly these, made if there is none.  */
static struct attribute_request *
find_request (struct pager *p, boolean_t may_cache,
              memory_object_copy_strategy_t copy_strategy)
{
  struct attribute_request *ar;

  for (ar = p->attribute_requests; ar; ar = ar->next)
    if (ar->may_cache == may_cache && ar->copy_strategy == copy_strategy)
      return ar;

  ar = malloc (sizeof *ar);
  assert_backtrace (ar);
  *ar = (struct attribute_request){ .may_cache = may_cache,
                                    .copy_strategy = copy_strategy,
                                    .next = p->attribute_requests,
                                    .prevp = &p->attribute_requests };
  if (ar->next)
    ar->next->prevp = &ar->next;
  p->attribute_requests = ar;
  return ar;
}

void
pager_change_attributes (struct pager *p, boolean_t may_cache,
                         memory_object_copy_strategy_t copy_strategy, int wait)
{
  struct attribute_request *ar = NULL;
  bool same;

  pthread_mutex_lock (&p->interlock);
  same = p->may_cache == may_cache && p->copy_strategy == copy_strategy;
  p->may_cache = may_cache;
  p->copy_strategy = copy_strategy;
  /* object-init.c tells the kernel when there is an object.  */
  if (p->pager_state == NOTINIT || (same && !wait))
    {
      pthread_mutex_unlock (&p->interlock);
      return;
    }
  if (wait)
    {
      ar = find_request (p, may_cache, copy_strategy);
      ar->attrs_pending++;
      ar->threads_waiting++;
    }
  pthread_mutex_unlock (&p->interlock);

  memory_object_change_attributes (p->memobjcntl, may_cache, copy_strategy,
                                   wait ? p->port.port_right : MACH_PORT_NULL);
  if (!wait)
    return;

  pthread_mutex_lock (&p->interlock);
  while (ar->attrs_pending)
    pthread_cond_wait (&p->wakeup, &p->interlock);
  if (--ar->threads_waiting == 0)
    {
      *ar->prevp = ar->next;
      if (ar->next)
        ar->next->prevp = ar->prevp;
      free (ar);
    }
  pthread_mutex_unlock (&p->interlock);
}
