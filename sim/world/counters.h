/* Counters and histograms of a run, by name.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_WORLD_COUNTERS_H
#define SIM_WORLD_COUNTERS_H

#include "../base/histogram.h"

/* X (enumerator, name, what).  */
#define COUNTERS(X)                                                           \
  X (DATA_RETURN, "mach.data_return",                                         \
     "data_return messages with dirty data, file and disk pager")             \
  X (DATA_RETURN_CLEAN, "mach.data_return_clean",                             \
     "data_return messages of clean precious pages")                          \
  X (DATA_RETURN_PAGES, "mach.data_return_pages",                             \
     "pages in dirty data_return messages")                                   \
  X (DATA_REQUEST, "mach.data_request", "data_request messages")              \
  X (DATA_UNLOCK, "mach.data_unlock", "data_unlock messages")                 \
  X (DATA_SUPPLY, "mach.data_supply", "pages supplied by a pager")            \
  X (DATA_ERROR, "mach.data_error", "data_error answers")                     \
  X (LOCK_REQUEST, "mach.lock_request", "memory_object_lock_request calls")   \
  X (FAULTS, "mach.faults", "page faults, soft ones included")                \
  X (EVICTIONS, "mach.evictions", "dirty or precious pages sent by the "      \
                                  "pageout daemon")                           \
  X (EVICTIONS_CLEAN, "mach.evictions_clean",                                 \
     "clean pages freed by the pageout daemon")                               \
  X (PAUSES, "mach.pauses", "times that allocation was paused")               \
  X (SWAP_OUT, "mach.swap_out", "pages sent to the default pager")            \
  X (SWAP_IN, "mach.swap_in", "pages brought back from it")                   \
  X (PAGE_COPIES, "mach.page_copies", "pages copied for a return")            \
  X (WRITE_PAGE, "libpager.write_page", "calls of pager_write_page")          \
  X (WRITE_PAGES, "libpager.write_pages",                                     \
     "calls of pager_write_pages that did not answer EOPNOTSUPP")             \
  X (WRITE_PAGES_UNSUPPORTED, "libpager.write_pages_unsupported",             \
     "calls of pager_write_pages that answered EOPNOTSUPP")                   \
  X (READ_PAGE, "libpager.read_page", "calls of pager_read_page")             \
  X (UNLOCK_PAGE, "libpager.unlock_page", "calls of pager_unlock_page")       \
  X (NOTIFY_EVICT, "libpager.notify_evict", "calls of pager_notify_evict")    \
  X (FILE_STORE_WRITE, "ext2fs.store_write",                                  \
     "store_write calls on the file path, failed ones included")              \
  X (FILE_STORE_WRITE_BYTES, "ext2fs.store_write_bytes",                      \
     "bytes requested by them")                                               \
  X (DISK_STORE_WRITE, "disk.store_write",                                    \
     "store_write calls of the disk pager")                                   \
  X (DISK_STORE_WRITE_BYTES, "disk.store_write_bytes",                        \
     "bytes requested by them")                                               \
  X (OTHER_STORE_WRITE, "store.other_write",                                  \
     "store_write calls outside any pager")                                   \
  X (STORE_READ, "store.read", "store_read calls")                            \
  X (STORE_READ_BYTES, "store.read_bytes", "bytes requested by them")         \
  X (STORE_SYNC, "store.sync", "store_sync calls")                            \
  X (STORE_REQUESTS, "store.requests",                                        \
     "requests to the device, after splitting at store.max_transfer")         \
  X (ALLOC_RDLOCK, "alloc_lock.rdlock", "alloc_lock taken for reading")       \
  X (ALLOC_WRLOCK, "alloc_lock.wrlock", "alloc_lock taken for writing")       \
  X (ALLOC_BYPASSED, "alloc_lock.bypassed",                                   \
     "readers admitted to an alloc_lock while a writer waited")               \
  X (SYNCS, "sync.runs", "rounds of the periodic sync that found work")       \
  X (CLIENT_WRITE, "client.write", "io_write calls")                          \
  X (CLIENT_WRITE_BYTES, "client.write_bytes", "bytes written by them")       \
  X (CLIENT_READ, "client.read", "io_read calls")                             \
  X (CLIENT_SYNC, "client.sync", "file_sync and file_syncfs calls")

/* X (enumerator, name, what).  */
#define HISTOGRAMS(X)                                                         \
  X (STORE_WRITE_BYTES, "store_write.bytes",                                  \
     "bytes of each store_write of the file path")                            \
  X (WRITE_PAGES_PAGES, "write_pages.pages",                                  \
     "pages of each call of pager_write_pages that did not answer "           \
     "EOPNOTSUPP")                                                            \
  X (DATA_RETURN_RUN, "data_return.pages",                                    \
     "pages of each dirty data_return of a file")                             \
  X (ALLOC_READ_HOLD, "alloc_lock.read_hold_ns", "alloc_lock held for "       \
                                                 "reading")                   \
  X (ALLOC_WRITE_HOLD, "alloc_lock.write_hold_ns",                            \
     "alloc_lock held for writing")                                           \
  X (ALLOC_READ_WAIT, "alloc_lock.read_wait_ns",                              \
     "waits for alloc_lock to read; 0 when it was free")                      \
  X (ALLOC_WRITE_WAIT, "alloc_lock.write_wait_ns",                            \
     "waits for alloc_lock to write; 0 when it was free")                     \
  X (FAULT_WAIT, "fault.wait_ns", "time that a fault took")                   \
  X (FAULT_QUEUE, "fault.queue_ns",                                           \
     "time that a fault's message waited before its handler ran")             \
  X (CLIENT_WRITE_NS, "client.write_ns", "time that an io_write took")        \
  X (CLIENT_ALLOC_WAIT, "client.alloc_wait_ns",                               \
     "how long an io_write or file_set_size waited for alloc_lock, the "      \
     "workers that served it included; 0 when not at all")                    \
  X (CLIENT_SYNC_NS, "client.sync_ns", "time that a sync call took")          \
  X (STORE_NS, "store.request_ns", "time of a store_read or store_write, "    \
                                   "queueing included")

enum counter
{
#define X(enumerator, name, what) COUNTER_##enumerator,
  COUNTERS (X)
#undef X
      COUNTER_COUNT
};

enum histogram_id
{
#define X(enumerator, name, what) HISTOGRAM_##enumerator,
  HISTOGRAMS (X)
#undef X
      HISTOGRAM_COUNT
};

struct counter_row
{
  const char *name, *what;
};
extern const struct counter_row counter_rows[COUNTER_COUNT];
extern const struct counter_row histogram_rows[HISTOGRAM_COUNT];

extern uint64_t counter_value[COUNTER_COUNT];
extern struct histogram histogram_value[HISTOGRAM_COUNT];

static inline void
counter_add (enum counter c, uint64_t n)
{
  counter_value[c] += n;
}

static inline void
histogram_record (enum histogram_id h, uint64_t value)
{
  histogram_add (&histogram_value[h], value);
}

/* All to zero, before a run.  */
void counters_reset (void);

#endif /* SIM_WORLD_COUNTERS_H */
