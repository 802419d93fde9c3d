/* The journal's interface to the file system, without a journal.

   Code written for the tree that has a journal sends its block writes through
   here.  ext2_journal is NULL and the writes pass straight to the store; the
   notifications do nothing.  The definitions are in ../ext2fs/journal.c.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef _JOURNAL_H
#define _JOURNAL_H

#include <hurd.h>
#include <stddef.h>
#include <stdint.h>

typedef uint32_t block_t;

struct journal;
extern struct journal *ext2_journal; /* NULL: none  */

/* Write LEN bytes at file system block START.  */
error_t journal_store_write (block_t start, size_t len, void *buf,
                             size_t *amount);
/* Read LEN bytes at file system block START; *BUF and *READ as store_read.  */
error_t journal_store_read (block_t start, size_t len, void **buf,
                            size_t *read);

void journal_sync_everything (void); /* the pager defines it  */
void journal_notify_block_changed (block_t block);
/* Without prototypes: callers differ in what they pass.  */
void journal_quiesce_checkpoints ();
void journal_record_freed_blocks ();

#endif /* _JOURNAL_H */
