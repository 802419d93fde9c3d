/* The trace: its ring, its digest and its names.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "trace.h"
#include "trace_record.h"

const char *const trace_kind_name[TRACE_KIND_COUNT] = {
#define X(enumerator, name, a, b) [TRACE_##enumerator] = name,
  TRACE_KINDS (X)
#undef X
};

struct trace_state trace_state;

void
trace_init (void)
{
  trace_state.digest = DIGEST_K0;
  engine.events = 0;
  for (unsigned i = 0; i < TRACE_KIND_COUNT; i++)
    trace_state.count[i] = 0;
}

void
trace_hash (const void *data, size_t len)
{
  const unsigned char *bytes = data;
  uint64_t digest = digest_word (trace_state.digest, len);

  while (len > 0)
    {
      /* The lowest byte first, whatever the machine's order is.  */
      uint64_t word = 0;
      unsigned n = len < 8 ? len : 8;
      for (unsigned i = 0; i < n; i++)
        word |= (uint64_t)bytes[i] << 8 * i;
      digest = digest_word (digest, word);
      bytes += n;
      len -= n;
    }
  trace_state.digest = digest;
}

void
trace (enum trace_kind kind, uint64_t a, uint64_t b)
{
  trace_inline (kind, a, b);
}

uint64_t
trace_digest (void)
{
  return digest_finish (trace_state.digest);
}

uint64_t
trace_count (enum trace_kind kind)
{
  return trace_state.count[kind];
}

size_t
trace_last (struct trace_event *out, size_t n)
{
  uint64_t events = engine.events;

  if (n > TRACE_RING)
    n = TRACE_RING;
  if (n > events)
    n = events;
  for (size_t i = 0; i < n; i++)
    out[i] = trace_state.ring[(events - n + i) % TRACE_RING];
  return n;
}

void
trace_set_sink (void (*sink) (const struct trace_event *, void *), void *arg)
{
  trace_state.sink = sink;
  trace_state.sink_arg = arg;
}
