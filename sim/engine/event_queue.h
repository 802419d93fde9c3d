/* The event queue: which timer is due next.

   A heap with four children to a node, of keys of 16 bytes: the time, and a
   sequence number packed with the timer's slot.  Four children share a cache
   line; comparing keys needs nothing but the keys.  The slot table knows where
   each key is, so that a timer can be taken out.  Behind the last key is a
   group of keys that are after everything, so that a node always has four
   children to compare.

   Equal times go by sequence number, which is the order of insertion.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_ENGINE_EVENT_QUEUE_H
#define SIM_ENGINE_EVENT_QUEUE_H

#include "../base/check.h"
#include "engine.h"

enum
{
  EVENT_SLOT_BITS = 24,
  EVENT_SLOTS_MAX = 1 << EVENT_SLOT_BITS
};
/* With a million million events in a run, a real one takes hours.  */
#define EVENT_SEQUENCE_MAX (UINT64_C (1) << (64 - EVENT_SLOT_BITS))

struct event_key
{
  vtime at;
  uint64_t order; /* sequence number << EVENT_SLOT_BITS | slot  */
};

struct event_slot
{
  struct timer *timer;
  uint32_t where;  /* its key's index; the next free slot when unused  */
  bool background; /* does not keep a run alive  */
};

struct event_queue
{
  struct event_key *key;
  struct event_slot *slot;
  uint32_t count, capacity;
  uint32_t free_slot; /* EVENT_SLOTS_MAX: none  */
  uint32_t vital;     /* how many are not background  */
  uint64_t sequence;
};
extern struct event_queue event_queue;

/* Empty it.  */
void event_queue_reset (void);
/* Make room for more: the only function here that allocates.  */
void event_queue_grow (void);
/* Take the key at index WHERE out.  */
void event_queue_remove (uint32_t where);

static inline bool
event_before (const struct event_key *a, const struct event_key *b)
{
#ifdef __SIZEOF_INT128__
  return ((unsigned __int128)a->at << 64 | a->order)
         < ((unsigned __int128)b->at << 64 | b->order);
#else
  return a->at < b->at || (a->at == b->at && a->order < b->order);
#endif
}

static inline uint32_t
event_slot_of (const struct event_key *key)
{
  return key->order & (EVENT_SLOTS_MAX - 1);
}

static inline void
event_place (uint32_t i, struct event_key key)
{
  event_queue.key[i] = key;
  event_queue.slot[event_slot_of (&key)].where = i;
}

/* Put KEY at I or above it.  */
static inline void
event_sift_up (uint32_t i, struct event_key key)
{
  while (i > 0)
    {
      uint32_t parent = (i - 1) / 4;
      if (!event_before (&key, &event_queue.key[parent]))
        break;
      event_place (i, event_queue.key[parent]);
      i = parent;
    }
  event_place (i, key);
}

/* Put KEY at I or below it.  */
static inline __attribute__ ((always_inline)) void
event_sift_down (uint32_t i, struct event_key key)
{
  const struct event_key *k = event_queue.key;
  uint32_t count = event_queue.count;

  for (;;)
    {
      uint32_t child = 4 * i + 1;
      if (child >= count)
        break;
      uint32_t left = child + event_before (&k[child + 1], &k[child]);
      uint32_t right = child + 2 + event_before (&k[child + 3], &k[child + 2]);
      uint32_t least = event_before (&k[right], &k[left]) ? right : left;
      if (!event_before (&k[least], &key))
        break;
      event_place (i, k[least]);
      i = least;
    }
  event_place (i, key);
}

/* The time of the first one.  There must be one.  */
static inline vtime
event_first_at (void)
{
  return event_queue.key[0].at;
}

static inline struct event_key
event_key_for (uint32_t slot, vtime at)
{
  CHECK (event_queue.sequence < EVENT_SEQUENCE_MAX);
  return (struct event_key){ at, event_queue.sequence++ << EVENT_SLOT_BITS
                                     | slot };
}

/* A key for TIMER at time AT, with a slot and the next sequence number.  The
   caller puts it into the heap.  */
static inline struct event_key
event_new_key (struct timer *timer, vtime at, bool background)
{
  struct event_queue *q = &event_queue;

  if (__builtin_expect (q->free_slot == EVENT_SLOTS_MAX, 0))
    event_queue_grow ();
  uint32_t i = q->free_slot;
  struct event_slot *slot = &q->slot[i];
  q->free_slot = slot->where;
  slot->timer = timer;
  slot->background = background;
  q->vital += !background;
  timer->armed = i + 1;
  return event_key_for (i, at);
}

static inline void
event_insert (struct event_key key)
{
  event_sift_up (event_queue.count++, key);
}

static inline void
event_free_slot (uint32_t i)
{
  struct event_queue *q = &event_queue;

  q->slot[i].timer->armed = 0;
  q->vital -= !q->slot[i].background;
  q->slot[i].where = q->free_slot;
  q->free_slot = i;
}

/* Take the first one out.  */
static inline struct timer *
event_pop (void)
{
  struct event_queue *q = &event_queue;
  uint32_t i = event_slot_of (&q->key[0]);
  struct timer *timer = q->slot[i].timer;

  event_free_slot (i);
  uint32_t last = --q->count;
  struct event_key key = q->key[last];
  q->key[last] = (struct event_key){ UINT64_MAX, UINT64_MAX };
  if (last > 0)
    event_sift_down (0, key);
  return timer;
}

/* Take the first one out and put TIMER, no background work, in for time AT:
   cheaper than one after the other.  */
static inline struct timer *
event_replace (struct timer *timer, vtime at)
{
  struct event_queue *q = &event_queue;
  uint32_t i = event_slot_of (&q->key[0]);
  struct event_slot *slot = &q->slot[i];
  struct timer *first = slot->timer;

  first->armed = 0;
  q->vital += slot->background;
  slot->timer = timer;
  slot->background = false;
  timer->armed = i + 1;
  event_sift_down (0, event_key_for (i, at));
  return first;
}

#endif /* SIM_ENGINE_EVENT_QUEUE_H */
