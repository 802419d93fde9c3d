/* The signs of what moves a count, and other sizes of file.

   docs/model.md 7.2, 9.6, 9.7 and 6.3: a page evicted is a call more; a
   fragment is half a store write more for chunk and one for extent; a sync is
   at most a run more.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "../../sim/harness/keys.h"
#include "../../sim/harness/place.h"
#include "../../sim/harness/scenario.h"
#include "../../sim/world/counters.h"
#include "../../sim/world/memobj.h"

/* The tallies of the big file, by far the one with most pages.  */
static struct tally big;
static uint64_t evicted, syncs;

static uint64_t
pages (const struct tally *t)
{
  uint64_t n = 0;
  for (unsigned i = 0; i < RUN_END_COUNT; i++)
    n += t->run[i].pages;
  return n;
}

static void
take_bigger (struct memobj *o, void *arg)
{
  (void)arg;
  if (o->home == NULL && pages (&o->tally) > pages (&big))
    big = o->tally;
}

static uint64_t
write_pages (void)
{
  uint64_t n = 0;
  for (unsigned i = 0; i < RUN_END_COUNT; i++)
    n += big.run[i].write_pages;
  return n;
}

static uint64_t
writes (void)
{
  uint64_t n = 0;
  for (unsigned i = 0; i < WRITE_END_COUNT; i++)
    n += big.write[i].writes;
  return n;
}

static uint64_t
bytes (void)
{
  uint64_t n = 0;
  for (unsigned i = 0; i < WRITE_END_COUNT; i++)
    n += big.write[i].bytes;
  return n;
}

#define RUN(name, pager, ...)                                                 \
  run (name, pager, (const char *const[]){ __VA_ARGS__, NULL })

/* Run the workload NAME with SET (name and value in turn).  */
static void
run (const char *name, const char *pager, const char *const *set)
{
  struct user_error err;
  char path[PATH_MAX];
  place_workload (name, path);
  keys_reset ();
  for (; *set != NULL; set += 2)
    {
      char line[100];
      snprintf (line, sizeof line, "%s=%s", set[0], set[1]);
      if (!keys_user (line, err.line, sizeof err.line))
        fail_msg ("%s", err.line);
    }
  struct workload *w = workload_load (path, &err);
  struct pager *p = pager_load (pager, &err);
  if (w == NULL || p == NULL)
    fail_msg ("%s", err.line);
  struct run_result result;
  if (!scenario_run (p, w, 1, &result, &err))
    fail_msg ("%s", err.line);
  assert_int_equal (result.verdict, VERDICT_OK);
  workload_free (w);
  big = (struct tally){ 0 };
  memobjs_each (take_bigger, NULL);
  evicted = big.run[RUN_END_EVICTION].pages;
  syncs = counter_value[COUNTER_SYNCS];
}

/* ---- Sizes ---------------------------------------------------------------
 */

/* Without breaks inside: a run for every 32 pages, a cut before every indirect
   block's first data, a crossing at most for every 128 MiB begun (3.8).  */
static void
test_sizes (void **state)
{
  (void)state;
  static const struct
  {
    const char *text;
    unsigned mib;
  } sizes[] = { { "64M", 64 }, { "127M", 127 }, { "256M", 256 } };
  for (int i = 0; i < 3; i++)
    {
      uint64_t n = sizes[i].mib * 256, runs = n / 32;
      /* Before blocks 12, 1036 and every 1024 from there on.  */
      uint64_t cuts = 1 + (n - 12 + 1023) / 1024 - 1;
      RUN ("seqwrite", "extent", "file.size", sizes[i].text);
      assert_int_equal (pages (&big), n);
      assert_int_equal (bytes (), n << SIM_PAGE_SHIFT);
      assert_int_equal (write_pages (), runs);
      assert_int_equal (big.run[RUN_END_FULL].messages, runs);
      assert_int_equal (big.write[WRITE_END_RUN].writes, runs);
      assert_int_equal (big.write[WRITE_END_INDIRECT].writes, cuts);
      assert_in_range (big.write[WRITE_END_GROUP].writes,
                       sizes[i].mib >= 128 ? 1 : 0, (n + 32767) / 32768);
      assert_int_equal (big.write[WRITE_END_FRAGMENT].writes, 0);

      RUN ("seqwrite", "chunk", "file.size", sizes[i].text);
      assert_int_equal (write_pages (), runs);
      /* Indirect cuts are at even blocks, between two chunks.  */
      assert_in_range (writes (), n / 2, n / 2 + 2);

      RUN ("seqwrite", "perpage", "file.size", sizes[i].text);
      assert_int_equal (write_pages (), 0);
      assert_int_equal (writes (), n);
    }
}

