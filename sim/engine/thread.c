/* Threads: their creation and end, wait queues and sleeps.

   A thread's struct stays until the next engine_init, so that a pointer to one
   that is done remains good; its stack is used again at once.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "scheduler.h"

#include <stdlib.h>
#include <string.h>

const char *const wait_for_name[WAIT_KINDS]
    = { [WAIT_NONE] = "nothing",   [WAIT_CPU] = "cpu",
        [WAIT_SLEEP] = "sleep",    [WAIT_LOCK] = "lock",
        [WAIT_COND] = "condition", [WAIT_MESSAGE] = "message",
        [WAIT_PAGE] = "page",      [WAIT_MEMORY] = "memory",
        [WAIT_DEVICE] = "device",  [WAIT_OBJECT] = "memory object",
        [WAIT_OTHER] = "other" };

enum
{
  CHUNK_THREADS = 64
};

/* All threads of the run in order of id, in chunks that never move.  */
static struct
{
  struct thread_record **chunk;
  size_t chunks, chunks_max;
  size_t count;
} table;

static struct thread_record *
table_at (size_t i)
{
  return &table.chunk[i / CHUNK_THREADS][i % CHUNK_THREADS];
}

static struct thread_record *
table_append (void)
{
  if (table.count == table.chunks * CHUNK_THREADS)
    {
      if (table.chunks == table.chunks_max)
        {
          table.chunks_max = table.chunks_max ? 2 * table.chunks_max : 64;
          table.chunk
              = realloc (table.chunk, table.chunks_max * sizeof *table.chunk);
          CHECK (table.chunk);
        }
      struct thread_record *chunk = aligned_alloc (
          _Alignof(struct thread_record), CHUNK_THREADS * sizeof *chunk);
      CHECK (chunk);
      table.chunk[table.chunks++] = chunk;
    }
  return table_at (table.count++);
}

void
threads_reset (void)
{
  table.count = 0;
}

void
engine_each_thread (void (*fn) (const struct thread *, void *), void *arg)
{
  for (size_t i = 0; i < table.count; i++)
    fn (&table_at (i)->thread, arg);
}

const char *
engine_thread_name (uint32_t id)
{
  return id > 0 && id <= table.count ? table_at (id - 1)->name : NULL;
}

const uintptr_t *
thread_stack (const struct thread *t, size_t *words)
{
  const uintptr_t *sp = t->co ? coroutine_place (t->co) : NULL;
  *words = sp ? coroutine_words (t->co, sp) : 0;
  return sp;
}

static void
thread_main (void *arg)
{
  struct thread *self = arg;

  if (self->debt > 0)
    cpu_pay_debt (self);
  self->fn (self->arg);
  thread_exit ();
}

struct thread *
thread_spawn (const char *name, void (*fn) (void *), void *arg)
{
  struct thread_record *r = table_append ();
  struct thread *t = &r->thread;

  memset (r, 0, sizeof *r);
  strncpy (r->name, name, NAME_BYTES - 1);
  t->name = r->name;
  t->id = table.count;
  t->timer.fn = thread_timer;
  t->fn = fn;
  t->arg = arg;
  t->co = coroutine_new (thread_main, t);
  trace_inline (TRACE_SPAWN, t->id, 0);

  t->state = THREAD_READY;
  t->waiting_for = WAIT_CPU;
  t->blocked_since = engine.now;
  ready_append (t);
  return t;
}

void
thread_rename (struct thread *t, const char *name)
{
  struct thread_record *r = thread_record (t);

  strncpy (r->name, name, NAME_BYTES - 1);
}

_Noreturn void
thread_exit (void)
{
  struct thread *self = engine.current;

  CHECK (self);
  trace_inline (TRACE_EXIT, 0, 0);
  thread_stop_running (self, THREAD_DONE, WAIT_NONE, NULL);
  schedule_away ();
}

/* ---- Wait queues ---------------------------------------------------------
 */

