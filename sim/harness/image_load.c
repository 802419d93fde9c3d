/* A given file system onto the store, see image.h: the key store.image.

   The file is read once a run, what is not zero of it; it may be sparse, and
   is never written.  A path in a workload is relative to the workload's file,
   one of the user's to the current directory.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#define _GNU_SOURCE
#include "image.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/check.h"
#include "../engine/trace.h"
#include "../world/device.h"
#include "image_judge.h"
#include "keys.h"

#define NO_IMAGE "none"
#define SIZE_MAX_BYTES (UINT64_C (2) << 40) /* as of store.size  */
#define DATA_MAX_BYTES (UINT64_C (8) << 30) /* all of it is in memory  */

/* The image of the present run.  */
static struct
{
  int fd; /* 0: none  */
  uint64_t size;
  char path[PATH_MAX];
} image;

__attribute__ ((format (printf, 2, 3))) static bool
wrong (struct user_error *err, const char *format, ...)
{
  char what[300];
  va_list args;
  va_start (args, format);
  vsnprintf (what, sizeof what, format, args);
  va_end (args);
  snprintf (err->line, sizeof err->line, "store.image: %.180s: %s",
            image.path, what);
  return false;
}

/* ---- Keys ----------------------------------------------------------------
 */

static bool
find_path (const struct key *k, const struct workload *w)
{
  const char *file = workload_path (w);
  const char *slash = strrchr (file, '/');
  int directory = 0;
  if (k->origin == KEY_WORKLOAD && *k->text != '/' && slash != NULL)
    directory = slash + 1 - file;
  int n = snprintf (image.path, sizeof image.path, "%.*s%s", directory, file,
                    k->text);
  return n < (int)sizeof image.path;
}

/* An image has its own size and contents.  Whoever sets the image, or sets a
   key over its head, does not mean to have something else of them.  */
static bool
follow (const struct key *k, const char *name, uint64_t value,
        struct user_error *err)
{
  const struct key *other = keys_find (name);
  CHECK (other != NULL);
  if (other->value == value)
    return true;
  if (other->origin >= KEY_WORKLOAD && other->origin >= k->origin)
    return wrong (err, "%s=%s does not go with it: it has its own", name,
                  other->text);
  keys_imply (name, value);
  return true;
}

static bool
open_file (struct user_error *err)
{
  struct stat st;
  int fd = open (image.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0 || fstat (fd, &st) != 0)
    {
      wrong (err, "%s", strerror (errno));
      if (fd >= 0)
        close (fd);
      return false;
    }
  CHECK (fd != 0);
  image.fd = fd;
  image.size = st.st_size;
  if (!S_ISREG (st.st_mode))
    return wrong (err, "not a regular file");
  if (image.size > SIZE_MAX_BYTES)
    return wrong (err, "longer than 2 TiB");
  if (image.size < SIM_PAGE_SIZE)
    return wrong (err, "not ext2: too short");
  return true;
}

bool
image_open (const struct workload *w, struct user_error *err)
{
  const struct key *k = keys_find ("store.image");
  CHECK (k != NULL);
  image_close ();
  if (strcmp (k->text, NO_IMAGE) == 0)
    return true;
  if (!find_path (k, w))
    return wrong (err, "%s", strerror (ENAMETOOLONG));
  if (open_file (err)
      && follow (k, "store.size", image.size & -(uint64_t)SIM_PAGE_SIZE, err)
      && follow (k, "fs.fill", 0, err)
      && follow (k, "fs.fragmentation", 0, err))
    return true;
  image_close ();
  return false;
}

void
image_close (void)
{
  if (image.fd != 0)
    close (image.fd);
  image.fd = 0;
}

bool
image_given (void)
{
  return image.fd != 0;
}

/* ---- Contents ------------------------------------------------------------
 */

/* In halves: the store makes a stamp of a whole block that begins like one,
   and so would forget what follows.  */
static void
poke_block (uint64_t offset, const char *block)
{
  enum
  {
    HALF = SIM_PAGE_SIZE / 2
  };
  static const char zeros[SIM_PAGE_SIZE];
  uint64_t magic = STAMP_MAGIC;
  trace_hash (&offset, sizeof offset);
  trace_hash (block, SIM_PAGE_SIZE);
  if (memcmp (block, &magic, sizeof magic) != 0
      || memcmp (block + sizeof (struct stamp), zeros,
                 SIM_PAGE_SIZE - sizeof (struct stamp))
             == 0)
    {
      device_poke (offset, block, SIM_PAGE_SIZE);
      return;
    }
  device_poke (offset, block, HALF);
  device_poke (offset + HALF, block + HALF, HALF);
}

/* Read LEN bytes at OFFSET; what is not there, as the file was cut meanwhile,
   is zeros.  */
static bool
read_file (uint64_t offset, char *to, size_t len, struct user_error *err)
{
  size_t got = 0;
  while (got < len)
    {
      ssize_t n = pread (image.fd, to + got, len - got, offset + got);
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return wrong (err, "%s", strerror (errno));
      if (n == 0)
        break;
      got += n;
    }
  memset (to + got, 0, len - got);
  return true;
}

/* Where data begin at or after OFFSET, down to a block.  */
static uint64_t
next_data (uint64_t offset)
{
  off_t at = lseek (image.fd, offset, SEEK_DATA);
  if (at < 0)
    return errno == ENXIO ? UINT64_MAX : offset;
  return at & -(off_t)SIM_PAGE_SIZE;
}

static bool
copy_file (struct user_error *err)
{
  enum
  {
    CHUNK = 64 * SIM_PAGE_SIZE
  };
  static char chunk[CHUNK];
  static const char zeros[SIM_PAGE_SIZE];
  uint64_t size = device_size (), data = 0, at;
  for (at = next_data (0); at < size; at = next_data (at))
    {
      size_t len = size - at < CHUNK ? size - at : CHUNK;
      if (!read_file (at, chunk, len, err))
        return false;
      for (size_t i = 0; i < len; i += SIM_PAGE_SIZE, at += SIM_PAGE_SIZE)
        {
          if (memcmp (chunk + i, zeros, SIM_PAGE_SIZE) == 0)
            continue;
          data += SIM_PAGE_SIZE;
          if (data > DATA_MAX_BYTES)
            return wrong (err, "more than 8 GiB of it are not zero");
          poke_block (at, chunk + i);
        }
    }
  return true;
}

/* Never a whole block, of which the store may know but a stamp.  */
static void
read_store (uint64_t offset, void *to, size_t len, void *arg)
{
  char sectors[SIM_PAGE_SIZE];
  enum
  {
    SECTOR = 512
  };
  uint64_t first = offset & -(uint64_t)SECTOR;
  (void)arg;
  CHECK (offset + len - first <= sizeof sectors);
  for (uint64_t at = first; at < offset + len; at += SECTOR)
    device_peek (at, sectors + (at - first), SECTOR);
  memcpy (to, sectors + (offset - first), len);
}

bool
image_load (struct user_error *err)
{
  char line[IMAGE_LINE_BYTES];
  struct image_source source = { .size = image.size, .read = read_store };
  CHECK (image.fd != 0);
  bool good = copy_file (err);
  if (good && !image_judge (&source, line))
    good = wrong (err, "%s", line);
  image_close ();
  return good;
}
