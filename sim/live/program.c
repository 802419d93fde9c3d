/* The workload's threads in a live run: each drives its Lua thread, as
   sim/harness/workload.c does on the engine's.

   There is one Lua state, so Lua runs under a lock that is given up while a
   call is done; so there is one order in which random numbers are drawn, too.
   The watchdog of sim/harness/lua_guard.c jumps out of the thread that gets
   its signal: only who is in Lua lets it through.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#define _GNU_SOURCE
#include "program.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../base/check.h"
#include "../engine/engine.h"
#include "../harness/host_clock.h"
#include "../harness/workload_state.h"
#include "../world/faults.h"
#include "kernel.h"
#include "live.h"

enum
{
  NS_PER_S = 1000000000,
  /* No request to the store for so long, and a call as old: a deadlock.  */
  PATIENCE_S = 60,
  EXIT_BY_INTERRUPT = 130
};

/* A thread of the workload; each has its own place in an array.  */
struct runner
{
  struct program *program;
  pthread_t thread;
  const char *call; /* that it is in, or NULL  */
  uint64_t since;
};

static pthread_mutex_t lua_lock = PTHREAD_MUTEX_INITIALIZER;

/* Who sleeps or waits for the end does so with these.  */
static struct
{
  pthread_mutex_t lock;
  pthread_cond_t changed;
  unsigned running;
  bool ending, interrupted, failed;
  struct user_error error;
  struct runner *runner;
  unsigned runners;
} all = { .lock = PTHREAD_MUTEX_INITIALIZER };

static _Thread_local struct runner *self;

void
programs_choose_begin (void)
{
  pthread_mutex_lock (&lua_lock);
}

void
programs_choose_end (void)
{
  pthread_mutex_unlock (&lua_lock);
}

void
program_in_call (const char *what)
{
  if (self == NULL)
    return;
  __atomic_store_n (&self->since, host_clock_ns (), __ATOMIC_RELAXED);
  __atomic_store_n (&self->call, what, __ATOMIC_RELAXED);
}

bool
programs_ending (void)
{
  return __atomic_load_n (&all.ending, __ATOMIC_RELAXED);
}

/* With the lock held.  */
static void
end_all (void)
{
  __atomic_store_n (&all.ending, true, __ATOMIC_RELAXED);
  pthread_cond_broadcast (&all.changed);
}

/* The same moment for pthread_cond_timedwait.  */
static struct timespec
moment (uint64_t ns)
{
  return (struct timespec){ .tv_sec = ns / NS_PER_S,
                            .tv_nsec = ns % NS_PER_S };
}

bool
programs_sleep (uint64_t ns)
{
  uint64_t now = host_clock_ns ();
  struct timespec until = moment (ns > INT64_MAX - now ? INT64_MAX : now + ns);
  pthread_mutex_lock (&all.lock);
  while (!all.ending
         && pthread_cond_timedwait (&all.changed, &all.lock, &until) == 0)
    continue;
  bool goes_on = !all.ending;
  pthread_mutex_unlock (&all.lock);
  return goes_on;
}

/* ---- Driving Lua ---------------------------------------------------------
 */

static void
watchdog (int how)
{
  sigset_t s;
  sigemptyset (&s);
  sigaddset (&s, SIGVTALRM);
  pthread_sigmask (how, &s, NULL);
}

/* With lua_lock held.  */
static int
resume (struct program *p, struct user_error *err)
{
  struct workload *w = p->workload;
  engine.now = host_clock_ns (); /* what now () of the workload reads  */
  lua_guard_refill (&w->guard);
  w->running = p;
  watchdog (SIG_UNBLOCK);
  int status = lua_guard_resume (&w->guard, p->L, 0, err);
  watchdog (SIG_BLOCK);
  w->running = NULL;
  if (faults_armed ())
    live_stop_wrong ("%.300s: fault works in a simulated run only", w->path);
  return status;
}

static bool
drive (struct program *p, struct user_error *err)
{
  int status;
  pthread_mutex_lock (&lua_lock);
  lua_rawgeti (p->L, LUA_REGISTRYINDEX, p->function);
  while ((status = resume (p, err)) == LUA_YIELD && !programs_ending ())
    {
      struct call *c = &p->call;
      pthread_mutex_unlock (&lua_lock);
      calls_perform (p);
      pthread_mutex_lock (&lua_lock);
      if (c->handle != NULL)
        {
          CHECK (c->handle->busy > 0);
          c->handle->busy--;
        }
      if (c->fresh != NULL && c->error == 0)
        c->fresh->open = true;
    }
  pthread_mutex_unlock (&lua_lock);
  return status == LUA_OK || status == LUA_YIELD;
}

