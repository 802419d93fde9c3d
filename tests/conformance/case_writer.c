/* Recorded cases of a file system's writer (FORMAT.md, section 1): alone, as
   they were recorded, or their inputs by another way.

   The request buffer holds in each sector where the sector is, so that the
   data of a bounced write can be told from what the store is handed.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "blockmap.h"
#include "cases.h"
#include "input.h"
#include "script.h"
#include "subject.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SECTOR 512
#define STAMP UINT64_C (0x70616765727369a5)
#define EVENTS_MAX 1000000
/* Beyond the request: what a stuck segment that grows may still read.  */
#define BUFFER_SLACK (32 * PAGE)

struct stamp
{
  uint64_t magic, offset;
};

static struct
{
  const struct hurd_server *server;
  struct user_pager_info *upi;
  struct pager *pager; /* by way of the library  */
  enum writer_way way;
  unsigned bs;
  uint64_t offset, length;
  char *buffer;
  size_t buffer_size;
  const json_t *inject, *bad_blocks, *lookup_err, *writer;
  size_t next_writer; /* entry of WRITER that has not run  */

  json_t *events, *errs;
  int64_t lookups, rdlocks, unlocks, store_writes, store_bytes;
  bool bounce_overflow;
  bool taken; /* the other thread has the lock until somebody asks for it  */
  int err;
  unsigned long written;
} w;

const char *
case_pager (const char *variant)
{
  if (strcmp (variant, "v1") == 0)
    return "chunk";
  if (strcmp (variant, "v2") == 0)
    return "extent";
  if (strcmp (variant, "perpage") == 0
      || strcmp (variant, "perpage_hook_unsupported") == 0)
    return "perpage";
  input_bad ("`variant' is %s, which is not known", variant);
}

static void
event (json_t *e)
{
  if (json_array_size (w.events) >= EVENTS_MAX)
    script_fail ("%d events and no end", EVENTS_MAX);
  json_array_append_new (w.events, e);
}

static void
read_locked (void)
{
  w.rdlocks++;
  event (json_pack ("[s]", "R"));
}

static void
write_locked (void)
{
  script_fail ("the allocation lock is taken for writing");
}

/* What the other thread does while it holds the lock.  Its entries were
   checked before.  */
static void
run_writer (const json_t *ops)
{
  size_t i;
  json_t *op;

  json_array_foreach ((json_t *)ops, i, op)
  {
    const char *what = input_string (op, "op");

    if (strcmp (what, "remap") == 0)
      {
        blockmap_enter (input_array (op, "map"));
        continue;
      }
    int64_t size = input_int (op, "size", 0, FILE_MAX);
    if (strcmp (what, "truncate") == 0)
      blockmap_cut (((uint64_t)size + w.bs - 1) / w.bs);
    else if (strcmp (what, "grow") == 0)
      blockmap_enter (input_array (op, "map"));
    else
      input_bad ("`op' is %s, which is not known", what);
    file_set_allocsize (w.upi, size);
  }
}

static void
unlocked (void)
{
  const json_t *entry = json_array_get (w.writer, w.next_writer);

  w.unlocks++;
  event (json_pack ("[s]", "U"));
  if (!entry)
    return;
  if (input_int (entry, "after_unlock", 1, INT32_MAX) != w.unlocks)
    return;
  w.next_writer++;
  event (json_pack ("[sI]", "W", (json_int_t)w.unlocks));
  run_writer (input_array (entry, "ops"));
  w.taken = true;
}

/* The lock is tried for: the other thread has just been given it.  */
static bool
busy (void)
{
  bool taken = w.taken;

  w.taken = false;
  return taken;
}

static void
yielded (void)
{
  event (json_pack ("[s]", "Y"));
}

/* The library has had the bulk call.  */
static void
tapped (enum hurd_tap what, int err)
{
  if (what == HURD_TAP_WRITE_PAGES)
    w.err = err;
}

static void
unmapped (void *address, size_t len)
{
  const char *p = address;

  if (p < w.buffer || p + len > w.buffer + w.length)
    script_fail ("memory is released that is not of the request");
}

static int
getblk (struct node *node, uint32_t block, int create, uint32_t *disk_block)
{
  size_t i;
  json_t *e;

  (void)node;
  if (create)
    script_fail ("a block is to be allocated by a write");
  w.lookups++;
  json_array_foreach ((json_t *)w.lookup_err, i, e)
  {
    if (input_int (e, "lblk", 0, UINT32_MAX) == block)
      return input_error (e, "rc", false);
  }
  uint32_t physical = blockmap_find (block);
  if (physical == 0)
    return EINVAL;
  *disk_block = physical;
  return 0;
}

/* Where in the request the LEN bytes at DATA come from; *BOUNCE is 0 if they
   are in the request itself.  -1: nowhere.  */
