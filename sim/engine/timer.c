/* Timers as others use them.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "scheduler.h"

void
timer_set (struct timer *t, vtime at)
{
  CHECK (t->fn && t->armed == 0);
  CHECK (at >= engine.now);
  timer_arm (t, at, t->periodic);
}

void
timer_cancel (struct timer *t)
{
  if (t->armed == 0)
    return;
  CHECK (t->armed <= event_queue.capacity);
  struct event_slot *slot = &event_queue.slot[t->armed - 1];
  CHECK (slot->timer == t);
  event_queue_remove (slot->where);
}
