/* Identities hold for our pagers, and each fires when it is broken.

   tests/own_pager.sh has the same for a pager that is built wrong.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "world_fixture.h"

#include <errno.h>
#include <limits.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../pagers/include/hurd_server.h"
#include "../../sim/harness/client.h"
#include "../../sim/harness/client_server.h"
#include "../../sim/harness/identities.h"
#include "../../sim/harness/keys.h"
#include "../../sim/harness/place.h"
#include "../../sim/harness/scenario.h"
#include "../../sim/world/memobj.h"

enum
{
  INODE = 12
};

/* ---- A server with one file ----------------------------------------------
 */

static struct node *
root (void)
{
  return NULL;
}

static int
create (struct node *dir, const char *name, struct node **np)
{
  static char node;
  (void)dir, (void)name;
  *np = (struct node *)&node;
  return 0;
}

static uint64_t
inode_number (struct node *np)
{
  (void)np;
  return INODE;
}

static uint64_t
port_inode (uint32_t port)
{
  return port;
}

static int
set_length (struct node *np, int64_t length)
{
  (void)np, (void)length;
  return 0;
}

static void
release (struct node *np)
{
  (void)np;
}

static const struct hurd_server server = { .root = root,
                                           .create = create,
                                           .inode_number = inode_number,
                                           .port_inode = port_inode,
                                           .truncate = set_length,
                                           .release = release };

/* ---- One message ---------------------------------------------------------
 */

/* What a handler does with a message of 4 dirty pages.  */
struct handler
{
  unsigned pages;    /* calls of pager_write_page  */
  uint64_t bulk;     /* pages done by pager_write_pages  */
  uint64_t bytes;    /* on the store  */
  bool fails, clean; /* a call fails; the message's pages were clean  */
  bool truncated, closed, unfinished, disk;
};

static const struct handler *handler;

static void
handle (void *arg)
{
  static struct memobj file, disk;
  static uint8_t home;
  struct memobj *o = handler->disk ? &disk : &file;
  struct client_file *f = NULL;
  (void)arg;
  file.pager = INODE;
  disk.home = &home;
  client_create ("file", &f);
  if (handler->truncated)
    client_truncate (f, 0);
  if (handler->closed)
    client_close (f);

  tally_begin (o, RUN_END_FULL, 8 << SIM_PAGE_SHIFT, handler->clean ? 0 : 4);
  for (unsigned i = 0; i < handler->pages; i++)
    tally_write_page (0);
  if (handler->bulk > 0)
    {
      tally_bulk (handler->bulk);
      tally_write_pages (handler->fails ? EIO : 0);
    }
  if (handler->bytes > 0)
    tally_store_write (0, handler->bytes, !handler->disk);
  if (!handler->unfinished)
    tally_end ();
  thread_ends ();
}

/* How many findings H makes.  */
static size_t
findings_of (struct handler h)
{
  world_start (0, 1);
  tally_init ();
  client_init (&server);
  identities_start (&server);
  handler = &h;
  world_spawn ("worker", handle, NULL);
  assert_int_equal (engine_run (), ENGINE_STOPPED);
  size_t n = findings_count ();
  client_init (&server);
  return n;
}

#define PAGES(n) ((uint64_t)(n) << SIM_PAGE_SHIFT)
#define HANDLER(...) findings_of ((struct handler){ __VA_ARGS__ })

static void
test_good (void **state)
{
  (void)state;
  assert_int_equal (HANDLER (.pages = 4, .bytes = PAGES (4)), 0);
  assert_int_equal (HANDLER (.bulk = 4, .bytes = PAGES (4)), 0);
  assert_int_equal (HANDLER (.bulk = 3, .pages = 1, .bytes = PAGES (4)), 0);
  assert_int_equal (HANDLER (.clean = true), 0);
  /* A page of the disk pager is counted elsewhere.  */
  assert_int_equal (HANDLER (.disk = true, .pages = 4, .bytes = PAGES (4)), 0);
}

