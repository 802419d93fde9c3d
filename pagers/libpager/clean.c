/* The last reference to a pager is gone.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "priv.h"

void
_pager_clean (void *arg)
{
  struct pager *p = arg;

  if (p->pager_state != NOTINIT)
    {
      pthread_mutex_lock (&p->interlock);
      _pager_free_structure (p);
      pthread_mutex_unlock (&p->interlock);
    }
  pager_clear_user_data (p->upi);
}
