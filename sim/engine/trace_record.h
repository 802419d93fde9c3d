/* Recording an event, for the engine's own files to expand in place.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_ENGINE_TRACE_RECORD_H
#define SIM_ENGINE_TRACE_RECORD_H

#include "../base/digest.h"
#include "engine.h"
#include "trace.h"

enum
{
  TRACE_RING = 256
};

struct trace_state
{
  uint64_t digest;
  void (*sink) (const struct trace_event *, void *);
  void *sink_arg;
  uint64_t count[TRACE_KIND_COUNT];
  struct trace_event ring[TRACE_RING];
};
extern struct trace_state trace_state;

static inline void
trace_record (enum trace_kind kind, uint32_t thread, uint64_t a, uint64_t b)
{
  struct trace_event *e = &trace_state.ring[engine.events++ % TRACE_RING];

  trace_state.count[kind]++;
  e->at = engine.now;
  e->thread = thread;
  e->kind = kind;
  e->a = a;
  e->b = b;
  trace_state.digest
      = digest_words (trace_state.digest, engine.now,
                      (uint64_t)thread << 32 | (uint32_t)kind, a, b);
  if (__builtin_expect (trace_state.sink != NULL, 0))
    trace_state.sink (e, trace_state.sink_arg);
}

/* Of the current thread.  */
static inline void
trace_inline (enum trace_kind kind, uint64_t a, uint64_t b)
{
  trace_record (kind, engine.current ? engine.current->id : 0, a, b);
}

#endif /* SIM_ENGINE_TRACE_RECORD_H */