static inline void
waitq_append (struct waitq *q, struct thread *t)
{
  t->next = NULL;
  t->queue = q;
  if (q->head)
    q->tail->next = t;
  else
    q->head = t;
  q->tail = t;
}

void
waitq_take_out (struct thread *t)
{
  struct waitq *q = t->queue;
  struct thread *before = NULL;

  for (struct thread *at = q->head; at != t; at = at->next)
    {
      CHECK (at);
      before = at;
    }
  if (before)
    before->next = t->next;
  else
    q->head = t->next;
  if (q->tail == t)
    q->tail = before;
  t->queue = NULL;
}

/* T, off its queue, is woken by somebody.  */
static inline void
wake (struct thread *t)
{
  CHECK (t->state == THREAD_BLOCKED);
  if (t->timer.armed)
    timer_cancel (&t->timer);
  t->timed_out = false;
  thread_make_ready (t);
}

void
waitq_wait (struct waitq *q, enum wait_for why, const void *object)
{
  struct thread *self = engine.current;

  CHECK (self);
  trace_record (TRACE_BLOCK, self->id, why, 0);
  waitq_append (q, self);
  thread_stop_running (self, THREAD_BLOCKED, why, object);
  schedule ();
}

bool
waitq_wait_for (struct waitq *q, enum wait_for why, const void *object,
                vtime ns)
{
  struct thread *self = engine.current;

  CHECK (self);
  trace_record (TRACE_BLOCK, self->id, why, 0);
  waitq_append (q, self);
  thread_stop_running (self, THREAD_BLOCKED, why, object);
  timer_arm (&self->timer, time_after (engine.now, ns), self->housekeeping);
  schedule ();
  return !self->timed_out;
}

struct thread *
waitq_wake_one (struct waitq *q)
{
  struct thread *t = q->head;

  if (t == NULL)
    return NULL;
  q->head = t->next;
  if (q->head == NULL)
    q->tail = NULL;
  t->queue = NULL;
  wake (t);
  return t;
}

void
waitq_wake_all (struct waitq *q)
{
  while (waitq_wake_one (q))
    continue;
}

void
thread_wake (struct thread *t)
{
  if (t->queue)
    waitq_take_out (t);
  wake (t);
}

void
thread_wait_changes (struct thread *t, enum wait_for why, const void *object,
                     unsigned account)
{
  CHECK (t->state == THREAD_BLOCKED);
  thread_enter_wait (t);
  t->waiting_for = why;
  t->wait_object = object;
  t->account = account;
}

/* ---- Sleeps --------------------------------------------------------------
 */

void
thread_timer (struct timer *timer)
{
  thread_time_up (thread_of_timer (timer));
}

void
thread_sleep (vtime ns)
{
  struct thread *self = engine.current;

  CHECK (self);
  trace_record (TRACE_BLOCK, self->id, WAIT_SLEEP, 0);
  vtime at = time_after (engine.now, ns);
  if (scheduler.ready_head == NULL && at < event_first_at ()
      && !self->housekeeping)
    {
      /* Nobody is before it: the clock goes on, and so does the thread.  */
      engine.steps++;
      self->spent[ACCOUNT_RAN] += engine.now - self->running_since;
      self->spent[scheduler.account[WAIT_SLEEP]] += at - engine.now;
      engine.now = self->running_since = at;
      self->quantum_left = scheduler.quantum_ns;
      engine.calm_until = 0;
      trace_record (TRACE_WAKE, 0, self->id, 0);
      return;
    }
  thread_stop_running (self, THREAD_BLOCKED, WAIT_SLEEP, NULL);
  schedule_until (at);
}

void
thread_yield (void)
{
  struct thread *self = engine.current;

  CHECK (self);
  if (scheduler.ready_head == NULL && event_first_at () > engine.now)
    return;
  trace_record (TRACE_PREEMPT, self->id, 0, 0);
  thread_stop_running (self, THREAD_READY, WAIT_CPU, NULL);
  ready_append (self);
  schedule ();
}
