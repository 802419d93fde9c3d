/* Recorded cases of the pager library's write request handler alone
   (FORMAT.md, section 2).

   Beyond what a case expects, these are faults: a callback that is handed
   other data than that of its pages, an answer to the kernel other than a
   plain page of the message, and steps out of order (all calls, then per page
   its supply or release, then the broadcast, then evictions).

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "cases.h"
#include "input.h"
#include "script.h"
#include "subject.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The steps of a request, in their order.  */
enum step
{
  STEP_CALLS,
  STEP_PAGES,
  STEP_BROADCAST,
  STEP_EVICTIONS
};

static struct
{
  const struct hurd_server *server;
  struct pager *pager;
  uint32_t control;
  uint64_t offset, length, first_page, pages;
  bool dirty, kcopy, initializing;
  char *message; /* data of the message  */
  size_t message_size;
  const json_t *hook, *hook_default, *page_errors, *concurrent;
  struct lock_request **requests;
  int64_t *peaks;
  size_t request_count;

  int ret;
  bool held; /* against termination, ever: the message was taken on  */
  enum step step;
  uint64_t last_page; /* address behind the last one given back  */
  int64_t bulk_calls, callbacks, waits, broadcasts;
  json_t *calls, *supplies, *releases, *evicts;
} c;

static const char *
step_name (enum step step)
{
  switch (step)
    {
    case STEP_CALLS:
      return "a call";
    case STEP_PAGES:
      return "a supply or release";
    case STEP_BROADCAST:
      return "the broadcast";
    default:
      return "an eviction";
    }
}

static void
reach (enum step step)
{
  if (step < c.step)
    script_fail ("%s comes after %s", step_name (step), step_name (c.step));
  c.step = step;
}

/* Called by everything: the only sign of a message that is taken on and has
   no other effect.  */
static void
entered (void)
{
  if (c.pager && pager_termination_blocks (c.pager) > 0)
    c.held = true;
}

static void
callback_ends (void)
{
  size_t i;
  json_t *e;

  json_array_foreach ((json_t *)c.concurrent, i, e)
  {
    if (input_int (e, "call", 0, INT64_MAX) != c.callbacks)
      continue;
    uint64_t page = c.first_page
                    + (uint64_t)input_int (e, "page", 0, (int64_t)c.pages - 1);
    pager_set_flags (c.pager, page,
                     pager_flags (c.pager, page)
                         | pager_parse_flags (input_string (e, "set")));
  }
  c.callbacks++;
  for (i = 0; i < c.request_count; i++)
    if (lock_request_pending_writes (c.requests[i]) > c.peaks[i])
      c.peaks[i] = lock_request_pending_writes (c.requests[i]);
}

/* The callback for LENGTH bytes from OFFSET on gets DATA.  */
static void
check_data (uint64_t offset, uint64_t length, unsigned long data)
{
  reach (STEP_CALLS);
  if (offset < c.offset || offset - c.offset > c.length
      || length > c.length - (offset - c.offset)
      || data != (unsigned long)c.message + (offset - c.offset))
    script_fail ("a write of %llu bytes at %llu is handed other data",
                 (unsigned long long)length, (unsigned long long)offset);
}

static int
write_pages (struct user_pager_info *upi, unsigned long offset,
             unsigned long data, unsigned long length, unsigned long *written)
{
  const json_t *result = json_array_get (c.hook, (size_t)c.bulk_calls);

  (void)upi;
  check_data (offset, length, data);
  if (!result)
    result = c.hook_default;
  c.bulk_calls++;
  int rc = input_error (result, "rc", false);
  const json_t *all = json_object_get (result, "written");
  *written = json_is_string (all)
                 ? length
                 : (unsigned long)input_int (result, "written", 0, INT64_MAX);
  json_array_append_new (c.calls,
                         json_pack ("[sIIsI]", "WP", (json_int_t)offset,
                                    (json_int_t)length, error_name (rc),
                                    (json_int_t)*written));
  callback_ends ();
  return rc;
}