static void
test_pages (void **state)
{
  (void)state;
  assert_int_equal (HANDLER (.pages = 5, .bytes = PAGES (4)), 1);
  assert_true (found ("identity", "file, data_return of 4 dirty pages"));
  assert_true (found ("identity", "called 5 times"));
  assert_int_equal (HANDLER (.pages = 3, .bytes = PAGES (4)), 1);
  assert_int_equal (HANDLER (.pages = 1, .bulk = 4, .bytes = PAGES (4)), 1);
  assert_true (found ("identity", "did 4 pages"));
  assert_int_equal (HANDLER (.clean = true, .pages = 1), 1);
  assert_int_equal (HANDLER (.disk = true, .pages = 5), 1);
  assert_true (found ("identity", "(metadata)"));
  /* Written or not, that must be known of every page, also after an error.  */
  assert_int_equal (HANDLER (.bulk = 3, .fails = true, .bytes = PAGES (4)), 1);
}

static void
test_bytes (void **state)
{
  (void)state;
  assert_int_equal (HANDLER (.pages = 4, .bytes = PAGES (5)), 1);
  assert_true (found ("identity", "20480 bytes were written"));
  assert_int_equal (HANDLER (.pages = 4, .bytes = PAGES (3)), 1);
  /* Who tries again after an error writes more.  */
  assert_int_equal (HANDLER (.bulk = 4, .fails = true, .bytes = PAGES (5)), 0);
  /* What is clipped is not written, and only then.  */
  assert_int_equal (
      HANDLER (.pages = 4, .bytes = PAGES (3), .truncated = true), 0);
  assert_int_equal (HANDLER (.pages = 4, .bytes = PAGES (3), .closed = true),
                    0);
  assert_int_equal (
      HANDLER (.pages = 4, .bytes = PAGES (5), .truncated = true), 1);
}

static void
test_in_flight (void **state)
{
  (void)state;
  assert_int_equal (HANDLER (.pages = 3, .unfinished = true), 0);
}

/* ---- Our own books -------------------------------------------------------
 */

static void
run (const char *pager, const char *memory, enum verdict verdict)
{
  struct user_error err;
  char path[PATH_MAX];
  place_workload ("seqwrite", path);
  keys_reset ();
  char set[3][64];
  snprintf (set[0], sizeof set[0], "file.size=16M");
  snprintf (set[1], sizeof set[1], "machine.memory=%s", memory);
  snprintf (set[2], sizeof set[2], "sync.interval=100ms");
  for (int i = 0; i < 3; i++)
    assert_true (keys_user (set[i], err.line, sizeof err.line));
  struct workload *w = workload_load (path, &err);
  struct pager *p = pager_load (pager, &err);
  assert_non_null (w);
  assert_non_null (p);
  struct run_result result;
  if (!scenario_run (p, w, 1, &result, &err))
    fail_msg ("%s", err.line);
  assert_int_equal (result.verdict, verdict);
  workload_free (w);
}

static void
test_runs (void **state)
{
  (void)state;
  static const char *const pagers[]
      = { "perpage", "chunk", "extent", "adaptive" };
  for (int i = 0; i < 4; i++)
    {
      run (pagers[i], "256M", VERDICT_OK);
      /* Evictions, and messages on their way at the end.  */
      run (pagers[i], "18M", VERDICT_OK);
      assert_int_equal (findings_count (), 0);
    }
}

/* A broken sum of ours ends the program.  */
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
test_books (void **state)
{
  (void)state;
  static const enum counter exact[]
      = { COUNTER_DATA_RETURN, COUNTER_DATA_RETURN_PAGES,
          COUNTER_FILE_STORE_WRITE, COUNTER_FILE_STORE_WRITE_BYTES };
  static const enum counter at_least[]
      = { COUNTER_WRITE_PAGE, COUNTER_WRITE_PAGES };
  run ("chunk", "18M", VERDICT_OK);
  assert_false (check_dies ());
  for (int i = 0; i < 4; i++)
    {
      counter_value[exact[i]]++;
      assert_true (check_dies ());
      counter_value[exact[i]]--;
    }
  for (int i = 0; i < 2; i++)
    {
      counter_value[at_least[i]]--;
      assert_true (check_dies ());
      counter_value[at_least[i]]++;
    }
  histogram_value[HISTOGRAM_STORE_WRITE_BYTES].sum--;
  assert_true (check_dies ());
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_good),  cmocka_unit_test (test_pages),
    cmocka_unit_test (test_bytes), cmocka_unit_test (test_in_flight),
    cmocka_unit_test (test_runs),  cmocka_unit_test (test_books),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
