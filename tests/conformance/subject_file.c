/* A node with its user_pager_info, for the code under test.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef HURD_API_NO_REDIRECT
#define HURD_API_NO_REDIRECT
#endif
#include <ext2fs.h>

#include "script.h"
#include "subject.h"

struct user_pager_info *
file_make (int64_t allocsize)
{
  struct user_pager_info *upi = script_alloc (sizeof *upi);
  struct node *np = script_alloc (sizeof *np);

  np->dn = script_alloc (sizeof *np->dn);
  np->allocsize = allocsize;
  np->hard_refs = 1;
  np->cache_id = 12;
  np->dn_stat.st_mode = S_IFREG | 0644;
  np->dn_stat.st_size = allocsize;
  upi->type = FILE_DATA;
  upi->node = np;
  upi->max_prot = VM_PROT_READ | VM_PROT_WRITE;
  return upi;
}

int64_t
file_allocsize (const struct user_pager_info *upi)
{
  return upi->node->allocsize;
}

void
file_set_allocsize (struct user_pager_info *upi, int64_t allocsize)
{
  upi->node->allocsize = allocsize;
}
