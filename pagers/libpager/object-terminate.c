/* The kernel gives up its object.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "priv.h"
#include "memory_object_S.h"

#include <stdbool.h>
#include <stdio.h>

kern_return_t
_pager_S_memory_object_terminate (struct pager *p, mach_port_t control,
                                  mach_port_t name)
{
  (void)name; /* the kernel's model has none of its own  */
  if (!p || p->port.class != _pager_class)
    return EOPNOTSUPP;

  pthread_mutex_lock (&p->interlock);
  if (control != p->memobjcntl)
    {
      pthread_mutex_unlock (&p->interlock);
      printf ("object terminate: not the memory object's control port\n");
      return EPERM;
    }
  while (p->noterm)
    {
      p->termwaiting = 1;
      pthread_cond_wait (&p->wakeup, &p->interlock);
    }
  _pager_free_structure (p);
  pthread_mutex_unlock (&p->interlock);
  return 0;
}

void
_pager_free_structure (struct pager *p)
{
  bool wakeup = false;

  /* The kernel answers none of these any more.  */
  for (struct lock_request *lr = p->lock_requests; lr; lr = lr->next)
    {
      lr->locks_pending = 0;
      if (!lr->pending_writes)
        wakeup = true;
    }
  for (struct attribute_request *ar = p->attribute_requests; ar; ar = ar->next)
    {
      ar->attrs_pending = 0;
      wakeup = true;
    }
  if (wakeup)
    pthread_cond_broadcast (&p->wakeup);

  if (p->memobjcntl != MACH_PORT_NULL)
    mach_port_destroy (mach_task_self (), p->memobjcntl);
  if (p->memobjname != MACH_PORT_NULL)
    mach_port_destroy (mach_task_self (), p->memobjname);
  p->memobjcntl = MACH_PORT_NULL;
  p->memobjname = MACH_PORT_NULL;

  free (p->pagemap);
  p->pagemap = NULL;
  p->pagemapsize = 0;

  /* The kernel may make another object of it.  */
  if (p->pager_state == NORMAL)
    p->pager_state = NOTINIT;
}
