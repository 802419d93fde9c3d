/* The table of the oracles, and what they are told; see oracles.h.

   Each is one function that judges at certain moments.  What happens to a
   data_return is kept here, by thread, for those who judge its pages.

   Left out: what a thread does that works on no message (a pager may have
   threads of its own) is nobody's.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "oracle.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/check.h"
#include "../engine/engine.h"
#include "../world/vm.h"
#include "../world/world.h"
#include "client_server.h"

#define AT(when) (1U << ORACLE_##when)

static const struct oracle
{
  const char *name, *what;
  unsigned at; /* AT () of enum oracle_when; 0: it is seen elsewhere  */
  oracle_fn *judge;
} oracles[] = {
  { "order", "a page's versions are sent, and written, in their order",
    AT (RETURNED) | AT (STORED), oracle_order },
  { "reach", "every dirty page that is returned reaches the store",
    AT (HANDLED), oracle_reach },
  { "owner", "a file's page is written to the block that the file has there",
    AT (STORE), oracle_owner },
  { "alloc_lock", "... under the lock that keeps it there", AT (STORE),
    oracle_under_lock },
  { "refused", "what the store refused is reported to somebody", AT (HANDLED),
    oracle_refused },
  { "written", "*written is whole pages, no more than asked, and all written",
    AT (WROTE), oracle_written },
  { "errors", "a pager returns the errors that libpager knows",
    AT (WROTE) | AT (ANSWERED), oracle_errors },
  { "release", "a message's memory is given back, once",
    AT (HANDLED) | AT (END), oracle_release },
  { "marks", "no page stays marked when nobody works on it", AT (END),
    oracle_marks },
  { "blocks", "no block has two owners, and bitmaps agree with owners",
    AT (END), oracle_blocks },
  { "held", "nobody who is done or idle holds a lock", AT (END), oracle_held },
  { "progress", "the run goes on when faults have stopped", AT (END),
    oracle_progress },
  { "identity", "histograms, counters, the trace and tallies agree", AT (END),
    oracle_identity },
  { "contents", "the store holds what clients wrote last (faults only)", 0,
    NULL },
  { "lock", "locks are used as they may be", 0, NULL },
  { "lock-policy", "locks keep to the rules of lock.policy", 0, NULL },
  { "memory", "memory is used as it may be", 0, NULL },
  { "heap", "malloc's memory is freed once, and not used after", 0, NULL },
  { "assertion", "no assertion fails", 0, NULL },
  { "signal", "nothing crashes", 0, NULL },
  { "panic", "nothing panics", 0, NULL },
  { "deadlock", "nobody waits for what cannot come", 0, NULL },
  { "limit", "the run ends in time", 0, NULL },
  { "hang", "no thread runs for ever", 0, NULL },
  { "stuck", "the store answers (faults only)", 0, NULL },
};

enum
{
  ORACLES = sizeof oracles / sizeof *oracles,
  /* Of one oracle in a run: the first explain the others.  */
  FOUND_MAX = 5
};

const struct hurd_server *oracle_server;

static struct
{
  oracle_fn *fn[ORACLE_WHENS][ORACLES + 1]; /* ends with NULL  */
  struct oracle_message **now; /* by thread id; rows outlive runs  */
  size_t nows;
  uint32_t *pending; /* by port  */
  size_t pendings;
  const struct thread *last_client;
  unsigned found[ORACLES];
} run;

void
oracles_each (void (*fn) (const char *, const char *, void *), void *arg)
{
  for (size_t i = 0; i < ORACLES; i++)
    fn (oracles[i].name, oracles[i].what, arg);
}

static inline void
judge (const struct oracle_event *e)
{
  for (oracle_fn *const *fn = run.fn[e->when]; *fn != NULL; fn++)
    (*fn) (e);
}

/* ---- Findings ------------------------------------------------------------
 */

void
oracle_found (const char *name, const char *where, const char *format, ...)
{
  char what[200];
  va_list args;
  size_t i = 0;
  while (strcmp (oracles[i].name, name) != 0)
    i++;
  if (run.found[i]++ >= FOUND_MAX)
    return;
  va_start (args, format);
  vsnprintf (what, sizeof what, format, args);
  va_end (args);
  world_finding (oracles[i].name, where, "%s", what);
}

