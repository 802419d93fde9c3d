/* The settings of the writers and of the disk pager.

   The original has constants in their place: two blocks per chunk as first
   posted, runs of at most 128 blocks as merged, no bulk path for the disk
   (docs/model.md 6 and 3.6).

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "ext2fs-pager.h"
#include "hurd_api.h"

long pager_chunk_blocks = 2;
long pager_cap_blocks = 128;
int pager_disk_bulk = 0;

/* A writer makes no progress with less than one block.  */
static long
at_least_one (long blocks)
{
  return blocks < 1 ? 1 : blocks;
}

void
ext2fs_read_chunk_blocks (void)
{
  pager_chunk_blocks
      = at_least_one (hurd_api->setting ("pager.chunk_blocks", 2));
}

void
ext2fs_read_cap_blocks (void)
{
  pager_cap_blocks
      = at_least_one (hurd_api->setting ("pager.cap_blocks", 128));
}

void
ext2fs_pager_configure (void)
{
  ext2fs_writer_configure ();
  pager_disk_bulk = hurd_api->setting ("pager.disk_bulk", 0) != 0;
}
