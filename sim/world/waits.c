/* What a call's time went into: see waits.h.

   The engine keeps, for each thread, the time that it ran and that it was
   blocked, by account.  Here is what it cannot know: that the time blocked for
   an answer is the message's.  A message's own parts are a function of the
   time since it was sent:

     sent, behind others   queue
     sent, first           worker while all workers of the set are busy, else
                           cpu: somebody is on the way to it
     handled               what its handler's time goes into
     done                  other: the answer does not come from it

   A waiter takes the difference between when it blocked and when it was woken.

   Left out: what a thread that waits for a lock waits for is the lock, and not
   what its holder does.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "waits.h"

#include <string.h>
#include "../base/check.h"
#include "reserve.h"

enum
{
  RECORD_BITS = 22,
  RECORDS_MAX = 1 << RECORD_BITS,
  PORTS_MAX = 1 << 22,
  SETS_MAX = 1 << 10,
  /* A message that waits for a handler that waits for a message ...  Longer
     chains are those of a deadlock.  */
  DEPTH_MAX = 8
};

enum record_state
{
  RECORD_FREE,
  RECORD_SENT,
  RECORD_HANDLED,
  RECORD_DONE
};

struct record
{
  vtime since; /* of its state, or of becoming the first  */
  /* Up to then; while it is handled, less the handler's own at that time.  */
  struct wait_parts part;
  vtime saturated; /* first: its set's time without a free worker  */
  struct thread *handler;
  uint64_t serial;
  uint32_t port, set;
  uint32_t next; /* of its port, or the next free one  */
  uint32_t waiters;
  uint8_t state;
  bool first;
};

/* Messages of one port that are not done, oldest first.  */
struct port_line
{
  uint32_t head, tail;
  uint32_t unhandled;
};

struct set_state
{
  uint32_t busy; /* workers that handle a message  */
  vtime full_since, full;
};

static struct
{
  struct record *records; /* the first one is unused  */
  uint32_t records_used, free;
  struct port_line *lines;
  uint32_t lines_used;
  struct set_state *sets;
  uint32_t sets_used;
  uint64_t serial;
  unsigned workers;
  bool one_by_one;
} waits;

struct wait_tally wait_tallies[WAIT_CLASSES];

#define X(enumerator, name, what) { name, what },
const struct wait_row wait_part_rows[] = { WAIT_PARTS_LIST (X) };
const struct wait_row wait_class_rows[] = { WAIT_CLASSES_LIST (X) };
#undef X

void
waits_init (bool serial, unsigned workers)
{
  if (waits.records == NULL)
    {
      waits.records = reserve (RECORDS_MAX * sizeof *waits.records);
      waits.lines = reserve (PORTS_MAX * sizeof *waits.lines);
      waits.sets = reserve (SETS_MAX * sizeof *waits.sets);
    }
  memset (waits.lines, 0, waits.lines_used * sizeof *waits.lines);
  memset (waits.sets, 0, waits.sets_used * sizeof *waits.sets);
  waits.records_used = 1;
  waits.free = waits.lines_used = waits.sets_used = 0;
  waits.serial = 0;
  waits.workers = workers;
  waits.one_by_one = serial;
  waits_reset ();
}

void
waits_reset (void)
{
  memset (wait_tallies, 0, sizeof wait_tallies);
}

/* ---- Parts of a thread and of a message ----------------------------------
 */

static inline void
parts_add (struct wait_parts *a, const struct wait_parts *b)
{
  for (int i = 0; i < WAIT_PAIRS; i++)
    a->pair[i] += b->pair[i];
}

static inline void
parts_subtract (struct wait_parts *a, const struct wait_parts *b)
{
  for (int i = 0; i < WAIT_PAIRS; i++)
    a->pair[i] -= b->pair[i];
}

static void record_parts (const struct record *r, struct wait_parts *out);

/* Add what T's block that is on went into so far.  */
static __attribute__ ((noinline)) void
add_block (const struct thread *t, struct wait_parts *out)
{
  static unsigned depth;
  vtime ns = engine_now () - t->blocked_since;
  const struct wait_answer *a = t->blocked_by;

  if (a == NULL || depth == DEPTH_MAX)
    {
      out->of[a == NULL ? t->account : PART_OTHER] += ns;
      return;
    }
  struct wait_parts part;
  depth++;
  record_parts (&waits.records[a->cookie], &part);
  depth--;
  parts_subtract (&part, &a->before);
  parts_add (out, &part);
}

