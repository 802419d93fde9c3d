/* The pagemap: a short of flags for each page (docs/model.md 2.2).

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "priv.h"

#include <string.h>

/* It grows by this many entries.  */
#define GROWTH 4096

error_t
_pager_pagemap_resize (struct pager *p, vm_address_t address)
{
  vm_size_t wanted = address / __vm_page_size;
  short *pagemap;

  if (wanted <= p->pagemapsize)
    return 0;

  wanted = (wanted + GROWTH - 1) / GROWTH * GROWTH;
  pagemap = calloc (wanted, sizeof *pagemap);
  if (pagemap == NULL)
    return ENOMEM;
  if (p->pagemapsize)
    memcpy (pagemap, p->pagemap, p->pagemapsize * sizeof *pagemap);
  free (p->pagemap);
  p->pagemap = pagemap;
  p->pagemapsize = wanted;
  return 0;
}
