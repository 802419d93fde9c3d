/* Oracles of data_returns: from the kernel's message to the store's answer,
   and to who is told.

   Order is known by serials.  A frame that a scan has copied has the serial of
   its copying, one that is sent that of its sending, and of each page of each
   object it is kept which was the last to be sent, and to be written.

   Left out: the disk pager's pages, but for their order, what was refused, and
   their memory, for which block they are is its own to say; pages behind the
   end of their file, or of one that somebody has truncated or nobody has open,
   which need not reach the store.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "oracle.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../base/check.h"
#include "../engine/engine.h"
#include "../world/lock.h"
#include "../world/vm.h"
#include "client_server.h"

/* ---- The last serials of every page --------------------------------------
 */

enum
{
  LEAF_BITS = 9,
  LEAF_PAGES = 1 << LEAF_BITS,
  SUSPECTS_MAX = 64
};

struct last
{
  uint32_t sent, written;
};

struct leaf
{
  struct leaf *next; /* all of this run, or spare  */
  struct last page[LEAF_PAGES];
};

struct object
{
  struct leaf **leaf;
  size_t leaves;
};

/* A page of a message whose memory was not given back by its handler.  */
struct suspect
{
  struct memobj *o;
  const char *data;
  uint64_t page;
  uint32_t serial;
};

static struct
{
  struct object *object; /* by id  */
  size_t objects;
  struct leaf *used, *spare;
  struct suspect suspect[SUSPECTS_MAX];
  size_t suspects;
} last;

static struct leaf *
new_leaf (void)
{
  struct leaf *l = last.spare;
  if (l != NULL)
    {
      last.spare = l->next;
      memset (l->page, 0, sizeof l->page);
    }
  else
    {
      l = calloc (1, sizeof *l);
      CHECK (l != NULL);
    }
  l->next = last.used;
  last.used = l;
  return l;
}

/* Room for entry I of an array of N of SIZE bytes.  */
static void *
with_room (void *array, size_t *n, size_t i, size_t size)
{
  size_t more = *n ? *n : 16;
  while (more <= i)
    more *= 2;
  array = realloc (array, more * size);
  CHECK (array != NULL);
  memset ((char *)array + *n * size, 0, (more - *n) * size);
  *n = more;
  return array;
}

static struct last *
last_of (const struct memobj *o, uint64_t index)
{
  if (o->id >= last.objects)
    last.object
        = with_room (last.object, &last.objects, o->id, sizeof *last.object);
  struct object *of = &last.object[o->id];
  size_t l = index >> LEAF_BITS;
  if (l >= of->leaves)
    of->leaf = with_room (of->leaf, &of->leaves, l, sizeof *of->leaf);
  if (of->leaf[l] == NULL)
    of->leaf[l] = new_leaf ();
  return &of->leaf[l]->page[index & (LEAF_PAGES - 1)];
}

void
oracle_pages_start (void)
{
  while (last.used != NULL)
    {
      struct leaf *l = last.used;
      last.used = l->next;
      l->next = last.spare;
      last.spare = l;
    }
  for (size_t i = 0; i < last.objects; i++)
    if (last.object[i].leaf != NULL)
      memset (last.object[i].leaf, 0,
              last.object[i].leaves * sizeof *last.object[i].leaf);
  last.suspects = 0;
}

/* ---- Order ---------------------------------------------------------------
 */

/* The kernel's part: a copy must not be sent behind a newer one.  */
static void
order_sent (const struct oracle_sent *s)
{
  char name[ORACLE_NAME_BYTES];
  for (size_t i = 0; i < s->n; i++)
    {
      struct last *l = last_of (s->o, s->index + i);
      uint32_t serial = s->kcopy ? s->pages[i]->serial : ++memobj_serial;
      if (serial < l->sent)
        oracle_found ("order", "",
                      "the kernel sends a copy of page %" PRIu64
                      " of %s behind a newer version, which it took later and "
                      "sent before (docs/model.md 1.6)",
                      s->index + i, oracle_object_name (s->o, name));
      else
        l->sent = serial;
    }
}