/* The lived-in machine: the numbers are others, the rules are the same.  */
static void
test_sizes_lived_in (void **state)
{
  (void)state;
  static const char *const sizes[] = { "64M", "127M", "256M" };
  static const unsigned mib[] = { 64, 127, 256 };
  uint64_t last = 0;
  for (int i = 0; i < 3; i++)
    {
      RUN ("paper", "chunk", "file.size", sizes[i]);
      uint64_t n = mib[i] * 256, runs = 0, breaks = 0;
      for (unsigned e = 0; e < RUN_END_COUNT; e++)
        {
          runs += big.run[e].messages;
          if (e != RUN_END_FULL)
            breaks += big.run[e].messages;
        }
      assert_true (pages (&big) >= n);
      assert_int_equal (bytes (), pages (&big) << SIM_PAGE_SHIFT);
      assert_int_equal (write_pages (), runs);
      assert_true (runs >= n / 32 && runs <= n / 32 + breaks + 1);
      assert_true (write_pages () > last);
      last = write_pages ();
    }
}

/* ---- Signs ---------------------------------------------------------------
 */

static void
test_memory (void **state)
{
  (void)state;
  static const char *const memory[] = { "96M", "50M", "46M", "42M" };
  uint64_t before = 0;
  for (int i = 0; i < 4; i++)
    {
      RUN ("seqwrite", "chunk", "file.size", "32M", "machine.memory",
           memory[i]);
      /* One for each evicted page.  The sync sends what is left, in as many
         full runs and one for each place where the pages do not follow.  */
      assert_int_equal (big.run[RUN_END_EVICTION].write_pages, evicted);
      uint64_t others = write_pages () - evicted;
      uint64_t left = pages (&big) - evicted;
      uint64_t full = big.run[RUN_END_FULL].write_pages;
      assert_in_range (others, (left + 31) / 32, left / 32 + others - full);
      if (i == 0)
        assert_int_equal (evicted, 0);
      else
        assert_true (write_pages () > before);
      before = write_pages ();
    }
}

static void
test_fragments (void **state)
{
  (void)state;
  static const char *const mean[] = { "400", "100", "25" };
  uint64_t clean_runs, clean_writes[2];
  RUN ("seqwrite", "chunk", "file.size", "64M");
  clean_runs = write_pages ();
  clean_writes[0] = writes ();
  RUN ("seqwrite", "extent", "file.size", "64M");
  clean_writes[1] = writes ();
  uint64_t clean_ends = big.write[WRITE_END_RUN].writes;
  for (int i = 0; i < 3; i++)
    {
      RUN ("seqwrite", "extent", "file.size", "64M", "fs.fragmentation",
           mean[i], "fs.fill", "40");
      assert_int_equal (write_pages (), clean_runs);
      /* One more for each gap inside a run.  */
      uint64_t gaps = writes () - big.write[WRITE_END_RUN].writes;
      assert_int_equal (big.write[WRITE_END_RUN].writes, clean_ends);
      uint64_t more = writes () - clean_writes[1];
      uint64_t cuts = clean_writes[1] - clean_ends;
      assert_true (more > 0 && more == gaps - cuts);

      RUN ("seqwrite", "chunk", "file.size", "64M", "fs.fragmentation",
           mean[i], "fs.fill", "40");
      assert_int_equal (write_pages (), clean_runs);
      /* Every second gap falls into a chunk: half, and four deviations.  */
      uint64_t half = writes () - clean_writes[0], deviation = 0;
      while (deviation * deviation < gaps)
        deviation++;
      assert_true (2 * half + 4 * deviation > more
                   && 2 * half < gaps + 4 * deviation);
    }
}

static void
test_sync_phase (void **state)
{
  (void)state;
  uint64_t runs = 64 * 256 / 32;
  RUN ("seqwrite", "extent", "file.size", "64M");
  assert_int_equal (write_pages (), runs);
  static const char *const phase[] = { "1ms", "20ms", "77ms", "133ms" };
  for (int i = 0; i < 4; i++)
    {
      RUN ("seqwrite", "extent", "file.size", "64M", "sync.interval", "50ms",
           "sync.phase", phase[i]);
      assert_int_equal (evicted, 0);
      assert_true (syncs > 0);
      assert_in_range (write_pages (), runs, runs + syncs + 1);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_sizes),      cmocka_unit_test (test_sizes_lived_in),
    cmocka_unit_test (test_memory),     cmocka_unit_test (test_fragments),
    cmocka_unit_test (test_sync_phase),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
