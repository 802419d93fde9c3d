/* The default pager: where pages of the pager's own go when memory is short.

   docs/model.md 1.5.  Two kinds come here: pages that were sent to a pager
   while allocation is paused ("double paged", since the pager may itself be
   waiting for memory), and internal pages when nothing else can be evicted.
   Without it a worker that waits for memory to answer a data_request would
   never come to the data_returns queued behind it.

   Swap is a device of its own that takes as long for a page as the store does
   for a request of one page.  Left out: a limit of its size.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "../base/check.h"
#include "counters.h"
#include "memory.h"

static struct
{
  struct page *head, *tail; /* waiting to be written, by NEXT  */
  struct waitq idle;
} swap;

static struct page *
take_first (void)
{
  struct page *p = swap.head;
  if (p != NULL)
    swap.head = p->next;
  return p;
}

static void
default_pager (void *arg)
{
  (void)arg;
  for (;;)
    {
      struct page *p = take_first ();
      if (p == NULL)
        {
          waitq_wait (&swap.idle, WAIT_OTHER, NULL);
          continue;
        }
      if (!p->unwanted)
        thread_sleep (device_page_ns ());
      p->swapping = false;
      CHECK (memory_state.internal_laundry > 0);
      memory_state.internal_laundry--;
      if (p->unwanted)
        memory_free (p);
      else
        memory_give_up (p);
      if (memory_state.internal_laundry == 0)
        pageout_resume ();
    }
}

void
swap_start (void)
{
  swap.head = swap.tail = NULL;
  swap.idle = (struct waitq){ 0 };
  thread_spawn ("default-pager", default_pager, NULL);
}

void
swap_out (struct page *p)
{
  CHECK (p->object == NULL && !p->swapping && !p->swapped);
  memory_dequeue (p);
  counter_add (COUNTER_SWAP_OUT, 1);
  p->swapping = true;
  memory_state.internal_laundry++;
  p->next = NULL;
  if (swap.head != NULL)
    swap.tail->next = p;
  else
    swap.head = p;
  swap.tail = p;
  waitq_wake_one (&swap.idle);
}

void
swap_in (struct page *p)
{
  if (!p->swapped)
    return;
  if (!memory_take_back (p))
    return;
  counter_add (COUNTER_SWAP_IN, 1);
  thread_sleep (device_page_ns ());
  memory_activate (p);
}

void
swap_wait_in (struct page *p)
{
  while (p->swapping)
    page_sleep (p);
  swap_in (p);
}
