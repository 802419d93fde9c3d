/* What a call's time went into.

   Every nanosecond of a thread is in one of these parts.  A thread that waits
   for the answer to a message waits for whatever the message waits for: for
   earlier messages of the same object (docs/model.md, hard fact 2), for a free
   worker, and then for whatever the worker that handles it does or waits for.
   So the parts of a call are exact, and add up to its time.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_WORLD_WAITS_H
#define SIM_WORLD_WAITS_H

#include "../engine/engine.h"

/* X (enumerator, name, what).  Times of a worker that handles a message count
   for whoever waits for the answer.  */
#define WAIT_PARTS_LIST(X)                                                    \
  X (RUN, "run", "on a CPU")                                                  \
  X (CPU, "cpu", "waiting for a CPU, or for being passed to a worker")        \
  X (ALLOC_LOCK, "alloc_lock", "waiting for the file's alloc_lock")           \
  X (NODE_LOCK, "node_lock", "waiting for the node's own lock")               \
  X (LOCK, "lock", "waiting for any other lock")                              \
  X (QUEUE, "queue", "behind other messages of the same object")              \
  X (WORKER, "worker", "no worker is free")                                   \
  X (DEVICE, "device", "waiting for the store")                               \
  X (MEMORY, "memory", "waiting for a free page")                             \
  X (PAGE, "page", "waiting for a page that another thread keeps busy")       \
  X (OTHER, "other", "sleeping, and what is in no other part")

enum wait_part
{
#define X(enumerator, name, what) PART_##enumerator,
  WAIT_PARTS_LIST (X)
#undef X
      WAIT_PARTS
};
_Static_assert((int)PART_RUN == (int)ACCOUNT_RAN
                   && (int)WAIT_PARTS <= (int)ACCOUNTS,
               "parts are the accounts of struct thread");

/* All of them; two at a time, as every fault adds and subtracts them.  */
typedef vtime wait_pair __attribute__ ((vector_size (2 * sizeof (vtime))));
enum
{
  WAIT_PAIRS = ACCOUNTS / 2
};
struct wait_parts
{
  union
  {
    vtime of[ACCOUNTS];
    wait_pair pair[WAIT_PAIRS];
  };
};

/* X (enumerator, name, what).  */
#define WAIT_CLASSES_LIST(X)                                                  \
  X (WRITE, "write", "io_write calls")                                        \
  X (READ, "read", "io_read calls")                                           \
  X (TRUNCATE, "truncate", "file_set_size calls")                             \
  X (SYNC, "sync", "file_sync and file_syncfs calls")                         \
  X (NAME, "name", "calls by name: lookup, create, mkdir, rename, unlink")    \
  X (MAP, "map", "loads and stores through a mapping, and calls of map")      \
  X (FAULT, "fault", "page faults, also within the calls above")

enum wait_class
{
#define X(enumerator, name, what) WAITS_##enumerator,
  WAIT_CLASSES_LIST (X)
#undef X
      WAIT_CLASSES
};

struct wait_row
{
  const char *name, *what;
};
extern const struct wait_row wait_part_rows[WAIT_PARTS];
extern const struct wait_row wait_class_rows[WAIT_CLASSES];

struct wait_sum
{
  uint64_t calls;
  vtime total;
  struct wait_parts part;
};

enum
{
  /* Calls of 2^(i-1) .. 2^i - 1 ns are in row i of `by_duration'.  */
  WAIT_DURATIONS = 65
};

struct wait_tally
{
  struct wait_sum by_duration[WAIT_DURATIONS];
};
extern struct wait_tally wait_tallies[WAIT_CLASSES];
/* Add B to A.  */
void wait_sum_add (struct wait_sum *a, const struct wait_sum *b);
/* All calls of T.  */
struct wait_sum wait_tally_all (const struct wait_tally *t);

/* Forget all; SERIAL: an object's messages are handled one after the other;
   each port set has so many WORKERS.  After engine_init.  */
void waits_init (bool serial, unsigned workers);
/* What was tallied to zero.  */
void waits_reset (void);
/* Set what engine_config has for us.  */
void waits_configure (struct engine_config *config);

/* ---- Calls --------------------------------------------------------------- */

struct wait_span
{
  vtime at;
  struct wait_parts part; /* of the thread, until then  */
};

/* A call of the current thread begins, and has ended.  What its time went
   into is in PART then, and in the tally of its class.  */
void waits_begin (struct wait_span *s);
void waits_end (struct wait_span *s, enum wait_class c);
/* The parts of a call that took NS: none negative, and NS in all.  */
bool waits_add_up (const struct wait_parts *p, vtime ns);

/* ---- Messages ------------------------------------------------------------ */

/* A message, as long as anybody may wait for its answer; 0 is none.  */
typedef uint64_t message_ref;

/* One was sent to PORT in SET.  */
message_ref waits_sent (uint32_t port, uint32_t set);
/* What goes with it to its handler, and comes back: at most 24 bits.  */
uint32_t waits_cookie (message_ref m);
/* The current thread begins to handle the message of COOKIE, and is done.  */
void waits_handling (uint32_t cookie);
void waits_handled (void);

/* How many are sent and not yet handled; of these, those of the port that has
   most in *LONGEST.  */
unsigned waits_unhandled (unsigned *longest);

/* Where a thread that waits for an answer keeps what it needs for that.  */
struct wait_answer
{
  uint32_t cookie;
  struct wait_parts before;
};

/* Call right before the current thread blocks for what the handling of M
   brings.  Does nothing when M is none or was handled.  */
void waits_for_answer (struct wait_answer *a, message_ref m);

#endif /* SIM_WORLD_WAITS_H */
