/* The journal of a file system that has none.

   See "journal.h": writes pass through to the store in units of the file
   system, notifications have nobody to notify (docs/model.md 3.6, HEAD).

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "ext2fs.h"
#include "journal.h"

struct journal *ext2_journal;

error_t
journal_store_write (block_t start, size_t len, void *buf, size_t *amount)
{
  return store_write (store,
                      (store_offset_t)start << log2_dev_blocks_per_fs_block,
                      buf, len, amount);
}

error_t
journal_store_read (block_t start, size_t len, void **buf, size_t *read)
{
  return store_read (store,
                     (store_offset_t)start << log2_dev_blocks_per_fs_block,
                     len, buf, read);
}

void
journal_notify_block_changed (block_t block __attribute__ ((unused)))
{
}

void
journal_quiesce_checkpoints ()
{
}

void
journal_record_freed_blocks ()
{
}

diskfs_transaction_t *
diskfs_journal_start_transaction (void)
{
  return NULL;
}

void
diskfs_journal_stop_transaction (diskfs_transaction_t *transaction
                                 __attribute__ ((unused)))
{
}