const char *
oracle_object_name (const struct memobj *o, char out[ORACLE_NAME_BYTES])
{
  struct file_now f;
  const char *path = NULL;
  if (o->home != NULL)
    return "the disk";
  bool known = look_file (oracle_server, o->pager, &f);
  if (known)
    path = client_path (f.inode);
  if (path != NULL)
    snprintf (out, ORACLE_NAME_BYTES, "%.60s", path);
  else if (known)
    snprintf (out, ORACLE_NAME_BYTES, "inode %" PRIu64, f.inode);
  else
    snprintf (out, ORACLE_NAME_BYTES, "object %" PRIu32, o->id);
  return out;
}

/* ---- Messages ------------------------------------------------------------
 */

/* Room for entry NEED of *ARRAY, which has *N of SIZE bytes.  */
static void __attribute__ ((noinline))
grow (void *array, size_t *n, size_t need, size_t size)
{
  void **at = array;
  size_t more = *n ? *n : 64;
  while (more <= need)
    more *= 2;
  *at = realloc (*at, more * size);
  CHECK (*at != NULL);
  memset ((char *)*at + *n * size, 0, (more - *n) * size);
  *n = more;
}

static inline struct oracle_message *
current (void)
{
  uint32_t id = engine.current != NULL ? engine.current->id : UINT32_MAX;
  struct oracle_message *m = id < run.nows ? run.now[id] : NULL;
  return m != NULL && m->on ? m : NULL;
}

static struct oracle_message *__attribute__ ((noinline))
make_mine (uint32_t id)
{
  if (id >= run.nows)
    grow (&run.now, &run.nows, id, sizeof *run.now);
  run.now[id] = calloc (1, sizeof *run.now[id]);
  CHECK (run.now[id] != NULL);
  return run.now[id];
}

static inline struct oracle_message *
mine (void)
{
  uint32_t id = engine.current->id;
  struct oracle_message *m = id < run.nows ? run.now[id] : NULL;
  return m != NULL ? m : make_mine (id);
}

void
oracles_received (port_name port)
{
  if (port >= run.pendings)
    grow (&run.pending, &run.pendings, port, sizeof *run.pending);
  run.pending[port]++;
}

void
oracles_handling (port_name port, const struct oracle_return *r)
{
  struct oracle_message *m = mine ();
  m->port = port;
  m->on = r != NULL && r->pages <= ORACLE_PAGES_MAX;
  if (!m->on)
    return;
  const struct page *p = r->data != NULL ? vm_frame_at (r->data) : NULL;
  m->r = *r;
  m->serial = p != NULL ? p->serial : 0;
  m->unsure = false;
  m->next = 0;
  memset (m->page, 0, r->pages);
}

void
oracles_handled (void)
{
  struct oracle_message *m = mine ();
  if (m->port < run.pendings && run.pending[m->port] > 0)
    run.pending[m->port]--;
  if (m->on)
    judge (&(struct oracle_event){ .when = ORACLE_HANDLED, .m = m });
  m->on = false;
  m->port = 0;
}

static void
count_queued (port_name port, void *arg)
{
  uint64_t *n = arg;
  n[1] += port == n[0];
}

uint64_t
oracle_pending (port_name port)
{
  uint64_t n[2] = { port, port < run.pendings ? run.pending[port] : 0 };
  if (n[1] == 0)
    port_each_message (count_queued, n);
  return n[1];
}

static void
returned (struct memobj *o, uint64_t index, struct page **pages, size_t n,
          bool dirty, bool kcopy)
{
  struct oracle_sent sent = { o, index, pages, n, kcopy };
  if (dirty)
    judge (&(struct oracle_event){ .when = ORACLE_RETURNED, .sent = &sent });
  for (size_t i = 0; i < n; i++)
    pages[i]->serial = ++memobj_serial;
}

/* ---- The store -----------------------------------------------------------
 */

/* The page of M that DATA, whose stamp is S or not known, is the first of; -1
   if that cannot be said.  A copy elsewhere is known by its stamp, or else
   taken for what comes next, if it is on its way to where that belongs.  */
