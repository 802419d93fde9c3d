/* The rare operations of the event queue: growing, and taking a timer out.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "event_queue.h"

#include <stdlib.h>
#include <string.h>

struct event_queue event_queue = { .free_slot = EVENT_SLOTS_MAX };

enum
{
  CAPACITY_MIN = 256,
  CHILDREN = 4,
  LINE_BYTES = 64,
  /* The root goes to the end of a cache line, so that every group of children
     fills one.  */
  LEAD = LINE_BYTES / sizeof (struct event_key) - 1
};

/* Chain the slots from FROM on as free, the first one first.  */
static void
free_slots_from (uint32_t from)
{
  struct event_queue *q = &event_queue;

  for (uint32_t i = from; i < q->capacity; i++)
    q->slot[i].where = i + 1 < q->capacity ? i + 1 : EVENT_SLOTS_MAX;
  q->free_slot = from;
}

static void
clear_keys_from (uint32_t from)
{
  struct event_queue *q = &event_queue;

  for (uint32_t i = from; i < q->capacity + CHILDREN; i++)
    q->key[i] = (struct event_key){ UINT64_MAX, UINT64_MAX };
}

void
event_queue_grow (void)
{
  struct event_queue *q = &event_queue;
  uint32_t old = q->capacity;
  uint32_t capacity = old ? 2 * old : CAPACITY_MIN;

  CHECK (capacity <= EVENT_SLOTS_MAX / 2);
  size_t bytes = (LEAD + capacity + CHILDREN) * sizeof (struct event_key);
  bytes = (bytes + LINE_BYTES - 1) / LINE_BYTES * LINE_BYTES;
  struct event_key *key = aligned_alloc (LINE_BYTES, bytes);
  CHECK (key);
  key += LEAD;
  if (q->key)
    {
      memcpy (key, q->key, q->count * sizeof *key);
      free (q->key - LEAD);
    }
  q->key = key;

  q->slot = realloc (q->slot, capacity * sizeof *q->slot);
  CHECK (q->slot);
  q->capacity = capacity;
  clear_keys_from (q->count);
  free_slots_from (old);
}

void
event_queue_reset (void)
{
  struct event_queue *q = &event_queue;

  q->count = 0;
  q->vital = 0;
  q->sequence = 0;
  if (q->capacity == 0)
    event_queue_grow ();
  else
    {
      clear_keys_from (0);
      free_slots_from (0);
    }
}

void
event_queue_remove (uint32_t where)
{
  struct event_queue *q = &event_queue;

  CHECK (where < q->count);
  event_free_slot (event_slot_of (&q->key[where]));
  uint32_t last = --q->count;
  struct event_key key = q->key[last];
  q->key[last] = (struct event_key){ UINT64_MAX, UINT64_MAX };
  if (where == last)
    return;
  if (where > 0 && event_before (&key, &q->key[(where - 1) / CHILDREN]))
    event_sift_up (where, key);
  else
    event_sift_down (where, key);
}
