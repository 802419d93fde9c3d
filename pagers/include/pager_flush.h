/* Flushes that no scan overlaps: libpager/flush-alone.c.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef PAGER_FLUSH_H
#define PAGER_FLUSH_H

#include "priv.h"

/* Whether flushes that are waited for exclude scans of the same pages; a file
   system sets it.  */
extern int _pager_flush_alone;

/* A lock request that the kernel works on, START up to END of PAGER.  */
struct pager_scan
{
  struct pager_scan *next;
  struct pager *pager;
  vm_offset_t start, end;
  int flush;
};

/* S, filled in but for `next', begins: wait for those that must not overlap
   it.  Without the interlock.  */
void _pager_scan_begin (struct pager_scan *s);
void _pager_scan_end (struct pager_scan *s);

#endif /* PAGER_FLUSH_H */
