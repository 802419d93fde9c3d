/* The images that one cut may leave: see powercut.h.

   Written through, a cut is between two blocks: "after" is the image when the
   write is complete, "pB" the one with B blocks of the next write on the
   medium too, in their order.

   With a cache, each block that was written since the last store_sync has on
   the medium what it had then, or what any of the writes since gave it, and
   one block does not wait for another: that covers the subsets of the writes
   and all their orders.  "after" has the last of each, "none" nothing, "eI" is
   the I-th of all, "rK" the K-th of some that are drawn, and there a block in
   eight is torn, with some of its sectors new.  "tS" is "after", with the last
   block torn behind its first S sectors.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "powercut.h"

#include <stdlib.h>
#include <string.h>
#include "../base/check.h"
#include "../base/prng.h"

/* The pending writes of a cut, by block.  */
struct pending
{
  const struct powercut_log *log;
  /* The pieces, block by block, each in order of time.  */
  const struct powercut_piece **piece;
  size_t pieces;
  size_t *first; /* of each block; one more at the end  */
  size_t blocks;
  uint64_t possible;
};

static size_t
end_of (const struct powercut_log *log, uint32_t writes)
{
  return log->first[writes];
}

static int
by_block (const void *left, const void *right)
{
  const struct powercut_piece *a = *(const struct powercut_piece *const *)left;
  const struct powercut_piece *b
      = *(const struct powercut_piece *const *)right;
  if (a->block != b->block)
    return a->block < b->block ? -1 : 1;
  return a < b ? -1 : a > b; /* an array in order of time  */
}

static void
pending_open (struct pending *p, const struct powercut_log *log, uint32_t cut)
{
  size_t from = end_of (log, log->synced[cut]);
  memset (p, 0, sizeof *p);
  p->log = log;
  p->pieces = end_of (log, cut) - from;
  p->piece = calloc (p->pieces + 1, sizeof (struct powercut_piece *));
  p->first = calloc (p->pieces + 1, sizeof *p->first);
  CHECK (p->piece && p->first);
  for (size_t i = 0; i < p->pieces; i++)
    p->piece[i] = &log->piece[from + i];
  qsort (p->piece, p->pieces, sizeof *p->piece, by_block);
  p->possible = 1;
  for (size_t i = 0; i < p->pieces; i++)
    if (i == 0 || p->piece[i]->block != p->piece[i - 1]->block)
      p->first[p->blocks++] = i;
  p->first[p->blocks] = p->pieces;
  for (size_t b = 0; b < p->blocks; b++)
    if (__builtin_mul_overflow (p->possible, p->first[b + 1] - p->first[b] + 1,
                                &p->possible))
      p->possible = UINT64_MAX;
}

static void
pending_close (struct pending *p)
{
  free (p->piece);
  free (p->first);
}

/* ---- Names ---------------------------------------------------------------
 */

/* The blocks of the write behind CUT.  */
static size_t
next_blocks (const struct powercut_log *log, uint32_t cut)
{
  return cut < log->writes ? end_of (log, cut + 1) - end_of (log, cut) : 0;
}

static void
name (void (*fn) (void *, const char *), void *arg, char kind, uint64_t n)
{
  char text[VARIANT_BYTES];
  snprintf (text, sizeof text, "%c%llu", kind, (unsigned long long)n);
  fn (arg, text);
}

static uint64_t
cached_variants (const struct pending *p, const struct powercut_how *how,
                 uint32_t cut, void (*fn) (void *, const char *), void *arg)
{
  fn (arg, "after");
  if (p->pieces == 0)
    return 1;
  if (p->possible <= POWERCUT_EXHAUSTIVE)
    {
      for (uint64_t i = 0; i < p->possible; i++)
        name (fn, arg, 'e', i);
      for (unsigned s = 1; s < POWERCUT_SECTORS; s++)
        name (fn, arg, 't', s);
      return p->possible;
    }
  fn (arg, "none");
  name (fn, arg, 't', 1 + cut % (POWERCUT_SECTORS - 1));
  for (unsigned k = 0; k < how->samples; k++)
    name (fn, arg, 'r', k);
  return p->possible;
}

uint64_t
powercut_variants (const struct powercut_log *log,
                   const struct powercut_how *how, uint32_t cut,
                   void (*fn) (void *arg, const char *variant), void *arg)
{
  if (how->cache)
    {
      struct pending p;
      pending_open (&p, log, cut);
      uint64_t possible = cached_variants (&p, how, cut, fn, arg);
      pending_close (&p);
      return possible;
    }
  size_t blocks = next_blocks (log, cut);
  fn (arg, "after");
  for (size_t b = 1; b < blocks; b++)
    name (fn, arg, 'p', b);
  return blocks > 0 ? blocks : 1;
}

