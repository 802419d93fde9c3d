/* The table behind the locks: rows, classes, waiters.  Private to lock*.c.

   A row is all that is known of one lock.  The lock's first word, in the
   memory of the code under test, is the number of its row; its second word is
   the epoch, which counts runs, so that a word that an earlier run left behind
   is told from garbage.  What is traced is the row's serial number, which
   follows from the order of initialisation and first use alone.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_WORLD_LOCK_TABLE_H
#define SIM_WORLD_LOCK_TABLE_H

#include "lock.h"
#include "lock_oracle.h"

#include "../base/check.h"
#include "../engine/engine.h"
#include "../engine/trace.h"
#include "costs.h"

enum lock_kind
{
  LOCK_KIND_NONE,
  LOCK_KIND_MUTEX,
  LOCK_KIND_COND,
  LOCK_KIND_RWLOCK
};

/* The second argument of the lock events of a trace.  */
enum lock_mode
{
  LOCK_MODE_MUTEX,
  LOCK_MODE_READ,
  LOCK_MODE_WRITE,
  LOCK_MODE_SPIN
};

struct lock_waiters;
struct lock_row;

/* A thread that waits, on its own stack.  */
struct lock_waiter
{
  struct lock_waiter *next, *prev;
  struct lock_waiters *list; /* the one that it is on, or NULL  */
  struct thread *thread;
  struct waitq queue; /* of this thread alone: where the engine keeps it  */
  struct lock_row *mutex; /* in a cond_wait: what it takes again  */
  vtime since;
  uint64_t arrival;  /* in the order of arrival at the lock  */
  uint64_t bypassed; /* a writer: readers that overtook it  */
  bool granted;      /* it owns the lock  */
  struct lock_turn turn;
};

/* In order of arrival.  */
struct lock_waiters
{
  struct lock_waiter *head, *tail;
  uint32_t count;
};

/* One reader's hold of an rwlock.  */
struct lock_hold
{
  struct lock_hold *next;
  struct thread *thread;
  vtime since;
};

struct lock_class_row
{
  struct lock_class public;
  char name[48];
  bool alloc_lock; /* feeds the counters of a run, too  */
  uint8_t account; /* where waits for it go: enum wait_part  */
  /* Acquisitions that did not wait, not yet in the public counts and wait
     histograms: the fast path counts them, lock_each_class enters them.  */
  uint64_t free_reads, free_writes;
  uint64_t empty_holds; /* the same, of a mutex that was held for no time  */
};

struct lock_row
{
  void *address;        /* NULL: not in use  */
  struct thread *owner; /* of a mutex, or the writer  */
  vtime since;          /* of the owner  */
  struct lock_hold *readers;
  struct lock_class_row *class;
  struct lock_waiters read_queue; /* rwlock only  */
  struct lock_waiters queue;      /* writers; all waiters of the others  */
  struct lock_watch *watch;       /* the oracle's, while somebody waits  */
  uint64_t arrivals;              /* who came and had to wait  */
  uint64_t handed; /* of a mutex, the oracle's: how many of them had it  */
  uint32_t reader_count;
  uint32_t serial;
  uint32_t bucket_next; /* rows of one bucket; or the next free row  */
  uint8_t kind;
};

struct lock_table
{
  struct lock_row *rows;
  uint32_t used; /* rows 1 .. used - 1 have been in use  */
  enum lock_policy policy;
};
extern struct lock_table lock_table;

/* Stands for the main stack, which initialises locks and may take free ones.
 */
extern struct thread lock_main_stack;

static inline struct thread *
lock_self (void)
{
  return engine.current != NULL ? engine.current : &lock_main_stack;
}

static inline void
lock_charge (void)
{
  if (engine.current != NULL)
    cost_charge (COST_LOCK);
}

/* The row of a lock that is used for the first time, or wrongly (a finding).
 */
struct lock_row *lock_row_first_use (void *lock, enum lock_kind kind);
/* A new row for LOCK, whose words are overwritten.  */
struct lock_row *lock_row_init (void *lock, enum lock_kind kind,
                                const char *name);
