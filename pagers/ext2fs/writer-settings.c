/* The settings of a writer that does not say which it reads.

   Ours say so (write-extent.c, ...), and a sweep then leaves out what they do not
   read; a pager.c from elsewhere knows nothing of it, and gets all there is.
   In a file of its own, so that such a pager.c may replace all others.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "ext2fs-pager.h"

__attribute__ ((weak)) void
ext2fs_writer_configure (void)
{
  ext2fs_read_chunk_blocks ();
  ext2fs_read_cap_blocks ();
}
