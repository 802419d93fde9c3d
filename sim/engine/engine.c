/* Runs of the engine: who is next, when the clock moves, and how a run ends.

   The limit of a run is a timer like any other, set before all of them, so
   that the heap is never empty and needs no test for that.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "choice.h"
#include "scheduler.h"
#include "step.h"

#include <string.h>

struct engine engine;
struct scheduler scheduler;

/* How long housekeeping may go on alone before nothing else is expected of
   it: ten times the period of the slowest of them (30 s, the sync).  */
#define PATIENCE_NS (UINT64_C (300) * 1000 * 1000 * 1000)

static struct
{
  struct timer limit;
  int reason;
  bool ready; /* initialised, and not yet run  */
  struct thread *paused;
} run;

static void
limit_reached (struct timer *timer)
{
  (void)timer;
  engine_stop (ENGINE_LIMIT);
}

void
engine_init (const struct engine_config *config)
{
  CHECK (config->cpus >= 1 && config->cpus <= CPUS_MAX);
  CHECK (config->quantum_ns >= 1);

  coroutine_reset (config->stack_bytes ? config->stack_bytes : 256 * 1024,
                   config->exec_stacks);
  event_queue_reset ();
  threads_reset ();
  steps_reset ();
  memset (&engine, 0, sizeof engine);
  memset (&scheduler, 0, sizeof scheduler);
  scheduler.cpus = scheduler.cpus_free = config->cpus;
  scheduler.quantum_ns = config->quantum_ns;
  scheduler.switch_ns = config->switch_ns;
  memcpy (scheduler.account, config->account, sizeof scheduler.account);
  scheduler.waited = config->waited;

  run.limit = (struct timer){ .fn = limit_reached };
  timer_arm (&run.limit, config->limit_ns, true);
  run.ready = true;
  run.paused = NULL;
}

/* Somebody else takes over for good: the first thread.  */
static void
boot (void *arg)
{
  (void)arg;
  struct thread *next = schedule_next ();
  coroutine_free (coroutine_running);
  coroutine_leave (next->co);
}

int
engine_run (void)
{
  CHECK (run.ready && coroutine_running == &coroutine_main);
  run.ready = false;
  run.reason = 0;

  /* Timers may run before there is a thread, and may end the run: not on the
     main stack, which is where a run ends.  */
  coroutine_switch (&coroutine_main, coroutine_new (boot, NULL));
  engine.current = NULL;
  CHECK (run.reason != 0);
  return run.reason;
}

_Noreturn void
engine_stop (int reason)
{
  CHECK (reason != 0 && coroutine_running != &coroutine_main);
  run.reason = reason;
  coroutine_stop ();
}

void
engine_pause (int reason)
{
  struct thread *self = engine.current;

  CHECK (reason != 0 && self != NULL && self->co == coroutine_running);
  run.reason = reason;
  run.paused = self;
  coroutine_switch (self->co, &coroutine_main);
}

int
engine_continue (void)
{
  struct thread *next = run.paused;

  CHECK (next != NULL && coroutine_running == &coroutine_main);
  run.paused = NULL;
  run.reason = 0;
  engine.current = next;
  coroutine_switch (&coroutine_main, next->co);
  engine.current = NULL;
  CHECK (run.reason != 0);
  return run.reason;
}

size_t
engine_stack_words (const uintptr_t *sp)
{
  return coroutine_words (coroutine_running, sp);
}

bool
engine_is_stack_overflow (const void *address)
{
  return coroutine_in_guard (address);
}

/* Nothing but housekeeping can happen.  A daemon may still set others free,
   but not for ever.  */
static void
check_deadlock (void)
{
  bool nothing = event_queue.count == 1;
  if (nothing
      || event_first_at () > time_after (scheduler.last_run, PATIENCE_NS))
    engine_stop (ENGINE_DEADLOCK);
}

/* Take one of several ready threads.  */
static __attribute__ ((noinline)) struct thread *
ready_choose (void)
{
  struct thread *before = NULL, *t = scheduler.ready_head;

  for (uint64_t pick = choice_pick (CHOICE_NEXT_THREAD, scheduler.ready_count);
       pick > 0; pick--)
    {
      before = t;
      t = t->next;
    }
  if (before)
    before->next = t->next;
  else
    scheduler.ready_head = t->next;
  if (scheduler.ready_tail == t)
    scheduler.ready_tail = before;
  scheduler.ready_count--;
  return t;
}

/* Take a ready thread; there is one.  */
static inline struct thread *
ready_take (void)
{
  struct thread *t = scheduler.ready_head;

  if (scheduler.ready_count > 1)
    return ready_choose ();
  scheduler.ready_head = NULL;
  scheduler.ready_count = 0;
  return t;
}

