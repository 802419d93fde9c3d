/* Recorded cases of a whole file through library and writer together
   (FORMAT.md, section 3).

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "blockmap.h"
#include "cases.h"
#include "input.h"
#include "script.h"
#include "subject.h"

#include <errno.h>
#include <nettle/base16.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Pages in a message: the kernel's are up to 32.  */
#define MESSAGE_PAGES_MAX 1024
/* Whole files are run through, so they are bounded more tightly.  */
#define WHOLE_FILE_MAX (INT64_C (1) << 36)

static struct
{
  const struct hurd_server *server;
  struct pager *pager;
  unsigned bs;
  uint64_t file_size, message_size;
  char *message;
  bool no_hook; /* the library has none: its calls are not counted  */

  int64_t write_pages, write_page, store_writes, store_bytes, rdlocks, unlocks;
  int64_t yields, lookups, bounces, bounce_bytes, bounce_overflows;
  /* Store writes by their length in blocks.  */
  int64_t by_blocks[MESSAGE_PAGES_MAX * PAGE / 1024 + 1];
  struct sha256_ctx sha;
} a;

static void
read_locked (void)
{
  a.rdlocks++;
}

static void
unlocked (void)
{
  a.unlocks++;
}

static void
yielded (void)
{
  a.yields++;
}

/* The message's memory is used again for the next one.  */
static void
unmapped (void *address, size_t len)
{
  char *p = address;

  if (p < a.message || p >= a.message + a.message_size
      || len > (size_t)(a.message + a.message_size - p))
    script_fail ("memory is released that is not of the message");
}

static void
tapped (enum hurd_tap what, int err)
{
  if (what == HURD_TAP_WRITE_PAGE)
    a.write_page++;
  if (what == HURD_TAP_WRITE_PAGES && !(a.no_hook && err == EOPNOTSUPP))
    a.write_pages++;
}

static int
getblk (struct node *node, uint32_t block, int create, uint32_t *disk_block)
{
  (void)node;
  if (create)
    script_fail ("a block is to be allocated by a write");
  a.lookups++;
  uint32_t physical = blockmap_find (block);
  if (physical == 0)
    return EINVAL;
  *disk_block = physical;
  return 0;
}

static int
store_write (uint64_t offset, const void *data, size_t len, size_t *amount)
{
  const char *p = data;
  char line[64];

  if (offset % a.bs != 0 || len % a.bs != 0 || len > a.message_size)
    script_fail ("store_write of %zu bytes at %llu", len,
                 (unsigned long long)offset);
  a.store_writes++;
  a.store_bytes += (int64_t)len;
  a.by_blocks[len / a.bs]++;
  if (p < a.message || p >= a.message + a.message_size)
    {
      a.bounces++;
      a.bounce_bytes += (int64_t)len;
      a.bounce_overflows += len > PAGE;
    }
  int n = snprintf (line, sizeof line, "%llu,%zu\n",
                    (unsigned long long)(offset / a.bs), len);
  sha256_update (&a.sha, (size_t)n, (const uint8_t *)line);
  *amount = len;
  return 0;
}

static void
run (void)
{
  for (uint64_t at = 0; at < a.file_size; at += a.message_size)
    {
      uint64_t len = a.file_size - at;
      if (len > a.message_size)
        len = a.message_size;
      int err = a.server->part_do_write_request (
          a.pager, PAGER_CONTROL, at, (unsigned long)a.message, len, 1, 0, 0);
      if (err)
        script_fail ("the message at %llu is answered with %s",
                     (unsigned long long)at, error_name (err));
    }
}

static json_t *
outcome (void)
{
  uint8_t digest[SHA256_DIGEST_SIZE];
  char hex[BASE16_ENCODE_LENGTH (SHA256_DIGEST_SIZE) + 1];
  json_t *histogram = json_object ();

  sha256_digest (&a.sha, sizeof digest, digest);
  base16_encode_update (hex, sizeof digest, digest);
  hex[sizeof hex - 1] = '\0';
  for (size_t i = 0; i < sizeof a.by_blocks / sizeof *a.by_blocks; i++)
    if (a.by_blocks[i] > 0)
      {
        char key[24];
        snprintf (key, sizeof key, "%zu", i * a.bs);
        json_object_set_new (histogram, key, json_integer (a.by_blocks[i]));
      }
  return json_pack (
      "{sI sI sI sI sI sI sI sI sI sI sI so ss}", "write_pages_calls",
      (json_int_t)a.write_pages, "write_page_calls", (json_int_t)a.write_page,
      "store_write_calls", (json_int_t)a.store_writes, "store_write_bytes",
      (json_int_t)a.store_bytes, "rdlocks", (json_int_t)a.rdlocks, "unlocks",
      (json_int_t)a.unlocks, "yields", (json_int_t)a.yields, "lookups",
      (json_int_t)a.lookups, "bounce_copies", (json_int_t)a.bounces,
      "bounce_bytes", (json_int_t)a.bounce_bytes, "bounce_overflows",
      (json_int_t)a.bounce_overflows, "store_write_hist", histogram,
      "store_sha256", hex);
}

json_t *
case_aggregate_by (const json_t *a_case, const char *pager, long chunk,
                   long cap)
{
  static const struct hurd_hooks hooks = { .ext2_getblk = getblk };
  static const struct script script = { .read_locked = read_locked,
                                        .unlocked = unlocked,
                                        .yielded = yielded,
                                        .unmapped = unmapped,
                                        .store_write = store_write,
                                        .tapped = tapped,
                                        .hooks = &hooks };

  memset (&a, 0, sizeof a);
  a.no_hook = strcmp (input_string (a_case, "variant"), "perpage") == 0;
  a.bs = input_block_size (a_case);
  a.file_size = (uint64_t)input_int (a_case, "file_size", 0, WHOLE_FILE_MAX);
  if (a.file_size % PAGE != 0)
    input_bad ("`file_size' is not a whole number of pages");
  a.message_size
      = PAGE
        * (uint64_t)input_int (a_case, "message_pages", 1, MESSAGE_PAGES_MAX);
  int64_t allocsize = input_int (a_case, "allocsize", 0, FILE_MAX);
  blockmap_clear ();
  blockmap_enter (input_array (a_case, "map"));
  sha256_init (&a.sha);
  a.message = aligned_alloc (PAGE, a.message_size);
  if (!a.message)
    input_bad ("out of memory");
  memset (a.message, 0, a.message_size);

  a.server = script_start (pager, &script, chunk, cap);
  a.server->part_set_block_size ((unsigned)__builtin_ctz (a.bs));
  a.pager = pager_make (file_make (allocsize), a.server->part_pager_class (),
                        a.file_size / PAGE + 1, false, false);
  unsigned incore = pager_parse_flags ("INCORE");
  for (uint64_t i = 0; i < a.file_size / PAGE; i++)
    pager_set_flags (a.pager, i, incore);
  /* What ended it is the caller's to ask.  */
  script_run (run);
  free (a.message);
  return outcome ();
}

json_t *
case_aggregate (const json_t *a_case)
{
  const char *variant = input_string (a_case, "variant");
  long chunk = 0, cap = 0;

  if (strcmp (variant, "v1") == 0)
    chunk = input_int (a_case, "chunk", 1, INT32_MAX);
  if (strcmp (variant, "v2") == 0)
    cap = input_int (a_case, "cap", 1, INT32_MAX);
  return case_aggregate_by (a_case, case_pager (variant), chunk, cap);
}
