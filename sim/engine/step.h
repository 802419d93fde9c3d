/* Steps: the places where an exploration may hold a thread up.

   A real machine may take the CPU from a thread anywhere, or keep it waiting
   for a page or a processor for a while.  What others see of it is the order
   of what both do to something that they share; so it is enough to ask at
   those places: a lock, a message, a page, the store.  There the code of the
   world says `step', which costs nothing as long as nobody explores.

   A thread that is held up stands aside until the others have come to rest:
   until nothing has happened for a while, because all of them wait for it, for
   each other, or for a time that is far away.  That is what a low priority
   would do to it, and the most that any delay can.  When several stand aside,
   who goes on first is a choice, too.

   Left out: other lengths of a delay than these.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_ENGINE_STEP_H
#define SIM_ENGINE_STEP_H

#include "../base/types.h"
#include "choice.h"

enum step_kind
{
  STEP_NONE,
  STEP_MUTEX,   /* before a mutex is taken; asked only if wanted  */
  STEP_LOCK,    /* before a reader-writer lock is taken  */
  STEP_UNLOCK,  /* behind its release  */
  STEP_SEND,    /* a message was sent  */
  STEP_RECEIVE, /* one was received, and is not handled yet  */
  STEP_REQUEST, /* before a memory_object_lock_request  */
  STEP_PAGE,    /* before a page is looked up  */
  STEP_STORE,   /* before a request to the store  */
  STEP_STORED,  /* behind it  */
  STEP_CALL,    /* before a client's call  */
  STEP_CODE,    /* where the code under test says that it matters  */
  STEP_KINDS
};
extern const char *const step_name[STEP_KINDS];

/* What a thread does at a step: what choice_pick (CHOICE_STEP) means.  */
enum step_way
{
  STEP_GO_ON,
  STEP_STAND_ASIDE,
  STEP_YIELD, /* to the tail of the ready FIFO  */
  STEP_WAYS
};

/* Kinds of objects that are numbered apart; locks have no bit.  */
#define STEP_OBJECT_PORT (UINT64_C (1) << 60)
#define STEP_OBJECT_PAGE (UINT64_C (2) << 60)
#define STEP_OBJECT_BLOCK (UINT64_C (3) << 60)
#define STEP_OBJECT_CALL (UINT64_C (4) << 60)
#define STEP_OBJECT_CODE (UINT64_C (5) << 60)

/* Ask at every step from now on; at mutexes only if MUTEXES.  Those who stand
   aside go on when nothing has happened for REST of virtual time.  */
void steps_explore (vtime rest, bool mutexes);
/* No more steps, and nobody stands aside: a run begins.  */
void steps_reset (void);

/* The step that is asked about; NONE between steps.  */
struct step
{
  enum step_kind kind;
  uint64_t object; /* which lock, port, page: equal numbers are the same  */
};
extern struct step step_now;

/* The thread (id) that pick I of the choice that is asked about stands for, of
   CHOICE_NEXT_THREAD, CHOICE_RESUME and CHOICE_STEP; 0: not known.  */
uint32_t step_candidate (enum choice_kind kind, uint64_t i);

extern bool steps_on;
void step_taken (enum step_kind kind, uint64_t object);

static inline void
step (enum step_kind kind, uint64_t object)
{
  if (__builtin_expect (steps_on, 0))
    step_taken (kind, object);
}

#endif /* SIM_ENGINE_STEP_H */
