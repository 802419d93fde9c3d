/* Hold off termination while a request is worked on.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "priv.h"

#include <assert-backtrace.h>

void
_pager_block_termination (struct pager *p)
{
  p->noterm++;
}

void
_pager_allow_termination (struct pager *p)
{
  assert_backtrace (p->noterm > 0);
  if (--p->noterm == 0 && p->termwaiting)
    {
      p->termwaiting = 0;
      pthread_cond_broadcast (&p->wakeup);
    }
}
