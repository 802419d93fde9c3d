/* Faults: what goes wrong in the world, and when.

   A plan is a list of faults.  Each is of a kind, and happens at the N-th
   store write, counted from 1 since it was armed, or at any store write with a
   probability.  Writes are counted on the file path, on the disk path, or all
   together.  The last kinds are no fault of the store: the write only says
   when.

   What the store does is decided here and done by device.c; the delay of a
   message is done by port.c, the shortage by memory.c, the death of a client
   by the harness, which knows who is in a call.

   Left out: faults of reads and of store_sync.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_WORLD_FAULTS_H
#define SIM_WORLD_FAULTS_H

#include "../engine/engine.h"
#include "device.h"

/* X (enumerator, name, what it takes, time in ms if none is given, what).  */
#define FAULT_KINDS(X)                                                        \
  X (EIO, "eio", NOTHING, 0, "the write fails with EIO, and writes nothing")  \
  X (ENOSPC, "enospc", NOTHING, 0, "the same with ENOSPC")                    \
  X (SHORT, "short", NOTHING, 0, "half of it is written, and said to be")     \
  X (BAD, "bad", NOTHING, 0,                                                  \
     "its first block is bad from now on: every write of it fails with EIO")  \
  X (TORN, "torn", NOTHING, 0,                                                \
     "some of its sectors are written, all are said to be")                   \
  X (MISDIRECTED, "misdirected", NOTHING, 0,                                  \
     "it is written before its place, and said to be in it")                  \
  X (SLOW, "slow", TIME, 5000, "it takes TIME longer")                        \
  X (STUCK, "stuck", NOTHING, 0, "it never ends")                             \
  X (DELAY, "delay", TIME, 1000,                                              \
     "the next message to a pager is TIME on its way")                        \
  X (MEMORY, "memory", TIME, 1000,                                            \
     "no memory is free for TIME, beyond the reserve")                        \
  X (KILL, "kill", THREAD, 0, "a client in a call is killed")

enum fault_takes
{
  FAULT_TAKES_NOTHING,
  FAULT_TAKES_TIME,
  FAULT_TAKES_THREAD
};

enum fault_kind
{
#define X(enumerator, name, takes, ms, what) FAULT_##enumerator,
  FAULT_KINDS (X)
#undef X
      FAULT_KIND_COUNT
};

struct fault_row
{
  const char *name, *what;
  enum fault_takes takes;
  vtime otherwise;
};
extern const struct fault_row fault_rows[FAULT_KIND_COUNT];

enum
{
  FAULTS_MAX = 64,      /* in a plan  */
  FAULT_THREAD_MAX = 31 /* characters of a thread's name  */
};

struct fault
{
  enum fault_kind kind;
  uint8_t path; /* whose writes count: enum io_path; IO_OTHER: all  */
  uint64_t at;  /* the AT-th; 0: any, with PER_MILLION's chance  */
  uint32_t per_million;
  vtime time;
  char thread[FAULT_THREAD_MAX + 1]; /* kill: whose; empty: any  */
};

/* A fault that happened.  */
struct fault_hit
{
  enum fault_kind kind;
  uint8_t path;
  uint64_t write;         /* which one since the start, of all paths  */
  uint64_t offset, bytes; /* of the store write  */
  vtime at;
};

/* What becomes of a store write.  */
struct fault_effect
{
  int error;
  bool faulted; /* what follows is not all zero, or ERROR is not  */
  bool stuck, torn;
  size_t lost;     /* bytes at its end that are not written nor said to be  */
  uint64_t before; /* bytes before its place  */
  vtime longer;
};

/* A store write at the moment when its data is about to be placed.  */
struct store_event
{
  uint8_t path;
  uint64_t offset;
  size_t len;
  const char *data;           /* or NULL  */
  const struct stamp *stamps; /* then these, one a block  */
  const struct fault_effect *effect;
};

/* A fault is armed, or somebody watches: else nothing below need be called. */
extern bool faults_on;

/* No faults, nobody watches.  */
void faults_init (void);
/* Setup is over: store writes count from 1 again.  */
void faults_start (void);
/* Arm F, counting from now.  False when there are too many.  */
bool faults_arm (const struct fault *f);
/* Call FN for every store write of this run from now on.  */
void faults_watch (void (*fn) (const struct store_event *));
/* Who is killed: FN is given the thread's name, or "", and says whether it
   found somebody; else it is for the next call that begins.  */
void faults_set_killer (bool (*fn) (const char *thread));

/* A store write begins: what becomes of it.  */
void faults_decide (uint64_t offset, size_t len, struct fault_effect *e);
/* It is about to be placed.  */
void faults_placed (const struct store_event *e);
/* How long the message that is being sent is to be delayed; 0: not.  */
vtime faults_message_delay (void);
/* Whether the caller, a client's thread called NAME, is to be killed now.  */
bool faults_call_killed (const char *name);

/* The client's thread that is being killed: it ends as soon as nobody serves
   it.  */
extern const struct thread *faults_victim;
static inline bool
faults_killed (void)
{
  return __builtin_expect (faults_victim != NULL, 0)
         && faults_victim == engine.current;
}

/* Whether any was armed in this run.  */
bool faults_armed (void);
/* How many happened; the first of them can be looked at.  */
size_t faults_hits (void);
const struct fault_hit *faults_hit (size_t i);
/* Store writes of PATH (enum io_path; IO_OTHER: all) since the last start.  */
uint64_t faults_writes (uint8_t path);

#endif /* SIM_WORLD_FAULTS_H */
