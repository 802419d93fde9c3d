/* The defects in one outcome of a case of a writer.

   Goes through the events as they happened, with the file's block map and size
   as the other thread changed them, and keeps for each block of the request
   whether the data that belongs to it was stored where it was at that time.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "blockmap.h"
#include "defects.h"
#include "input.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One block of the request.  */
struct block
{
  bool stored; /* where it belongs  */
  bool twice;  /* stored so more than once  */
  bool needed; /* below allocsize all the time that its page was written  */
};

static struct
{
  enum writer_way way;
  int64_t bs, first, count; /* the request's, in blocks  */
  int64_t allocsize;
  int64_t stored_bytes;
  struct block *blocks;
  bool *page_failed; /* a store write for it failed  */
  bool *page_ended;  /* by pages: its size was looked at  */
  bool failed;       /* any  */
  int64_t page;      /* by pages: the one being written  */
  struct defects *found;
} j;

void
defect_note (struct defects *found, enum defect class, const char *format, ...)
{
  va_list ap;

  if (*found->found[class])
    return;
  va_start (ap, format);
  vsnprintf (found->found[class], sizeof found->found[class], format, ap);
  va_end (ap);
}

#define NOTE(...) defect_note (j.found, __VA_ARGS__)

static int64_t
page_of (int64_t block)
{
  return block * j.bs / PAGE;
}

/* The size may have become smaller: a block that is cut off need not be
   written.  */
static void
see_size (int64_t from, int64_t to)
{
  for (int64_t i = from; i < to; i++)
    if ((j.first + i + 1) * j.bs > j.allocsize)
      j.blocks[i].needed = false;
}

static void
change (const json_t *a_case, int64_t unlock)
{
  size_t i, k;
  json_t *entry, *op;

  json_array_foreach ((json_t *)input_array (a_case, "writer"), i, entry)
  {
    if (input_int (entry, "after_unlock", 1, INT32_MAX) != unlock)
      continue;
    json_array_foreach ((json_t *)input_array (entry, "ops"), k, op)
    {
      const char *what = input_string (op, "op");

      if (strcmp (what, "truncate") == 0)
        blockmap_cut (
            (uint64_t)((input_int (op, "size", 0, FILE_MAX) + j.bs - 1)
                       / j.bs));
      else
        blockmap_enter (input_array (op, "map"));
      if (strcmp (what, "remap") != 0)
        j.allocsize = input_int (op, "size", 0, FILE_MAX);
      if (j.way != WRITER_PAGES)
        see_size (0, j.count);
    }
  }
}

/* A store write: ["S", block, bytes, rc, amount, src, bounce].  */
static void
store_event (const json_t *e)
{
  int64_t at = json_integer_value (json_array_get (e, 1));
  int64_t bytes = json_integer_value (json_array_get (e, 2));
  bool good = strcmp (json_string_value (json_array_get (e, 3)), "0") == 0;
  int64_t src = json_integer_value (json_array_get (e, 5));

  if (json_integer_value (json_array_get (e, 6)) > PAGE)
    NOTE (DEFECT_D6, "%lld bytes into a buffer of one page",
          (long long)json_integer_value (json_array_get (e, 6)));
  if (good)
    j.stored_bytes += bytes;
  else
    j.failed = true;
  for (int64_t n = 0; n < bytes / j.bs; n++)
    {
      int64_t i = src / j.bs + n;
      /* Data of no known place belongs to the page at hand.  */
      bool known = src >= 0 && src % j.bs == 0 && i < j.count;
      int64_t page = known ? page_of (i) : j.page;
      struct block *b = known ? &j.blocks[i] : NULL;

      if (known && (j.first + i + 1) * j.bs <= j.allocsize
          && blockmap_find ((uint64_t)(j.first + i)) == at + n)
        {
          if (good)
            b->twice = b->stored;
          if (good)
            b->stored = true;
        }
      else
        NOTE (j.way != WRITER_BULK && j.page_failed[page] ? DEFECT_D5
                                                          : DEFECT_D1,
              "block %lld of the file is written to block %lld of the disk",
              (long long)(known ? j.first + i : -1), (long long)(at + n));
      if (!good)
        j.page_failed[page] = true;
    }
}

/* Whether all needed blocks of the page are stored; one behind the file's end
   cannot be.  */
static bool
page_is_stored (int64_t page)
{
  int64_t per_page = PAGE / j.bs;
  bool any = false;

  for (int64_t i = page * per_page; i < (page + 1) * per_page; i++)
    {
      if (j.blocks[i].needed && !j.blocks[i].stored)
        return false;
      any |= j.blocks[i].needed || j.blocks[i].stored;
    }
  return any;
}

