/* The oracle of contents, see contents_oracle.h.

   One table holds rows of three sorts, in the order in which they were first
   heard of: the last version of a page, what a block of metadata should hold,
   and what a failed store write left undone.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "contents_oracle.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/check.h"
#include "../base/digest.h"
#include "../engine/engine.h"
#include "../world/faults.h"
#include "../world/vm.h"
#include "client_contents.h"

/* The files of rows that are no file's; inode numbers are smaller.  */
#define METADATA UINT32_MAX
#define FAILED (UINT32_MAX - 1)

struct row
{
  uint32_t file;
  uint32_t version; /* of a page  */
  uint64_t page;    /* or the number of a block of the store  */
  uint64_t digest;  /* of METADATA  */
  vtime at;         /* when the page was stored to  */
  bool gone;        /* nothing is expected any more  */
  bool unsure;      /* cut and stored to at the same time  */
  bool stale;       /* the version before was not in memory any more  */
  bool again;       /* FAILED: a later write did it  */
  bool wanted;      /* METADATA: the block is in use at the end  */
};

/* A name of a file.  */
struct name
{
  char *path;
  uint32_t inode;
};

bool contents_on;

static struct
{
  bool watch;
  struct row *row;
  size_t rows, rows_max;
  uint32_t *slot; /* a hash table, open; 0, or a row's number and 1  */
  size_t slots;   /* a power of two  */
  struct name *name;
  size_t names;
  uint32_t *told; /* files  */
  size_t tolds;
  bool told_all;
  uint64_t calls;
} contents;

/* ---- The table -----------------------------------------------------------
 */

static uint32_t *
slot_of (uint32_t file, uint64_t page)
{
  size_t i = digest_finish (digest_word (digest_word (DIGEST_K0, file), page));
  for (;; i++)
    {
      uint32_t *s = &contents.slot[i & (contents.slots - 1)];
      if (*s == 0
          || (contents.row[*s - 1].file == file
              && contents.row[*s - 1].page == page))
        return s;
    }
}

static struct row *
find (uint32_t file, uint64_t page)
{
  uint32_t n = contents.slots ? *slot_of (file, page) : 0;
  return n != 0 ? &contents.row[n - 1] : NULL;
}

static void
make_room (void)
{
  if (contents.rows == contents.rows_max)
    {
      contents.rows_max = contents.rows_max ? 2 * contents.rows_max : 1024;
      contents.row
          = realloc (contents.row, contents.rows_max * sizeof *contents.row);
      CHECK (contents.row);
    }
  if (2 * contents.rows < contents.slots)
    return;
  free (contents.slot);
  contents.slots = contents.slots ? 2 * contents.slots : 4096;
  contents.slot = calloc (contents.slots, sizeof *contents.slot);
  CHECK (contents.slot);
  for (size_t i = 0; i < contents.rows; i++)
    *slot_of (contents.row[i].file, contents.row[i].page) = i + 1;
}

/* The row, made, and GONE, if there was none.  */
static struct row *
find_or_make (uint32_t file, uint64_t page)
{
  struct row *r = find (file, page);
  if (r != NULL)
    return r;
  make_room ();
  r = &contents.row[contents.rows++];
  *r = (struct row){ .file = file, .page = page, .gone = true };
  *slot_of (file, page) = contents.rows;
  return r;
}

/* ---- Clients' stores -----------------------------------------------------
 */

static void
stored (const struct page *p, size_t offset, size_t len,
        const struct stamp *before)
{
  (void)offset;
  const struct stamp *s = p->stamp.file != 0 ? &p->stamp : before;
  if (s->magic != STAMP_MAGIC || s->file == 0)
    return;
  struct row *r = find_or_make (s->file, s->page);
  bool same = before->magic == STAMP_MAGIC && before->file == s->file
              && before->page == s->page;
  uint32_t version = same ? before->version : 0;
  if (len == SIM_PAGE_SIZE || r->gone)
    r->stale = r->unsure = false;
  else if (version != r->version)
    r->stale = true;
  r->gone = false;
  r->version = p->stamp.version;
  r->at = engine_now ();
}

