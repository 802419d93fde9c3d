/* The kernel has changed the attributes (pager-attr.c).

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "priv.h"
#include "memory_object_S.h"

kern_return_t
_pager_S_memory_object_change_completed (
    struct pager *p, boolean_t may_cache,
    memory_object_copy_strategy_t copy_strategy)
{
  struct attribute_request *ar;

  if (!p || p->port.class != _pager_class)
    return EOPNOTSUPP;

  pthread_mutex_lock (&p->interlock);
  for (ar = p->attribute_requests; ar; ar = ar->next)
    if (ar->may_cache == may_cache && ar->copy_strategy == copy_strategy)
      {
        if (ar->attrs_pending && --ar->attrs_pending == 0)
          pthread_cond_broadcast (&p->wakeup);
        break;
      }
  pthread_mutex_unlock (&p->interlock);
  return 0;
}