bool
programs_setup (struct workload *w, struct user_error *err)
{
  w->start = host_clock_ns ();
  w->live = w->gave_up = 0;
  for (struct program *p = w->setups.head; p != NULL; p = p->next)
    if (!drive (p, err))
      return false;
  return true;
}

static void *
run (void *arg)
{
  struct runner *r = arg;
  struct user_error err;
  self = r;
  bool good = drive (r->program, &err);
  pthread_mutex_lock (&all.lock);
  if (!good && !all.failed)
    {
      all.failed = true;
      all.error = err;
      end_all ();
    }
  all.running--;
  pthread_cond_broadcast (&all.changed);
  pthread_mutex_unlock (&all.lock);
  return NULL;
}

/* ---- Interrupts ----------------------------------------------------------
 */

/* The first ends the run in good order, the second at once.  */
static void *
wait_for_signals (void *arg)
{
  const sigset_t *signals = arg;
  int got;
  sigwait (signals, &got);
  pthread_mutex_lock (&all.lock);
  all.interrupted = true;
  end_all ();
  pthread_mutex_unlock (&all.lock);
  sigwait (signals, &got);
  _exit (EXIT_BY_INTERRUPT);
}

static void
watch_signals (void)
{
  static sigset_t signals;
  pthread_t t;
  sigemptyset (&signals);
  sigaddset (&signals, SIGINT);
  sigaddset (&signals, SIGTERM);
  pthread_sigmask (SIG_BLOCK, &signals, NULL);
  watchdog (SIG_BLOCK);
  CHECK (pthread_create (&t, NULL, wait_for_signals, &signals) == 0);
  pthread_detach (t);
}

void
programs_begin (void)
{
  pthread_condattr_t a;
  pthread_condattr_init (&a);
  pthread_condattr_setclock (&a, CLOCK_MONOTONIC);
  pthread_cond_init (&all.changed, &a);
  watch_signals ();
}

/* ---- The run -------------------------------------------------------------
 */

void
programs_start (struct workload *w)
{
  w->start = host_clock_ns ();
  w->live = w->threads.count;
  all.running = all.runners = w->threads.count;
  all.runner = calloc (all.runners, sizeof *all.runner);
  CHECK (all.runner != NULL);
  struct runner *r = all.runner;
  for (struct program *p = w->threads.head; p != NULL; p = p->next, r++)
    {
      r->program = p;
      if (pthread_create (&r->thread, NULL, run, r) != 0)
        live_stop_wrong ("%.300s: no more threads can be made", w->path);
    }
}

/* The call that has lasted for PATIENCE_S, or NULL.  */
static const struct runner *
stuck (uint64_t now)
{
  for (unsigned i = 0; i < all.runners; i++)
    {
      const struct runner *r = &all.runner[i];
      if (__atomic_load_n (&r->call, __ATOMIC_RELAXED) != NULL
          && now - __atomic_load_n (&r->since, __ATOMIC_RELAXED)
                 > (uint64_t)PATIENCE_S * NS_PER_S)
        return r;
    }
  return NULL;
}

/* Called each second.  */
static void
look_for_deadlock (uint64_t now)
{
  static uint64_t requests, since;
  if (store_file_requests () != requests)
    {
      requests = store_file_requests ();
      since = now;
    }
  const struct runner *r = stuck (now);
  if (r != NULL && now - since > (uint64_t)PATIENCE_S * NS_PER_S)
    live_code_failed ("timeout: %s has been in %s for %d s, and nothing "
                      "happens",
                      r->program->name, r->call, PATIENCE_S);
}

bool
programs_wait (uint64_t limit_ns, struct live_result *result,
               struct user_error *err)
{
  uint64_t begin = host_clock_ns (), now = begin;
  pthread_mutex_lock (&all.lock);
  while (all.running > 0)
    {
      struct timespec second = moment (now + NS_PER_S);
      uint64_t end = limit_ns ? begin + limit_ns : UINT64_MAX;
      if (end < now + NS_PER_S && now < end)
        second = moment (end);
      pthread_cond_timedwait (&all.changed, &all.lock, &second);
      now = host_clock_ns ();
      if (now >= end && !all.ending)
        {
          result->out_of_time = true;
          end_all ();
        }
      look_for_deadlock (now);
    }
  /* For the periodic sync, too.  */
  end_all ();
  result->interrupted = all.interrupted;
  bool good = !all.failed;
  if (!good)
    *err = all.error;
  pthread_mutex_unlock (&all.lock);
  for (unsigned i = 0; i < all.runners; i++)
    pthread_join (all.runner[i].thread, NULL);
  return good;
}
