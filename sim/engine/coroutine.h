/* Coroutines: functions that keep their place, each on a stack of its own.

   The stack is a mapping with a guard below it.  Stacks are never unmapped
   while their size is wanted, but taken again, the last one first.  The
   struct sits at the upper end of its stack, so that a switch touches one page
   of the other side.

   On x86-64 the switch is a few instructions of our own (coroutine_x86_64.h);
   elsewhere, and with -DENGINE_UCONTEXT, it is swapcontext.  Floating-point
   control words and the signal mask are not saved: nobody changes them.

   The stack that engine_run was called on is a coroutine too, coroutine_main.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_ENGINE_COROUTINE_H
#define SIM_ENGINE_COROUTINE_H

#include "../base/types.h"

#if !defined __x86_64__ && !defined ENGINE_UCONTEXT
#define ENGINE_UCONTEXT 1
#endif

#if defined __SANITIZE_ADDRESS__
#define COROUTINE_ASAN 1
#elif defined __has_feature
#if __has_feature(address_sanitizer)
#define COROUTINE_ASAN 1
#endif
#endif

#if defined __SANITIZE_THREAD__
#define COROUTINE_TSAN 1
#elif defined __has_feature
#if __has_feature(thread_sanitizer)
#define COROUTINE_TSAN 1
#endif
#endif

#ifdef ENGINE_UCONTEXT
#include <ucontext.h>
#endif

struct coroutine
{
#ifdef ENGINE_UCONTEXT
  ucontext_t context;
#else
  void *sp, *bp, *pc; /* coroutine_x86_64.h knows their offsets  */
#endif
  void (*fn) (void *);
  void *arg;
  char *base;    /* the mapping: the guard, then the stack  */
  size_t length; /* of the mapping  */
  void *stack;   /* lowest address of the stack proper, and its size  */
  size_t stack_bytes;
#ifdef COROUTINE_ASAN
  void *fake_stack;
#endif
#ifdef COROUTINE_TSAN
  void *fiber;
#endif
};

extern struct coroutine coroutine_main;
/* The one whose stack is in use.  */
extern struct coroutine *coroutine_running;

/* Take back the stacks of all coroutines, wherever they are, and hand out
   ones of STACK_BYTES from now on.  Call it on the main stack.  */
void coroutine_reset (size_t stack_bytes, bool exec);

/* A coroutine that calls FN (ARG) when it is first switched to.  FN must not
   return, but leave.  */
struct coroutine *coroutine_new (void (*fn) (void *), void *arg);

/* The stack of C may be used again.  C may be the running one if nothing but
   a coroutine_leave follows.  */
void coroutine_free (struct coroutine *c);

/* Continue TO; the running one, FROM, returns from this when somebody switches
   to it.  */
static void coroutine_switch (struct coroutine *from, struct coroutine *to);
/* The same, never to return.  The running stack may be any, a signal's too. */
_Noreturn void coroutine_leave (struct coroutine *to);

/* The same to the main stack, once the running one's place is kept for
   coroutine_place.  */
_Noreturn void coroutine_stop (void);

/* Where on its stack C was left; NULL when that is not known.  */
const uintptr_t *coroutine_place (const struct coroutine *c);
/* How many words the stack of C has from SP on; 0 when SP is not in it: a
   signal's stack is not.  */
size_t coroutine_words (const struct coroutine *c, const uintptr_t *sp);

/* Whether ADDRESS lies in the guard of the running stack.  */
bool coroutine_in_guard (const void *address);

/* How many stacks are mapped, in use or not.  */
size_t coroutine_stacks (void);

/* ---- The switch ----------------------------------------------------------
 */

#if defined COROUTINE_ASAN || defined COROUTINE_TSAN
/* Tell the sanitizer before and after; TO is NULL in the second.  */
void coroutine_sanitize_before (struct coroutine *from, struct coroutine *to);
void coroutine_sanitize_after (struct coroutine *self);
#else
static inline void
coroutine_sanitize_before (struct coroutine *from, struct coroutine *to)
{
  (void)from;
  (void)to;
}

static inline void
coroutine_sanitize_after (struct coroutine *self)
{
  (void)self;
}
#endif

#ifdef ENGINE_UCONTEXT
#define coroutine_jump(from, to) swapcontext (&(from)->context, &(to)->context)
#else
#include "coroutine_x86_64.h"
#endif

static inline void
coroutine_switch (struct coroutine *from, struct coroutine *to)
{
  coroutine_sanitize_before (from, to);
  coroutine_running = to;
  coroutine_jump (from, to);
  coroutine_sanitize_after (from);
}

#endif /* SIM_ENGINE_COROUTINE_H */
