/* End a pager: all is written back, and no more requests come.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "priv.h"

void
pager_shutdown (struct pager *p)
{
  pager_sync (p, 1);
  pager_flush (p, 1);

  pthread_mutex_lock (&p->interlock);
  p->pager_state = SHUTDOWN;
  pthread_mutex_unlock (&p->interlock);
  ports_destroy_right (p);
}
