/* CPU time: spending it, quanta, kernel mode and preemption (docs/model.md 8).

   On one CPU a thread that spends time keeps running: what falls into its span
   can only be timers, and they run on its stack.  With several CPUs, others
   run meanwhile: a span that is overtaken goes into the heap and its thread
   keeps its CPU.

   A quantum that ends while nobody waits stays used up: the thread goes as
   soon as another becomes ready.

   Left out: priorities, and CPU time of interrupts.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "scheduler.h"

static inline void
use_quantum (struct thread *t, vtime ns)
{
  t->quantum_left = ns < t->quantum_left ? t->quantum_left - ns : 0;
}

/* Whether T, which runs, must leave its CPU to another.  */
static inline bool
preemption_due (const struct thread *t)
{
  return t->quantum_left == 0 && scheduler.ready_head
         && scheduler.cpus_free == 0 && t->kernel_depth == 0;
}

/* To the tail of the ready FIFO, whoever runs now.  */
static void
preempt (struct thread *t)
{
  trace_record (TRACE_PREEMPT, t->id, 0, 0);
  thread_stop_running (t, THREAD_READY, WAIT_CPU, NULL);
  ready_append (t);
}

static void
spend_on_one (struct thread *self, vtime left)
{
  for (;;)
    {
      while (event_first_at () <= engine.now)
        timer_run_due ();
      if (preemption_due (self))
        {
          preempt (self);
          schedule ();
          continue;
        }
      if (left == 0)
        return;

      vtime step = left;
      if (self->quantum_left > 0 && self->quantum_left < step)
        step = self->quantum_left;
      if (event_first_at () - engine.now < step)
        step = event_first_at () - engine.now;
      engine.now += step;
      left -= step;
      use_quantum (self, step);
    }
}

void
cpu_span_stop (struct thread_record *r)
{
  vtime used = engine.now - r->span_from;

  CHECK (r->spending && used <= r->span_left);
  r->spending = false;
  r->span_left -= used;
  use_quantum (&r->thread, used);
  if (r->overdue)
    {
      r->overdue = false;
      scheduler.overdue--;
    }
}

void
cpu_preempt_overdue (void)
{
  for (uint32_t i = 0; i < scheduler.cpus; i++)
    {
      struct thread *t = scheduler.cpu[i].running;
      if (t && thread_record (t)->overdue)
        {
          timer_cancel (&t->timer);
          cpu_span_stop (thread_record (t));
          preempt (t);
          return;
        }
    }
  CHECK (!"an overdue thread has a CPU");
}

static void
spend_on_many (struct thread *self, vtime ns)
{
  struct thread_record *r = thread_record (self);

  /* Debt may have to be paid in the middle of a span that was preempted.  */
  vtime later = r->span_left;
  r->span_left = ns;
  /* Even none at all lets pass what is due before.  */
  for (bool done = false;;)
    {
      if (preemption_due (self))
        {
          preempt (self);
          schedule ();
          continue;
        }
      if (done && r->span_left == 0)
        break;

      vtime span = r->span_left;
      bool in_kernel = self->kernel_depth > 0;
      if (!in_kernel && self->quantum_left > 0 && self->quantum_left < span)
        span = self->quantum_left;
      r->span_from = engine.now;
      r->spending = true;
      r->overdue = !in_kernel && self->quantum_left == 0;
      scheduler.overdue += r->overdue;
      if (!self->housekeeping)
        scheduler.last_run = engine.now;
      timer_arm (&self->timer, time_after (engine.now, span),
                 self->housekeeping);
      schedule ();
      done = true;
    }
  r->span_left = later;
}

static void
spend (struct thread *self, vtime ns)
{
  if (scheduler.cpus == 1)
    spend_on_one (self, ns);
  else
    spend_on_many (self, ns);
}

/* The calm is what lies before the first timer and the end of the quantum of
   the current thread on the only CPU.  A timer that is armed cuts it, a dispatch
   ends it (calm_until is 0); then the next charge comes here and looks again.
   */

/* Since when the calm has not been charged to the quantum.  */
static vtime calm_from;

static void
calm_begin (struct thread *self)
{
  calm_from = engine.now;
  vtime until = time_after (engine.now, self->quantum_left);
  if (event_first_at () < until)
    until = event_first_at ();
  engine.calm_until = until;
}

static void
calm_end (struct thread *self)
{
  if (engine.calm_until == 0)
    return;
  engine.calm_until = 0;
  use_quantum (self, engine.now - calm_from);
}

void
cpu_spend_slow (vtime ns)
{
  struct thread *self = engine.current;

  CHECK (self);
  if (engine.calm_until != 0)
    calm_end (self);
  ns += self->debt;
  self->debt = 0;
  if (ns < event_first_at () - engine.now
      && (scheduler.ready_head == NULL
          || (scheduler.cpus_free == 0 && ns < self->quantum_left)))
    {
      engine.now += ns;
      use_quantum (self, ns);
    }
  else
    spend (self, ns);
  if (scheduler.cpus == 1)
    calm_begin (self);
}

void
cpu_pay_debt (struct thread *t)
{
  vtime ns = t->debt;

  t->debt = 0;
  if (ns < event_first_at () - engine.now
      && (scheduler.ready_head == NULL || scheduler.cpus_free == 0))
    engine.now += ns;
  else
    {
      /* The switch itself is not interrupted, nor part of the quantum.  */
      vtime quantum = t->quantum_left;
      t->kernel_depth++;
      spend (t, ns);
      t->kernel_depth--;
      t->quantum_left = quantum;
    }
}

void
engine_kernel_enter (void)
{
  CHECK (engine.current);
  engine.current->kernel_depth++;
  CHECK (engine.current->kernel_depth > 0);
}

void
engine_kernel_leave (void)
{
  struct thread *self = engine.current;

  CHECK (self && self->kernel_depth > 0);
  self->kernel_depth--;
  if (__builtin_expect (preemption_due (self), 0))
    {
      preempt (self);
      schedule ();
    }
}
