/* Parts of a sweep: columns of rows that differ in them, means and intervals,
   and the store of finished rows, cut off, damaged and on a full disk.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include "../../sim/harness/sweep.h"

static struct user_error err;

/* ---- Tables --------------------------------------------------------------
 */

static void
set_row (struct sweep_table *t, size_t i, const char *header, const char *row)
{
  assert_true (
      sweep_table_set_csv (t, i, header, strlen (header), row, strlen (row)));
}

static char *
csv_of (const struct sweep_table *t)
{
  char *text = NULL;
  size_t len;
  FILE *f = open_memstream (&text, &len);
  sweep_table_csv (t, NULL, NULL, f);
  fclose (f);
  return text;
}

static void
test_union (void **state)
{
  (void)state;
  static const char *const header[]
      = { "workload,set.b,set.d,end", "workload,set.a,set.d,end",
          "workload,set.c", "workload,set.b,set.d,end" };
  static const char *const row[]
      = { "x,1,2,3", "y,4,5,6", "\"z,\"\"z\n\",7", "x,,9," };
  static const char wanted[] = "workload,set.a,set.b,set.c,set.d,end\n"
                               "x,,1,,2,3\n"
                               "y,4,,,5,6\n"
                               "\"z,\"\"z\n\",,,7,,\n"
                               "x,,,,9,\n";
  /* In whatever order the rows come.  */
  static const size_t order[][4]
      = { { 0, 1, 2, 3 }, { 3, 2, 1, 0 }, { 1, 3, 0, 2 } };
  for (unsigned o = 0; o < 3; o++)
    {
      struct sweep_table t;
      sweep_table_init (&t, 4);
      for (unsigned i = 0; i < 4; i++)
        set_row (&t, order[o][i], header[order[o][i]], row[order[o][i]]);
      char *text = csv_of (&t);
      assert_string_equal (text, wanted);
      free (text);
      sweep_table_free (&t);
    }
}

static void
test_fields (void **state)
{
  (void)state;
  struct sweep_table t;
  sweep_table_init (&t, 1);
  assert_false (sweep_table_set_csv (&t, 0, "a,b\n", 4, "1,2,3\n", 6));
  sweep_table_free (&t);
  sweep_table_init (&t, 1);
  assert_false (sweep_table_set_csv (&t, 0, "a,b\n", 4, "\"1,2\"\n", 6));
  sweep_table_free (&t);
  sweep_table_init (&t, 1);
  set_row (&t, 0, "a,b,c\n", "\"1,\"\"2\",,3\n");
  struct sweep_field f = sweep_record_get (&t.record[0], "a");
  assert_int_equal (f.len, 7);
  assert_int_equal (sweep_record_get (&t.record[0], "b").len, 0);
  f = sweep_record_get (&t.record[0], "c");
  assert_int_equal (f.len, 1);
  assert_int_equal (f.text[0], '3');
  assert_int_equal (sweep_record_get (&t.record[0], "d").len, 0);
  sweep_table_free (&t);
}

/* ---- Means ---------------------------------------------------------------
 */

static void
test_means (void **state)
{
  (void)state;
  static const uint64_t five[] = { 1, 2, 3, 4, 10 };
  static const uint64_t large[]
      = { UINT64_MAX - 2, UINT64_MAX - 1, UINT64_MAX - 3 };
  struct sweep_mean m = sweep_mean_of (five, 5);
  assert_int_equal (m.mean_1000, 4000);
  /* s = sqrt (50 / 4), t = 2.776.  */
  assert_true (m.half > 4.3892 && m.half < 4.3894);
  m = sweep_mean_of (five, 3);
  assert_int_equal (m.mean_1000, 2000);
  assert_true (m.half > 2.4843 && m.half < 2.4844);
  m = sweep_mean_of (five + 1, 1);
  assert_int_equal (m.count, 1);
  assert_int_equal (m.mean_1000, 2000);
  assert_true (m.half == 0);
  assert_int_equal (sweep_mean_of (five, 0).count, 0);
  /* Near the end of the numbers, where a root of squares would see nothing. */
  m = sweep_mean_of (large, 3);
  assert_true (m.half > 2.4843 && m.half < 2.4844);
}

/* ---- The store -----------------------------------------------------------
 */

static char dir[] = "/tmp/pagersim-sweep-XXXXXX";
static char path[sizeof dir + 20];

enum
{
  ROWS = 20
};

static void
make_id (unsigned i, uint8_t *id)
{
  memset (id, 0, SWEEP_ID_BYTES);
  /* They meet in the table.  */
  id[0] = i % 3;
  id[9] = i;
}

static void
make_row (unsigned i, char *csv, char *json)
{
  sprintf (csv, "a,b%u\n%u,%0*u\n", i % 2, i, 1 + (int)i, i);
  sprintf (json, "{\"row\":%u}", i);
}

static bool
add_row (struct sweep_store *s, unsigned i)
{
  char csv[100], json[100];
  uint8_t id[SWEEP_ID_BYTES];
  make_id (i, id);
  make_row (i, csv, json);
  return sweep_store_add (s, id, csv, strlen (csv), json, strlen (json), &err);
}

