/* Tallies, see tally.h.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "tally.h"

#include <stdlib.h>
#include "../base/check.h"
#include "memobj.h"

#define X(enumerator, name, what) name,
const char *const run_end_name[] = { RUN_ENDS (X) };
const char *const write_end_name[] = { WRITE_ENDS (X) };
#undef X

/* What a thread works on; kept in thread->work, and reused between runs.  */
struct work
{
  struct work *next_used, *next_spare;
  struct memobj *o;
  enum run_end why;
  uint64_t offset; /* in the file, of the next store write  */
  bool open;       /* a write is there whose end is not known  */
  uint64_t end;    /* where it ended on the store  */
  size_t len;
};

static struct work *used, *spare;
static gap_fn *gap;

void
tally_init (void)
{
  for (struct work *w = used; w != NULL; w = w->next_used)
    {
      w->next_spare = spare;
      spare = w;
    }
  used = NULL;
  gap = NULL;
}

void
tally_set_gap (gap_fn *fn)
{
  gap = fn;
}

static struct work *
new_work (void)
{
  struct work *w = spare;
  if (w != NULL)
    spare = w->next_spare;
  else
    {
      w = malloc (sizeof *w);
      CHECK (w != NULL);
    }
  *w = (struct work){ .next_used = used };
  used = w;
  return w;
}

static inline struct work *
current_work (void)
{
  return engine.current != NULL ? engine.current->work : NULL;
}

static void
close_write (struct work *w, enum write_end why)
{
  w->open = false;
  w->o->tally.write[why].writes++;
  w->o->tally.write[why].bytes += w->len;
}

void
tally_return (struct memobj *o, enum run_end why, size_t n)
{
  o->tally.run[why].messages++;
  o->tally.run[why].pages += n;
}

void
tally_begin (struct memobj *o, enum run_end why, uint64_t offset)
{
  struct work *w = current_work ();
  if (w == NULL)
    engine.current->work = w = new_work ();
  if (w->open)
    close_write (w, WRITE_END_RUN);
  w->o = o;
  w->why = why;
  w->offset = offset;
}

void
tally_write_pages (void)
{
  struct work *w = current_work ();
  if (w != NULL && w->o != NULL)
    w->o->tally.run[w->why].write_pages++;
}

void
tally_write_page (void)
{
  struct work *w = current_work ();
  if (w != NULL && w->o != NULL)
    w->o->tally.run[w->why].write_page++;
}

void
tally_store_write (uint64_t offset, size_t len, bool file_path)
{
  struct work *w = current_work ();
  if (w == NULL || w->o == NULL)
    return;
  if (!file_path)
    {
      w->o->tally.disk_writes++;
      w->o->tally.disk_bytes += len;
      return;
    }
  if (w->open)
    {
      enum write_end why = WRITE_END_FRAGMENT;
      if (offset == w->end)
        why = WRITE_END_CHUNK;
      else if (gap != NULL)
        why = gap (w->offset >> SIM_PAGE_SHIFT,
                   (w->end >> SIM_PAGE_SHIFT) - 1, offset >> SIM_PAGE_SHIFT);
      close_write (w, why);
    }
  w->open = true;
  w->end = offset + len;
  w->len = len;
  w->offset += len;
}

static void
clear (struct memobj *o, void *arg)
{
  (void)arg;
  o->tally = (struct tally){ 0 };
}

void
tally_reset (void)
{
  tally_finish ();
  memobjs_each (clear, NULL);
}

void
tally_finish (void)
{
  for (struct work *w = used; w != NULL; w = w->next_used)
    if (w->open)
      close_write (w, WRITE_END_RUN);
}
