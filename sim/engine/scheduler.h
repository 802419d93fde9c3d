/* What the engine's own files share: the ready FIFO, the CPUs and the state of
   a thread that nobody else sees.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_ENGINE_SCHEDULER_H
#define SIM_ENGINE_SCHEDULER_H

#include "../base/check.h"
#include "coroutine.h"
#include "engine.h"
#include "event_queue.h"
#include "trace_record.h"

enum
{
  CPUS_MAX = 64,
  NAME_BYTES = 64
};

struct cpu
{
  struct thread *last;    /* who had it last  */
  struct thread *running; /* who has it; kept with several CPUs only  */
};

struct scheduler
{
  struct thread *ready_head, *ready_tail;
  uint32_t ready_count;
  uint32_t cpus, cpus_free;
  uint32_t overdue; /* spans in the heap whose quantum is used up  */
  vtime last_run;   /* when a thread that is no housekeeper last ran  */
  vtime quantum_ns, switch_ns;
  uint8_t account[WAIT_KINDS];
  void (*waited) (struct thread *, vtime);
  struct cpu cpu[CPUS_MAX];
};
extern struct scheduler scheduler;

/* A thread as the engine has it.  The public part comes first.  */
struct thread_record
{
  struct thread thread;
  uint32_t cpu;    /* which one it has; with several CPUs only  */
  bool spending;   /* its span of CPU time is in the heap  */
  bool overdue;    /* counted in scheduler.overdue  */
  vtime span_from; /* when the part of the span in the heap began  */
  vtime span_left; /* what is left of it, from there on  */
  char name[NAME_BYTES];
} __attribute__ ((aligned (64)));

static inline struct thread_record *
thread_record (struct thread *t)
{
  return (struct thread_record *)t;
}

/* TIME + NS, or never.  */
static inline vtime
time_after (vtime time, vtime ns)
{
  return ns > VTIME_NEVER - time ? VTIME_NEVER : time + ns;
}

static inline void
ready_append (struct thread *t)
{
  t->next = NULL;
  if (scheduler.ready_head)
    scheduler.ready_tail->next = t;
  else
    scheduler.ready_head = t;
  scheduler.ready_tail = t;
  scheduler.ready_count++;
}

/* The current thread stops running, for WHY.  Schedule next.  */
static inline void
thread_stop_running (struct thread *t, enum thread_state state,
                     enum wait_for why, const void *object)
{
  t->state = state;
  t->waiting_for = why;
  t->wait_object = object;
  t->blocked_since = engine.now;
  t->spent[ACCOUNT_RAN] += engine.now - t->running_since;
  t->account
      = t->next_account != 0 ? t->next_account : scheduler.account[why];
  t->next_account = 0;
  if (!t->housekeeping)
    scheduler.last_run = engine.now;
  if (scheduler.cpus > 1)
    scheduler.cpu[thread_record (t)->cpu].running = NULL;
  scheduler.cpus_free++;
}

/* T's block, or a part of it, ends now.  */
static inline void
thread_enter_wait (struct thread *t)
{
  vtime ns = engine.now - t->blocked_since;
  if (__builtin_expect (t->blocked_by != NULL, 0))
    {
      scheduler.waited (t, ns);
      t->blocked_by = NULL;
    }
  else
    t->spent[t->account] += ns;
  t->blocked_since = engine.now;
}

/* T, blocked and on no queue, becomes ready.  */
static inline __attribute__ ((always_inline)) void
thread_make_ready (struct thread *t)
{
  trace_inline (TRACE_WAKE, t->id, 0);
  thread_enter_wait (t);
  t->state = THREAD_READY;
  t->waiting_for = WAIT_CPU;
  t->wait_object = NULL;
  ready_append (t);
}

/* The current thread has blocked, is ready, or has its span in the heap: let
   the next one run, and return when this one runs again.  */
void schedule (void);
/* The same for one that sleeps until AT: arms its timer.  */
void schedule_until (vtime at);
/* The current thread is done.  */
_Noreturn void schedule_away (void);
/* Find the next thread and make it the current one; the clock may move.  Ends
   the run when there is none.  */
struct thread *schedule_next (void);

/* Run the first timer of the heap, which must be due, on this stack.  No span
   may be in the heap.  */
void timer_run_due (void);
/* The FN of every thread's own timer; the engine knows it by sight.  */
void thread_timer (struct timer *timer);
/* T leaves the wait queue that it is on.  */
void waitq_take_out (struct thread *t);

/* Charge the current thread for the switch to it.  */
void cpu_pay_debt (struct thread *t);
/* A span that ran in the heap ends or is broken off now.  */
void cpu_span_stop (struct thread_record *r);
/* Take the CPU from an overdue spender.  */
void cpu_preempt_overdue (void);

/* All threads are forgotten.  */
void threads_reset (void);

static inline struct thread *
thread_of_timer (struct timer *timer)
{
  return (struct thread *)((char *)timer - offsetof (struct thread, timer));
}

/* The sleep or timed wait of T is over.  */
static inline __attribute__ ((always_inline)) void
thread_time_up (struct thread *t)
{
  CHECK (t->state == THREAD_BLOCKED);
  if (t->queue)
    waitq_take_out (t);
  t->timed_out = true;
  thread_make_ready (t);
}

/* Arm T, for background work or not.  */
static inline void
timer_arm (struct timer *t, vtime at, bool background)
{
  if (at < engine.calm_until)
    engine.calm_until = at;
  event_insert (event_new_key (t, at, background));
}

#endif /* SIM_ENGINE_SCHEDULER_H */
