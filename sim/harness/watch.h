/* Watching a run: what the timeline and the Chrome trace are made of.

   Both look at the world after every traced event, from the end of setup on.
   They change nothing in it: a run that is watched has the same digest.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_HARNESS_WATCH_H
#define SIM_HARNESS_WATCH_H

#include "../engine/trace.h"

/* X (enumerator, name): results/README.md says what each is.  */
#define WATCH_COLUMNS(X)                                                      \
  X (DIRTY_PAGES, "dirty_pages")                                              \
  X (DIRTY_METADATA, "dirty_metadata_pages")                                  \
  X (FREE_PAGES, "free_pages")                                                \
  X (QUEUED, "queued_messages")                                               \
  X (LONGEST_QUEUE, "longest_queue")                                          \
  X (DEVICE_BUSY, "device_busy")                                              \
  X (DEVICE_WAITING, "device_waiting")                                        \
  X (READERS, "alloc_lock_readers")                                           \
  X (WRITERS, "alloc_lock_writers")                                           \
  X (WAITING_READERS, "alloc_lock_waiting_readers")                           \
  X (WAITING_WRITERS, "alloc_lock_waiting_writers")

enum watch_column
{
#define X(enumerator, name) WATCH_##enumerator,
  WATCH_COLUMNS (X)
#undef X
      WATCH_COLUMN_COUNT
};

/* Of these there is a sum over time, too: X (enumerator, name, column).  */
#define WATCH_SUMS(X)                                                         \
  X (DEVICE, "device_busy_ns", DEVICE_BUSY)                                   \
  X (READ, "alloc_lock_read_ns", READERS)                                     \
  X (WRITE, "alloc_lock_write_ns", WRITERS)

enum watch_sum
{
#define X(enumerator, name, column) WATCH_SUM_##enumerator,
  WATCH_SUMS (X)
#undef X
      WATCH_SUM_COUNT
};

struct watch_row
{
  vtime at;                   /* since the end of setup  */
  vtime sum[WATCH_SUM_COUNT]; /* up to then  */
  uint32_t value[WATCH_COLUMN_COUNT];
};

extern const char *const watch_column_name[WATCH_COLUMN_COUNT];
extern const char *const watch_sum_name[WATCH_SUM_COUNT];

/* Watch the next run, for a timeline, for a Chrome trace, or for both.  */
void watch_start (bool timeline, bool chrome);
/* The same from now on, setup being over.  */
void watch_begin (bool timeline, bool chrome);
/* E is on: for who has taken the trace's sink since.  */
void watch_note (const struct trace_event *e);
/* The run is over: no more is watched.  */
void watch_stop (void);

#endif /* SIM_HARNESS_WATCH_H */