/* Where the time of T, which is not done, went since it was spawned.  */
static inline void
thread_parts (const struct thread *t, struct wait_parts *out)
{
  memcpy (out->of, t->spent, sizeof out->of);
  if (t->state == THREAD_RUNNING)
    out->of[PART_RUN] += engine_now () - t->running_since;
  else if (t->state == THREAD_READY)
    out->of[PART_CPU] += engine_now () - t->blocked_since;
  else
    add_block (t, out);
}

/* How long all workers of SET have been busy so far.  */
static vtime
set_full (uint32_t set)
{
  const struct set_state *s = &waits.sets[set];
  return s->full
         + (s->busy >= waits.workers ? engine_now () - s->full_since : 0);
}

/* Where the time of R went since it was sent.  */
static void
record_parts (const struct record *r, struct wait_parts *out)
{
  vtime ns = engine_now () - r->since;

  if (r->state == RECORD_HANDLED)
    {
      thread_parts (r->handler, out);
      parts_add (out, &r->part);
      return;
    }
  *out = r->part;
  if (r->state == RECORD_DONE)
    out->of[PART_OTHER] += ns;
  else if (!r->first)
    out->of[PART_QUEUE] += ns;
  else
    {
      vtime full = set_full (r->set) - r->saturated;
      out->of[PART_WORKER] += full;
      out->of[PART_CPU] += ns - full;
    }
}

/* ---- Messages ------------------------------------------------------------
 */

static struct record *
record_new (void)
{
  uint32_t n = waits.free;
  if (n != 0)
    waits.free = waits.records[n].next;
  else
    {
      CHECK (waits.records_used < RECORDS_MAX);
      n = waits.records_used++;
    }
  return &waits.records[n];
}

static void
record_free (struct record *r)
{
  r->state = RECORD_FREE;
  r->next = waits.free;
  waits.free = r - waits.records;
}

static void
becomes_first (struct record *r)
{
  if (r->since != engine_now ())
    {
      r->part.of[PART_QUEUE] += engine_now () - r->since;
      r->since = engine_now ();
    }
  r->first = true;
  r->saturated = set_full (r->set);
}

static struct port_line *
line_of (uint32_t port)
{
  CHECK (port < PORTS_MAX);
  if (port >= waits.lines_used)
    waits.lines_used = port + 1;
  return &waits.lines[port];
}

message_ref
waits_sent (uint32_t port, uint32_t set)
{
  struct record *r = record_new ();
  uint32_t n = r - waits.records;
  CHECK (set < SETS_MAX);
  if (set >= waits.sets_used)
    waits.sets_used = set + 1;

  memset (&r->part, 0, sizeof r->part);
  r->since = engine_now ();
  r->serial = ++waits.serial;
  r->port = port;
  r->set = set;
  r->next = 0;
  r->waiters = 0;
  r->state = RECORD_SENT;
  r->first = false;

  struct port_line *line = line_of (port);
  if (line->head == 0 || !waits.one_by_one)
    becomes_first (r);
  if (line->head == 0)
    line->head = n;
  else
    waits.records[line->tail].next = n;
  line->tail = n;
  line->unhandled++;
  return r->serial << RECORD_BITS | n;
}

uint32_t
waits_cookie (message_ref m)
{
  return m & (RECORDS_MAX - 1);
}

/* Take R out of its line.  It is the oldest, unless several are handled at a
   time.  */
static void
leave_line (struct record *r)
{
  struct port_line *line = line_of (r->port);
  uint32_t n = r - waits.records, before = 0;
  for (uint32_t at = line->head; at != n; at = waits.records[at].next)
    {
      CHECK (at != 0);
      before = at;
    }
  *(before != 0 ? &waits.records[before].next : &line->head) = r->next;
  if (line->tail == n)
    line->tail = before;
}

static void
record_done (struct record *r)
{
  leave_line (r);
  if (r->state == RECORD_SENT)
    line_of (r->port)->unhandled--;
  if (r->waiters == 0)
    {
      record_free (r);
      return;
    }
  struct wait_parts part;
  record_parts (r, &part);
  r->part = part;
  r->since = engine_now ();
  r->state = RECORD_DONE;
}

void
waits_handling (uint32_t cookie)
{
  struct record *r = &waits.records[cookie];
  CHECK (cookie > 0 && cookie < waits.records_used && r->state == RECORD_SENT);
  /* Those before it went to a pager that is gone, and nobody handled them.  */
  if (waits.one_by_one)
    while (line_of (r->port)->head != cookie)
      record_done (&waits.records[line_of (r->port)->head]);
  if (!r->first)
    becomes_first (r);

  struct wait_parts part, own;
  record_parts (r, &part);
  thread_parts (engine.current, &own);
  parts_subtract (&part, &own);
  r->part = part;
  r->since = engine_now ();
  r->state = RECORD_HANDLED;
  line_of (r->port)->unhandled--;
  r->handler = engine.current;
  engine.current->handles = cookie;

  struct set_state *s = &waits.sets[r->set];
  if (++s->busy == waits.workers)
    s->full_since = engine_now ();
}

