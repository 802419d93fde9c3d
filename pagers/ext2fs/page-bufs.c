/* Buffers of one page: for holes that are read and for bounce copies.

   Each is a mapping of its own, because the kernel takes over and unmaps what
   is supplied to it, and so that whoever writes more than a page into one runs
   into what lies behind the mapping (docs/model.md 6.4 f).  Left out: the
   original's pool of 24 pages, which only saves mmap calls.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "ext2fs-pager.h"

void *
get_page_buf (void)
{
  void *buf = mmap (0, vm_page_size, PROT_READ | PROT_WRITE, MAP_ANON, -1, 0);

  return buf == MAP_FAILED ? 0 : buf;
}

void
free_page_buf (void *buf)
{
  munmap (buf, vm_page_size);
}
