/* What every action costs in CPU time.

   One table; the key of a row is "cpu." and its name, its value is in
   nanoseconds.  Source says where the figure comes from, or "assumed".

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_WORLD_COSTS_H
#define SIM_WORLD_COSTS_H

#include "../engine/engine.h"

/* X (enumerator, name, default ns, what, source).  */
#define COSTS(X)                                                              \
  X (TRAP, "trap", 300, "a system call or fault, in and out", "assumed")      \
  X (MESSAGE, "message", 1000, "sending or receiving one Mach message",       \
     "assumed")                                                               \
  X (SWITCH, "switch", 1500, "switching to another thread", "assumed")        \
  X (COPY_PAGE, "copy_page", 500, "copying 4 KiB of memory", "assumed")       \
  X (SCAN_PAGE, "scan_page", 60,                                              \
     "one page offset of a memory_object_lock_request", "assumed")            \
  X (MAP_PAGE, "map_page", 400, "entering a page into a page table",          \
     "assumed")                                                               \
  X (LOCK, "lock", 50, "taking and releasing an uncontended lock",           \
     "assumed")           \
  X (RPC, "rpc", 4000, "a client's request to the file system and back",      \
     "assumed")                                                               \
  X (LOOKUP, "lookup", 200, "one block looked up or allocated", "assumed")    \
  X (STORE_CALL, "store_call", 2000, "device_write or device_read, CPU part", \
     "assumed")

enum cost
{
#define X(enumerator, name, ns, what, source) COST_##enumerator,
  COSTS (X)
#undef X
      COST_COUNT
};

struct cost_row
{
  const char *name, *what, *source;
  vtime default_ns;
};
extern const struct cost_row cost_rows[COST_COUNT];

/* The values in force, in ns.  The harness fills them before a run.  */
extern vtime cost_ns[COST_COUNT];

static inline void
cost_charge (enum cost c)
{
  cpu_spend (cost_ns[c]);
}

#endif /* SIM_WORLD_COSTS_H */
