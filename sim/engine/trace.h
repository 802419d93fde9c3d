/* The trace: what happened, when, in which thread.

   Every event goes into a 64-bit digest and into a ring of the last ones; a
   sink, if set, sees them all.  A digest is equal for equal runs on every
   compiler, optimisation, allocator and engine: nothing that differs between
   those (addresses, line numbers, host time) may be an argument.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_ENGINE_TRACE_H
#define SIM_ENGINE_TRACE_H

#include "../base/types.h"

/* X (enumerator, name, meaning of a, meaning of b).  */
#define TRACE_KINDS(X)                                                        \
  X (SPAWN, "spawn", "thread", "")                                            \
  X (EXIT, "exit", "", "")                                                    \
  X (SWITCH, "switch", "", "")                                                \
  X (BLOCK, "block", "wait_for", "")                                          \
  X (WAKE, "wake", "thread", "")                                              \
  X (PREEMPT, "preempt", "", "")                                              \
  X (LOCK, "lock", "lock", "mode")                                            \
  X (LOCK_WAIT, "lock-wait", "lock", "mode")                                  \
  X (UNLOCK, "unlock", "lock", "mode")                                        \
  X (SEND, "send", "port", "message id")                                      \
  X (RECEIVE, "receive", "port", "message id")                                \
  X (FAULT, "fault", "object", "page")                                        \
  X (DATA_REQUEST, "data_request", "object", "page")                          \
  X (DATA_UNLOCK, "data_unlock", "object", "page")                            \
  X (DATA_RETURN, "data_return", "object", "first page << 8 | pages")         \
  X (DATA_SUPPLY, "data_supply", "object", "page")                            \
  X (DATA_ERROR, "data_error", "object", "page")                              \
  X (LOCK_REQUEST, "lock_request", "object", "first page")                    \
  X (LOCK_COMPLETED, "lock_completed", "object", "first page")                \
  X (EVICT, "evict", "object", "page")                                        \
  X (PAGE_FREE, "page_free", "object", "page")                                \
  X (STORE_WRITE, "store_write", "block", "bytes")                            \
  X (STORE_READ, "store_read", "block", "bytes")                              \
  X (STORE_SYNC, "store_sync", "", "")                                        \
  X (CALL, "call", "operation", "argument")                                   \
  X (RETURN, "return", "operation", "error")                                  \
  X (NOTE, "note", "a", "b")                                                  \
  X (FAULT_HIT, "fault_hit", "kind", "write")

enum trace_kind
{
#define X(enumerator, name, a, b) TRACE_##enumerator,
  TRACE_KINDS (X)
#undef X
      TRACE_KIND_COUNT
};

struct trace_event
{
  vtime at;
  uint32_t thread; /* id; 0 is nobody: a timer or the main stack  */
  uint32_t kind;
  uint64_t a, b;
};

extern const char *const trace_kind_name[TRACE_KIND_COUNT];

/* Empty the ring and start the digest.  */
void trace_init (void);
/* Hash LEN bytes into the digest: what the run is a function of.  */
void trace_hash (const void *data, size_t len);
/* Record an event of the current thread at the present time.  */
void trace (enum trace_kind kind, uint64_t a, uint64_t b);
uint64_t trace_digest (void);
/* How many events of KIND there were since trace_init.  */
uint64_t trace_count (enum trace_kind kind);
/* Copy the last events, oldest first, into OUT; returns how many (at most N).  */
size_t trace_last (struct trace_event *out, size_t n);
/* Let SINK see every event from now on; NULL ends it.  */
void trace_set_sink (void (*sink) (const struct trace_event *, void *), void *arg);

#endif /* SIM_ENGINE_TRACE_H */
