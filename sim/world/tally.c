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
  struct tally_message message; /* of no object: none  */
  enum run_end why;
  uint64_t offset; /* in the file, of the next store write  */
  bool open;       /* a write is there whose end is not known  */
  uint64_t end;    /* where it ended on the store  */
  size_t len;
};

static struct work *used, *spare;
static gap_fn *gap;
static event_fn *log_event;
static message_fn *message_done;
static bool counting; /* what comes before is not logged  */

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
  message_done = NULL;
  counting = false;
}

void
tally_set_gap (gap_fn *fn)
{
  gap = fn;
}

void
tally_set_log (event_fn *fn)
{
  log_event = fn;
}

void
tally_set_message (message_fn *fn)
{
  message_done = fn;
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

/* The current thread's, if it works on a message.  */
static inline struct work *
current_work (void)
{
  struct work *w = engine.current != NULL ? engine.current->work : NULL;
  return w != NULL && w->message.o != NULL ? w : NULL;
}

static void
close_write (struct work *w, enum write_end why)
{
  struct memobj *o = w->message.o;
  w->open = false;
  o->tally.write[why].writes++;
  o->tally.write[why].bytes += w->len;
  if (log_event != NULL && counting)
    log_event (&(struct tally_event){ .o = o,
                                      .offset = w->offset - w->len,
                                      .bytes = w->len,
                                      .store_write = true,
                                      .why = why });
}

void
tally_return (struct memobj *o, enum run_end why, uint64_t index, size_t n)
{
  o->tally.run[why].messages++;
  o->tally.run[why].pages += n;
  if (log_event != NULL && counting)
    log_event (&(struct tally_event){ .o = o,
                                      .offset = index << SIM_PAGE_SHIFT,
                                      .bytes = (uint64_t)n << SIM_PAGE_SHIFT,
                                      .why = why });
}

void
tally_begin (struct memobj *o, enum run_end why, uint64_t offset,
             uint64_t pages)
{
  tally_end ();
  struct work *w = engine.current->work;
  if (w == NULL)
    engine.current->work = w = new_work ();
  w->message
      = (struct tally_message){ .o = o, .offset = offset, .pages = pages };
  w->why = why;
  w->offset = offset;
}

void
tally_end (void)
{
  struct work *w = current_work ();
  if (w == NULL)
    return;
  if (w->open)
    close_write (w, WRITE_END_RUN);
  if (message_done != NULL)
    message_done (&w->message);
  w->message.o = NULL;
}

void
tally_write_pages (int err)
{
  struct work *w = current_work ();
  if (w == NULL)
    return;
  w->message.o->tally.run[w->why].write_pages++;
  w->message.failed |= err != 0;
}

void
tally_write_page (int err)
{
  struct work *w = current_work ();
  if (w == NULL)
    return;
  w->message.o->tally.run[w->why].write_page++;
  w->message.write_page++;
  w->message.failed |= err != 0;
}

void
tally_bulk (uint64_t pages)
{
  struct work *w = current_work ();
  if (w != NULL)
    w->message.bulk_pages += pages;
}

void
tally_store_failed (void)
{
  struct work *w = current_work ();
  if (w != NULL)
    w->message.failed = true;
}

void
tally_store_write (uint64_t offset, size_t len, bool file_path)
{
  struct work *w = current_work ();
  if (w == NULL)
    return;
  if (!file_path)
    {
      w->message.o->tally.disk_writes++;
      w->message.o->tally.disk_bytes += len;
      return;
    }
  w->message.bytes += len;
  if (w->open)
    {
      enum write_end why = WRITE_END_FRAGMENT;
      if (offset == w->end)
        why = WRITE_END_CHUNK;
      else if (gap != NULL)
        why = gap (w->offset >> SIM_PAGE_SHIFT, (w->end >> SIM_PAGE_SHIFT) - 1,
                   offset >> SIM_PAGE_SHIFT);
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
  counting = true;
}

void
tally_finish (void)
{
  for (struct work *w = used; w != NULL; w = w->next_used)
    if (w->open)
      close_write (w, WRITE_END_RUN);
}
