/* Writing everything back.

   Model of docs/model.md 3.10 and 4: inodes and indirect blocks go to the disk
   cache and to the disk first, then each file's pages, then what is left of
   the metadata.  Without WAIT the files' pages are only queued, so that
   metadata may overtake them.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "ext2fs-pager.h"
#include "flush.h"

static error_t
sync_and_wait (void *pager)
{
  pager_sync (pager, 1);
  return 0;
}

static error_t
start_sync (void *pager)
{
  pager_sync (pager, 0);
  return 0;
}

void
diskfs_sync_everything (int wait)
{
  write_all_disknodes ();
  ports_bucket_iterate (file_pager_bucket, wait ? sync_and_wait : start_sync);
  sync_global (wait);
  flush_store (wait);
}

/* A file system with a journal calls this before it empties the journal;
   there is none.  */
void
journal_sync_everything (void)
{
}

static error_t
shutdown_one (void *pager)
{
  pager_shutdown (pager);
  return 0;
}

/* The disk pager is synced but stays, since the metadata's users do.  */
void
diskfs_shutdown_pager (void)
{
  write_all_disknodes ();
  ports_bucket_iterate (file_pager_bucket, shutdown_one);
  sync_global (1);
}
