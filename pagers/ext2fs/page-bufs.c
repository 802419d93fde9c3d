/* Buffers of one page: for holes that are read and for bounce copies.

   The original maps a pool of 24 pages at a time and hands them out from the
   lowest up; each is unmapped by itself when it is freed (docs/model.md 6.4 f
   and h).  So behind a buffer lie the pages of the pool that are still to be
   handed out, and behind the last one what the kernel has put there.  Here
   every buffer is a mapping of its own, which costs a call each, and what lies
   behind it is told to the system below.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "ext2fs-pager.h"
#include "hurd_api.h"

#define POOL_PAGES 24

static unsigned handed_out; /* of the present pool  */

void *
get_page_buf (void)
{
  void *buf = mmap (0, vm_page_size, PROT_READ | PROT_WRITE, MAP_ANON, -1, 0);

  if (buf == MAP_FAILED)
    return 0;
  handed_out = handed_out % POOL_PAGES + 1;
  if (hurd_api->cut_from_larger)
    hurd_api->cut_from_larger (buf, (POOL_PAGES - handed_out) * vm_page_size);
  return buf;
}

void
free_page_buf (void *buf)
{
  munmap (buf, vm_page_size);
}
