/* The oracle of contents: every dirty page reaches the store, the last version
   last.

   While it watches it learns the last version of every page that a client
   wrote, as a stamp, and what blocks of metadata were last meant to hold. When
   the run is over and everything has been written back, contents_judge looks
   for each page's block through the server's map and compares.  What differs
   is lost; whether anybody was told is told apart.

   It needs run.contents=stamps.  It changes nothing in a run.

   Left out: pages of files whose last name is gone; metadata that nobody wrote
   in the run; and whether a block of metadata was freed since, where the
   server cannot say (fatfs): then it is called lost, though nobody misses it.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_HARNESS_CONTENTS_ORACLE_H
#define SIM_HARNESS_CONTENTS_ORACLE_H

#include "workload.h"

/* What contents_judge found.  */
struct contents_verdict
{
  /* Pages of files that hold something else than the last version, by how
     somebody came to know: a call on that file, or sync, failed; or else the
     page, evicted, could not be read again; or else nobody.  */
  uint64_t pages, pages_by_call, pages_by_read, pages_silent;
  /* Blocks of metadata, the same; a directory's cannot be told from a file's
     page, and nobody reads it.  */
  uint64_t blocks, blocks_by_call, blocks_by_read, blocks_silent;
  /* Blocks that a store write did not bring to their place, and how many of
     them a later write did.  */
  uint64_t failed, again;
  uint64_t calls;   /* that failed after the first fault  */
  uint64_t checked; /* pages that were compared  */
  /* The first silent page, or empty.  */
  char first[160];
};

/* Somebody watches: without it none of the functions below need be called.  */
extern bool contents_on;

/* Watch every run from the next one on; call before scenario_run.  */
void contents_watch (void);
/* The world is in its first state: begin.  */
void contents_begin (void);

/* ---- What clients do (client.c)  */

/* PATH was opened and is file INODE, FRESH if it was made by that.  */
void contents_opened (const char *path, uint32_t inode, bool fresh);
void contents_renamed (const char *from, const char *to);
void contents_unlinked (const char *path);
/* INODE was cut to LENGTH by a call that began at BEGIN.  */
void contents_truncated (uint32_t inode, uint64_t length, vtime begin);
enum
{
  CONTENTS_ALL = 0,   /* sync: a call on all files  */
  CONTENTS_NAMES = -1 /* on a name, so on no file's contents  */
};
/* A call on INODE, or one of the above, failed.  */
void contents_told (uint32_t inode);

/* ---- The end  */

/* Compare, on a thread of the engine, when everything is written back.  */
void contents_judge (struct contents_verdict *v);

#endif /* SIM_HARNESS_CONTENTS_ORACLE_H */
