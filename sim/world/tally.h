/* Tallies: why every run of pages and every store write ended where it did.

   A data_return carries the reason that its batch was sent, and whose pages
   they are; a write of the file path carries why it was not longer.  The rows,
   one for each memory object, add up to the counters (docs/counts.md).

   Why a write ended follows from the next one of the same message: where that
   one follows on the store, the writer's chunk or cap was full; where it does
   not, the file system says what lies between (tally_set_gap).  The last write
   of a message ended with the run.

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

/* A dirty data_return of O with N pages leaves.  */
void tally_return (struct memobj *o, enum run_end why, size_t n);
/* The current thread begins to work on a message about O; WHY and OFFSET
   (bytes) count for a data_return.  */
void tally_begin (struct memobj *o, enum run_end why, uint64_t offset);
void tally_write_pages (void);
void tally_write_page (void);
/* A store_write of the current thread; FILE_PATH or of the disk pager.  */
void tally_store_write (uint64_t offset, size_t len, bool file_path);
/* All tallies to zero: counting begins.  */
void tally_reset (void);
/* Close what is open; call before reading tallies.  */
void tally_finish (void);

#endif /* SIM_WORLD_TALLY_H */