static long
page_of (const struct oracle_message *m, const void *data,
         const struct stamp *s)
{
  uint64_t at = (uintptr_t)data - (uintptr_t)m->r.data;
  uint32_t block;
  if (m->r.data != NULL && at >> SIM_PAGE_SHIFT < m->r.pages)
    return at % SIM_PAGE_SIZE == 0 ? (long)(at >> SIM_PAGE_SHIFT) : -1;
  if (s != NULL && s->magic == STAMP_MAGIC && s->file != 0
      && s->page - m->r.first < m->r.pages)
    return s->page - m->r.first;
  if (m->next < m->r.pages && m->store.of_file
      && look_run (oracle_server, &m->store.file, m->r.first + m->next, 1,
                   &block)
             == 1
      && block == m->store.offset >> SIM_PAGE_SHIFT)
    return m->next;
  return -1;
}

void
oracles_store (uint64_t offset, const void *data, size_t len,
               const struct stamp *stamps)
{
  struct oracle_message *m = current ();
  struct stamp s;
  if (m == NULL || !m->r.dirty)
    return;
  if (stamps == NULL && len >= sizeof s && !memory_config.real_contents)
    {
      memcpy (&s, data, sizeof s);
      stamps = &s;
    }
  m->store.offset = offset;
  m->store.pages = len >> SIM_PAGE_SHIFT;
  m->store.of_file = m->r.o->home == NULL && engine.current->io_path == IO_FILE
                     && look_file (oracle_server, m->port, &m->store.file);
  m->store.page = page_of (m, data, stamps);
  if (m->store.page < 0 || m->store.page + m->store.pages > m->r.pages)
    {
      m->store.page = -1;
      m->unsure = true;
      return;
    }
  m->next = m->store.page + m->store.pages;
  judge (&(struct oracle_event){ .when = ORACLE_STORE, .m = m });
}

void
oracles_stored (int error, size_t done)
{
  struct oracle_message *m = current ();
  if (m == NULL || !m->r.dirty || m->store.page < 0)
    return;
  size_t good = error ? 0 : done >> SIM_PAGE_SHIFT;
  uint8_t *page = m->page + m->store.page;
  for (size_t i = 0; i < m->store.pages; i++)
    page[i] = (page[i] & PAGE_TOLD) | (i < good ? PAGE_TAKEN : PAGE_REFUSED);
  judge (&(struct oracle_event){ .when = ORACLE_STORED, .m = m });
}

/* ---- Calls ---------------------------------------------------------------
 */

void
oracles_answered (const char *function, int error)
{
  struct oracle_answer answer = { function, error };
  if (error != 0)
    judge (
        &(struct oracle_event){ .when = ORACLE_ANSWERED, .answer = &answer });
}

void
oracles_wrote (const struct oracle_call *c)
{
  struct oracle_message *m = current ();
  if (m == NULL || !m->r.dirty || (!c->bulk && c->error == 0))
    return;
  size_t page = (c->offset >> SIM_PAGE_SHIFT) - m->r.first;
  if (!c->bulk && page < m->r.pages && c->error)
    m->page[page] |= PAGE_TOLD;
  judge (&(struct oracle_event){ .when = ORACLE_WROTE, .m = m, .call = c });
}

/* ---- A run ---------------------------------------------------------------
 */

void
oracles_start (const struct hurd_server *server)
{
  oracle_server = server;
  for (unsigned when = 0; when < ORACLE_WHENS; when++)
    {
      oracle_fn **fn = run.fn[when];
      for (size_t i = 0; i < ORACLES; i++)
        if (oracles[i].at & 1U << when)
          *fn++ = oracles[i].judge;
      *fn = NULL;
    }
  for (size_t i = 0; i < run.nows; i++)
    if (run.now[i] != NULL)
      run.now[i]->on = false;
  if (run.pendings > 0)
    memset (run.pending, 0, run.pendings * sizeof *run.pending);
  memset (run.found, 0, sizeof run.found);
  run.last_client = NULL;
  memobj_serial = 0;
  memobj_returned = returned;
  oracle_pages_start ();
}

void
oracles_clients_ended (void)
{
  run.last_client = engine.current;
}

const struct thread *
oracle_last_client (void)
{
  return run.last_client;
}

void
oracles_end (int end)
{
  judge (&(struct oracle_event){ .when = ORACLE_END, .end = end });
}
