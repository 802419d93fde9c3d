/* What is left after a cut: see powercut.h.

   When e2fsck has been at the image, files are compared block by block with
   what the promises say, by their digests.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "powercut.h"

#include <stdlib.h>
#include <string.h>
#include "../base/check.h"
#include "../base/digest.h"
#include "ext2_view.h"

const char *const powercut_verdict_name[POWERCUT_VERDICTS]
    = { "ok", "lost", "synced", "kept", "fsck" };

/* ---- Promises ------------------------------------------------------------
 */

/* What a promise says at a cut.  */
struct terms
{
  const struct powercut_file *f;
  bool kept, strict, may_tear;
  uint64_t low, high; /* bounds of its size  */
  uint64_t pages;     /* from the first on that are to be compared  */
};

/* What others may have made of T's size.  Once somebody was at it, e2fsck may
   find blocks behind the end, and moves the end behind them.  */
static void
bound_size (struct terms *t, const struct powercut_promise *p, uint32_t cut)
{
  const struct powercut_file *f = t->f;
  long under_way = 0;
  bool later = false;
  for (size_t i = 0; i < f->resizes && f->resize[i].at <= cut; i++)
    {
      const struct powercut_resize *r = &f->resize[i];
      if (r->seq > p->seq)
        later = true;
      else
        under_way += r->over ? -1 : 1;
      if (r->cut && r->seq > p->seq && r->size < t->low)
        t->low = r->size;
      if (r->size > t->high)
        t->high = r->size;
    }
  /* What setup left is an end without a begin.  */
  under_way += f->there_before;
  if (!later && under_way == 0)
    t->high = p->size;
  else
    t->high = (t->high + POWERCUT_BLOCK - 1) & -(uint64_t)POWERCUT_BLOCK;
}

static bool
terms_of (const struct powercut_log *log, const struct powercut_how *how,
          const struct powercut_promise *p, uint32_t cut, bool under_way,
          struct terms *t)
{
  if (cut < p->from || cut > p->to - under_way)
    return false;
  const struct powercut_file *f = &log->file[p->file];
  bool setup = f->there_before && p == &log->promise[p->file];
  *t = (struct terms){ .f = f,
                       .kept = f->there_before && cut < f->touched,
                       .strict = setup || !how->cache || how->flush,
                       .may_tear = how->cache,
                       .low = p->size,
                       .high = p->size };
  bound_size (t, p, cut);
  t->pages = t->low / POWERCUT_BLOCK;
  if (t->low == p->size)
    t->pages = (t->low + POWERCUT_BLOCK - 1) / POWERCUT_BLOCK;
  return true;
}

/* The versions of page PAGE of F, from *AT on in the log's; *AT moves behind
   them.  */
static size_t
versions_of (const struct powercut_log *log, const struct powercut_file *f,
             uint64_t page, size_t *at)
{
  size_t end = f->first + f->versions, n = 0;
  while (*at < end && log->version[*at].page < page)
    ++*at;
  while (*at + n < end && log->version[*at + n].page == page)
    n++;
  return n;
}

/* The first of the N versions at V that P allows; -1 is zeros.  */
static long
first_allowed (const struct powercut_version *v, size_t n,
               const struct powercut_promise *p)
{
  long i = -1;
  while (i + 1 < (long)n && v[i + 1].seq <= p->seq)
    i++;
  return i;
}

static const uint8_t zeros[POWERCUT_BLOCK];

/* Whether sector I of the N versions at V that P allows is DIGEST somewhere.
 */
static bool
sector_allowed (const struct powercut_version *v, size_t n,
                const struct powercut_promise *p, uint32_t cut, unsigned i,
                uint64_t digest)
{
  uint64_t zero[POWERCUT_SECTORS];
  long k = first_allowed (v, n, p);
  if (k < 0)
    {
      powercut_sector_digests (zeros, zero);
      if (zero[i] == digest)
        return true;
      k = 0;
    }
  for (; k < (long)n && v[k].at <= cut; k++)
    if (v[k].sector[i] == digest)
      return true;
  return false;
}

/* Whether BLOCK is one of the N versions at V that P allows.  A drive with a
   cache may tear the last write: then each sector is one of them.  */
static bool
allowed (const struct powercut_version *v, size_t n,
         const struct powercut_promise *p, uint32_t cut, bool may_tear,
         const uint8_t *block)
{
  uint64_t digest = powercut_block_digest (block);
  long i = first_allowed (v, n, p);
  if (i < 0 && memcmp (block, zeros, sizeof zeros) == 0)
    return true;
  for (i = i < 0 ? 0 : i; i < (long)n && v[i].at <= cut; i++)
    if (v[i].digest == digest)
      return true;
  if (!may_tear)
    return false;
  uint64_t sector[POWERCUT_SECTORS];
  unsigned good = 0;
  powercut_sector_digests (block, sector);
  while (good < POWERCUT_SECTORS
         && sector_allowed (v, n, p, cut, good, sector[good]))
    good++;
  return good == POWERCUT_SECTORS;
}

/* ---- Comparing -----------------------------------------------------------
 */

/* How many blocks of the file are not what T allows.  */
static uint32_t
compare_blocks (const struct powercut_log *log,
                const struct powercut_promise *p, const struct terms *t,
                const struct ext2_view *view,
                const struct ext2_view_inode *inode, uint32_t cut)
{
  size_t at = t->f->first;
  uint32_t lost = 0;
  for (uint64_t page = 0; page < t->pages; page++)
    {
      size_t n = versions_of (log, t->f, page, &at);
      const uint8_t *block
          = inode ? ext2_view_block (view, inode, page) : NULL;
      lost += !allowed (log->version + at, n, p, cut, t->may_tear,
                        block ? block : zeros);
    }
  return lost;
}

