/* The kernel has made an object for the pager: it may be used.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "priv.h"
#include "memory_object_S.h"

#include <stdio.h>

kern_return_t
_pager_S_memory_object_init (struct pager *p, mach_port_t control,
                             mach_port_t name, vm_size_t page_size)
{
  if (!p || p->port.class != _pager_class)
    return EOPNOTSUPP;

  pthread_mutex_lock (&p->interlock);
  if (page_size != __vm_page_size)
    printf ("object init: pages of %lu bytes\n", page_size);
  else if (p->pager_state != NOTINIT)
    printf ("object init: the pager has an object\n");
  else
    {
      p->memobjcntl = control;
      p->memobjname = name;
      memory_object_ready (control, p->may_cache, p->copy_strategy);
      p->pager_state = NORMAL;
    }
  pthread_mutex_unlock (&p->interlock);
  return 0;
}
