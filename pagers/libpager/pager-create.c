/* Make a pager.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "priv.h"

struct port_class *_pager_class;

/* Before anything of the file system runs.  */
static void __attribute__ ((constructor)) create_class (void)
{
  _pager_class = ports_create_class (_pager_clean, _pager_real_dropweak);
}

/* A pager with EXTRA bytes behind it, or NULL.  */
static struct pager *
create (size_t extra, struct port_bucket *bucket, boolean_t may_cache,
        memory_object_copy_strategy_t copy_strategy, boolean_t notify_on_evict)
{
  struct pager *p;

  errno = ports_create_port (_pager_class, bucket, sizeof *p + extra, &p);
  if (errno)
    return NULL;

  p->pager_state = NOTINIT;
  pthread_mutex_init (&p->interlock, NULL);
  pthread_cond_init (&p->wakeup, NULL);
  p->may_cache = may_cache;
  p->copy_strategy = copy_strategy;
  p->notify_on_evict = notify_on_evict;
  p->memobjcntl = MACH_PORT_NULL;
  p->memobjname = MACH_PORT_NULL;
  return p;
}

struct pager *
pager_create (struct user_pager_info *upi, struct port_bucket *bucket,
              boolean_t may_cache, memory_object_copy_strategy_t copy_strategy,
              boolean_t notify_on_evict)
{
  struct pager *p
      = create (0, bucket, may_cache, copy_strategy, notify_on_evict);

  if (p)
    p->upi = upi;
  return p;
}

struct pager *
pager_create_alloc (size_t upi_size, struct port_bucket *bucket,
                    boolean_t may_cache,
                    memory_object_copy_strategy_t copy_strategy,
                    boolean_t notify_on_evict)
{
  struct pager *p
      = create (upi_size, bucket, may_cache, copy_strategy, notify_on_evict);

  if (p)
    p->upi = (struct user_pager_info *)(p + 1);
  return p;
}