/* A free one of several CPUs for T: where it ran last, or the first one.  */
static __attribute__ ((noinline)) struct cpu *
cpu_for (struct thread *t)
{
  struct thread_record *r = thread_record (t);
  struct cpu *first = NULL;
  for (uint32_t i = 0; i < scheduler.cpus; i++)
    {
      struct cpu *c = &scheduler.cpu[i];
      if (c->running)
        continue;
      if (!first || (c->last == t && first->last != t))
        {
          first = c;
          r->cpu = i;
        }
    }
  CHECK (first);
  first->running = t;
  return first;
}

/* Give a ready T a CPU.  */
static inline void
dispatch (struct thread *t)
{
  struct cpu *c = scheduler.cpus == 1 ? &scheduler.cpu[0] : cpu_for (t);

  scheduler.cpus_free--;
  if (c->last != t)
    {
      if (c->last)
        t->debt += scheduler.switch_ns;
      c->last = t;
    }
  t->spent[scheduler.account[WAIT_CPU]] += engine.now - t->blocked_since;
  t->running_since = engine.now;
  t->state = THREAD_RUNNING;
  t->waiting_for = WAIT_NONE;
  t->quantum_left = scheduler.quantum_ns;
  engine.calm_until = 0;
}

void
timer_run_due (void)
{
  struct thread *self = engine.current;

  engine.steps++;
  engine.current = NULL;
  struct timer *timer = event_pop ();
  if (timer->fn == thread_timer)
    thread_time_up (thread_of_timer (timer));
  else
    timer->fn (timer);
  engine.current = self;
}

/* TIMER, just taken from the heap, is due.  If that continues a thread, the
   thread is returned, with its CPU.  */
static inline struct thread *
fire (struct timer *timer)
{
  engine.steps++;
  if (timer->fn != thread_timer)
    {
      timer->fn (timer);
      return NULL;
    }

  struct thread *t = thread_of_timer (timer);
  if (t->state == THREAD_RUNNING)
    {
      cpu_span_stop (thread_record (t));
      return t;
    }
  thread_time_up (t);
  /* Alone it need not go through the FIFO.  */
  if (t == scheduler.ready_head && scheduler.ready_count == 1
      && scheduler.cpus_free > 0 && event_first_at () > engine.now)
    {
      dispatch (ready_take ());
      return t;
    }
  return NULL;
}

/* When neither a due timer nor a ready thread is at hand at once.  */
static __attribute__ ((noinline)) struct thread *
next_later (void)
{
  struct thread *t;

  for (;;)
    {
      while (event_first_at () <= engine.now)
        if ((t = fire (event_pop ())))
          return engine.current = t;

      if (scheduler.ready_head)
        {
          if (scheduler.cpus_free > 0)
            {
              t = ready_take ();
              dispatch (t);
              return engine.current = t;
            }
          if (scheduler.overdue > 0)
            {
              cpu_preempt_overdue ();
              continue;
            }
        }
      if (event_queue.vital == 0)
        check_deadlock ();
      engine.now = event_first_at ();
    }
}

/* The next thread, which becomes the current one.  */
static inline struct thread *
next_now (void)
{
  engine.current = NULL;
  if (scheduler.ready_head && scheduler.cpus_free > 0
      && event_first_at () > engine.now)
    {
      struct thread *t = ready_take ();
      dispatch (t);
      return engine.current = t;
    }
  return next_later ();
}

struct thread *
schedule_next (void)
{
  return next_now ();
}

/* NEXT goes on, and SELF when somebody switches to it.  */
static inline void
switch_to (struct thread *self, struct thread *next)
{
  if (next != self)
    {
      engine.steps++;
      coroutine_switch (self->co, next->co);
    }
  if (self->debt > 0)
    cpu_pay_debt (self);
}

void
schedule (void)
{
  struct thread *self = engine.current;

  switch_to (self, next_now ());
}

void
schedule_until (vtime at)
{
  struct thread *self = engine.current;
  struct thread *next;

  /* What next_now would do in any case: take the first of the heap.  */
  if (scheduler.ready_head == NULL && !self->housekeeping
      && at >= event_first_at ())
    {
      engine.current = NULL;
      if (event_first_at () > engine.now)
        engine.now = event_first_at ();
      next = fire (event_replace (&self->timer, at));
      if (next)
        engine.current = next;
      else
        next = next_later ();
    }
  else
    {
      timer_arm (&self->timer, at, self->housekeeping);
      next = next_now ();
    }
  switch_to (self, next);
}

_Noreturn void
schedule_away (void)
{
  struct thread *self = engine.current;
  struct coroutine *co = self->co;
  struct thread *next = schedule_next ();

  engine.steps++;
  /* Whoever runs next may take the stack, but not before this has left it.  */
  self->co = NULL;
  coroutine_free (co);
  coroutine_leave (next->co);
}