static int64_t
source (const void *data, size_t len, int64_t *bounce)
{
  const char *p = data;
  struct stamp stamp;

  if (p >= w.buffer && p < w.buffer + w.buffer_size)
    {
      *bounce = 0;
      return p - w.buffer;
    }
  *bounce = (int64_t)len;
  if (len < sizeof stamp)
    return -1;
  memcpy (&stamp, p, sizeof stamp);
  return stamp.magic == STAMP ? (int64_t)stamp.offset : -1;
}

/* What the store does with write number CALL of BLOCK: an error, or
   INPUT_SHORT with *AMOUNT set.  */
static int
fate (int64_t call, int64_t block, size_t len, size_t *amount)
{
  size_t i;
  json_t *e;

  json_array_foreach ((json_t *)w.inject, i, e)
  {
    if (input_int (e, "call", 0, INT64_MAX) != call)
      continue;
    int rc = input_error (e, "rc", true);
    if (rc == INPUT_SHORT)
      *amount = (size_t)input_int (e, "amount", 0, INT64_MAX);
    return rc;
  }
  json_array_foreach ((json_t *)w.bad_blocks, i, e)
  {
    int64_t bad = input_number (e, "bad_blocks", 0, UINT32_MAX);
    if (bad >= block && bad < block + (int64_t)(len / w.bs))
      return EIO;
  }
  return 0;
}

static int
store_write (uint64_t offset, const void *data, size_t len, size_t *amount)
{
  int64_t block = (int64_t)(offset / w.bs), bounce;
  int64_t src = source (data, len, &bounce);
  const char *name;
  size_t done = len;
  int rc;

  if (offset % w.bs != 0 || len % w.bs != 0)
    script_fail ("store_write of %zu bytes at %llu: no whole blocks", len,
                 (unsigned long long)offset);
  rc = fate (w.store_writes, block, len, &done);
  if (rc == INPUT_SHORT)
    {
      rc = 0;
      name = done < len ? "SHORT" : "0";
      if (done > len)
        done = len;
    }
  else
    {
      name = error_name (rc);
      if (rc)
        done = 0;
    }
  w.store_writes++;
  w.store_bytes += (int64_t)len;
  if (bounce > PAGE)
    w.bounce_overflow = true;
  event (json_pack ("[sIIsIII]", "S", (json_int_t)block, (json_int_t)len, name,
                    (json_int_t)done, (json_int_t)src, (json_int_t)bounce));
  *amount = done;
  return rc;
}

static void
run_pages (void)
{
  for (uint64_t at = 0; at < w.length; at += PAGE)
    {
      event (json_pack ("[sI]", "P", (json_int_t)(at / PAGE)));
      int err = w.server->part_write_page (w.upi, w.offset + at,
                                           (unsigned long)w.buffer + at);
      json_array_append_new (w.errs, json_string (error_name (err)));
    }
}

static void
run_library (void)
{
  int err = w.server->part_do_write_request (w.pager, PAGER_CONTROL, w.offset,
                                             (unsigned long)w.buffer, w.length,
                                             1, 1, 0);
  unsigned invalid = pager_parse_flags ("INVALID");

  if (err)
    script_fail ("the message is answered with %s", error_name (err));
  for (uint64_t at = 0; at < w.length; at += PAGE)
    json_array_append_new (
        w.errs,
        json_string (pager_flags (w.pager, (w.offset + at) / PAGE) & invalid
                         ? "EIO"
                         : "0"));
}

static void
run (void)
{
  if (w.way == WRITER_PAGES)
    run_pages ();
  else if (w.way == WRITER_LIBRARY)
    run_library ();
  else
    w.err = w.server->part_write_pages (
        w.upi, w.offset, (unsigned long)w.buffer, w.length, &w.written);
}

/* Look at all that is read while the case runs: a wrong case must be told
   before.  */
static void
check (const json_t *a_case)
{
  size_t i, j;
  json_t *e, *op;
  int64_t last = 0;

  w.inject = input_array (a_case, "inject");
  json_array_foreach ((json_t *)w.inject, i, e)
  {
    input_int (e, "call", 0, INT64_MAX);
    if (input_error (e, "rc", true) == INPUT_SHORT)
      input_int (e, "amount", 0, INT64_MAX);
  }
  w.bad_blocks = input_array (a_case, "bad_blocks");
  json_array_foreach ((json_t *)w.bad_blocks, i, e)
      input_number (e, "bad_blocks", 0, UINT32_MAX);
  w.lookup_err = input_array (a_case, "lookup_err");
  json_array_foreach ((json_t *)w.lookup_err, i, e)
  {
    input_int (e, "lblk", 0, UINT32_MAX);
    input_error (e, "rc", false);
  }
  w.writer = input_array (a_case, "writer");
  json_array_foreach ((json_t *)w.writer, i, e)
  {
    last = input_int (e, "after_unlock", last + 1, INT32_MAX);
    json_array_foreach ((json_t *)input_array (e, "ops"), j, op)
    {
      const char *what = input_string (op, "op");
      bool truncate = strcmp (what, "truncate") == 0;
      bool remap = strcmp (what, "remap") == 0;

      if (!truncate && !remap && strcmp (what, "grow") != 0)
        input_bad ("`op' is %s, which is not known", what);
      if (!remap)
        input_int (op, "size", 0, FILE_MAX);
      if (!truncate)
        {
          blockmap_enter (input_array (op, "map"));
          blockmap_clear ();
        }
    }
  }
}

