/* Watching a run, see watch.h.

   What changes between two events is seen at the second one.  Who holds a lock
   changes at an event of a lock only; it takes a walk over all locks.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "watch.h"

#include <string.h>
#include "scenario.h"
#include "timeline.h"
#include "trace_chrome.h"
#include "../engine/engine.h"
#include "../world/device.h"
#include "../world/lock.h"
#include "../world/memobj.h"
#include "../world/waits.h"

const char *const watch_column_name[WATCH_COLUMN_COUNT] = {
#define X(enumerator, name) [WATCH_##enumerator] = name,
  WATCH_COLUMNS (X)
#undef X
};

const char *const watch_sum_name[WATCH_SUM_COUNT] = {
#define X(enumerator, name, column) [WATCH_SUM_##enumerator] = name,
  WATCH_SUMS (X)
#undef X
};

static struct
{
  bool timeline, chrome;
  vtime from;
  struct lock_alloc_now alloc;
  struct watch_row last;
} watch;

static void
look (struct watch_row *row)
{
  uint32_t *value = row->value;
  unsigned longest, waiting;
  value[WATCH_DIRTY_PAGES] = memobj_dirty[false];
  value[WATCH_DIRTY_METADATA] = memobj_dirty[true];
  value[WATCH_FREE_PAGES] = memory_state.free;
  value[WATCH_QUEUED] = waits_unhandled (&longest);
  value[WATCH_LONGEST_QUEUE] = longest;
  value[WATCH_DEVICE_BUSY] = device_busy (&waiting);
  value[WATCH_DEVICE_WAITING] = waiting;
  value[WATCH_READERS] = watch.alloc.readers;
  value[WATCH_WRITERS] = watch.alloc.writers;
  value[WATCH_WAITING_READERS] = watch.alloc.waiting_readers;
  value[WATCH_WAITING_WRITERS] = watch.alloc.waiting_writers;
  row->at = engine_now () - watch.from;
}

/* What was last looked up held until ROW.  */
static void
sum_up (struct watch_row *row)
{
  const struct watch_row *last = &watch.last;
  vtime ns = row->at - last->at;
#define X(enumerator, name, column)                                           \
  row->sum[WATCH_SUM_##enumerator]                                            \
      = last->sum[WATCH_SUM_##enumerator] + last->value[WATCH_##column] * ns;
  WATCH_SUMS (X)
#undef X
  watch.last = *row;
}

static void
look_at_locks (const struct trace_event *e)
{
  if (e == NULL || e->kind == TRACE_LOCK || e->kind == TRACE_LOCK_WAIT
      || e->kind == TRACE_WAKE)
    lock_alloc_now (NULL, &watch.alloc);
  else if (e->kind == TRACE_UNLOCK)
    lock_alloc_now (e, &watch.alloc);
}

/* E: or NULL, when there was none.  */
void
watch_note (const struct trace_event *e)
{
  look_at_locks (e);
  struct watch_row row;
  look (&row);
  sum_up (&row);
  if (watch.timeline)
    timeline_note (&row);
  if (watch.chrome)
    trace_chrome_note (&row, e);
}

static void
sink (const struct trace_event *e, void *arg)
{
  (void)arg;
  watch_note (e);
}

static void
measured (void)
{
  watch.from = engine_now ();
  memset (&watch.last, 0, sizeof watch.last);
  if (watch.timeline)
    timeline_start ();
  if (watch.chrome)
    trace_chrome_start (watch.from);
  watch_note (NULL);
  trace_set_sink (sink, NULL);
}

void
watch_start (bool timeline, bool chrome)
{
  watch.timeline = timeline;
  watch.chrome = chrome;
  scenario_when_measured (measured);
}

void
watch_begin (bool timeline, bool chrome)
{
  watch.timeline = timeline;
  watch.chrome = chrome;
  measured ();
}

void
watch_stop (void)
{
  scenario_when_measured (NULL);
  trace_set_sink (NULL, NULL);
  look_at_locks (NULL);
  struct watch_row row;
  look (&row);
  sum_up (&row);
  if (watch.timeline)
    timeline_end (&row);
  if (watch.chrome)
    trace_chrome_end (&row);
}
