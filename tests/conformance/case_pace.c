/* Cases of how long the runs of the pager `adaptive' are.

   These are ours, not recorded.  A contiguous file of blocks of a page is
   written in messages; the members of a case are
     cap            pager.cap_blocks
     messages       how many pages each has
     fixed_us, block_us   how long a store write takes, and each block of it
     wanted         holds (from 0 on) for which the first try to get the lock
                    fails, as somebody else was given it
   and what is expected are `runs', the store writes in blocks, and `yields'.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "cases.h"
#include "input.h"
#include "script.h"
#include "subject.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_BLOCK 1000

static struct
{
  const struct hurd_server *server;
  struct user_pager_info *upi;
  const json_t *messages, *wanted;
  int64_t fixed_us, block_us, now_us;
  size_t next_wanted; /* entry of WANTED that has not come  */
  char *buffer;

  json_t *runs;
  int64_t yields;
} p;

static uint64_t
now_ns (void)
{
  return (uint64_t)p.now_us * 1000;
}

/* A hold is a store write, so that the next one has their number.  */
static bool
busy (void)
{
  const json_t *hold = json_array_get (p.wanted, p.next_wanted);

  if (!hold
      || json_integer_value (hold) != (json_int_t)json_array_size (p.runs))
    return false;
  p.next_wanted++;
  return true;
}

static void
yielded (void)
{
  p.yields++;
}

static int
getblk (struct node *node, uint32_t block, int create, uint32_t *disk_block)
{
  (void)node;
  if (create)
    script_fail ("a block is to be allocated by a write");
  *disk_block = FIRST_BLOCK + block;
  return 0;
}

static int
store_write (uint64_t offset, const void *data, size_t len, size_t *amount)
{
  (void)offset, (void)data;
  json_array_append_new (p.runs, json_integer ((json_int_t)(len / PAGE)));
  p.now_us += p.fixed_us + p.block_us * (int64_t)(len / PAGE);
  *amount = len;
  return 0;
}

static void
run (void)
{
  uint64_t offset = 0;
  size_t i;
  json_t *e;

  json_array_foreach ((json_t *)p.messages, i, e)
  {
    uint64_t length = PAGE * (uint64_t)json_integer_value (e);
    unsigned long written = 0;
    int err = p.server->part_write_pages (
        p.upi, offset, (unsigned long)p.buffer, length, &written);

    if (err || written != length)
      script_fail ("message %zu is not written", i);
    offset += length;
  }
}

json_t *
case_pace (const json_t *a_case)
{
  static const struct hurd_hooks hooks = { .ext2_getblk = getblk };
  static const struct script script = { .busy = busy,
                                        .yielded = yielded,
                                        .now_ns = now_ns,
                                        .store_write = store_write,
                                        .hooks = &hooks };
  int64_t pages = 0, most = 0;
  size_t i;
  json_t *e;

  memset (&p, 0, sizeof p);
  p.fixed_us = input_int (a_case, "fixed_us", 0, INT32_MAX);
  p.block_us = input_int (a_case, "block_us", 0, INT32_MAX);
  p.wanted = input_array (a_case, "wanted");
  json_array_foreach ((json_t *)p.wanted, i, e)
      input_number (e, "wanted", 0, INT32_MAX);
  p.messages = input_array (a_case, "messages");
  json_array_foreach ((json_t *)p.messages, i, e)
  {
    int64_t n = input_number (e, "messages", 1, REQUEST_MAX / PAGE);
    pages += n;
    most = n > most ? n : most;
  }
  p.runs = json_array ();
  p.buffer = aligned_alloc (PAGE, (size_t)(most + 1) * PAGE);
  if (!p.buffer)
    input_bad ("out of memory");
  memset (p.buffer, 0, (size_t)most * PAGE);

  p.server = script_start ("adaptive", &script, 0,
                           input_int (a_case, "cap", 1, INT32_MAX));
  p.server->part_set_block_size ((unsigned)__builtin_ctz (PAGE));
  p.upi = file_make (pages * PAGE);
  script_run (run);
  free (p.buffer);
  return json_pack ("{so sI}", "runs", p.runs, "yields", (json_int_t)p.yields);
}