/* The pager's: what was sent last is written last.  */
static void
order_written (const struct oracle_message *m)
{
  char name[ORACLE_NAME_BYTES];
  for (size_t i = 0; i < m->store.pages; i++)
    {
      size_t page = m->store.page + i;
      struct last *l = last_of (m->r.o, m->r.first + page);
      uint32_t serial = m->serial + page;
      if (!(m->page[page] & PAGE_TAKEN))
        continue;
      if (serial < l->written)
        oracle_found ("order", NULL,
                      "page %" PRIu64 " of %s is written behind a version "
                      "that the kernel sent later",
                      m->r.first + page, oracle_object_name (m->r.o, name));
      else
        l->written = serial;
    }
}

void
oracle_order (const struct oracle_event *e)
{
  if (e->when == ORACLE_RETURNED)
    order_sent (e->sent);
  else
    order_written (e->m);
}

/* ---- The block, and its lock ---------------------------------------------
 */

void
oracle_owner (const struct oracle_event *e)
{
  const struct oracle_message *m = e->m;
  char name[ORACLE_NAME_BYTES];
  uint32_t n = m->store.pages, block = 0;
  uint64_t page = m->r.first + m->store.page;
  if (!m->store.of_file)
    return;
  uint32_t run = look_run (oracle_server, &m->store.file, page, n, &block);
  uint64_t to = m->store.offset >> SIM_PAGE_SHIFT;
  if (run == 0 || (block == to && run == n))
    return;
  if (block == to)
    {
      page += run;
      to += run;
      if (look_run (oracle_server, &m->store.file, page, 1, &block) == 0)
        return;
    }
  if (block == 0)
    oracle_found ("owner", NULL,
                  "page %" PRIu64 " of %s is written to block %" PRIu64
                  ", and the file has none there",
                  page, oracle_object_name (m->r.o, name), to);
  else
    oracle_found ("owner", NULL,
                  "page %" PRIu64 " of %s is written to block %" PRIu64
                  ", and the file has it at block %" PRIu32,
                  page, oracle_object_name (m->r.o, name), to, block);
}

void
oracle_under_lock (const struct oracle_event *e)
{
  const struct oracle_message *m = e->m;
  char name[ORACLE_NAME_BYTES];
  if (!m->store.of_file || lock_rwlock_is_held (m->store.file.alloc_lock))
    return;
  oracle_found ("alloc_lock", NULL,
                "page %" PRIu64 " of %s is written by a thread that does not "
                "hold its alloc_lock",
                m->r.first + m->store.page, oracle_object_name (m->r.o, name));
}

/* ---- What becomes of a page ----------------------------------------------
 */

/* Whether page PAGE of M, a file's, had to reach the store.  */
static bool
wanted (const struct oracle_message *m, size_t page)
{
  struct file_now f;
  int64_t offset = (m->r.first + page) << SIM_PAGE_SHIFT;
  return look_file (oracle_server, m->port, &f) && offset < f.alloc_size
         && client_whole (f.inode);
}

void
oracle_reach (const struct oracle_event *e)
{
  const struct oracle_message *m = e->m;
  char name[ORACLE_NAME_BYTES];
  if (!m->r.dirty || m->r.o->home != NULL || m->unsure)
    return;
  for (size_t i = 0; i < m->r.pages; i++)
    if (m->page[i] == 0 && wanted (m, i))
      {
        oracle_found ("reach", "",
                      "page %" PRIu64 " of %s was returned to its pager, and "
                      "never sent to the store",
                      m->r.first + i, oracle_object_name (m->r.o, name));
        return;
      }
}

void
oracle_refused (const struct oracle_event *e)
{
  const struct oracle_message *m = e->m;
  char name[ORACLE_NAME_BYTES];
  if (!m->r.dirty)
    return;
  for (size_t i = 0; i < m->r.pages; i++)
    if (m->page[i] == PAGE_REFUSED)
      {
        oracle_found ("refused", "",
                      "the store has refused page %" PRIu64
                      " of %s, and libpager was told that it was written",
                      m->r.first + i, oracle_object_name (m->r.o, name));
        return;
      }
}

