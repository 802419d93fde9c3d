/* Oracles of what only the world can break: each fires when it is broken.

   The others have mutants (tests/mutants.sh).

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "world_fixture.h"

#include <limits.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../sim/harness/identities.h"
#include "../../sim/harness/keys.h"
#include "../../sim/harness/oracles.h"
#include "../../sim/harness/place.h"
#include "../../sim/harness/scenario.h"
#include "../../sim/world/memobj.h"

static int
run (void **state)
{
  struct user_error err;
  struct run_result result;
  char path[PATH_MAX];
  (void)state;
  place_workload ("seqwrite", path);
  keys_reset ();
  char set[] = "file.size=1M";
  assert_true (keys_user (set, err.line, sizeof err.line));
  struct workload *w = workload_load (path, &err);
  struct pager *p = pager_load ("extent", &err);
  assert_non_null (w);
  assert_non_null (p);
  if (!scenario_run (p, w, 1, &result, &err))
    fail_msg ("%s", err.line);
  assert_int_equal (result.verdict, VERDICT_OK);
  workload_free (w);
  return 0;
}

static void
test_nothing (void **state)
{
  (void)state;
  oracles_end (ENGINE_STOPPED);
  assert_int_equal (findings_count (), 0);
}

/* The file's object, which has a page 5, and that page.  */
static void
find_file (struct memobj *o, void *arg)
{
  struct page **out = arg;
  if (o->home == NULL && memobj_page (o, 5) != NULL)
    *out = memobj_page (o, 5);
}

static void
test_marks (void **state)
{
  struct page *p = NULL;
  (void)state;
  memobjs_each (find_file, &p);
  assert_non_null (p);
  p->busy = true;
  oracles_end (ENGINE_STOPPED);
  assert_true (found ("marks", "page 5 of big is busy"));
  p->busy = false;
}

/* The kernel sends a page: its copy was taken as SERIAL tells, or now.  */
static void
send (struct page *p, uint32_t serial)
{
  struct page copy = { .serial = serial };
  struct page *pages[] = { &copy };
  memobj_returned (p->object, p->index, pages, 1, true, serial != 0);
}

static void
test_order (void **state)
{
  struct page *p = NULL;
  (void)state;
  memobjs_each (find_file, &p);
  uint32_t taken = ++memobj_serial;
  send (p, 0);
  assert_int_equal (findings_count (), 0);
  send (p, taken);
  assert_true (found ("order", "the kernel sends a copy of page 5 of big"));
}

static bool
check_dies (void)
{
  pid_t pid = fork ();
  if (pid == 0)
    {
      fclose (stderr);
      identities_check ();
      _exit (0);
    }
  int status;
  assert_int_equal (waitpid (pid, &status, 0), pid);
  return !WIFEXITED (status) || WEXITSTATUS (status) != 0;
}

static void
test_trace (void **state)
{
  static const enum counter counters[]
      = { COUNTER_FAULTS,    COUNTER_DATA_REQUEST, COUNTER_DATA_SUPPLY,
          COUNTER_EVICTIONS, COUNTER_STORE_READ,   COUNTER_STORE_SYNC,
          COUNTER_LOCK_REQUEST };
  (void)state;
  assert_false (check_dies ());
  for (size_t i = 0; i < sizeof counters / sizeof *counters; i++)
    {
      counter_value[counters[i]]++;
      assert_true (check_dies ());
      counter_value[counters[i]]--;
    }
}

static void
count_names (const char *name, const char *what, void *arg)
{
  assert_true (name[0] != '\0' && what[0] != '\0');
  ++*(int *)arg;
}

static void
test_table (void **state)
{
  int n = 0;
  (void)state;
  oracles_each (count_names, &n);
  assert_true (n > 12);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup (test_nothing, run),
    cmocka_unit_test_setup (test_marks, run),
    cmocka_unit_test_setup (test_order, run),
    cmocka_unit_test_setup (test_trace, run),
    cmocka_unit_test (test_table),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