static void
make_buffer (void)
{
  w.buffer_size = (w.length + PAGE - 1) / PAGE * PAGE + BUFFER_SLACK;
  w.buffer = aligned_alloc (PAGE, w.buffer_size);
  if (!w.buffer)
    input_bad ("out of memory");
  for (uint64_t at = 0; at < w.buffer_size; at += SECTOR)
    {
      struct stamp stamp = { STAMP, at };

      memset (w.buffer + at, 0, SECTOR);
      memcpy (w.buffer + at, &stamp, sizeof stamp);
    }
}

static json_t *
outcome (bool returned)
{
  const char *failed = script_assertion ();
  json_t *o = json_object ();

  if (failed)
    event (json_pack ("[ss]", "A", failed));
  json_object_set_new (o, "events", w.events);
  json_object_set_new (o, "assert",
                       failed ? json_string (failed) : json_null ());
  if (w.errs)
    json_object_set_new (o, "errs", w.errs);
  if (w.way == WRITER_LIBRARY)
    json_object_set_new (o, "bulk_err", json_string (error_name (w.err)));
  if (w.way == WRITER_BULK)
    {
      json_object_set_new (o, "err",
                           returned ? json_string (error_name (w.err))
                                    : json_null ());
      json_object_set_new (o, "written",
                           returned ? json_integer ((json_int_t)w.written)
                                    : json_null ());
    }
  json_object_set_new (o, "lookups", json_integer (w.lookups));
  json_object_set_new (o, "rdlocks", json_integer (w.rdlocks));
  json_object_set_new (o, "store_writes", json_integer (w.store_writes));
  json_object_set_new (o, "store_bytes", json_integer (w.store_bytes));
  json_object_set_new (o, "lock_held_at_end",
                       json_integer (w.rdlocks - w.unlocks));
  json_object_set_new (o, "bounce_overflow", json_boolean (w.bounce_overflow));
  json_object_set_new (o, "final_allocsize",
                       json_integer (file_allocsize (w.upi)));
  return o;
}

/* Read A_CASE into W.  */
static void
prepare (const json_t *a_case, unsigned unit)
{
  w.bs = input_block_size (a_case);
  w.offset = (uint64_t)input_int (a_case, "offset", 0, FILE_MAX);
  w.length = (uint64_t)input_int (a_case, "length", 0, REQUEST_MAX);
  if (w.offset % PAGE != 0)
    input_bad ("`offset' is not page aligned");
  if (w.length % (unit ? unit : w.bs) != 0)
    input_bad ("`length' is not a whole number of %s",
               unit ? "pages" : "blocks");
  blockmap_clear ();
  check (a_case);
  blockmap_enter (input_array (a_case, "map"));
}

json_t *
case_writer_by (const json_t *a_case, const char *pager, enum writer_way way,
                long chunk, long cap)
{
  static const struct hurd_hooks hooks = { .ext2_getblk = getblk };
  static const struct script script = { .read_locked = read_locked,
                                        .write_locked = write_locked,
                                        .unlocked = unlocked,
                                        .busy = busy,
                                        .yielded = yielded,
                                        .unmapped = unmapped,
                                        .tapped = tapped,
                                        .store_write = store_write,
                                        .hooks = &hooks };

  memset (&w, 0, sizeof w);
  w.way = way;
  int64_t allocsize = input_int (a_case, "allocsize", 0, FILE_MAX);
  prepare (a_case, way == WRITER_BULK ? 0 : PAGE);

  make_buffer ();
  w.events = json_array ();
  if (way != WRITER_BULK)
    w.errs = json_array ();
  w.server = script_start (pager, &script, chunk, cap);
  w.server->part_set_block_size ((unsigned)__builtin_ctz (w.bs));
  w.upi = file_make (allocsize);
  if (way == WRITER_LIBRARY)
    w.pager = pager_make (w.upi, w.server->part_pager_class (),
                          (w.offset + w.length) / PAGE + 1, false, false);
  json_t *got = outcome (script_run (run));
  free (w.buffer);
  return got;
}

json_t *
case_writer (const json_t *a_case)
{
  const char *variant = input_string (a_case, "variant");
  long chunk = 0, cap = 0;

  if (strcmp (variant, "v1") == 0)
    chunk = input_int (a_case, "chunk", 1, INT32_MAX);
  if (strcmp (variant, "v2") == 0)
    cap = input_int (a_case, "cap", 1, INT32_MAX);
  return case_writer_by (a_case, case_pager (variant),
                         chunk || cap ? WRITER_BULK : WRITER_PAGES, chunk,
                         cap);
}