/* What the bulk call returned.  */
static void
judge_progress (const json_t *got)
{
  int64_t written = json_integer_value (json_object_get (got, "written"));
  bool good
      = strcmp (json_string_value (json_object_get (got, "err")), "0") == 0;

  if (written < 0 || written % PAGE != 0 || written > j.count * j.bs)
    {
      NOTE (DEFECT_REPORT, "%lld of %lld bytes reported as written",
            (long long)written, (long long)(j.count * j.bs));
      return;
    }
  for (int64_t i = 0; i < written / j.bs; i++)
    if (!j.blocks[i].stored)
      {
        NOTE (good ? DEFECT_LOST : DEFECT_D3,
              "%lld bytes reported, but block %lld of the request is not "
              "stored",
              (long long)written, (long long)i);
        break;
      }
  if (good && written < j.stored_bytes)
    NOTE (DEFECT_D8,
          "%lld bytes stored, %lld reported: the rest is sent again",
          (long long)j.stored_bytes, (long long)written);
}

/* What became of each page.  */
static void
judge_pages (const json_t *got)
{
  const json_t *errs = json_object_get (got, "errs");
  const char *bulk = json_string_value (json_object_get (got, "bulk_err"));
  bool bulk_failed
      = bulk && strcmp (bulk, "0") != 0 && strcmp (bulk, "EOPNOTSUPP") != 0;

  for (int64_t page = 0; page < page_of (j.count); page++)
    {
      const char *err
          = json_string_value (json_array_get (errs, (size_t)page));

      if (!err || strcmp (err, "0") != 0)
        continue;
      if (!page_is_stored (page))
        NOTE (bulk_failed           ? DEFECT_D3
              : j.page_failed[page] ? DEFECT_D4
                                    : DEFECT_LOST,
              "page %lld of the request is not stored, and has no error",
              (long long)page);
      for (int64_t i = page * PAGE / j.bs; i < (page + 1) * PAGE / j.bs; i++)
        if (j.blocks[i].twice && !j.failed && !bulk_failed)
          NOTE (DEFECT_D8, "block %lld of the request is stored twice",
                (long long)i);
    }
}

static void
walk (const json_t *a_case, const json_t *events)
{
  int64_t pages = page_of (j.count + PAGE / j.bs - 1);
  size_t k;
  json_t *e;

  json_array_foreach ((json_t *)events, k, e)
  {
    const char *what = json_string_value (json_array_get (e, 0));
    int64_t number = json_integer_value (json_array_get (e, 1));

    if (*what == 'P')
      j.page = number;
    else if (*what == 'W')
      change (a_case, number);
    else if (*what == 'S')
      store_event (e);
    else if (*what == 'R' && j.way == WRITER_PAGES && j.page < pages
             && !j.page_ended[j.page])
      {
        j.page_ended[j.page] = true;
        see_size (j.page * PAGE / j.bs, (j.page + 1) * PAGE / j.bs);
      }
  }
}

void
defects_of_writer (const json_t *a_case, const json_t *got,
                   enum writer_way way, struct defects *found)
{
  const char *assertion = json_string_value (json_object_get (got, "assert"));
  int64_t offset = input_int (a_case, "offset", 0, FILE_MAX);
  size_t pages;

  memset (&j, 0, sizeof j);
  j.way = way;
  j.found = found;
  j.bs = input_block_size (a_case);
  j.first = offset / j.bs;
  j.count = input_int (a_case, "length", 0, REQUEST_MAX) / j.bs;
  j.allocsize = input_int (a_case, "allocsize", 0, FILE_MAX);
  pages = (size_t)(j.count * j.bs + PAGE - 1) / PAGE;
  j.blocks = calloc ((size_t)j.count + PAGE / 1024, sizeof *j.blocks);
  j.page_failed = calloc (pages + 1, sizeof *j.page_failed);
  j.page_ended = calloc (pages + 1, sizeof *j.page_ended);
  if (!j.blocks || !j.page_failed || !j.page_ended)
    input_bad ("out of memory");
  for (int64_t i = 0; i < j.count; i++)
    j.blocks[i].needed = true;
  if (way != WRITER_PAGES)
    see_size (0, j.count);
  blockmap_clear ();
  blockmap_enter (input_array (a_case, "map"));

  walk (a_case, json_object_get (got, "events"));
  if (assertion)
    NOTE (strcmp (assertion, "block") == 0 || strcmp (assertion, "blk") == 0
              ? DEFECT_D7
              : DEFECT_D2,
          "assertion `%s'", assertion);
  else if (way == WRITER_BULK)
    judge_progress (got);
  else
    judge_pages (got);
  if (!assertion
      && json_integer_value (json_object_get (got, "lock_held_at_end")) != 0)
    NOTE (DEFECT_LOCK, "the lock is held at the end");
  free (j.blocks);
  free (j.page_failed);
  free (j.page_ended);
}
