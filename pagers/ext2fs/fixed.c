/* The repairs of what explorations have found (docs/findings.md), off unless
   the setting ext2fs.fixed asks for them.

   - Truncation (R1, R4, R5, docs/model.md 6.5): allocsize shrinks before the
     pages are flushed, and they are flushed twice: cut-pages.c.
   - A flush waits for the scans of a sync, and they for it, as a batch that is
     copied and not sent would escape it (R5): libpager/flush-alone.c.
   - A page that begins behind the end of its file is not made writable (R3):
     unlock-page.c.  Else it would be dirty without a block.
   - Preallocated blocks are guarded by a lock of their own (R6): prealloc.c.
   - A page of the disk cache that is on its way while its slot is given to
     another block is written to the block that it holds (R8): disk-cache.c.
   - A block is not used after alloc_lock was let go, unless it is looked up
     again (6.4 a): write-extent.c.
   - A dirty page in a hole is an error of that page, where the published
     writers end the server: find-block.c.  With the others it does not happen.
   - fsync, sync and the unmount tell what the store did not take:
     write-errors.c, under `adaptive', whose answers can be relied on.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "fixed.h"
#include "hurd_api.h"
#include "pager_flush.h"

int ext2_fixed;

void
ext2_fixed_configure (void)
{
  ext2_fixed = hurd_api->setting ("ext2fs.fixed", 0) != 0;
  _pager_flush_alone = ext2_fixed;
}