/* ---- Answers -------------------------------------------------------------
 */

/* The pages that the call C claims, all of which must have been taken.  */
static void
check_claim (const struct oracle_message *m, const struct oracle_call *c)
{
  char name[ORACLE_NAME_BYTES];
  uint64_t claimed = c->written < c->length ? c->written : c->length;
  uint64_t first = (c->offset >> SIM_PAGE_SHIFT) - m->r.first;
  for (uint64_t i = 0; i < claimed >> SIM_PAGE_SHIFT; i++)
    {
      uint64_t page = first + i;
      if (page >= m->r.pages || m->page[page] & PAGE_TAKEN
          || (!(m->page[page] & PAGE_REFUSED) && !wanted (m, page)))
        continue;
      oracle_found ("written", "",
                    "pager_write_pages says that it has written %" PRIu64
                    " bytes from page %" PRIu64 " of %s on; page %" PRIu64
                    " is not on the store",
                    c->written, m->r.first + first,
                    oracle_object_name (m->r.o, name), m->r.first + page);
      return;
    }
}

void
oracle_written (const struct oracle_event *e)
{
  const struct oracle_call *c = e->call;
  if (!c->bulk)
    return;
  if (c->error == EOPNOTSUPP)
    return;
  if (c->written > c->length)
    oracle_found ("written", "",
                  "pager_write_pages says that it has written %" PRIu64
                  " bytes of %" PRIu64,
                  c->written, c->length);
  if (c->written % SIM_PAGE_SIZE)
    oracle_found ("written", "",
                  "pager_write_pages says that it has written %" PRIu64
                  " bytes, which are no whole pages",
                  c->written);
  if (!e->m->unsure && e->m->r.o->home == NULL)
    check_claim (e->m, c);
}

/* libpager keeps two bits of an error: model.md 2.2.  */
static bool
permitted (int error)
{
  return error == 0 || error == EIO || error == ENOSPC || error == EDQUOT;
}

void
oracle_errors (const struct oracle_event *e)
{
  const struct oracle_call *c = e->call;
  if (e->when == ORACLE_ANSWERED)
    {
      int error = e->answer->error;
      if (!permitted (error) && error != ENOMEM && error != EROFS)
        oracle_found ("errors", "", "%s answers %s", e->answer->function,
                      strerror (error));
      return;
    }
  if (c->bulk && c->error == EOPNOTSUPP)
    {
      if (c->written != 0)
        oracle_found ("errors", "",
                      "pager_write_pages answers that it does not work, and "
                      "that it has written %" PRIu64 " bytes",
                      c->written);
    }
  else if (!permitted (c->error))
    oracle_found ("errors", "", "%s answers %s",
                  c->bulk ? "pager_write_pages" : "pager_write_page",
                  strerror (c->error));
}

/* ---- Memory --------------------------------------------------------------
 */

static bool
is_kept (const struct suspect *s)
{
  const struct page *p = vm_frame_at (s->data);
  return p != NULL && p->serial == s->serial;
}

static void
find_suspects (const struct oracle_message *m)
{
  for (size_t i = 0; m->r.data != NULL && i < m->r.pages; i++)
    {
      struct suspect s = { m->r.o, m->r.data + (i << SIM_PAGE_SHIFT),
                           m->r.first + i, m->serial + i };
      if (__builtin_expect (is_kept (&s), 0) && last.suspects < SUSPECTS_MAX)
        last.suspect[last.suspects++] = s;
    }
}

/* Given back twice is a finding of "memory".  */
void
oracle_release (const struct oracle_event *e)
{
  char name[ORACLE_NAME_BYTES];
  if (e->when == ORACLE_HANDLED)
    {
      find_suspects (e->m);
      return;
    }
  /* Some other thread may have done it meanwhile.  */
  for (size_t i = 0; i < last.suspects; i++)
    if (is_kept (&last.suspect[i]))
      oracle_found ("release", "",
                    "the memory of page %" PRIu64
                    " of %s, which a message carried, was not given back",
                    last.suspect[i].page,
                    oracle_object_name (last.suspect[i].o, name));
}
