/* The writer `chunk': a few blocks per hold of alloc_lock, then a yield.

   The bulk hook as first posted (docs/model.md 6.1), defects kept: progress is
   counted whether or not the store took the data (D3), a chunk that splits
   goes through a bounce buffer that is too small for more than two blocks
   (D6), a hole ends the server (D7).  A tail shorter than a block is left to
   the caller without an error.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "ext2fs-pager.h"
#include <sched.h>

const char ext2fs_writer[] = "chunk";

void
ext2fs_writer_configure (void)
{
  ext2fs_read_chunk_blocks ();
}

/* What of the LENGTH bytes at OFFSET lies within allocsize.  */
static vm_size_t
clip (struct node *node, vm_offset_t offset, vm_size_t length)
{
  vm_size_t end = node->allocsize;

  if (offset >= end)
    return 0;
  return length < end - offset ? length : end - offset;
}

/* Write N blocks from BUF to OFFSET of NODE; *BUILT is set to the bytes that
   were queued.  */
static error_t
write_chunk (struct node *node, vm_offset_t offset, void *buf, vm_size_t n,
             vm_size_t *built)
{
  struct pending_blocks pb;
  error_t err = 0, write_err;

  pending_blocks_init (&pb, buf);
  *built = 0;
  while (n-- > 0)
    {
      block_t block;

      err = find_block_to_write (node, offset + *built, &block);
      if (err)
        break;
      assert_backtrace (block);
      err = pending_blocks_add (&pb, block);
      if (err)
        break;
      *built += block_size;
    }

  /* Also after an error: what is queued goes out, or is tried again.  */
  write_err = pending_blocks_write (&pb);
  return err ? err : write_err;
}

static error_t
file_pager_write_pages (struct node *node, vm_offset_t offset, char *buf,
                        vm_size_t length, vm_size_t *written)
{
  pthread_rwlock_t *lock = &diskfs_node_disknode (node)->alloc_lock;
  vm_size_t done = 0;
  vm_size_t left;
  error_t err = 0;

  pthread_rwlock_rdlock (lock);
  left = clip (node, offset, length);
  while (left > 0)
    {
      vm_size_t n = left >> log2_block_size;
      vm_size_t built;

      if (n > (vm_size_t)pager_chunk_blocks)
        n = pager_chunk_blocks;
      if (n == 0)
        break;

      err = write_chunk (node, offset + done, buf + done, n, &built);
      done += built;
      left -= built;
      if (err || left == 0)
        break;

      /* Let whoever waits for the lock have it.  */
      pthread_rwlock_unlock (lock);
      sched_yield ();
      pthread_rwlock_rdlock (lock);
      if (offset + done > (vm_offset_t)node->allocsize)
        break;
      /* It only shrinks: what a grow adds meanwhile is not picked up.  */
      left = clip (node, offset + done, left);
    }
  pthread_rwlock_unlock (lock);

  *written = trunc_page (done < length ? done : length);
  return err;
}

error_t
pager_write_pages (struct user_pager_info *upi, vm_offset_t offset,
                   vm_address_t data, vm_size_t length, vm_size_t *written)
{
  if (upi->type == DISK)
    return disk_pager_write_pages (offset, data, length, written);
  return file_pager_write_pages (upi->node, offset, (char *)data, length,
                                 written);
}