void
contents_truncated (uint32_t inode, uint64_t length, vtime begin)
{
  uint64_t end = (length + SIM_PAGE_SIZE - 1) >> SIM_PAGE_SHIFT;
  for (size_t i = 0; i < contents.rows; i++)
    {
      struct row *r = &contents.row[i];
      if (r->file != inode || r->page < end || r->gone)
        continue;
      if (r->at < begin)
        r->gone = true;
      else
        r->unsure = true;
    }
}

/* ---- Store writes --------------------------------------------------------
 */

static uint64_t
digest_block (const void *block)
{
  uint64_t d = DIGEST_K3, w[4];
  for (size_t i = 0; i < SIM_PAGE_SIZE; i += sizeof w)
    {
      memcpy (w, (const char *)block + i, sizeof w);
      d = digest_words (d, w[0], w[1], w[2], w[3]);
    }
  return digest_finish (d);
}

static bool
is_stamp (const char *block)
{
  struct stamp s;
  memcpy (&s, block, sizeof s);
  return s.magic == STAMP_MAGIC;
}

static void
note_failure (uint64_t block, bool reached)
{
  struct row *r
      = reached ? find (FAILED, block) : find_or_make (FAILED, block);
  if (r == NULL)
    return;
  r->gone = false;
  r->again = reached;
}

static void
placed (const struct store_event *e)
{
  const struct fault_effect *f = e->effect;
  size_t good = f->error || f->torn || f->before ? 0 : e->len - f->lost;
  for (size_t at = 0; at < e->len; at += SIM_PAGE_SIZE)
    {
      uint64_t block = (e->offset + at) >> SIM_PAGE_SHIFT;
      const char *data = e->data != NULL ? e->data + at : NULL;
      bool whole
          = e->offset % SIM_PAGE_SIZE == 0 && e->len - at >= SIM_PAGE_SIZE;
      if (whole && data != NULL && !is_stamp (data))
        {
          struct row *r = find_or_make (METADATA, block);
          r->gone = false;
          r->digest = digest_block (data);
        }
      else
        {
          struct row *r = find (METADATA, block);
          if (r != NULL)
            r->gone = true;
        }
      note_failure (block,
                    at + SIM_PAGE_SIZE <= good || (!whole && good == e->len));
    }
}

/* ---- Names ---------------------------------------------------------------
 */

static void
forget_name (size_t i)
{
  free (contents.name[i].path);
  memmove (&contents.name[i], &contents.name[i + 1],
           (--contents.names - i) * sizeof *contents.name);
}

static const char *
bare (const char *path)
{
  return path + strspn (path, "/");
}

void
contents_unlinked (const char *path)
{
  for (size_t i = 0; i < contents.names; i++)
    if (strcmp (contents.name[i].path, bare (path)) == 0)
      {
        forget_name (i);
        return;
      }
}

void
contents_opened (const char *path, uint32_t inode, bool fresh)
{
  if (fresh)
    for (size_t i = 0; i < contents.rows; i++)
      if (contents.row[i].file == inode)
        contents.row[i].gone = true;
  contents_unlinked (path);
  contents.name
      = realloc (contents.name, (contents.names + 1) * sizeof *contents.name);
  CHECK (contents.name);
  struct name *n = &contents.name[contents.names++];
  *n = (struct name){ strdup (bare (path)), inode };
  CHECK (n->path);
}

/* Also of a directory: what is in it is renamed too.  */
void
contents_renamed (const char *from, const char *to)
{
  from = bare (from);
  to = bare (to);
  size_t len = strlen (from);
  if (strcmp (from, to) == 0)
    return;
  contents_unlinked (to);
  for (size_t i = 0; i < contents.names; i++)
    {
      char *old = contents.name[i].path, *path;
      if (strncmp (old, from, len) != 0 || (old[len] && old[len] != '/'))
        continue;
      CHECK (asprintf (&path, "%s%s", to, old + len) >= 0);
      free (old);
      contents.name[i].path = path;
    }
}

/* ---- Who was told --------------------------------------------------------
 */

static bool
is_told (uint32_t inode)
{
  for (size_t i = 0; i < contents.tolds; i++)
    if (contents.told[i] == inode)
      return true;
  return contents.told_all;
}

