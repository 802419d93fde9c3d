/* The engine: one virtual clock, threads on it, and a model of the CPUs.

   Every thread of the simulated system is a coroutine (coroutine.h).  It runs
   until it blocks: on a wait queue, a sleep, or the CPU.  The thread that
   blocks picks the next one and switches straight to it; there is no
   scheduler context.  Order is by (time, sequence number); threads that
   become runnable at the same instant go through a FIFO and never through the
   heap.  Where there is a real choice, choice_pick (choice.h) makes it.

   There is one engine in a process, and it runs one simulation at a time.

   CPU model (docs/model.md 8): a runnable thread needs a CPU.  It keeps it
   until it blocks, yields, or its quantum ends while another one waits; inside
   engine_kernel_enter/leave it is not preempted.  cpu_spend charges time.
   Going from one thread to another costs switch_ns, charged to the thread that
   is switched to.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_ENGINE_ENGINE_H
#define SIM_ENGINE_ENGINE_H

#include "../base/types.h"

struct thread;
struct coroutine;

/* ---- Timers: callbacks at a point in time -------------------------------- */

/* Embedded in its owner, so that arming it allocates nothing.  FN runs on the
   stack of whichever thread lets the clock pass AT; it must not block, and may
   wake threads and arm timers.  All zero, with FN set, is a disarmed timer.  */
struct timer
{
  void (*fn) (struct timer *);
  uint64_t armed; /* engine's own: 0 is disarmed, else its slot + 1  */
  bool periodic;  /* housekeeping: alone it does not keep a run alive  */
};

/* Call T->fn at time AT, which may be now.  T must be disarmed.  */
void timer_set (struct timer *t, vtime at);
/* Disarm T if it is armed.  */
void timer_cancel (struct timer *t);

/* ---- Wait queues --------------------------------------------------------- */

/* FIFO of blocked threads, linked through the threads.  All zero is empty.  */
struct waitq
{
  struct thread *head, *tail;
};

/* What a thread waits for: names it in reports and in the make-up of waits.  */
enum wait_for
{
  WAIT_NONE,
  WAIT_CPU,     /* runnable, no CPU  */
  WAIT_SLEEP,   /* a time  */
  WAIT_LOCK,    /* a mutex, spin lock or rwlock  */
  WAIT_COND,    /* a condition variable  */
  WAIT_MESSAGE, /* receive on an empty port set  */
  WAIT_PAGE,    /* a busy, absent or locked page  */
  WAIT_MEMORY,  /* a free page  */
  WAIT_DEVICE,  /* the store  */
  WAIT_OBJECT,  /* a memory object not yet ready  */
  WAIT_OTHER,
  WAIT_KINDS
};
extern const char *const wait_for_name[WAIT_KINDS];

/* A thread's time is kept in accounts.  The first is for the time that it ran;
   where waits go, engine_config.account says, and struct thread.  */
enum
{
  ACCOUNT_RAN,
  ACCOUNTS = 12
};

/* ---- Threads ------------------------------------------------------------- */

/* Fields that others may read are named here; the rest is thread.c's.  */
struct thread
{
  struct thread *next;  /* in a wait queue or the ready FIFO  */
  struct waitq *queue;  /* the wait queue it is on, or NULL  */
  struct coroutine *co;
  const char *name;     /* copied at spawn; valid until engine_fini  */
  uint32_t id;          /* 1, 2, ... in order of creation  */
  uint8_t state;        /* enum thread_state  */
  uint8_t waiting_for;  /* enum wait_for while blocked  */
  bool housekeeping;    /* a daemon of the system: its sleeps do not keep a run alive  */
  uint16_t kernel_depth;
  const void *wait_object; /* for reports only, never ordered by  */
  vtime blocked_since;
  vtime quantum_left;
  vtime debt;           /* CPU time to charge when it next runs  */
  struct timer timer;   /* for sleeps and timed waits  */
  bool timed_out;       /* the last timed wait ended by its time  */
  uint8_t io_path;      /* whose store writes these are: enum io_path of world/device.h  */
  /* Where its time went; that of its present state, since running_since or
     blocked_since, is not yet in it.  */
  vtime spent[ACCOUNTS];
  vtime running_since;
  uint8_t account;      /* which one the block that is on goes to  */
  uint8_t next_account; /* set before blocking: that of the next block; 0: its kind's  */
  /* Not NULL while it is blocked: its block is not for an account to take, but
     goes to engine_config.waited when it ends.  */
  void *blocked_by;
  void *local;          /* free for the floor above  */
  void *work;           /* the same: what it works on (world/tally.c)  */
  uint32_t handles;     /* the same: a message (world/waits.c)  */
  uint64_t awaits;      /* the same: a message whose answer it waits for  */
  void (*fn) (void *);
  void *arg;
};

enum thread_state
{
  THREAD_READY,
  THREAD_RUNNING,
  THREAD_BLOCKED,
  THREAD_DONE
};

