/* The writer `adaptive': runs of consecutive blocks, shorter while others
   wait.

   Ours, to be sent upstream.  As in `extent', a run of consecutive blocks is
   one store write under one hold of alloc_lock; of the known defects
   (D1 to D8 of tests/conformance/FORMAT.md) it has none:
   - what was looked up is forgotten when the lock is dropped;
   - only what the store took is reported as written, in whole pages;
   - every error is passed on, and a hole, or a page that the file no longer
     reaches, is an error of that page.

   The hold is what diskfs_grow and diskfs_truncate wait for.  As nobody knows
   who is about to come, the length of a run follows what was seen: it may
   double when the lock came back at once, and is halved when it did not, but
   only where that lets others in much sooner.  pager.cap_blocks bounds it.

   Left out: a way to see that a writer waits where readers may join readers
   (the Hurd's lock lets them).  It takes two messages of one object at work at
   the same time, which libpager does not do.

   Where the Hurd does it: ext2fs/pager.c; docs/model.md 6.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "ext2fs-pager.h"
#include "write-errors.h"
#include <sched.h>
#include <time.h>

const char ext2fs_writer[] = "adaptive";

void
ext2fs_writer_configure (void)
{
  ext2fs_read_cap_blocks ();
  write_errors_configure ();
}

/* ---- How long a run may be ---------------------------------------------- */

/* What was seen of a file's lock.  Files whose numbers collide share an entry:
   it is only a hint.  */
#define FILES 64
static struct file_lock
{
  long cap; /* most blocks of the last hold; 0: there was none  */
  long run; /* blocks that it wrote  */
} file_locks[FILES];

/* How long a hold lasts, by the run it writes: 2^K to 2^(K+1) - 1 blocks.  A
   moving mean; 0 is unknown.  It is the store's doing, so all files share
   it.  */
#define LENGTHS 16
static uint64_t hold_ns[LENGTHS];

/* Guards the above.  */
static pthread_spinlock_t hints_lock = PTHREAD_SPINLOCK_INITIALIZER;

