/* Taking the pages of a file away that a truncation cuts off.

   The original flushes them, then takes alloc_lock and frees their blocks
   (truncate.c).  What comes in between, or was asked for before and comes in
   behind the flush, stays in memory without a block, and is written when the
   file has grown over it again (docs/model.md 6.5 R1, R4).

   Here the end moves first, under alloc_lock, while the blocks are still the
   file's.  Whoever asks for a page behind it from then on gets an error, as he
   would a moment later; a page that comes back behind it is dropped, which is
   what becomes of it anyway.  Then two flushes, each of which waits for what
   was sent before it:

   - behind the first, everybody who found the old end has been answered, for
     messages of an object are served in their order.  A page that was being
     read meanwhile was no page yet for the flush, and is in memory now; and
     somebody may have stored to it, and a sync have sent it.
   - the second takes it away, and behind it what was sent has been dropped.

   To wait under alloc_lock instead would never end: what is waited for wants
   it.  Nobody can grow the file meanwhile, for the caller holds its lock.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "fixed.h"

static void
flush (struct node *node, vm_offset_t start, vm_offset_t end)
{
  struct pager *pager;

  pthread_spin_lock (&node_to_page_lock);
  pager = diskfs_node_disknode (node)->pager;
  if (pager != NULL)
    ports_port_ref (pager);
  pthread_spin_unlock (&node_to_page_lock);
  if (pager == NULL)
    return;
  pager_flush_some (pager, start, end - start, 1);
  ports_port_deref (pager);
}

void
ext2_cut_pages (struct node *node, loff_t length)
{
  pthread_rwlock_t *lock = &diskfs_node_disknode (node)->alloc_lock;
  vm_offset_t start = round_page (length), end = round_page (node->allocsize);

  if (start >= end)
    return;
  pthread_rwlock_wrlock (lock);
  node->allocsize = round_block (length);
  pthread_rwlock_unlock (lock);
  flush (node, start, end);
  flush (node, start, end);
}
