/* Pokes: which ranges of the disk cache await being written.

   Model of docs/model.md 3.9: a list of ranges, newest first.  A new poke is
   merged into the first range that it touches or overlaps; ranges are not
   merged with one another afterwards.  Syncing is one pager_sync_some per
   range, newest first.

   A range holds one reference per block that it covers, so that a slot with
   unwritten contents is not given to another block.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "ext2fs-pager.h"

void
pokel_init (struct pokel *pl, struct pager *pager, void *image)
{
  pl->pokes = 0;
  pl->free_pokes = 0;
  pl->lock = PTHREAD_SPINLOCK_INITIALIZER;
  pl->pager = pager;
  pl->image = image;
}

/* Drop the references of the blocks from START to END.  */
static void
drop_references (struct pokel *pl, vm_offset_t start, vm_offset_t end)
{
  for (; start < end; start += block_size)
    _disk_cache_block_deref ((char *)pl->image + start);
}

void
pokel_add (struct pokel *pl, void *loc, vm_size_t length)
{
  vm_offset_t begin = (char *)loc - (char *)pl->image;
  vm_offset_t offset = trunc_page (begin);
  vm_offset_t end = round_page (begin + length);
  vm_offset_t old_offset, old_end;
  struct poke *poke;

  pthread_spin_lock (&pl->lock);
  for (poke = pl->pokes; poke; poke = poke->next)
    {
      old_offset = poke->offset;
      old_end = poke->offset + poke->length;
      if (old_offset <= end && offset <= old_end)
        break;
    }

  if (poke)
    {
      if (offset < old_offset)
        poke->offset = offset;
      poke->length = (end > old_end ? end : old_end) - poke->offset;
    }
  else
    {
      poke = pl->free_pokes;
      if (poke)
        pl->free_pokes = poke->next;
      else
        poke = malloc (sizeof *poke);
      assert_backtrace (poke);
      poke->offset = offset;
      poke->length = end - offset;
      poke->next = pl->pokes;
      pl->pokes = poke;
      old_offset = old_end = end;
    }
  pthread_spin_unlock (&pl->lock);

  /* What the range covered already has its reference.  */
  drop_references (pl, offset > old_offset ? offset : old_offset,
                   end < old_end ? end : old_end);
}

/* Take all pokes off PL; sync them if SYNC.  */
static void
pokel_exec (struct pokel *pl, int sync, int wait)
{
  struct poke *pokes, *poke, *last = 0;

  pthread_spin_lock (&pl->lock);
  pokes = pl->pokes;
  pl->pokes = 0;
  pthread_spin_unlock (&pl->lock);

  for (poke = pokes; poke; poke = poke->next)
    {
      if (sync)
        pager_sync_some (pl->pager, poke->offset, poke->length, wait);
      drop_references (pl, poke->offset, poke->offset + poke->length);
      last = poke;
    }

  if (last)
    {
      pthread_spin_lock (&pl->lock);
      last->next = pl->free_pokes;
      pl->free_pokes = pokes;
      pthread_spin_unlock (&pl->lock);
    }
}

void
pokel_sync (struct pokel *pl, int wait)
{
  pokel_exec (pl, 1, wait);
}

void
pokel_flush (struct pokel *pl)
{
  pokel_exec (pl, 0, 0);
}

void
pokel_finalize (struct pokel *pl)
{
  struct poke *poke, *next;

  pokel_flush (pl);
  for (poke = pl->free_pokes; poke; poke = next)
    {
      next = poke->next;
      free (poke);
    }
  pl->free_pokes = 0;
}

void
pokel_inherit (struct pokel *pl, struct pokel *from)
{
  struct poke *pokes, *last;

  assert_backtrace (pl->pager == from->pager && pl->image == from->image);

  pthread_spin_lock (&from->lock);
  pokes = from->pokes;
  from->pokes = 0;
  pthread_spin_unlock (&from->lock);
  if (!pokes)
    return;

  for (last = pokes; last->next; last = last->next)
    continue;
  pthread_spin_lock (&pl->lock);
  last->next = pl->pokes;
  pl->pokes = pokes;
  pthread_spin_unlock (&pl->lock);
}
