/* A world with a scripted pager, for tests of the kernel's model.

   On a coroutine nothing may unwind to the main stack: EXPECT keeps the first
   failure and ends the run, scripted_run asserts it on the main stack.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef TESTS_UNIT_SCRIPTED_H
#define TESTS_UNIT_SCRIPTED_H

#include "../../sim/world/counters.h"
#include "../../sim/world/vm.h"

enum
{
  SCRIPTED_LOG_MAX = 1 << 16,
  SCRIPTED_PAGES_MAX = 1 << 14
};

/* A pager that answers at once and writes down what it was sent.  */
struct scripted
{
  uint32_t set;
  port_name port;
  uint64_t allocated; /* pages below this have a block: supplied unlocked  */
  bool hold;          /* answer nothing but init  */
  bool keep;          /* do not unmap returned data  */
  bool precious;
  bool may_cache;
  vtime busy_ns; /* what every answer takes  */
  struct message log[SCRIPTED_LOG_MAX];
  size_t logged;
  uint32_t version[SCRIPTED_PAGES_MAX]; /* last one returned  */
};
extern struct scripted pager;
/* The object of its port, as the client mapped it.  */
extern struct memobj *object;

/* What a run is made of; zeros are 64 MiB, one CPU and 100 ms.  */
struct scripted_machine
{
  uint64_t memory;
  unsigned cpus;
  vtime quantum_ns;
};

/* Run CLIENT until it stops the engine.  */
void scripted_run (struct scripted_machine machine, void (*client) (void *));

void scripted_expect (bool good, const char *what, int line);
#define EXPECT(e) scripted_expect (e, #e, __LINE__)

/* A counter, read anew.  */
uint64_t counter (enum counter c);
/* Store to N pages through a client's mapping.  */
void store_pages (uint64_t first, uint64_t n);
void load_pages (uint64_t first, uint64_t n);
/* Ask for N pages to be returned, as pager_sync does.  */
void sync_pages (uint64_t first, uint64_t n);
/* The data_returns in the log, as "first+pages " each; of at most 60.  */
const char *returns (void);

#endif /* TESTS_UNIT_SCRIPTED_H */
