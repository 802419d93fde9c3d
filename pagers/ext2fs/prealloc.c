/* A file's preallocated blocks, guarded by a lock of their own.

   ext2_discard_prealloc reads how many there are and clears that, without a
   lock, while somebody who allocates takes one (docs/model.md 6.5 R6).
   alloc_lock is not the one to take: truncate and a synchronous allocation
   write the inode, which discards, while they hold it.  So first block and
   number change together under this one, which is held for no longer; what is
   taken here belongs to the taker.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "fixed.h"

static pthread_spinlock_t prealloc_lock = PTHREAD_SPINLOCK_INITIALIZER;

block_t
ext2_prealloc_take (struct ext2_inode_info *info, block_t goal)
{
  block_t block = 0;

  pthread_spin_lock (&prealloc_lock);
  if (info->i_prealloc_count > 0
      && (info->i_prealloc_block == goal
          || info->i_prealloc_block == goal + 1))
    {
      block = info->i_prealloc_block++;
      info->i_prealloc_count--;
    }
  pthread_spin_unlock (&prealloc_lock);
  return block;
}

block_t
ext2_prealloc_take_all (struct ext2_inode_info *info, block_t *first)
{
  block_t count;

  pthread_spin_lock (&prealloc_lock);
  *first = info->i_prealloc_block;
  count = info->i_prealloc_count;
  info->i_prealloc_count = 0;
  pthread_spin_unlock (&prealloc_lock);
  return count;
}

void
ext2_prealloc_give (struct ext2_inode_info *info, block_t first, block_t count)
{
  pthread_spin_lock (&prealloc_lock);
  info->i_prealloc_block = first;
  info->i_prealloc_count = count;
  pthread_spin_unlock (&prealloc_lock);
}
