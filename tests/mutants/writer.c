/* Mutants: a writer that is right, or has just one defect.

   Each hold of alloc_lock writes one run of consecutive blocks, at most 8;
   what that leaves unwritten goes page by page.  The setting
   pager.chunk_blocks, less one, chooses the defect, so that one build has them
   all (tests/mutants.sh).

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "ext2fs-pager.h"
#include "hurd_api.h"

enum defect
{
  NONE,
  REACH,          /* a page is neither written nor refused  */
  OWNER,          /* ... is written to the next one's block  */
  STALE,          /* ... is written to where it was when first written  */
  UNLOCKED,       /* ... is written without the lock  */
  REFUSED,        /* an error of the store is kept from libpager  */
  WRITTEN_LONG,   /* *written is more than was asked for  */
  WRITTEN_PART,   /* *written ends in the middle of a page  */
  WRITTEN_CLAIM,  /* *written counts a page that the store did not take  */
  ERROR_PAGE,     /* an error that libpager does not know  */
  ERROR_BULK,     /* "does not work", and written all the same  */
  ERROR_READ,     /* such an error of reading a page  */
  HELD,           /* a lock of its own is never given back  */
  KEPT,           /* ... or alloc_lock, once  */
  RELEASED_TWICE, /* a page's memory is given back, which libpager does  */
  TWICE,          /* a page is written twice  */
  WAITS           /* after an error of the store nothing goes on  */
};

#define RUN_MAX 8
/* The page with the defect.  */
#define PAGE (5 * vm_page_size)

static enum defect defect;
static pthread_mutex_t kept_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;

const char ext2fs_writer[] = "mutant";

void
ext2fs_writer_configure (void)
{
  defect = (enum defect) (hurd_api->setting ("pager.chunk_blocks", 1) - 1);
}

static error_t
write_blocks (block_t block, void *buf, vm_size_t length)
{
  size_t amount = 0;
  error_t err = store_write (
      store, (store_offset_t)block << log2_dev_blocks_per_fs_block, buf,
      length, &amount);

  if (!err && amount < length)
    err = EIO;
  if (err && defect == WAITS)
    {
      pthread_mutex_lock (&kept_lock);
      pthread_cond_wait (&never, &kept_lock);
    }
  return defect == REFUSED ? 0 : err;
}

/* The block of the page with the defect when NODE was first written; it is
   BLOCK now.  */
static block_t
first_block (struct node *node, block_t block)
{
  static block_t first[64];
  block_t *known = &first[node->cache_id % 64];

  if (*known == 0)
    *known = block;
  return *known;
}

/* The run of blocks that begins at OFFSET, at most LENGTH bytes; the lock is
   held.  */
static error_t
find_run (struct node *node, vm_offset_t offset, vm_size_t length,
          block_t *first, vm_size_t *run)
{
  block_t block;
  error_t err = find_block (node, offset, first);

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

/* Write a run from OFFSET on, at most LENGTH bytes; *DONE is how long it was,
   0 behind the end of the file.  */
static error_t
write_run (struct node *node, vm_offset_t offset, char *buf, vm_size_t length,
           vm_size_t *done)
{
  pthread_rwlock_t *lock = &diskfs_node_disknode (node)->alloc_lock;
  static int kept;
  int at_page = offset == PAGE;
  vm_size_t run = 0;
  block_t block = 0;
  error_t err = 0;

  *done = 0;
  pthread_rwlock_rdlock (lock);
  if (length > RUN_MAX * vm_page_size)
    length = RUN_MAX * vm_page_size;
  /* The page with the defect is one by itself.  */
  if (offset < PAGE && offset + length > PAGE)
    length = PAGE - offset;
  if (at_page)
    length = vm_page_size;
  if (offset < (vm_offset_t)node->allocsize)
    err = find_run (node, offset, length, &block, &run);
  if (err || run == 0)
    {
      pthread_rwlock_unlock (lock);
      return err;
    }

  if (at_page && defect == STALE)
    block = first_block (node, block);
  if (at_page && defect == UNLOCKED)
    pthread_rwlock_unlock (lock);
  if (at_page && defect == OWNER)
    block++;
  if (!at_page || (defect != REACH && defect != WRITTEN_CLAIM))
    err = write_blocks (block, buf, run);
  if (at_page && defect == TWICE)
    err = write_blocks (block, buf, run);
  if (at_page && defect == KEPT && !kept)
    kept = 1;
  else if (!at_page || defect != UNLOCKED)
    pthread_rwlock_unlock (lock);
  if (!err)
    *done = run;
  return err;
}

static error_t
file_pager_write_pages (struct node *node, vm_offset_t offset, char *data,
                        vm_size_t length, vm_size_t *written)
{
  vm_size_t done = 0, run;
  error_t err = 0;

  if (defect == ERROR_BULK)
    {
      *written = vm_page_size;
      return EOPNOTSUPP;
    }
  /* Some defects are of single pages.  */
  if (defect == REACH || defect == ERROR_PAGE || defect == RELEASED_TWICE)
    {
      *written = 0;
      return EOPNOTSUPP;
    }
  do
    {
      err = write_run (node, offset + done, data + done, length - done, &run);
      done += run;
    }
  while (!err && run > 0 && done < length);
  *written = done;
  if (defect == WRITTEN_LONG)
    *written += vm_page_size;
  if (defect == WRITTEN_PART && done > 0)
    *written -= 512;
  return err;
}

error_t
file_pager_write_page (struct node *node, vm_offset_t page, vm_address_t buf)
{
  static int kept;
  vm_size_t run;
  error_t err;

  if (page == PAGE && defect == ERROR_PAGE)
    return EBUSY;
  if (page == PAGE && defect == HELD && !kept)
    {
      kept = 1;
      pthread_mutex_lock (&kept_lock);
    }
  err = write_run (node, page, (char *)buf, vm_page_size, &run);
  if (page == PAGE && defect == RELEASED_TWICE)
    munmap ((void *)buf, vm_page_size);
  return err;
}

error_t
pager_write_pages (struct user_pager_info *upi, vm_offset_t offset,
                   vm_address_t data, vm_size_t length, vm_size_t *written)
{
  if (upi->type == DISK)
    return disk_pager_write_pages (offset, data, length, written);
  if (defect == HELD)
    {
      *written = 0;
      return EOPNOTSUPP;
    }
  return file_pager_write_pages (upi->node, offset, (char *)data, length,
                                 written);
}

error_t
pager_read_page (struct user_pager_info *upi, vm_offset_t page,
                 vm_address_t *buf, int *write_lock)
{
  if (upi->type == DISK)
    return disk_pager_read_page (page, buf, write_lock);
  if (page == PAGE && defect == ERROR_READ)
    return EBUSY;
  return file_pager_read_page (upi->node, page, buf, write_lock);
}