/* The state that the inline functions below need.  */
struct engine
{
  vtime now;
  vtime calm_until;        /* before it, spending CPU time only moves the clock  */
  struct thread *current;  /* the thread whose code runs; NULL on the main stack  */
  uint64_t events;         /* traced events so far (trace.h)  */
  uint64_t steps;          /* switches and timers: what a hang detector watches  */
};
extern struct engine engine;

static inline vtime
engine_now (void)
{
  return engine.now;
}

/* NAME is copied.  FN (ARG) starts at the present time, after all threads that
   are ready now.  */
struct thread *thread_spawn (const char *name, void (*fn) (void *), void *arg);

/* The name of thread ID of the last run, or NULL.  */
const char *engine_thread_name (uint32_t id);

/* Give T another NAME, copied.  */
void thread_rename (struct thread *t, const char *name);

/* Block the current thread on Q until it is woken.  */
void waitq_wait (struct waitq *q, enum wait_for why, const void *object);
/* The same, but for at most NS.  False when the time ended it.  */
bool waitq_wait_for (struct waitq *q, enum wait_for why, const void *object, vtime ns);
/* Wake the first thread (NULL if there is none), or all of them, in order.  */
struct thread *waitq_wake_one (struct waitq *q);
void waitq_wake_all (struct waitq *q);
/* Take T off the queue that it is blocked on and make it runnable.  */
void thread_wake (struct thread *t);
/* T, blocked, waits for WHY and OBJECT from now on; charged to ACCOUNT.  */
void thread_wait_changes (struct thread *t, enum wait_for why, const void *object, unsigned account);

void thread_sleep (vtime ns);
/* To the tail of the ready FIFO.  */
void thread_yield (void);
_Noreturn void thread_exit (void);

/* ---- CPU ----------------------------------------------------------------- */

/* What cpu_spend does when more is due than moving the clock.  */
void cpu_spend_slow (vtime ns);

/* Charge NS of CPU time to the current thread.  Timers that fall into it run
   at their times.  Outside kernel mode it may be preempted.  */
static inline void
cpu_spend (vtime ns)
{
  if (__builtin_expect (engine.now + ns < engine.calm_until, 1))
    engine.now += ns;
  else
    cpu_spend_slow (ns);
}

/* Kernel mode: no preemption except where it blocks.  Nests.  */
void engine_kernel_enter (void);
void engine_kernel_leave (void);

/* ---- Runs ---------------------------------------------------------------- */

struct engine_config
{
  unsigned cpus;      /* 1 .. 64  */
  vtime quantum_ns;   /* at least 1  */
  vtime switch_ns;
  vtime limit_ns;     /* virtual time at which engine_run gives up  */
  bool exec_stacks;   /* the code under test holds nested functions  */
  size_t stack_bytes; /* of each thread, without its guard page; 0 is 256 KiB  */
  uint8_t account[WAIT_KINDS]; /* where waits of a kind go  */
  /* T's block, with blocked_by, of NS ends: enter it in T's accounts.  */
  void (*waited) (struct thread *t, vtime ns);
};

/* Why engine_run returned.  */
enum engine_end
{
  ENGINE_STOPPED = 1, /* engine_stop with this or a larger value of the caller's  */
  ENGINE_DEADLOCK,    /* nothing is runnable, and only housekeeping timers are left  */
  ENGINE_LIMIT,       /* the virtual limit was reached  */
  ENGINE_USER = 16    /* first value free for the floors above  */
};

/* Empty the engine and set the clock to 0.  Stacks of an earlier run are used
   again.  */
void engine_init (const struct engine_config *config);
/* Run until somebody stops it.  Call on the main stack.  Returns an enum
   engine_end, or the value given to engine_stop.  */
int engine_run (void);
/* End the run with REASON (ENGINE_STOPPED, or ENGINE_USER and up).  Switches to the main
   stack at once and does not return; other coroutines are abandoned where they
   are.  May be called from a signal handler on an alternate stack, if the
   handler was installed with SA_NODEFER.  */
_Noreturn void engine_stop (int reason);
/* The same, but the run may go on: engine_pause returns when engine_continue
   is called.  Not from a signal handler.  */
void engine_pause (int reason);
/* Go on with a paused run; returns as engine_run does.  */
int engine_continue (void);
/* Call FN for every thread, in order of id: for reports on a deadlock.  */
void engine_each_thread (void (*fn) (const struct thread *, void *), void *arg);

/* When the run is over: the stack of T from where it stands up to its end, and
   how many WORDS that is; NULL when that is not known.  For reports.  */
const uintptr_t *thread_stack (const struct thread *t, size_t *words);

/* How many words the current thread's stack has from SP on; 0 when SP is not in it.  */
size_t engine_stack_words (const uintptr_t *sp);

/* Whether ADDRESS lies in the guard page of the current thread's stack.  */
bool engine_is_stack_overflow (const void *address);

#endif /* SIM_ENGINE_ENGINE_H */
