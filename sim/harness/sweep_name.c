/* What rows and sweeps are known by: see sweep.h.

   A row is its workload's text, its keys, its seed, its pager's file and this
   program's.  A sweep is all of its rows; the files of the programs stand
   apart in its name, so that one can say why two parts do not fit.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "sweep.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <nettle/sha2.h>
#include "../base/check.h"

/* ---- Files ---------------------------------------------------------------
 */

static void
hex (const uint8_t *bytes, size_t n, char *out)
{
  for (size_t i = 0; i < n; i++)
    sprintf (out + 2 * i, "%02x", bytes[i]);
}

/* False, with errno, unless PATH is a regular file: others cannot be read
   twice.  */
static bool
mark (const char *path, uint64_t *out)
{
  struct stat st;
  if (stat (path, &st) != 0)
    return false;
  if (!S_ISREG (st.st_mode))
    {
      errno = S_ISDIR (st.st_mode) ? EISDIR : ENOTSUP;
      return false;
    }
  out[0] = (uint64_t)st.st_dev << 32 ^ st.st_ino;
  out[1] = st.st_size;
  out[2] = st.st_mtim.tv_sec;
  out[3] = st.st_mtim.tv_nsec;
  return true;
}

bool
sweep_file_same (const struct sweep_file *f)
{
  uint64_t now[4];
  return mark (f->path, now) && memcmp (now, f->mark, sizeof now) == 0;
}

static bool
hash_file (int fd, uint8_t *digest)
{
  static uint8_t buffer[1 << 16];
  struct sha256_ctx ctx;
  ssize_t n;
  sha256_init (&ctx);
  while ((n = read (fd, buffer, sizeof buffer)) > 0)
    sha256_update (&ctx, n, buffer);
  sha256_digest (&ctx, SHA256_DIGEST_SIZE, digest);
  return n == 0;
}

bool
sweep_file_read (struct sweep_file *f, const char *path,
                 struct user_error *err)
{
  uint8_t digest[SHA256_DIGEST_SIZE];
  bool good = mark (path, f->mark);
  int fd = good ? open (path, O_RDONLY | O_CLOEXEC) : -1;
  good = fd >= 0 && hash_file (fd, digest);
  if (!good)
    snprintf (err->line, sizeof err->line, "%.400s: %s", path,
              strerror (errno));
  else
    {
      snprintf (f->path, sizeof f->path, "%s", path);
      hex (digest, sizeof digest, f->sha256);
    }
  if (fd >= 0)
    close (fd);
  return good;
}

/* ---- Names ---------------------------------------------------------------
 */

static void
add_text (struct sha256_ctx *ctx, const char *text)
{
  sha256_update (ctx, strlen (text) + 1, (const uint8_t *)text);
}

/* What the row is, programs apart.  */
static void
describe (const struct sweep_plan *plan, const struct sweep_row *row,
          uint8_t *digest)
{
  struct sha256_ctx ctx;
  struct sweep_words sets = { NULL, 0 };
  char seed[24];
  snprintf (seed, sizeof seed, "%" PRIu64, row->seed);
  sha256_init (&ctx);
  add_text (&ctx, plan->load[row->load].name);
  add_text (&ctx, plan->load[row->load].file.sha256);
  add_text (&ctx, plan->pager[row->pager].name);
  add_text (&ctx, seed);
  sweep_plan_settings (plan, row, &sets);
  for (size_t i = 0; i < sets.count; i++)
    add_text (&ctx, sets.word[i]);
  sha256_digest (&ctx, SHA256_DIGEST_SIZE, digest);
  sweep_words_free (&sets);
}

bool
sweep_plan_name (struct sweep_plan *plan, struct user_error *err)
{
  struct sweep_file self;
  struct sha256_ctx rows, programs;
  uint8_t digest[SHA256_DIGEST_SIZE];
  if (!sweep_file_read (&self, "/proc/self/exe", err))
    return false;
  sha256_init (&rows);
  sha256_init (&programs);
  add_text (&programs, self.sha256);
  for (size_t i = 0; i < plan->pagers; i++)
    add_text (&programs, plan->pager[i].file.sha256);
  for (size_t i = 0; i < plan->rows; i++)
    {
      struct sweep_row *row = &plan->row[i];
      struct sha256_ctx one;
      describe (plan, row, digest);
      sha256_update (&rows, sizeof digest, digest);
      sha256_init (&one);
      sha256_update (&one, sizeof digest, digest);
      add_text (&one, plan->pager[row->pager].file.sha256);
      add_text (&one, self.sha256);
      sha256_digest (&one, SWEEP_ID_BYTES, row->id);
    }
  sha256_digest (&rows, sizeof digest, digest);
  hex (digest, 8, plan->id);
  sha256_digest (&programs, sizeof digest, digest);
  hex (digest, 8, plan->id + 16);
  return true;
}