/* How many rows the store has; they come in order, and are whole.  */
static unsigned
rows_kept (void)
{
  unsigned n = 0;
  struct sweep_store *s = sweep_store_open (dir, false, &err);
  assert_non_null (s);
  for (unsigned i = 0; i < ROWS; i++)
    {
      char csv[100], json[100];
      const char *c, *j;
      size_t c_len, j_len;
      uint8_t id[SWEEP_ID_BYTES];
      make_id (i, id);
      make_row (i, csv, json);
      if (!sweep_store_find (s, id, true, &c, &c_len, &j, &j_len))
        continue;
      assert_int_equal (i, n);
      n++;
      assert_int_equal (c_len, strlen (csv));
      assert_memory_equal (c, csv, c_len);
      assert_int_equal (j_len, strlen (json));
      assert_memory_equal (j, json, j_len);
    }
  sweep_store_close (s);
  return n;
}

static void
fill_store (void)
{
  struct sweep_store *s = sweep_store_open (dir, true, &err);
  assert_non_null (s);
  for (unsigned i = 0; i < ROWS; i++)
    assert_true (add_row (s, i));
  assert_true (sweep_store_sync (s, &err));
  sweep_store_close (s);
  assert_int_equal (rows_kept (), ROWS);
}

static off_t
store_size (void)
{
  struct stat st;
  assert_int_equal (stat (path, &st), 0);
  return st.st_size;
}

/* Cut off anywhere, it has the rows that are whole, and goes on after them. */
static void
test_cut (void **state)
{
  (void)state;
  unsigned last = ROWS;
  fill_store ();
  for (off_t size = store_size (); size >= 0; size--)
    {
      assert_int_equal (truncate (path, size), 0);
      unsigned n = rows_kept ();
      assert_true (n == last || n + 1 == last);
      last = n;
      /* The rest of a record is gone; it is put back, to be cut further.  */
      off_t good = store_size ();
      assert_true (good <= size || size < 22);
      if (good < size)
        size = good;
    }
  assert_int_equal (last, 0);
}

/* A byte that is another: what is before it is kept.  */
static void
test_damage (void **state)
{
  (void)state;
  fill_store ();
  off_t size = store_size ();
  for (off_t at = 30; at < size; at += 41)
    {
      fill_store ();
      FILE *f = fopen (path, "r+");
      assert_non_null (f);
      fseek (f, at, SEEK_SET);
      int c = getc (f);
      fseek (f, at, SEEK_SET);
      putc (c ^ 4, f);
      fclose (f);
      unsigned n = rows_kept ();
      assert_true (n < ROWS);
      struct sweep_store *s = sweep_store_open (dir, false, &err);
      for (unsigned i = n; i < ROWS; i++)
        assert_true (add_row (s, i));
      sweep_store_close (s);
      assert_int_equal (rows_kept (), ROWS);
      assert_int_equal (store_size (), size);
    }
}

/* A disk that is full: an error, and the rows before it are there.  */
static void
test_full (void **state)
{
  (void)state;
  fill_store ();
  struct rlimit before, limit;
  assert_int_equal (getrlimit (RLIMIT_FSIZE, &before), 0);
  signal (SIGXFSZ, SIG_IGN);
  limit = before;
  limit.rlim_cur = store_size () / 2;
  struct sweep_store *s = sweep_store_open (dir, true, &err);
  assert_non_null (s);
  assert_int_equal (setrlimit (RLIMIT_FSIZE, &limit), 0);
  unsigned n = 0;
  while (n < ROWS && add_row (s, n))
    n++;
  assert_int_equal (setrlimit (RLIMIT_FSIZE, &before), 0);
  assert_in_range (n, 1, ROWS - 1);
  assert_non_null (strstr (err.line, "rows.journal: "));
  assert_true (add_row (s, n));
  sweep_store_close (s);
  assert_int_equal (rows_kept (), n + 1);
}

static void
test_lock (void **state)
{
  (void)state;
  fill_store ();
  struct sweep_store *s = sweep_store_open (dir, false, &err);
  assert_non_null (s);
  pid_t pid = fork ();
  if (pid == 0)
    _exit (sweep_store_open (dir, false, &err) ? 1
           : strstr (err.line, "another")      ? 0
                                               : 2);
  int status;
  assert_int_equal (waitpid (pid, &status, 0), pid);
  assert_int_equal (status, 0);
  sweep_store_close (s);
  assert_int_equal (rows_kept (), ROWS);
}

static int
make_directory (void **state)
{
  (void)state;
  if (!mkdtemp (dir))
    return -1;
  sprintf (path, "%s/rows.journal", dir);
  return 0;
}

static int
remove_directory (void **state)
{
  (void)state;
  unlink (path);
  return rmdir (dir);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_union),  cmocka_unit_test (test_fields),
    cmocka_unit_test (test_means),  cmocka_unit_test (test_cut),
    cmocka_unit_test (test_damage), cmocka_unit_test (test_full),
    cmocka_unit_test (test_lock),
  };
  return cmocka_run_group_tests (tests, make_directory, remove_directory);
}
