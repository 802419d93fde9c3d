/* Physical memory: see memory.h.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "memory.h"

#include <string.h>
#include <sys/mman.h>

#include "../base/check.h"
#include "counters.h"
#include "reserve.h"

struct memory_config memory_config;
struct memory_state memory_state;

/* The frames' rows and bytes are reserved as address space for the largest
   machine so far; memory comes with use, and later runs use it again.  */

static struct
{
  uint64_t frames;     /* that there is room for  */
  struct page *rows;   /* of frames  */
  uint8_t *bytes;      /* their contents, where they are real  */
  uint64_t used;       /* rows handed out so far in this run  */
  uint64_t populated;  /* rows that had memory in any run  */
  struct page *spare;  /* free list of frames  */
  struct page *places; /* rows of placeholders  */
  uint64_t places_used;
  struct page *spare_places;
  struct page head[QUEUES]; /* anchors of the circular queues  */
  struct waitq waiters;     /* for memory  */
  uint64_t away;            /* pages that a fault has taken away  */
} pm;

static void
reserve_frames (uint64_t n)
{
  if (n <= pm.frames)
    return;
  if (pm.rows != NULL)
    {
      munmap (pm.rows, pm.frames * sizeof *pm.rows);
      munmap (pm.places, pm.frames * sizeof *pm.places);
      munmap (pm.bytes, pm.frames << SIM_PAGE_SHIFT);
    }
  pm.frames = n;
  pm.populated = 0;
  pm.rows = reserve (n * sizeof *pm.rows);
  pm.places = reserve (n * sizeof *pm.places);
  pm.bytes = reserve (n << SIM_PAGE_SHIFT);
}

static uint64_t
at_least (uint64_t value, uint64_t floor)
{
  return value > floor ? value : floor;
}

uint64_t
memory_frames_max (void)
{
  return 2 * at_least (memory_config.bytes, UINT64_C (2) << 30)
         >> SIM_PAGE_SHIFT;
}

void
memory_init (const struct memory_config *config)
{
  memory_config = *config;
  pm.used = pm.places_used = 0;
  pm.spare = pm.spare_places = NULL;
  pm.waiters = (struct waitq){ 0 };
  pm.away = 0;
  for (unsigned q = 0; q < QUEUES; q++)
    pm.head[q].next = pm.head[q].prev = &pm.head[q];

  uint64_t total = config->bytes >> SIM_PAGE_SHIFT;
  CHECK (total >= 4096);
  /* Swapped pages keep their rows.  */
  reserve_frames (memory_frames_max ());
  memory_state = (struct memory_state){
    .total = total,
    .free = total,
    .min = at_least (total * 5 / 100, 500),
    .low = at_least (total * 6 / 100, 600),
    .high = at_least (total * 10 / 100, 1000),
    .external_laundry = -1,
  };
}

/* ---- Frames --------------------------------------------------------------
 */

/* The kernel's rule (docs/model.md 1.5): at min everybody waits until the
   daemon has brought free memory up to high.  */
static void
wait_for_memory (void)
{
  if (memory_state.free <= memory_state.min && !memory_state.paused)
    {
      memory_state.paused = true;
      counter_add (COUNTER_PAUSES, 1);
    }
  while (memory_state.paused)
    {
      pageout_wake ();
      waitq_wait (&pm.waiters, WAIT_MEMORY, NULL);
    }
}

static inline void
wait_if_low (void)
{
  if (__builtin_expect (
          memory_state.free <= memory_state.low || memory_state.paused, 0))
    {
      pageout_wake ();
      wait_for_memory ();
    }
  CHECK (memory_state.free > 0);
}

/* A growing run takes its rows' memory by the hundred.  */
static void
populate_rows (void)
{
  enum
  {
    ROWS = 2048
  };
  uint64_t n = pm.frames - pm.used < ROWS ? pm.frames - pm.used : ROWS;
  reserve_populate (&pm.rows[pm.used], n * sizeof *pm.rows);
  pm.populated += n;
}

struct page *
memory_alloc (void)
{
  wait_if_low ();
  memory_state.free--;

  struct page *p = pm.spare;
  if (p != NULL)
    pm.spare = p->next;
  else
    {
      CHECK (pm.used < pm.frames);
      if (pm.used == pm.populated)
        populate_rows ();
      p = &pm.rows[pm.used++];
    }
  memset (p, 0, sizeof *p);
  return p;
}

struct page *
memory_placeholder (void)
{
  struct page *p = pm.spare_places;
  if (p != NULL)
    pm.spare_places = p->next;
  else
    {
      CHECK (pm.places_used < pm.frames);
      p = &pm.places[pm.places_used++];
    }
  memset (p, 0, sizeof *p);
  p->fictitious = true;
  return p;
}

static void
laundry_done (struct page *p)
{
  p->laundry = false;
  if (memory_state.external_laundry > 0
      && --memory_state.external_laundry == 0)
    pageout_resume ();
}

static void
add_free (uint64_t pages)
{
  memory_state.free += pages;
  if (memory_state.paused && memory_state.free >= memory_state.high)
    {
      memory_state.paused = false;
      waitq_wake_all (&pm.waiters);
    }
}