void
waits_handled (void)
{
  uint32_t cookie = engine.current->handles;
  if (cookie == 0)
    return;
  engine.current->handles = 0;

  struct record *r = &waits.records[cookie];
  struct set_state *s = &waits.sets[r->set];
  CHECK (s->busy > 0);
  if (s->busy-- == waits.workers)
    s->full += engine_now () - s->full_since;

  uint32_t port = r->port;
  record_done (r);
  uint32_t next = line_of (port)->head;
  if (next != 0 && !waits.records[next].first)
    becomes_first (&waits.records[next]);
}

unsigned
waits_unhandled (unsigned *longest)
{
  unsigned all = 0;
  *longest = 0;
  for (uint32_t i = 0; i < waits.lines_used; i++)
    {
      unsigned n = waits.lines[i].unhandled;
      all += n;
      *longest = n > *longest ? n : *longest;
    }
  return all;
}

void
waits_for_answer (struct wait_answer *a, message_ref m)
{
  struct record *r = &waits.records[waits_cookie (m)];
  if (m == 0 || r->serial != m >> RECORD_BITS
      || (r->state != RECORD_SENT && r->state != RECORD_HANDLED))
    return;
  a->cookie = waits_cookie (m);
  record_parts (r, &a->before);
  r->waiters++;
  engine.current->blocked_by = a;
}

/* Enter NS of T's blocked time, for its message's reasons.  */
static void
block_ends (struct thread *t, vtime ns)
{
  const struct wait_answer *a = t->blocked_by;
  struct record *r = &waits.records[a->cookie];
  struct wait_parts part;

  record_parts (r, &part);
  parts_subtract (&part, &a->before);
  CHECK (waits_add_up (&part, ns));
  struct wait_parts spent;
  memcpy (spent.of, t->spent, sizeof spent);
  parts_add (&spent, &part);
  memcpy (t->spent, spent.of, sizeof spent);
  if (--r->waiters == 0 && r->state == RECORD_DONE)
    record_free (r);
}

void
waits_configure (struct engine_config *config)
{
  static const uint8_t account[WAIT_KINDS]
      = { [WAIT_NONE] = PART_OTHER,    [WAIT_CPU] = PART_CPU,
          [WAIT_SLEEP] = PART_OTHER,   [WAIT_LOCK] = PART_LOCK,
          [WAIT_COND] = PART_OTHER,    [WAIT_MESSAGE] = PART_OTHER,
          [WAIT_PAGE] = PART_PAGE,     [WAIT_MEMORY] = PART_MEMORY,
          [WAIT_DEVICE] = PART_DEVICE, [WAIT_OBJECT] = PART_OTHER,
          [WAIT_OTHER] = PART_OTHER };
  memcpy (config->account, account, sizeof account);
  config->waited = block_ends;
}

/* ---- Calls ---------------------------------------------------------------
 */

bool
waits_add_up (const struct wait_parts *p, vtime ns)
{
  wait_pair sum = { 0, 0 }, all = { 0, 0 };
  for (int i = 0; i < WAIT_PAIRS; i++)
    {
      sum += p->pair[i];
      all |= p->pair[i];
    }
  return sum[0] + sum[1] == ns && (all[0] | all[1]) >> 63 == 0;
}

void
waits_begin (struct wait_span *s)
{
  s->at = engine_now ();
  thread_parts (engine.current, &s->part);
}

void
waits_end (struct wait_span *s, enum wait_class c)
{
  vtime ns = engine_now () - s->at;
  struct wait_parts part;
  thread_parts (engine.current, &part);
  parts_subtract (&part, &s->part);
  s->part = part;
  CHECK (waits_add_up (&part, ns));

  unsigned duration = ns == 0 ? 0 : 64 - __builtin_clzll (ns);
  struct wait_sum *sum = &wait_tallies[c].by_duration[duration];
  sum->calls++;
  sum->total += ns;
  parts_add (&sum->part, &part);
}

void
wait_sum_add (struct wait_sum *a, const struct wait_sum *b)
{
  a->calls += b->calls;
  a->total += b->total;
  parts_add (&a->part, &b->part);
}

struct wait_sum
wait_tally_all (const struct wait_tally *t)
{
  struct wait_sum sum = { 0 };
  for (int i = 0; i < WAIT_DURATIONS; i++)
    wait_sum_add (&sum, &t->by_duration[i]);
  return sum;
}
