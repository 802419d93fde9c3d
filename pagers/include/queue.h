/* libpager's queue: first in, first out, linked through its items.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef _LIBPAGER_QUEUE_H
#define _LIBPAGER_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

struct item
{
  struct item *next;
};

struct queue
{
  struct item *head;
  struct item **tail; /* the link that the next item goes to  */
};

static inline void
queue_init (struct queue *q)
{
  q->head = NULL;
  q->tail = &q->head;
}

static inline void
queue_enqueue (struct queue *q, struct item *i)
{
  i->next = NULL;
  *q->tail = i;
  q->tail = &i->next;
}

/* The oldest item; NULL if there is none.  */
static inline void *
queue_dequeue (struct queue *q)
{
  struct item *i = q->head;

  if (i == NULL)
    return NULL;
  q->head = i->next;
  if (q->head == NULL)
    q->tail = &q->head;
  return i;
}

static inline bool
queue_empty (struct queue *q)
{
  return q->head == NULL;
}

/* Move what is in FROM to the front of Q.  */
static inline void
queue_prepend (struct queue *q, struct queue *from)
{
  if (queue_empty (from))
    return;
  *from->tail = q->head;
  if (q->head == NULL)
    q->tail = from->tail;
  q->head = from->head;
  queue_init (from);
}

#endif /* _LIBPAGER_QUEUE_H */