static void
count_free (void)
{
  add_free (1);
}

void
memory_take_away (void)
{
  if (memory_state.free <= memory_state.min)
    return;
  pm.away += memory_state.free - memory_state.min;
  memory_state.free = memory_state.min;
}

void
memory_give_back (void)
{
  uint64_t pages = pm.away;
  pm.away = 0;
  add_free (pages);
}

void
memory_free (struct page *p)
{
  if (p->waiters.head != NULL)
    waitq_wake_all (&p->waiters);
  p->object = NULL;
  if (p->fictitious)
    {
      p->next = pm.spare_places;
      pm.spare_places = p;
      return;
    }
  memory_dequeue (p);
  if (p->laundry)
    laundry_done (p);
  if (p->swapping)
    {
      p->unwanted = true;
      return;
    }
  if (p->swapped)
    memory_state.swapped--;
  else
    count_free ();
  p->next = pm.spare;
  pm.spare = p;
}

void
memory_give_up (struct page *p)
{
  memory_dequeue (p);
  p->swapped = true;
  memory_state.swapped++;
  if (p->laundry)
    laundry_done (p);
  count_free ();
  if (p->waiters.head != NULL)
    waitq_wake_all (&p->waiters);
}

bool
memory_take_back (struct page *p)
{
  wait_if_low (); /* may sleep  */
  if (!p->swapped)
    return false;
  memory_state.free--;
  p->swapped = false;
  memory_state.swapped--;
  return true;
}

uint8_t *
memory_bytes (struct page *p)
{
  CHECK (!p->fictitious);
  return pm.bytes + ((size_t)(p - pm.rows) << SIM_PAGE_SHIFT);
}

void
memory_launder (struct page *p)
{
  if (memory_state.external_laundry < 0)
    return;
  p->laundry = true;
  memory_state.external_laundry++;
}

/* ---- Queues --------------------------------------------------------------
 */

static void
enqueue (struct page *p, enum page_queue queue)
{
  struct page *head = &pm.head[queue];
  p->queue = queue;
  p->next = head;
  p->prev = head->prev;
  head->prev->next = p;
  head->prev = p;
  memory_state.queued[queue]++;
}

void
memory_dequeue (struct page *p)
{
  if (p->queue == QUEUE_NONE)
    return;
  p->prev->next = p->next;
  p->next->prev = p->prev;
  memory_state.queued[p->queue]--;
  p->queue = QUEUE_NONE;
}

void
memory_activate (struct page *p)
{
  memory_dequeue (p);
  enqueue (p, p->object ? QUEUE_ACTIVE_EXTERNAL : QUEUE_ACTIVE_INTERNAL);
  p->referenced = true;
}

void
memory_deactivate (struct page *p)
{
  memory_dequeue (p);
  enqueue (p, p->object ? QUEUE_INACTIVE_EXTERNAL : QUEUE_INACTIVE_INTERNAL);
  p->referenced = false;
}

void
memory_requeue (struct page *p)
{
  enum page_queue queue = p->queue;
  CHECK (queue != QUEUE_NONE);
  memory_dequeue (p);
  enqueue (p, queue);
}

struct page *
memory_oldest (enum page_queue queue)
{
  struct page *p = pm.head[queue].next;
  return p == &pm.head[queue] ? NULL : p;
}

/* ---- Pages ---------------------------------------------------------------
 */

void
page_release (struct page *p)
{
  p->busy = false;
  if (p->waiters.head != NULL)
    waitq_wake_all (&p->waiters);
}

void
page_sleep (struct page *p)
{
  struct wait_answer a;
  waits_for_answer (&a, p->asked);
  waitq_wait (&p->waiters, WAIT_PAGE, p);
}

static bool
all_zero (const void *data)
{
  const char *d = data;
  return d[0] == 0 && memcmp (d, d + 1, SIM_PAGE_SIZE - 1) == 0;
}

bool
page_set_contents (struct page *p, const void *data)
{
  if (p->bytes == NULL && !memory_config.real_contents)
    {
      memcpy (&p->stamp, data, sizeof p->stamp);
      if (p->stamp.magic == STAMP_MAGIC)
        return false;
      if (all_zero (data))
        {
          p->stamp = (struct stamp){ .magic = STAMP_MAGIC };
          return true;
        }
    }
  if (p->bytes == NULL)
    p->bytes = memory_bytes (p);
  memcpy (p->bytes, data, SIM_PAGE_SIZE);
  return false;
}

void
page_get_contents (const struct page *p, void *data)
{
  if (p->bytes != NULL)
    memcpy (data, p->bytes, SIM_PAGE_SIZE);
  else if (p->stamp.file == 0)
    memset (data, 0, SIM_PAGE_SIZE);
  else
    memcpy (data, &p->stamp, sizeof p->stamp);
}

void
page_copy_contents (struct page *to, const struct page *from)
{
  if (from->bytes == NULL)
    {
      to->bytes = NULL;
      to->stamp = from->stamp;
      return;
    }
  if (to->bytes == NULL)
    to->bytes = memory_bytes (to);
  memcpy (to->bytes, from->bytes, SIM_PAGE_SIZE);
}
