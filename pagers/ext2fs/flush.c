/* Emptying the store's write cache.

   Model of docs/model.md 4: a later version of the Hurd ends
   diskfs_sync_everything with a store_sync if it waits; the one that was
   measured has none, and none has one in diskfs_file_update.  The setting
   ext2fs.flush puts it in both places.

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

void
flush_store (int wait)
{
  if (wanted && wait)
    store_sync (store);
}