static int
write_page (struct user_pager_info *upi, unsigned long page, unsigned long buf)
{
  char index[24];
  int rc = 0;

  (void)upi;
  check_data (page, PAGE, buf);
  snprintf (index, sizeof index, "%llu",
            (unsigned long long)((page - c.offset) / PAGE));
  const json_t *error = json_object_get (c.page_errors, index);
  if (error)
    rc = input_error_value (error, "page_errors");
  json_array_append_new (
      c.calls, json_pack ("[sIs]", "W1", (json_int_t)page, error_name (rc)));
  callback_ends ();
  return rc;
}

static void
notify_evict (struct user_pager_info *upi, unsigned long page)
{
  (void)upi;
  reach (STEP_EVICTIONS);
  json_array_append_new (c.evicts, json_integer ((json_int_t)page));
}

/* The LEN bytes at DATA of the message leave the pager.  Gives their offset
   in the file.  */
static uint64_t
leave (const void *data, size_t len)
{
  const char *p = data;

  reach (STEP_PAGES);
  if (p < c.message || p >= c.message + c.message_size
      || len > (size_t)(c.message + c.message_size - p))
    script_fail ("memory is given back that is not of the message");
  uint64_t from = (uint64_t)(p - c.message);
  if (from < c.last_page)
    script_fail ("pages of the message are not given back in their order");
  c.last_page = from + len;
  return c.offset + from;
}

static void
supplied (uint32_t control, uint64_t offset, const void *data, size_t len,
          bool locked, bool precious)
{
  if (control != c.control || locked || precious || len != PAGE
      || leave (data, len) != offset)
    script_fail ("the supply of %zu bytes at %llu is not the page returned",
                 len, (unsigned long long)offset);
  json_array_append_new (c.supplies, json_integer ((json_int_t)offset));
}

static void
unmapped (void *address, size_t len)
{
  uint64_t offset = leave (address, len);

  json_array_append_new (
      c.releases, json_pack ("[II]", (json_int_t)offset, (json_int_t)len));
}

static void
broadcast (void)
{
  reach (STEP_BROADCAST);
  c.broadcasts++;
}

static void
waited (void)
{
  int64_t page = pager_first_paging_out (c.pager, c.first_page, c.pages);

  if (page < 0)
    script_fail ("a wait, and no page is being paged out");
  c.waits++;
  pager_end_paging_out (c.pager, (uint64_t)page);
}

static void
run (void)
{
  c.ret = c.server->part_do_write_request (c.pager, c.control, c.offset,
                                           (unsigned long)c.message, c.length,
                                           c.dirty, c.kcopy, c.initializing);
}

/* What a hook's result must look like.  */
static void
check_result (const json_t *result)
{
  input_error (result, "rc", false);
  const json_t *written = json_object_get (result, "written");
  const char *all = json_string_value (written);
  if (!all)
    input_int (result, "written", 0, INT64_MAX);
  else if (strcmp (all, "all") != 0)
    input_bad ("`written' is %s, not \"all\" or a number", all);
}

static void
check (const json_t *a_case)
{
  size_t i;
  json_t *e;
  const char *key;

  c.hook = input_array (a_case, "hook");
  json_array_foreach ((json_t *)c.hook, i, e) check_result (e);
  c.hook_default = input_object (a_case, "hook_default");
  check_result (c.hook_default);
  c.page_errors = input_object (a_case, "page_errors");
  json_object_foreach ((json_t *)c.page_errors, key, e)
      input_error_value (e, "page_errors");
  c.concurrent = input_array (a_case, "concurrent");
  json_array_foreach ((json_t *)c.concurrent, i, e)
  {
    input_int (e, "call", 0, INT64_MAX);
    input_int (e, "page", 0, (int64_t)c.pages - 1);
    pager_parse_flags (input_string (e, "set"));
  }
}

static void
add_requests (const json_t *list)
{
  size_t i;
  json_t *e;

  c.request_count = json_array_size (list);
  c.requests = script_alloc ((c.request_count + 1) * sizeof *c.requests);
  c.peaks = script_alloc ((c.request_count + 1) * sizeof *c.peaks);
  json_array_foreach ((json_t *)list, i, e) c.requests[i]
      = pager_add_lock_request (
          c.pager, (uint64_t)input_int (e, "start", 0, INT64_MAX),
          (uint64_t)input_int (e, "end", 0, INT64_MAX),
          (int)input_int (e, "pending_writes", 0, INT32_MAX - 1),
          (int)input_int (e, "locks_pending", 0, INT32_MAX - 1));
}

