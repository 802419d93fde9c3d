/* Emptying the store's write cache.

   Model of docs/model.md 4: a later version of the Hurd ends
   diskfs_sync_everything with a store_sync if it waits; the one that was
   measured has none, and none has one in diskfs_file_update.  The setting
   ext2fs.flush puts it in both places.

   A cache that is empty is of no use to an inode that is not in it yet.  When
   the periodic sync has just copied an inode to the disk cache, the node is
   clean, and fsync has nothing to write and nothing to wait for; with the
   setting it waits (docs/reliability.md 2.4).

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "ext2fs.h"
#include "flush.h"
#include "hurd_api.h"

static int wanted;

void
flush_store_configure (void)
{
  wanted = hurd_api->setting ("ext2fs.flush", 0) != 0;
}

int
flush_wanted (int wait)
{
  return wanted && wait;
}

void
flush_store (int wait)
{
  if (flush_wanted (wait))
    store_sync (store);
}
