/* Which pages and blocks the store did not take, for those who ask: fsync,
   sync and the unmount.

   In the Hurd nobody tells them.  libpager hears of an error from
   pager_write_page, marks the page as invalid, and fails its next page-in;
   what waits for the write (pager_sync) learns nothing, so that fsync returns
   0 for data that is not on the disk (docs/model.md 2.6 and 6.3).  Here the
   file system remembers, in place of a field in libpager, which would change
   its interface for all who use it.

   What is kept is the page, not only that there was an error: so fsync fails
   for as long as the page is not on the store as it was last written, however
   many ask and however often, and is good again when a later write has
   succeeded, or the page was cut off.  It is kept by inode number, so that it
   outlives the node.

   Of metadata nobody knows whose it is: an error there fails every fsync.

   Left out: forgetting a block of metadata that was freed since; it is
   forgotten when it is next written.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "ext2fs-pager.h"
#include "hurd_api.h"
#include "write-errors.h"

/* The inode number that stands for metadata, whose places are bytes of the
   store; a file's are bytes of the file.  */
#define DISK_INO 0

struct write_error
{
  struct write_error *next;
  ino_t ino;
  uint64_t offset; /* of a page  */
  error_t err;
};

/* Newest first; short, and mostly empty.  */
static struct write_error *write_errors;
static pthread_spinlock_t write_errors_lock = PTHREAD_SPINLOCK_INITIALIZER;
static int keep_write_errors;

void
write_errors_configure (void)
{
  keep_write_errors = hurd_api->setting ("ext2fs.fixed", 0) != 0;
}

/* Forget what is kept of INO from OFFSET up to END.  */
static void
forget (ino_t ino, uint64_t offset, uint64_t end)
{
  struct write_error **at = &write_errors, *e;

  while ((e = *at) != NULL)
    if (e->ino == ino && e->offset >= offset && e->offset < end)
      {
        *at = e->next;
        free (e);
      }
    else
      at = &e->next;
}

static void
keep (ino_t ino, uint64_t offset, error_t err)
{
  struct write_error *e = malloc (sizeof *e);

  assert_backtrace (e);
  *e = (struct write_error){ write_errors, ino, offset, err };
  write_errors = e;
}

void
write_errors_note (ino_t ino, uint64_t offset, uint64_t length, error_t err)
{
  if (!keep_write_errors || (!err && write_errors == NULL))
    return;
  pthread_spin_lock (&write_errors_lock);
  forget (ino, offset, offset + length);
  if (err)
    for (uint64_t at = 0; at < length; at += vm_page_size)
      keep (ino, offset + at, err);
  pthread_spin_unlock (&write_errors_lock);
}

/* By block: when somebody asks, the slot may hold another one.  */
void
write_errors_note_slots (vm_offset_t offset, vm_size_t length, error_t err)
{
  if (!keep_write_errors || (!err && write_errors == NULL))
    return;
  for (vm_size_t at = 0; at < length; at += vm_page_size)
    write_errors_note (DISK_INO, boffs (disk_cache_page_block (offset + at)),
                       vm_page_size, err);
}

void
write_errors_cut (ino_t ino, uint64_t length)
{
  if (write_errors == NULL)
    return;
  pthread_spin_lock (&write_errors_lock);
  forget (ino, round_page (length), UINT64_MAX);
  pthread_spin_unlock (&write_errors_lock);
}

/* The error that is kept of INO or of metadata; ALL: or of any file.  */
static error_t
kept (ino_t ino, int all)
{
  struct write_error *e;
  error_t err = 0;

  if (write_errors == NULL)
    return 0;
  pthread_spin_lock (&write_errors_lock);
  for (e = write_errors; e != NULL; e = e->next)
    if (all || e->ino == ino || e->ino == DISK_INO)
      err = e->err;
  pthread_spin_unlock (&write_errors_lock);
  return err;
}

error_t
write_errors_any (void)
{
  return kept (DISK_INO, 1);
}

/* Without WAIT nothing is promised.  */
error_t
ext2_file_sync (struct node *np, int wait)
{
  error_t err = diskfs_file_sync (np, wait);

  return err || !wait ? err : kept (np->cache_id, 0);
}

error_t
ext2_syncfs (int wait)
{
  error_t err = diskfs_fsys_syncfs (wait);

  return err || !wait ? err : write_errors_any ();
}
