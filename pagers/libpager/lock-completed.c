/* The kernel has done what a lock request asked for (docs/model.md 2.6).

   As messages of an object are worked on in their order, all that the request
   returned is written by now.  (Where they are not, demuxer.c has this one
   wait for those before it.)

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "priv.h"
#include "memory_object_S.h"

#include <stdio.h>

kern_return_t
_pager_S_memory_object_lock_completed (struct pager *p, mach_port_t control,
                                       vm_offset_t offset, vm_size_t length)
{
  struct lock_request *lr;

  if (!p || p->port.class != _pager_class)
    return EOPNOTSUPP;

  pthread_mutex_lock (&p->interlock);
  /* The message brought a right of its own.  */
  mach_port_deallocate (mach_task_self (), control);
  if (control != p->memobjcntl)
    {
      pthread_mutex_unlock (&p->interlock);
      printf ("lock completed: not the memory object's control port\n");
      return EPERM;
    }

  for (lr = p->lock_requests; lr; lr = lr->next)
    if (lr->start == offset && lr->end == offset + length)
      {
        if (lr->locks_pending)
          lr->locks_pending--;
        if (!lr->locks_pending && !lr->pending_writes)
          pthread_cond_broadcast (&p->wakeup);
        break;
      }
  pthread_mutex_unlock (&p->interlock);
  return 0;
}