static uint64_t
now_ns (void)
{
  struct timespec t = { 0, 0 };

  clock_gettime (CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static int
length_class (long blocks)
{
  int k = 0;

  while (k + 1 < LENGTHS && blocks >> (k + 1) != 0)
    k++;
  return k;
}

/* Whether runs of half of BLOCKS let others in much sooner.

   A store write takes a fixed time and some for each block.  When the first is
   most of it, shorter runs only make the store slow, and keep those waiting
   who ask for a page behind them.  So a run is halved if that takes a third
   off its hold: then its blocks take at least twice the fixed time, and the
   halves still leave the store half of its speed.  What is not known is
   tried.  */
static int
worth_halving (long blocks)
{
  int k = length_class (blocks);

  if (k == 0)
    return 0;
  return hold_ns[k] == 0 || 3 * hold_ns[k - 1] <= 2 * hold_ns[k];
}

/* How many blocks of NODE the hold that begins may write.  WANTED: somebody
   else had the lock, or was given it.

   Doubling forgets fast.  It should: a writer that was let in goes on to wait
   for pages behind this very work, and does not want the lock again before
   that is done; until then short runs help nobody.  A halving that turned out
   not to be worth it is taken back the same way.  */
static long
choose_cap (struct node *node, int wanted)
{
  struct file_lock *f = &file_locks[node->cache_id % FILES];
  long cap;

  pthread_spin_lock (&hints_lock);
  cap = f->cap;
  if (cap == 0)
    cap = pager_cap_blocks;
  else if (!wanted || !worth_halving (2 * f->run))
    cap *= 2;
  else if (worth_halving (f->run))
    cap = f->run / 2;
  if (cap > pager_cap_blocks)
    cap = pager_cap_blocks;
  f->cap = cap;
  pthread_spin_unlock (&hints_lock);
  return cap;
}

/* A hold of NODE's lock wrote BLOCKS blocks in NS.  */
static void
note_hold (struct node *node, long blocks, uint64_t ns)
{
  uint64_t *mean = &hold_ns[length_class (blocks)];

  pthread_spin_lock (&hints_lock);
  file_locks[node->cache_id % FILES].run = blocks;
  *mean = *mean == 0 ? ns : (7 * *mean + ns) / 8;
  pthread_spin_unlock (&hints_lock);
}

/* Take LOCK for reading; nonzero if somebody else wanted it.

   Where a lock is handed over, as the Hurd's is, a writer that waited was
   given it by our unlock, and the try fails.  Where it is only released, the
   writer has been woken but has not run: we would get the lock back every
   time, and it would wait for all that we have to write.  Hence the yield,
   without the lock.  */
static int
take_lock (pthread_rwlock_t *lock)
{
  int wanted = pthread_rwlock_tryrdlock (lock);

  if (!wanted)
    {
      pthread_rwlock_unlock (lock);
      sched_yield ();
      wanted = pthread_rwlock_tryrdlock (lock);
    }
  if (wanted)
    pthread_rwlock_rdlock (lock);
  return wanted;
}

/* ---- Writing; alloc_lock is held ---------------------------------------- */

/* Find the run of consecutive blocks that begins at OFFSET of NODE: its first
   block and its length, at most LENGTH bytes.  Whatever ends it will be looked
   up again.  */
static error_t
find_run (struct node *node, vm_offset_t offset, vm_size_t length,
          block_t *first, vm_size_t *run)
{
  error_t err = find_block (node, offset, first);
  block_t block;

  if (!err && *first == 0)
    err = EIO;
  if (err)
    return err;
  for (*run = block_size; *run < length; *run += block_size)
    if (find_block (node, offset + *run, &block) != 0
        || block != *first + (*run >> log2_block_size))
      break;
  return 0;
}

/* Write LENGTH bytes of BUF to the blocks from BLOCK on.  */
static error_t
write_run (block_t block, const void *buf, vm_size_t length)
{
  store_offset_t dev_block = (store_offset_t)block
                             << log2_dev_blocks_per_fs_block;
  size_t amount = 0;
  error_t err = store_write (store, dev_block, buf, length, &amount);

  return !err && amount != length ? EIO : err;
}

/* Write LENGTH bytes of BUF to OFFSET of NODE, run by run.  */
static error_t
write_runs (struct node *node, vm_offset_t offset, const char *buf,
            vm_size_t length)
{
  vm_size_t done, run;
  error_t err = 0;

  for (done = 0; !err && done < length; done += run)
    {
      block_t block;

      err = find_run (node, offset + done, length - done, &block, &run);
      if (err)
        break;
      err = write_run (block, buf + done, run);
    }
  return err;
}

/* Write the first run from OFFSET of NODE on, whole pages and at most LENGTH
   bytes; *WRITTEN is set to its length, 0 after an error.  Where blocks are
   smaller than a page and those of the first page are not consecutive, it is
   written alone: as what is not reported is written again, no hold ends in the
   middle of a page.  */
static error_t
write_pages (struct node *node, vm_offset_t offset, const char *buf,
             vm_size_t length, vm_size_t *written)
{
  block_t block;
  vm_size_t run;
  error_t err = find_run (node, offset, length, &block, &run);

  *written = 0;
  if (err)
    return err;
  run = trunc_page (run);
  if (run > 0)
    err = write_run (block, buf, run);
  else
    {
      run = vm_page_size;
      err = write_runs (node, offset, buf, run);
    }
  if (!err)
    *written = run;
  return err;
}

/* ---- The two ways in ---------------------------------------------------- */

/* One page, or what of it lies within allocsize.  Behind that there is no
   place for what somebody stored there, which is an error; but with the
   setting ext2fs.fixed it is only a page that is being cut off
   (cut-pages.c).  */
error_t
file_pager_write_page (struct node *node, vm_offset_t page, vm_address_t buf)
{
  pthread_rwlock_t *lock = &diskfs_node_disknode (node)->alloc_lock;
  vm_size_t length = vm_page_size;
  vm_offset_t end;
  error_t err = ext2_fixed ? 0 : EIO;

  pthread_rwlock_rdlock (lock);
  end = node->allocsize;
  if (page < end)
    {
      if (length > end - page)
        length = end - page;
      err = write_runs (node, page, (const char *)buf, length);
    }
  pthread_rwlock_unlock (lock);
  return err;
}

/* One hold of the lock: write what of LENGTH bytes, whole pages, lies within
   allocsize and is one run.  *WRITTEN is set to its length.  A page that
   allocsize cuts, and all behind it, are left to pager_write_page.  */
static error_t
write_hold (struct node *node, vm_offset_t offset, const char *buf,
            vm_size_t length, vm_size_t *written)
{
  pthread_rwlock_t *lock = &diskfs_node_disknode (node)->alloc_lock;
  int wanted = take_lock (lock);
  uint64_t begin = now_ns ();
  vm_size_t most
      = trunc_page ((vm_size_t)choose_cap (node, wanted) << log2_block_size);
  vm_offset_t end = node->allocsize;
  error_t err = 0;

  *written = 0;
  if (most < vm_page_size)
    most = vm_page_size;
  if (length > most)
    length = most;
  if (offset + length > end)
    length = offset < end ? trunc_page (end - offset) : 0;
  if (length > 0)
    err = write_pages (node, offset, buf, length, written);
  if (*written > 0)
    note_hold (node, *written >> log2_block_size, now_ns () - begin);

  pthread_rwlock_unlock (lock);
  return err;
}

/* What this does not report libpager writes page by page, and looks at those
   errors alone.  */
static error_t
file_pager_write_pages (struct node *node, vm_offset_t offset, const char *buf,
                        vm_size_t length, vm_size_t *written)
{
  vm_size_t run;
  error_t err;

  length = trunc_page (length);
  *written = 0;
  do
    {
      err = write_hold (node, offset + *written, buf + *written,
                        length - *written, &run);
      *written += run;
    }
  while (!err && run > 0 && *written < length);
  return err;
}

error_t
pager_write_pages (struct user_pager_info *upi, vm_offset_t offset,
                   vm_address_t data, vm_size_t length, vm_size_t *written)
{
  error_t err;

  if (upi->type == DISK)
    {
      err = disk_pager_write_pages (offset, data, length, written);
      write_errors_note_slots (offset, *written, 0);
      return err;
    }
  err = file_pager_write_pages (upi->node, offset, (const char *)data, length,
                                written);
  /* What is left goes through pager_write_page.  */
  write_errors_note (upi->node->cache_id, offset, *written, 0);
  return err;
}
