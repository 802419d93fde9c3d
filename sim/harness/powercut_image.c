/* One image that a cut may leave, as a file: see powercut.h.

   A worker has one file, in memory, which e2fsck changes.  For the next image
   only the blocks are copied that differ: those that were used at any time,
   and whatever else the file has got since.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "powercut.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "../base/check.h"
#include "report_file.h"

struct powercut_canvas
{
  int fd;
  uint8_t *file; /* as mapped  */
  uint8_t *want; /* what it is to hold  */
  uint64_t size; /* of both  */
  const struct powercut_log *log;
  uint32_t writes; /* that WANT has  */
};

struct powercut_canvas *
powercut_canvas_open (void)
{
  struct powercut_canvas *c = calloc (1, sizeof *c);
  CHECK (c);
  c->fd = memfd_create ("powercut", MFD_CLOEXEC);
  CHECK (c->fd >= 0);
  return c;
}

static void
unmap (struct powercut_canvas *c)
{
  if (c->size == 0)
    return;
  munmap (c->file, c->size);
  munmap (c->want, c->size);
}

void
powercut_canvas_close (struct powercut_canvas *c)
{
  unmap (c);
  close (c->fd);
  free (c);
}

int
powercut_canvas_fd (const struct powercut_canvas *c)
{
  return c->fd;
}

const uint8_t *
powercut_canvas_data (const struct powercut_canvas *c)
{
  return c->file;
}

static bool
is_used (const struct powercut_log *log, uint32_t block)
{
  return log->used[block / 8] & 1 << block % 8;
}

/* The block after FROM, or that itself, that was ever used; or COUNT.  */
static uint32_t
next_used (const struct powercut_log *log, uint32_t from, uint32_t count)
{
  while (from < count && !is_used (log, from))
    from += log->used[from / 8] == 0 ? 8 - from % 8 : 1;
  return from < count ? from : count;
}

/* ---- What is wanted ------------------------------------------------------
 */

static uint8_t *
wanted (const struct powercut_canvas *c, uint32_t block)
{
  return c->want + (uint64_t)block * POWERCUT_BLOCK;
}

/* WANT is what LOG's store was before the first write.  */
static void
start (struct powercut_canvas *c, const struct powercut_log *log)
{
  if (c->size != log->size)
    {
      unmap (c);
      c->size = log->size;
      CHECK (ftruncate (c->fd, 0) == 0 && ftruncate (c->fd, c->size) == 0);
      c->file
          = mmap (NULL, c->size, PROT_READ | PROT_WRITE, MAP_SHARED, c->fd, 0);
      c->want = mmap (NULL, c->size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
      CHECK (c->file != MAP_FAILED && c->want != MAP_FAILED);
    }
  CHECK (madvise (c->want, c->size, MADV_DONTNEED) == 0);
  uint32_t count = c->size / POWERCUT_BLOCK;
  for (uint32_t b = next_used (log, 0, count); b < count;
       b = next_used (log, b + 1, count))
    memcpy (wanted (c, b), log->base + (uint64_t)b * POWERCUT_BLOCK,
            POWERCUT_BLOCK);
  c->log = log;
  c->writes = 0;
}

static void
apply_writes (struct powercut_canvas *c, uint32_t writes)
{
  const struct powercut_log *log = c->log;
  for (size_t i = log->first[c->writes]; i < log->first[writes]; i++)
    memcpy (wanted (c, log->piece[i].block), log->piece[i].data,
            POWERCUT_BLOCK);
  c->writes = writes;
}

void
powercut_change_apply (const struct powercut_change *change, uint8_t *block)
{
  enum
  {
    SECTOR = POWERCUT_BLOCK / POWERCUT_SECTORS
  };
  if (change->under)
    memcpy (block, change->under->data, POWERCUT_BLOCK);
  for (unsigned s = 0; s < POWERCUT_SECTORS; s++)
    if (change->mask & 1 << s)
      memcpy (block + s * SECTOR, change->piece->data + s * SECTOR, SECTOR);
}

/* ---- The file ------------------------------------------------------------
 */

static void
renew (struct powercut_canvas *c, uint32_t block)
{
  uint8_t *have = c->file + (uint64_t)block * POWERCUT_BLOCK;
  if (memcmp (have, wanted (c, block), POWERCUT_BLOCK) != 0)
    memcpy (have, wanted (c, block), POWERCUT_BLOCK);
}

/* Blocks that have something in the file, and never were used.  */
static void
renew_others (struct powercut_canvas *c)
{
  off_t at = 0, end;
  while ((at = lseek (c->fd, at, SEEK_DATA)) >= 0
         && (end = lseek (c->fd, at, SEEK_HOLE)) >= 0)
    {
      for (uint32_t b = at / POWERCUT_BLOCK; b < end / POWERCUT_BLOCK; b++)
        if (!is_used (c->log, b))
          renew (c, b);
      at = end;
    }
}

static void
renew_all (struct powercut_canvas *c)
{
  uint32_t count = c->size / POWERCUT_BLOCK;
  /* e2fsck does not shorten it.  */
  renew_others (c);
  for (uint32_t b = next_used (c->log, 0, count); b < count;
       b = next_used (c->log, b + 1, count))
    renew (c, b);
}

void
powercut_canvas_draw (struct powercut_canvas *c,
                      const struct powercut_log *log,
                      const struct powercut_image *image)
{
  if (c->log != log || image->writes < c->writes)
    start (c, log);
  apply_writes (c, image->writes);
  uint8_t *saved = malloc ((image->changes + 1) * POWERCUT_BLOCK);
  CHECK (saved);
  for (size_t i = 0; i < image->changes; i++)
    {
      uint8_t *block = wanted (c, image->change[i].piece->block);
      memcpy (saved + i * POWERCUT_BLOCK, block, POWERCUT_BLOCK);
      powercut_change_apply (&image->change[i], block);
    }
  renew_all (c);
  for (size_t i = 0; i < image->changes; i++)
    memcpy (wanted (c, image->change[i].piece->block),
            saved + i * POWERCUT_BLOCK, POWERCUT_BLOCK);
  free (saved);
}

/* ---- For people ----------------------------------------------------------
 */

static int
write_blocks (int fd, void *arg)
{
  const struct powercut_canvas *c = arg;
  static const uint8_t zeros[POWERCUT_BLOCK];
  uint32_t count = c->size / POWERCUT_BLOCK;
  if (ftruncate (fd, c->size) != 0)
    return errno;
  for (uint32_t b = next_used (c->log, 0, count); b < count;
       b = next_used (c->log, b + 1, count))
    {
      uint64_t at = (uint64_t)b * POWERCUT_BLOCK;
      size_t done = 0;
      if (memcmp (c->file + at, zeros, POWERCUT_BLOCK) == 0)
        continue;
      while (done < POWERCUT_BLOCK)
        {
          ssize_t n = pwrite (fd, c->file + at + done, POWERCUT_BLOCK - done,
                              at + done);
          if (n < 0 && errno != EINTR)
            return errno;
          done += n > 0 ? n : 0;
        }
    }
  return 0;
}

bool
powercut_image_write (const struct powercut_log *log,
                      const struct powercut_image *image, const char *path,
                      struct user_error *err)
{
  struct powercut_canvas *c = powercut_canvas_open ();
  powercut_canvas_draw (c, log, image);
  bool good = report_file_fill (path, write_blocks, c, err);
  powercut_canvas_close (c);
  return good;
}