/* Whether the file is what T allows; the blocks that are not are counted.  */
static bool
intact (const struct powercut_log *log, const struct powercut_promise *p,
        const struct terms *t, const struct ext2_view *view, uint32_t cut,
        uint32_t *blocks)
{
  struct ext2_view_inode inode;
  bool there = ext2_view_inode (view, t->f->inode, &inode) && inode.links > 0;
  if (there && ext2_view_directory (&inode))
    return true;
  there = there && ext2_view_regular (&inode);
  *blocks = compare_blocks (log, p, t, view, there ? &inode : NULL, cut);
  /* e2fsck drops an empty file without a name.  */
  if (!there)
    return t->low == 0;
  return *blocks == 0 && inode.size >= t->low && inode.size <= t->high;
}

static bool
name_counts (const struct powercut_name *n, uint32_t cut)
{
  return n->at <= cut && cut < n->gone;
}

/* Names of files of which FINE says that they are intact.  */
static void
compare_names (const struct powercut_log *log, const struct ext2_view *view,
               uint32_t cut, const uint8_t *fine, struct powercut_row *row)
{
  for (size_t i = 0; i < log->names; i++)
    {
      const struct powercut_name *n = &log->name[i];
      const struct powercut_file *f = &log->file[n->file];
      if (!fine[n->file] || !name_counts (n, cut))
        continue;
      uint32_t inode = ext2_view_lookup (view, n->path);
      row->names_lost += inode == 0;
      row->kept_lost
          += f->there_before && cut < f->names_until && inode != f->inode;
    }
}

void
powercut_compare (const struct powercut_canvas *c,
                  const struct powercut_log *log,
                  const struct powercut_how *how, uint32_t cut, bool under_way,
                  struct powercut_row *row)
{
  struct ext2_view view;
  uint8_t *fine = calloc (log->files + 1, 1);
  bool broken = false;
  CHECK (fine);
  bool readable = ext2_view_open (&view, powercut_canvas_data (c), log->size);
  for (size_t i = 0; readable && i < log->promises; i++)
    {
      const struct powercut_promise *p = &log->promise[i];
      struct terms t;
      uint32_t blocks = 0;
      if (!terms_of (log, how, p, cut, under_way, &t))
        continue;
      bool good = intact (log, p, &t, &view, cut, &blocks);
      fine[p->file] = good;
      row->kept += t.kept;
      row->kept_lost += t.kept && !good;
      row->synced += !t.kept;
      row->synced_lost += !t.kept && !good;
      row->blocks_lost += good ? 0 : blocks;
      broken |= t.strict && !good;
      if (!good && (row->inode == 0 || t.strict))
        row->inode = t.f->inode;
    }
  if (readable)
    compare_names (log, &view, cut, fine, row);
  free (fine);
  if (!readable || row->fsck > 1 /* corrected  */ || row->again != 0)
    row->verdict = POWERCUT_FSCK;
  else if (row->kept_lost > 0)
    row->verdict = POWERCUT_KEPT;
  else if (broken)
    row->verdict = POWERCUT_SYNCED;
  else if (row->synced_lost > 0 || row->names_lost > 0)
    row->verdict = POWERCUT_LOST;
  else
    row->verdict = POWERCUT_OK;
}

/* ---- The terms as a number -----------------------------------------------
 */

static uint64_t
digest_text (uint64_t d, const char *text)
{
  for (; *text; text++)
    d = digest_word (d, (uint8_t)*text);
  return digest_word (d, 0);
}

static uint64_t
digest_terms (uint64_t d, const struct powercut_log *log,
              const struct powercut_promise *p, const struct terms *t,
              uint32_t cut)
{
  size_t at = t->f->first;
  d = digest_words (d, t->f->inode,
                    t->kept | t->strict << 1 | t->may_tear << 2, t->low,
                    t->high);
  d = digest_word (d, t->pages);
  for (uint64_t page = 0; page < t->pages; page++)
    {
      size_t n = versions_of (log, t->f, page, &at);
      const struct powercut_version *v = log->version + at;
      long i = first_allowed (v, n, p);
      d = digest_word (d, i < 0 ? page : ~page);
      for (i = i < 0 ? 0 : i; i < (long)n && v[i].at <= cut; i++)
        d = digest_word (d, v[i].digest);
    }
  return d;
}

uint64_t
powercut_terms (const struct powercut_log *log, const struct powercut_how *how,
                uint32_t cut, bool under_way)
{
  uint64_t d = DIGEST_K1;
  for (size_t i = 0; i < log->promises; i++)
    {
      struct terms t;
      if (terms_of (log, how, &log->promise[i], cut, under_way, &t))
        d = digest_terms (d, log, &log->promise[i], &t, cut);
    }
  for (size_t i = 0; i < log->names; i++)
    {
      const struct powercut_name *n = &log->name[i];
      const struct powercut_file *f = &log->file[n->file];
      if (name_counts (n, cut))
        d = digest_text (
            digest_word (d, (uint64_t)f->inode << 1
                                | (f->there_before && cut < f->names_until)),
            n->path);
    }
  return digest_finish (d);
}