void
contents_told (uint32_t inode)
{
  if (faults_hits () == 0)
    return;
  contents.calls++;
  if (inode == CONTENTS_ALL)
    contents.told_all = true;
  if (inode == (uint32_t)CONTENTS_NAMES || is_told (inode))
    return;
  contents.told
      = realloc (contents.told, (contents.tolds + 1) * sizeof *contents.told);
  CHECK (contents.told);
  contents.told[contents.tolds++] = inode;
}

/* ---- A run ---------------------------------------------------------------
 */

void
contents_watch (void)
{
  contents.watch = true;
}

void
contents_begin (void)
{
  contents_on = contents.watch;
  vm_stored = contents_on ? stored : NULL;
  if (!contents_on)
    return;
  contents.rows = contents.tolds = 0;
  contents.told_all = false;
  contents.calls = 0;
  if (contents.slots)
    memset (contents.slot, 0, contents.slots * sizeof *contents.slot);
  while (contents.names > 0)
    forget_name (contents.names - 1);
  faults_watch (placed);
}

/* ---- The end -------------------------------------------------------------
 */

static bool
holds (uint64_t offset, const struct row *r)
{
  char sector[512];
  struct stamp s;
  if (offset == 0 || r->stale)
    return false;
  device_peek (offset, sector, sizeof sector);
  memcpy (&s, sector, sizeof s);
  return s.magic == STAMP_MAGIC && s.file == r->file && s.page == r->page
         && s.version == r->version;
}

static void
judge_page (const struct name *n, struct node *np, const struct row *r,
            struct contents_verdict *v)
{
  v->checked++;
  if (holds (client_place (np, r->page), r))
    return;
  v->pages++;
  if (is_told (r->file))
    v->pages_by_call++;
  else if (client_read_again (np, r->page) != 0)
    v->pages_by_read++;
  else if (v->pages_silent++ == 0)
    snprintf (v->first, sizeof v->first, "page %" PRIu64 " of %.100s", r->page,
              n->path);
}

static void
judge_file (const struct name *n, struct contents_verdict *v)
{
  uint32_t inode;
  struct node *np = client_look_up (n->path, &inode);
  if (np == NULL)
    return;
  uint64_t end = (client_length (np) + SIM_PAGE_SIZE - 1) >> SIM_PAGE_SHIFT;
  for (size_t i = 0; i < contents.rows; i++)
    {
      const struct row *r = &contents.row[i];
      if (r->file == inode && !r->gone && !r->unsure && r->page < end)
        judge_page (n, np, r, v);
    }
  client_give_back (np);
}

static void
judge_block (const struct row *r, struct contents_verdict *v)
{
  char block[SIM_PAGE_SIZE];
  uint64_t offset = r->page << SIM_PAGE_SHIFT;
  /* In halves: all of a block that is kept as a stamp is undefined.  */
  device_peek (offset, block, sizeof block / 2);
  device_peek (offset + sizeof block / 2, block + sizeof block / 2,
               sizeof block / 2);
  if (digest_block (block) == r->digest || !r->wanted)
    return;
  v->blocks++;
  if (contents.calls > 0)
    v->blocks_by_call++;
  else if (client_read_metadata_again (r->digest, digest_block) != 0)
    v->blocks_by_read++;
  else
    v->blocks_silent++;
}

void
contents_judge (struct contents_verdict *v)
{
  memset (v, 0, sizeof *v);
  CHECK (contents_on);
  v->calls = contents.calls;
  for (size_t i = 0; i < contents.names; i++)
    judge_file (&contents.name[i], v);
  for (size_t i = 0; i < contents.rows; i++)
    if (contents.row[i].file == METADATA)
      contents.row[i].wanted
          = client_in_use (contents.row[i].page << SIM_PAGE_SHIFT);
  /* Last, as the server may not survive without what is evicted here.  */
  for (size_t i = 0; i < contents.rows; i++)
    {
      const struct row *r = &contents.row[i];
      if (r->gone)
        continue;
      if (r->file == METADATA)
        judge_block (r, v);
      else if (r->file == FAILED)
        {
          v->failed++;
          v->again += r->again;
        }
    }
}
