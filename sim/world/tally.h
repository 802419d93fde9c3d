/* Tallies: why every run of pages and every store write ended where it did.

   A data_return carries the reason that its batch was sent, and whose pages
   they are; a write of the file path carries why it was not longer.  The rows,
   one for each memory object, add up to the counters (docs/counts.md).

   Why a write ended follows from the next one of the same message: where that
   one follows on the store, the writer's chunk or cap was full; where it does
   not, the file system says what lies between (tally_set_gap).  The last write
   of a message ended with the run.

   What a thread does while it works on no message (a pager may have threads of
   its own) is in the counters, and in no tally.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_WORLD_TALLY_H
#define SIM_WORLD_TALLY_H

#include "../engine/engine.h"

/* X (enumerator, name, what).  */
#define RUN_ENDS(X)                                                           \
  X (FULL, "full", "mach.return_pages pages were together")                   \
  X (CLEAN, "clean page", "the next page was not dirty")                      \
  X (BUSY, "busy page", "the next page was busy")                             \
  X (ABSENT, "absent page", "the next page was asked for and not yet there")  \
  X (HOLE, "hole", "the next offset had no page")                             \
  X (KIND, "precious page", "the next page was of the other kind")            \
  X (RANGE, "end of range", "the scan was at its end")                        \
  X (EVICTION, "eviction", "the pageout daemon sent one page")                \
  X (OBJECT, "end of object", "the object's last use was gone")

#define WRITE_ENDS(X)                                                         \
  X (RUN, "end of run", "the message's last block")                           \
  X (CHUNK, "chunk full", "the chunk, cap or page was full")                  \
  X (INDIRECT, "indirect block", "an indirect block lies before the next")    \
  X (GROUP, "group crossing", "the next block is in another group")           \
  X (FRAGMENT, "fragment", "the free run was at its end")

enum run_end
{
#define X(enumerator, name, what) RUN_END_##enumerator,
  RUN_ENDS (X)
#undef X
      RUN_END_COUNT
};

enum write_end
{
#define X(enumerator, name, what) WRITE_END_##enumerator,
  WRITE_ENDS (X)
#undef X
      WRITE_END_COUNT
};

extern const char *const run_end_name[RUN_END_COUNT];
extern const char *const write_end_name[WRITE_END_COUNT];

/* Of one memory object.  */
struct tally
{
  struct
  {
    uint64_t messages, pages; /* dirty data_returns  */
    uint64_t write_pages;     /* calls that did not answer EOPNOTSUPP  */
    uint64_t write_page;      /* calls  */
  } run[RUN_END_COUNT];
  struct
  {
    uint64_t writes, bytes;
  } write[WRITE_END_COUNT];
  uint64_t disk_writes, disk_bytes; /* store_write calls of the disk pager  */
};

struct memobj;

/* Forget what threads work on.  */
void tally_init (void);

/* What lies between two neighbouring blocks of a file that are not neighbours
   on the store: LOGICAL is the second one's number in the file, BEFORE and
   AFTER are store blocks.  NULL: nobody knows, all are fragments.  */
typedef enum write_end gap_fn (uint64_t logical, uint64_t before,
                               uint64_t after);
void tally_set_gap (gap_fn *fn);

/* One run or store write, for a log.  */
struct tally_event
{
  struct memobj *o;
  uint64_t offset, bytes; /* in the file  */
  bool store_write;       /* of the file path; else a dirty data_return  */
  unsigned why;           /* enum write_end or enum run_end  */
};
/* Called for each one that is counted: a run when it leaves, a write when it
   is known why it ended.  Stays set from run to run; NULL: nobody.  */
typedef void event_fn (const struct tally_event *);
void tally_set_log (event_fn *fn);

/* A data_return whose handler is done.  */
struct tally_message
{
  struct memobj *o;
  uint64_t offset;     /* in the file  */
  uint64_t pages;      /* dirty ones; none: 0  */
  uint64_t write_page; /* calls  */
  uint64_t bulk_pages; /* that calls of pager_write_pages took care of  */
  uint64_t bytes;      /* sent to the store on the file path  */
  bool failed;         /* one of these calls did  */
};
/* Called for each one, until the next tally_init.  */
typedef void message_fn (const struct tally_message *);
void tally_set_message (message_fn *fn);

/* A dirty data_return of O leaves, with N pages from INDEX on.  */
void tally_return (struct memobj *o, enum run_end why, uint64_t index,
                   size_t n);
/* The current thread begins to work on a data_return of O that ended by WHY,
   with PAGES dirty pages from OFFSET (bytes) on.  */
void tally_begin (struct memobj *o, enum run_end why, uint64_t offset,
                  uint64_t pages);
/* Its handler has returned; nothing if it was another message's.  */
void tally_end (void);
/* Calls of the current thread that answered ERR.  */
void tally_write_pages (int err);
void tally_write_page (int err);
/* A bulk call has taken care of PAGES pages.  */
void tally_bulk (uint64_t pages);
/* A store_write of the current thread; FILE_PATH or of the disk pager.  */
void tally_store_write (uint64_t offset, size_t len, bool file_path);
/* It failed or fell short.  */
void tally_store_failed (void);
/* All tallies to zero: counting begins.  */
void tally_reset (void);
/* Close what is open; call before reading tallies.  */
void tally_finish (void);

#endif /* SIM_WORLD_TALLY_H */