static json_t *
outcome (bool returned)
{
  const char *failed = script_assertion ();
  bool refused = returned && c.ret == 0 && !c.held;
  json_t *map = json_array (), *requests = json_array ();

  for (uint64_t i = 0; i < c.pages; i++)
    json_array_append_new (map, json_string (pager_print_flags (
                                    pager_flags (c.pager, c.first_page + i))));
  for (size_t i = 0; i < c.request_count; i++)
    json_array_append_new (
        requests, json_pack ("{sisI}", "pending_writes",
                             lock_request_pending_writes (c.requests[i]),
                             "peak", (json_int_t)c.peaks[i]));
  return json_pack (
      "{ss? ss? sb so so so so sI sI so so si}", "ret",
      returned ? error_name (c.ret) : NULL, "assert", failed, "refused",
      refused, "calls", c.calls, "supplies", c.supplies, "releases",
      c.releases, "evicts", c.evicts, "waits", (json_int_t)c.waits,
      "broadcasts", (json_int_t)c.broadcasts, "pagemap", map, "lock_requests",
      requests, "termination_blocks", pager_termination_blocks (c.pager));
}

json_t *
case_coalesce (const json_t *a_case, const char *pager)
{
  static const struct hurd_hooks hooks
      = { .pager_write_page = write_page,
          .pager_write_pages = write_pages,
          .pager_notify_evict = notify_evict };
  static const struct script script = { .entered = entered,
                                        .waited = waited,
                                        .broadcast = broadcast,
                                        .unmapped = unmapped,
                                        .supplied = supplied,
                                        .hooks = &hooks };
  static char another_class;
  size_t i;
  json_t *e;

  memset (&c, 0, sizeof c);
  c.offset = (uint64_t)input_int (a_case, "offset", 0, FILE_MAX);
  c.length = (uint64_t)input_int (a_case, "length", 0, REQUEST_MAX);
  c.first_page = c.offset / PAGE;
  c.pages = (c.length + PAGE - 1) / PAGE;
  c.dirty = input_bool (a_case, "dirty");
  c.kcopy = input_bool (a_case, "kcopy");
  c.initializing = input_bool (a_case, "initializing");
  bool notify_on_evict = input_bool (a_case, "notify_on_evict");
  bool control_ok = input_bool (a_case, "control_ok");
  bool class_ok = input_bool (a_case, "port_class_ok");
  const char *state = input_string (a_case, "pager_state");
  bool shut_down = strcmp (state, "SHUTDOWN") == 0;
  if (!shut_down && strcmp (state, "NORMAL") != 0)
    input_bad ("`pager_state' is %s, not NORMAL or SHUTDOWN", state);
  const json_t *pagemap = input_array (a_case, "pagemap");
  if (json_array_size (pagemap) != c.pages)
    input_bad ("`pagemap' has %zu entries for %llu pages",
               json_array_size (pagemap), (unsigned long long)c.pages);
  json_array_foreach ((json_t *)pagemap, i, e)
  {
    if (!json_is_string (e))
      input_bad ("an entry of `pagemap' is not a string");
    pager_parse_flags (json_string_value (e));
  }
  check (a_case);

  c.message_size = c.pages * PAGE;
  c.message = aligned_alloc (PAGE, c.message_size + PAGE);
  if (!c.message)
    input_bad ("out of memory");
  memset (c.message, 0, c.message_size);
  c.calls = json_array ();
  c.supplies = json_array ();
  c.releases = json_array ();
  c.evicts = json_array ();

  c.server = script_start (pager, &script, 0, 0);
  c.server->part_set_block_size ((unsigned)__builtin_ctz (PAGE));
  c.control = PAGER_CONTROL;
  c.pager
      = pager_make (file_make ((int64_t)(c.offset + c.length)),
                    class_ok ? c.server->part_pager_class () : &another_class,
                    c.first_page + c.pages + 1, shut_down, notify_on_evict);
  if (!control_ok)
    c.control++;
  json_array_foreach ((json_t *)pagemap, i, e) pager_set_flags (
      c.pager, c.first_page + i, pager_parse_flags (json_string_value (e)));
  add_requests (input_array (a_case, "lock_requests"));
  json_t *got = outcome (script_run (run));
  free (c.message);
  return got;
}
