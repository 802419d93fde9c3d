/* Identities, see identities.h.

   Not judged: a data_return of which a call failed, as what was written then
   depends on who tries again; bytes that are missing of a file that somebody
   has truncated or that no client has open, as writes are clipped at
   allocsize.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "identities.h"

#include "../base/check.h"
#include "../engine/trace.h"
#include "../world/counters.h"
#include "../world/memobj.h"
#include "../world/world.h"
#include "client_server.h"
#include "explain.h"

/* The first of each kind is reported: it explains the others.  */
static struct
{
  const struct hurd_server *server;
  bool pages_reported, bytes_reported;
  uint64_t traced_before[TRACE_KIND_COUNT]; /* by row of the table  */
} identities;

typedef unsigned long long number;

/* Every dirty page of a message is written once: by a call of its own, or by
   one for the whole run.  */
static void
check_pages (const struct tally_message *m)
{
  char name[FILE_NAME_BYTES];
  if (m->write_page + m->bulk_pages == m->pages || identities.pages_reported)
    return;
  identities.pages_reported = true;
  world_finding ("identity", "",
                 "%s, data_return of %llu dirty pages from %llu on: "
                 "pager_write_page was called %llu times, pager_write_pages "
                 "did %llu pages",
                 explain_file_name (identities.server, m->o, name),
                 (number)m->pages, (number)m->offset, (number)m->write_page,
                 (number)m->bulk_pages);
}

/* A page of a file is 4096 bytes on the store, written once.  */
static void
check_bytes (const struct tally_message *m)
{
  char name[FILE_NAME_BYTES];
  uint64_t wanted = m->pages << SIM_PAGE_SHIFT;
  if (m->failed || m->o->home != NULL || m->bytes == wanted
      || identities.bytes_reported)
    return;
  if (m->bytes < wanted
      && !client_whole (explain_inode (identities.server, m->o)))
    return;
  identities.bytes_reported = true;
  world_finding ("identity", "",
                 "%s, data_return of %llu dirty pages from %llu on: %llu "
                 "bytes were written to the store, and no call failed",
                 explain_file_name (identities.server, m->o, name),
                 (number)m->pages, (number)m->offset, (number)m->bytes);
}

static void
check_message (const struct tally_message *m)
{
  check_pages (m);
  check_bytes (m);
}

void
identities_start (const struct hurd_server *server)
{
  identities.server = server;
  identities.pages_reported = identities.bytes_reported = false;
  identities_measured ();
  tally_set_message (check_message);
}

/* ---- The trace -----------------------------------------------------------
 */

/* What is traced as often as it is counted, in one counter or in several.  */
static const struct
{
  enum trace_kind kind;
  enum counter counter[3]; /* ends with COUNTER_COUNT, if shorter  */
} traced[] = {
  { TRACE_FAULT, { COUNTER_FAULTS, COUNTER_COUNT } },
  { TRACE_DATA_REQUEST, { COUNTER_DATA_REQUEST, COUNTER_COUNT } },
  { TRACE_DATA_UNLOCK, { COUNTER_DATA_UNLOCK, COUNTER_COUNT } },
  { TRACE_DATA_RETURN,
    { COUNTER_DATA_RETURN, COUNTER_DATA_RETURN_CLEAN, COUNTER_COUNT } },
  { TRACE_DATA_SUPPLY, { COUNTER_DATA_SUPPLY, COUNTER_COUNT } },
  { TRACE_DATA_ERROR, { COUNTER_DATA_ERROR, COUNTER_COUNT } },
  { TRACE_LOCK_REQUEST, { COUNTER_LOCK_REQUEST, COUNTER_COUNT } },
  { TRACE_EVICT, { COUNTER_EVICTIONS, COUNTER_COUNT } },
  { TRACE_STORE_WRITE,
    { COUNTER_FILE_STORE_WRITE, COUNTER_DISK_STORE_WRITE,
      COUNTER_OTHER_STORE_WRITE } },
  { TRACE_STORE_READ, { COUNTER_STORE_READ, COUNTER_COUNT } },
  { TRACE_STORE_SYNC, { COUNTER_STORE_SYNC, COUNTER_COUNT } },
};

enum
{
  TRACED = sizeof traced / sizeof *traced
};

void
identities_measured (void)
{
  for (size_t i = 0; i < TRACED; i++)
    identities.traced_before[i] = trace_count (traced[i].kind);
}

static void
check_trace (void)
{
  for (size_t i = 0; i < TRACED; i++)
    {
      uint64_t counted = 0;
      for (unsigned c = 0; c < 3 && traced[i].counter[c] != COUNTER_COUNT; c++)
        counted += counter_value[traced[i].counter[c]];
      CHECK (counted
             == trace_count (traced[i].kind) - identities.traced_before[i]);
    }
}

/* ---- Our own books -------------------------------------------------------
 */

static void
add (struct memobj *o, void *arg)
{
  struct tally *sum = arg;
  for (unsigned i = 0; i < RUN_END_COUNT; i++)
    {
      sum->run[0].messages += o->tally.run[i].messages;
      sum->run[0].pages += o->tally.run[i].pages;
      sum->run[0].write_pages += o->tally.run[i].write_pages;
      sum->run[0].write_page += o->tally.run[i].write_page;
    }
  for (unsigned i = 0; i < WRITE_END_COUNT; i++)
    {
      sum->write[0].writes += o->tally.write[i].writes;
      sum->write[0].bytes += o->tally.write[i].bytes;
    }
  sum->disk_writes += o->tally.disk_writes;
  sum->disk_bytes += o->tally.disk_bytes;
}

void
identities_check (void)
{
  const uint64_t *c = counter_value;
  const struct histogram *h = histogram_value;
  struct tally sum = { 0 };
  memobjs_each (add, &sum);

  CHECK (sum.run[0].messages == c[COUNTER_DATA_RETURN]);
  CHECK (sum.run[0].pages == c[COUNTER_DATA_RETURN_PAGES]);
  /* Calls that belong to no message are in no tally.  */
  CHECK (sum.run[0].write_page <= c[COUNTER_WRITE_PAGE]);
  CHECK (sum.run[0].write_pages <= c[COUNTER_WRITE_PAGES]);
  CHECK (sum.write[0].writes <= c[COUNTER_FILE_STORE_WRITE]);
  CHECK (sum.write[0].bytes <= c[COUNTER_FILE_STORE_WRITE_BYTES]);
  CHECK (sum.disk_writes <= c[COUNTER_DISK_STORE_WRITE]);
  CHECK (sum.disk_bytes <= c[COUNTER_DISK_STORE_WRITE_BYTES]);

  CHECK (h[HISTOGRAM_STORE_WRITE_BYTES].count == c[COUNTER_FILE_STORE_WRITE]);
  CHECK (h[HISTOGRAM_STORE_WRITE_BYTES].sum
         == c[COUNTER_FILE_STORE_WRITE_BYTES]);
  CHECK (h[HISTOGRAM_WRITE_PAGES_PAGES].count <= c[COUNTER_WRITE_PAGES]);
  CHECK (h[HISTOGRAM_DATA_RETURN_RUN].count <= c[COUNTER_DATA_RETURN]);
  CHECK (h[HISTOGRAM_DATA_RETURN_RUN].sum <= c[COUNTER_DATA_RETURN_PAGES]);
  check_trace ();
}