/* Give LOCK's row back and leave a mark that a later use finds.  */
void lock_row_destroy (void *lock, enum lock_kind kind);

static inline struct lock_row *
lock_row (void *lock, enum lock_kind kind)
{
  uint32_t n = *(uint32_t *)lock;
  if (n < lock_table.used)
    {
      struct lock_row *row = &lock_table.rows[n];
      if (row->address == lock && row->kind == kind)
        return row;
    }
  return lock_row_first_use (lock, kind);
}

/* What reports call a lock: its name, or its kind.  */
const char *lock_row_name (const struct lock_row *row);

/* ---- Waiters ------------------------------------------------------------ */

void lock_waiters_append (struct lock_waiters *list, struct lock_waiter *w);
void lock_waiters_remove (struct lock_waiter *w);
/* Make W's thread runnable, unless it is already: its time ended, or it was
   woken before.  */
static inline void
lock_waiter_wake (struct lock_waiter *w)
{
  waitq_wake_one (&w->queue);
}
/* Block the current thread until somebody grants W.  */
void lock_wait_granted (struct lock_waiter *w, const void *address,
                        unsigned account);

/* ---- Records ------------------------------------------------------------ */

/* ROW was acquired in MODE by a thread that waited for WAITED.  */
void lock_note_waited (struct lock_row *row, enum lock_mode mode,
                       vtime waited);
/* The shares of those rwlocks that the counters of a run know.  */
void lock_note_alloc_wait (enum lock_mode mode, vtime waited);
void lock_note_alloc_hold (enum lock_mode mode, vtime held);

/* ROW was acquired in MODE at once.  */
static inline void
lock_note_free (struct lock_row *row, enum lock_mode mode)
{
  struct lock_class_row *c = row->class;
  if (mode == LOCK_MODE_READ)
    c->free_reads++;
  else
    c->free_writes++;
  if (c->alloc_lock)
    lock_note_alloc_wait (mode, 0);
}

/* A hold of ROW in MODE ends, after HELD.  A mutex, which is taken some twenty
   times for every page, is mostly held for no time.  */
static inline void
lock_note_released (struct lock_row *row, enum lock_mode mode, vtime held)
{
  struct lock_class_row *c = row->class;
  if (mode == LOCK_MODE_MUTEX && held == 0)
    {
      c->empty_holds++;
      return;
    }
  histogram_add (mode == LOCK_MODE_READ ? &c->public.read_hold
                                        : &c->public.write_hold,
                 held);
  if (c->alloc_lock)
    lock_note_alloc_hold (mode, held);
}

/* A reader entered before the writer W, who waits for longer.  */
void lock_note_bypassed (struct lock_row *row, struct lock_waiter *w);

struct lock_hold *lock_hold_new (void);
void lock_hold_free (struct lock_hold *h);

/* ---- The oracle, of mutexes --------------------------------------------- */

/* ROW is free from now on: nobody may wait for it.  */
static inline void
lock_oracle_mutex_free (const struct lock_row *row)
{
  if (__builtin_expect (row->arrivals != row->handed, 0))
    lock_oracle_mutex_breach (row, "it is free while threads wait for it");
}

/* ROW was handed to W, who must be the one that came first.  */
static inline void
lock_oracle_mutex_handed (struct lock_row *row, const struct lock_waiter *w)
{
  if (__builtin_expect (w->arrival != ++row->handed, 0))
    lock_oracle_mutex_breach (row, "a thread has it before one that came "
                                   "earlier");
}

/* ---- Mutexes, for conditions -------------------------------------------- */

/* Take ROW for the current thread, without its charge.  */
void lock_mutex_acquire (struct lock_row *row);
/* Let go of ROW: to the next waiter, or free.  */
void lock_mutex_release (struct lock_row *row);
/* Give ROW to the thread of W, which waits on no list, or queue it.  */
void lock_mutex_grant_or_queue (struct lock_row *row, struct lock_waiter *w);

/* Forget who waits for spin locks.  */
void lock_spins_init (void);

#endif /* SIM_WORLD_LOCK_TABLE_H */
