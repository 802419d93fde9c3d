/* Explanations add up, and name the reasons that are there to be found.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../sim/harness/explain.h"
#include "../../sim/harness/keys.h"
#include "../../sim/harness/place.h"
#include "../../sim/world/counters.h"

static struct pager *pager;

/* Run seqwrite, 128 MiB, with SET (name and value in turn, NULL at the end).  */
static void
run (const char *name, const char *const *set)
{
  struct user_error err;
  char path[PATH_MAX];
  place_workload ("seqwrite", path);
  keys_reset ();
  for (; *set != NULL; set += 2)
    if (!keys_set (set[0], set[1], KEY_USER, err.line, sizeof err.line))
      fail_msg ("%s", err.line);
  struct workload *w = workload_load (path, &err);
  if (w == NULL)
    fail_msg ("%s", err.line);
  pager = pager_load (name, &err);
  if (pager == NULL)
    fail_msg ("%s", err.line);
  struct run_result result;
  if (!scenario_run (pager, w, 1, &result, &err))
    fail_msg ("%s", err.line);
  assert_int_equal (result.verdict, VERDICT_OK);
  workload_free (w);
}

/* Row ROW of the explanation of COUNTER, as numbers; returns how many.  */
static unsigned
explained (const char *counter, const char *row, uint64_t *number)
{
  char *text;
  size_t len;
  FILE *f = open_memstream (&text, &len);
  explain_print (pager, counter, f); /* CHECKs the sum itself  */
  fclose (f);
  unsigned n = 0;
  const char *line = strstr (text, row);
  if (line != NULL)
    {
      char *end = (char *) line + strlen (row);
      while (*end == ' ' && n < 16)
        number[n++] = strtoull (end, &end, 10);
    }
  free (text);
  return n;
}

static void
test_clean (void **state)
{
  (void) state;
  uint64_t n[16];
  run ("extent", (const char *const[]) { NULL });
  /* All runs are full, and begin at multiples of 32 pages.  */
  assert_int_equal (explained ("libpager.write_pages", "  big ", n), 2);
  assert_int_equal (n[0], 1024);
  assert_int_equal (n[1], 1024);
  /* End of run, indirect block, group crossing (docs/model.md 3.8).  */
  assert_int_equal (explained ("ext2fs.store_write", "  big ", n), 4);
  assert_int_equal (n[1] + n[2] + n[3], n[0]);
  assert_int_equal (n[2], 32);
  assert_int_equal (n[3], 1);
}

static void
test_eviction (void **state)
{
  (void) state;
  uint64_t n[16], all[16];
  run ("chunk", (const char *const[]) { "machine.memory", "112M", NULL });
  assert_true (counter_value[COUNTER_EVICTIONS] > 0);
  unsigned columns = explained ("mach.data_return", "  together ", n);
  assert_true (columns >= 3);
  /* The last column is eviction: what the daemon sent, metadata included.  */
  assert_true (n[columns - 1] > 0);
  assert_true (n[columns - 1] <= counter_value[COUNTER_EVICTIONS]);
  /* One page a message.  */
  assert_int_equal (explained ("mach.data_return_pages", "  together ", all),
                    columns);
  assert_int_equal (all[columns - 1], n[columns - 1]);
}

static void
test_fragments (void **state)
{
  (void) state;
  uint64_t n[16];
  run ("extent", (const char *const[]) { "fs.fragmentation", "100", "fs.fill",
                                         "30", NULL });
  /* End of run, indirect block, group crossing, fragment.  */
  assert_int_equal (explained ("ext2fs.store_write", "  big ", n), 5);
  assert_int_equal (n[1] + n[2] + n[3] + n[4], n[0]);
  assert_true (n[4] > 100);
}

static void
test_unknown (void **state)
{
  (void) state;
  struct user_error err;
  assert_true (explain_check ("libpager.write_page", &err));
  assert_false (explain_check ("libpager.write_pags", &err));
  assert_non_null (strstr (err.line, "did you mean"));
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_clean),
    cmocka_unit_test (test_eviction),
    cmocka_unit_test (test_fragments),
    cmocka_unit_test (test_unknown),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