/* ---- Images --------------------------------------------------------------
 */

static void
change (struct powercut_image *image, const struct powercut_piece *piece,
        const struct powercut_piece *under, uint8_t mask)
{
  image->change[image->changes++]
      = (struct powercut_change){ piece, under, mask };
}

/* Block B has version V of the pending ones; 0 is the medium's.  */
static void
choose (struct powercut_image *image, const struct pending *p, size_t b,
        size_t v)
{
  if (v > 0)
    change (image, p->piece[p->first[b] + v - 1], NULL, POWERCUT_ALL_SECTORS);
}

static void
combination (struct powercut_image *image, const struct pending *p, uint64_t n)
{
  for (size_t b = 0; b < p->blocks; b++)
    {
      uint64_t versions = p->first[b + 1] - p->first[b] + 1;
      choose (image, p, b, n % versions);
      n /= versions;
    }
}

static void
drawn (struct powercut_image *image, const struct pending *p,
       const struct powercut_how *how, uint32_t cut, uint64_t k)
{
  enum
  {
    TORN_ONE_IN = 8
  };
  struct prng r;
  prng_seed (&r, how->seed, (uint64_t)cut << 32 | k);
  for (size_t b = 0; b < p->blocks; b++)
    {
      size_t versions = p->first[b + 1] - p->first[b];
      size_t v = prng_below (&r, versions + 1);
      if (prng_below (&r, TORN_ONE_IN) > 0)
        choose (image, p, b, v);
      else
        {
          v += v == 0;
          change (image, p->piece[p->first[b] + v - 1],
                  v > 1 ? p->piece[p->first[b] + v - 2] : NULL,
                  1 + prng_below (&r, POWERCUT_ALL_SECTORS - 1));
        }
    }
}

/* All of it, and the last block torn.  */
static void
torn (struct powercut_image *image, const struct pending *p, uint32_t cut,
      unsigned sectors)
{
  const struct powercut_piece *last = &p->log->piece[end_of (p->log, cut) - 1];
  for (size_t b = 0; b < p->blocks; b++)
    {
      size_t end = p->first[b + 1];
      if (p->piece[end - 1] != last)
        choose (image, p, b, end - p->first[b]);
      else
        change (image, last, end - p->first[b] > 1 ? p->piece[end - 2] : NULL,
                (1 << sectors) - 1);
    }
}

/* N of a name like "r12", below END.  */
static bool
number (const char *variant, uint64_t end, uint64_t *n)
{
  char again[VARIANT_BYTES];
  *n = strtoull (variant + 1, NULL, 10);
  snprintf (again, sizeof again, "%c%llu", variant[0], (unsigned long long)*n);
  return strcmp (again, variant) == 0 && *n < end;
}

static bool
cached_image (const struct pending *p, const struct powercut_how *how,
              uint32_t cut, const char *variant, struct powercut_image *image)
{
  uint64_t n;
  if (strcmp (variant, "after") == 0)
    {
      for (size_t b = 0; b < p->blocks; b++)
        choose (image, p, b, p->first[b + 1] - p->first[b]);
      return true;
    }
  if (strcmp (variant, "none") == 0)
    return true;
  if (p->pieces == 0)
    return false;
  if (variant[0] == 'e' && number (variant, p->possible, &n))
    combination (image, p, n);
  else if (variant[0] == 'r' && number (variant, UINT32_MAX, &n))
    drawn (image, p, how, cut, n);
  else if (variant[0] == 't' && number (variant, POWERCUT_SECTORS, &n)
           && n > 0)
    torn (image, p, cut, n);
  else
    return false;
  return true;
}

static void
make_room (struct powercut_image *image, size_t changes)
{
  image->changes = 0;
  image->change
      = realloc (image->change, (changes + 1) * sizeof *image->change);
  CHECK (image->change);
}

bool
powercut_variant_image (const struct powercut_log *log,
                        const struct powercut_how *how, uint32_t cut,
                        const char *variant, struct powercut_image *image)
{
  uint64_t n = 0;
  if (how->cache)
    {
      struct pending p;
      pending_open (&p, log, cut);
      make_room (image, p.blocks);
      image->writes = log->synced[cut];
      bool good = cached_image (&p, how, cut, variant, image);
      pending_close (&p);
      return good;
    }
  size_t blocks = next_blocks (log, cut);
  if (strcmp (variant, "after") != 0
      && (variant[0] != 'p' || !number (variant, blocks, &n) || n == 0))
    return false;
  make_room (image, n);
  image->writes = cut;
  for (size_t b = 0; b < n; b++)
    change (image, &log->piece[end_of (log, cut) + b], NULL,
            POWERCUT_ALL_SECTORS);
  return true;
}

bool
powercut_variant_under_way (const char *variant)
{
  return variant[0] == 'p';
}
