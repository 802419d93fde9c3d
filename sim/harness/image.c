/* The store as a file, see image.h: docs/design.md 5.

   The file is as long as the store and sparse: a block of zeros is a hole.  A
   block that is kept as a stamp becomes the 24 bytes of the stamp and zeros
   (device.h), so that metadata are what they are and contents can be told
   apart.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "image.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../world/device.h"
#include "report_file.h"

static int
write_block (int fd, const char *block, uint64_t offset)
{
  size_t done = 0;
  while (done < SIM_PAGE_SIZE)
    {
      ssize_t n
          = pwrite (fd, block + done, SIM_PAGE_SIZE - done, offset + done);
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return errno;
      done += n;
    }
  return 0;
}

static int
write_store (int fd, void *arg)
{
  static const char zeros[SIM_PAGE_SIZE];
  uint64_t at, size = device_size ();

  (void)arg;
  if (ftruncate (fd, size) != 0)
    return errno;
  for (at = device_next_data (0); at < size;
       at = device_next_data (at + SIM_PAGE_SIZE))
    {
      enum
      {
        HALF = SIM_PAGE_SIZE / 2
      };
      char block[SIM_PAGE_SIZE];
      int error;

      /* In halves: in a whole block all but the stamp is undefined.  */
      device_peek (at, block, HALF);
      device_peek (at + HALF, block + HALF, HALF);
      if (memcmp (block, zeros, sizeof block) == 0)
        continue;
      error = write_block (fd, block, at);
      if (error)
        return error;
    }
  return 0;
}

bool
image_check (const char *path, struct user_error *err)
{
  struct stat st;
  if (strcmp (path, "-") == 0
      || (stat (path, &st) == 0 && !S_ISREG (st.st_mode)
          && !S_ISDIR (st.st_mode)))
    {
      snprintf (err->line, sizeof err->line,
                "%.400s: an image goes to a regular file", path);
      return false;
    }
  return report_file_check (path, err);
}

bool
image_write (const char *path, struct user_error *err)
{
  return report_file_fill (path, write_store, NULL, err);
}
