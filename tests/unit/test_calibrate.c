/* Calibration: ranges, drawing, the pool of workers, and that a search finds a
   set that is there, the same however many workers it has and however often it
   is stopped.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include "../../sim/harness/calibrate.h"
#include "../../sim/harness/calibrated.h"

/* A file, and small ones beside it that belong to the boot.  */
static const char small[]
    = "param ('file.size', '64K', 'length')\n"
      "param ('extra.files', 1, 'other files')\n"
      "machine { memory = '32M' }\n"
      "store { device = 'ram', size = '32M' }\n"
      "range ('file.size', '4K', '900K')\n"
      "range ('extra.files', 0, 60, 'boot')\n"
      "thread ('dd', function ()\n"
      "  local f = create 'big'\n"
      "  f:write (0, param 'file.size', { bs = '16K' })\n"
      "  for i = 1, param 'extra.files' do\n"
      "    local g = create ('x' .. i)\n"
      "    g:write (0, 100)\n"
      "    g:close ()\n"
      "  end\n"
      "  sync ()\n"
      "end)\n";

static struct user_error err;
static char path[] = "/tmp/pagersim-calibrate-XXXXXX.lua";
static char log_path[] = "/tmp/pagersim-calibrate-XXXXXX.log";

static void
write_file (const char *name, const char *text)
{
  FILE *f = fopen (name, "w");
  assert_non_null (f);
  fputs (text, f);
  fclose (f);
}

static struct workload *
load (const char *text)
{
  write_file (path, text);
  keys_reset ();
  err.line[0] = 0;
  return workload_load (path, &err);
}

/* ---- Ranges --------------------------------------------------------------
 */

static void
refused (const char *text, int line, const char *what)
{
  assert_null (load (text));
  size_t len = strlen (path);
  assert_memory_equal (err.line, path, len);
  assert_int_equal (atoi (err.line + len + 1), line);
  if (!strstr (err.line, what))
    fail_msg ("'%s' does not say '%s'", err.line, what);
}

static void
test_range (void **state)
{
  (void)state;
  struct workload *w = load (small);
  assert_string_equal (err.line, "");
  const struct key *k = keys_find ("file.size");
  assert_true (k->ranged && !k->boot);
  assert_int_equal (k->from, 4096);
  assert_int_equal (k->to, 900 * 1024);
  assert_true (keys_find ("extra.files")->boot);
  assert_false (keys_find ("machine.memory")->ranged);
  workload_free (w);
  keys_reset ();
  assert_null (keys_find ("file.size"));

  refused ("\nrange ('no.key', 1, 2)", 2, "no key 'no.key'");
  refused ("range ('fs.fill', 1, 91)", 1, "out of range");
  refused ("range ('fs.fill', 20, 10)", 1, "a range from 20 down to 10");
  refused ("range ('fs.fill', 1, '2K')", 1, "fs.fill: '2K'");
  refused ("range ('lock.policy', 'htl', 'fifo')", 1, "has no range");
  refused ("range ('fs.fill', 1, 2, 'boots')", 1, "not 'boots'");
  refused ("range ('fs.fill', 1, 2) range ('fs.fill', 1, 2)", 1, "already");
  w = load ("range ('fs.fill', 1, 2) thread ('t', function () end)");
  workload_free (w);
  keys_reset ();
  assert_false (keys_find ("fs.fill")->ranged);
}

static void
test_space (void **state)
{
  (void)state;
  struct workload *w = load ("range ('machine.memory', '140M', '240M')\n"
                             "range ('store.overhead', '1ms', '50ms')\n"
                             "range ('sync.phase', 0, '30s', 'boot')\n"
                             "range ('fs.fill', 7, 7)\n"
                             "thread ('t', function () end)");
  struct space s;
  assert_true (space_read (&s));
  assert_int_equal (s.keys, 4);
  struct prng prng;
  struct candidate c, d;
  unsigned low_octave = 0;
  prng_seed (&prng, 3, 0);
  for (int i = 0; i < 2000; i++)
    {
      space_draw (&s, SPACE_ALL, &prng, &c);
      d = c;
      space_draw (&s, SPACE_BOOT, &prng, &d);
      assert_true (space_same (&s, SPACE_COMMON, &c, &d));
      assert_true (c.seed > 0);
      for (unsigned k = 0; k < s.keys; k++)
        {
          const struct space_key *key = &s.key[k];
          uint64_t near = space_near (key, c.value[k], &prng);
          assert_true (c.value[k] >= key->from && c.value[k] <= key->to);
          assert_true (near >= key->from && near <= key->to);
          assert_int_equal ((c.value[k] - key->from) % key->step, 0);
          if (key->from < key->to)
            assert_int_not_equal (near, c.value[k]);
          if (strcmp (key->name, "store.overhead") == 0)
            {
              assert_true (key->octaves);
              low_octave += c.value[k] < 2 * key->from;
            }
        }
    }
  /* One of six octaves; evenly it would be one draw of fifty.  */
  assert_in_range (low_octave, 250, 420);
  assert_int_equal (space_clamp (&s.key[0], -5), s.key[0].from);
  workload_free (w);

  /* What the user gave a value is not drawn.  */
  char text[200];
  write_file (path, small);
  keys_reset ();
  assert_true (keys_user ("extra.files=3", text, sizeof text));
  w = workload_load (path, &err);
  assert_true (space_read (&s));
  assert_int_equal (s.keys, 1);
  workload_free (w);
}

/* ---- The pool ------------------------------------------------------------
 */

static void
test_pool (void **state)
{
  (void)state;
  enum
  {
    N = 12
  };
  static struct pool_task task[N];
  static struct pool_result one[N], three[N];
  write_file (path, small);
  memset (task, 0, sizeof task);
  for (unsigned i = 0; i < N; i++)
    {
      char text[32];
      snprintf (text, sizeof text, "%uK", 40 * (i + 1));
      strcpy (task[i].pager, i % 2 ? "chunk" : "perpage");
      task[i].seed = i;
      pool_task_set (&task[i], "file.size", text);
    }
  pool_task_add (&task[5], "file.size=many");
  strcpy (task[7].pager, "none-such");
  struct pool_runs *p = pool_runs_open (1, path);
  assert_true (pool_runs_do (p, task, one, N, NULL, NULL, NULL));
  pool_runs_close (p);
  p = pool_runs_open (3, path);
  assert_true (pool_runs_do (p, task, three, N, NULL, NULL, NULL));
  for (unsigned i = 0; i < N; i++)
    {
      bool good = i != 5 && i != 7;
      assert_int_equal (one[i].ran, good);
      assert_int_equal (three[i].ran, good);
      assert_false (one[i].died);
      if (!good)
        assert_string_equal (one[i].error.line, three[i].error.line);
      else
        {
          assert_int_equal (one[i].verdict, VERDICT_OK);
          assert_int_equal (one[i].digest, three[i].digest);
          assert_memory_equal (one[i].counter, three[i].counter,
                               sizeof one[i].counter);
        }
    }
  /* Nothing is done, and nothing left behind, when it is to stop.  */
  static const volatile sig_atomic_t stop = 1;
  assert_false (pool_runs_do (p, task, three, N, &stop, NULL, NULL));
  assert_true (pool_runs_do (p, task, three, 2, NULL, NULL, NULL));
  assert_int_equal (one[1].digest, three[1].digest);
  pool_runs_close (p);
}

/* ---- The search ----------------------------------------------------------
 */

static volatile sig_atomic_t stop_now;
static struct published table;
static struct fit fit;
static struct lab lab;
static struct space space;

static bool
never (void *arg)
{
  (void)arg;
  return false;
}

/* Stop at try ARG.  */
static uint64_t stop_at;
static bool
at_try (void *arg)
{
  (void)arg;
  return lab.tries >= stop_at;
}

static void
begin (unsigned jobs, const char *log)
{
  memset (&lab, 0, sizeof lab);
  memset (&fit, 0, sizeof fit);
  struct workload *w = load (small);
  assert_true (space_read (&space));
  workload_free (w);
  lab.pool = pool_runs_open (jobs, path);
  lab.space = &space;
  lab.stop = &stop_now;
  for (unsigned r = 0; r < FIT_ROWS; r++)
    assert_true (target_read (&fit.target[r], &table.row[r]));
  fit.lab = &lab;
  fit.space = &space;
  fit.draws = 20;
  fit.out_of_time = never;
  fit.tries_max = 4000;
  prng_seed (&fit.prng, 5, 0);
  if (log)
    {
      json_t *header = json_pack ("{s:s}", "of", "a test");
      assert_true (lab_open_log (&lab, log, header, false, &err));
      json_decref (header);
    }
}

static void
finish (void)
{
  lab_close (&lab);
  pool_runs_close (lab.pool);
}

/* Publish what comes out of a set that is hidden from the search.  */
static void
hide_set (void)
{
  static const char *const names[]
      = { "libpager.write_page", "libpager.write_pages", "ext2fs.store_write",
          "ext2fs.store_write_bytes" };
  static struct pool_task task[FIT_ROWS];
  static struct pool_result result[FIT_ROWS];
  memset (task, 0, sizeof task);
  for (unsigned r = 0; r < FIT_ROWS; r++)
    {
      strcpy (task[r].pager, r ? "perpage" : "chunk");
      task[r].seed = 77;
      pool_task_set (&task[r], "file.size", "389K");
      pool_task_set (&task[r], "extra.files", r ? "41" : "17");
    }
  write_file (path, small);
  struct pool_runs *p = pool_runs_open (1, path);
  assert_true (pool_runs_do (p, task, result, FIT_ROWS, NULL, NULL, NULL));
  pool_runs_close (p);
  memset (&table, 0, sizeof table);
  table.rows = FIT_ROWS;
  for (unsigned r = 0; r < FIT_ROWS; r++)
    {
      struct published_row *row = &table.row[r];
      row->id = r ? "before" : "after";
      row->pager = r ? "perpage" : "chunk";
      for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        {
          row->cell[row->cells].name = names[i];
          for (int c = 0; c < COUNTER_COUNT; c++)
            if (strcmp (counter_rows[c].name, names[i]) == 0)
              row->cell[row->cells].published.value = result[r].counter[c];
          row->cells++;
        }
    }
}

static void
test_distance (void **state)
{
  (void)state;
  hide_set ();
  struct target t;
  struct pool_result r = { .ran = true, .verdict = VERDICT_OK };
  assert_true (target_read (&t, &table.row[0]));
  for (unsigned i = 0; i < table.row[0].cells; i++)
    r.counter[t.number[i].counter] = table.row[0].cell[i].published.value;
  assert_int_equal (target_distance (&t, &r), 0);
  r.counter[COUNTER_FILE_STORE_WRITE_BYTES]++;
  assert_int_not_equal (target_distance (&t, &r), 0);
  r.counter[COUNTER_FILE_STORE_WRITE_BYTES]--;
  /* A run more is a write more: together they are one off.  */
  r.counter[COUNTER_WRITE_PAGES]++;
  uint64_t apart = target_distance (&t, &r);
  r.counter[COUNTER_FILE_STORE_WRITE]++;
  assert_true (target_distance (&t, &r) < apart);
  assert_true (target_distance (&t, &r) > 0);
  r.verdict = VERDICT_CRASH;
  assert_int_equal (target_distance (&t, &r), DISTANCE_FAILED);
}

static void
test_search (void **state)
{
  (void)state;
  hide_set ();
  begin (1, NULL);
  assert_true (fit_run (&fit));
  assert_int_equal (fit.best.distance, 0);
  assert_true (space_same (&space, SPACE_COMMON, &fit.best.trial[0].candidate,
                           &fit.best.trial[1].candidate));
  assert_int_equal (fit.tally.draws, 20);
  struct fit first = fit;
  uint64_t tries = lab.tries;
  finish ();

  /* The number of workers changes nothing.  */
  begin (3, NULL);
  assert_true (fit_run (&fit));
  assert_int_equal (lab.tries, tries);
  for (unsigned r = 0; r < FIT_ROWS; r++)
    assert_true (space_same (&space, SPACE_ALL, &fit.best.trial[r].candidate,
                             &first.best.trial[r].candidate));
  finish ();

  /* Nor does stopping and going on.  */
  unlink (log_path);
  for (stop_at = 24; stop_at < tries; stop_at += tries / 3)
    {
      begin (2, log_path);
      fit.out_of_time = at_try;
      fit_run (&fit);
      finish ();
    }
  begin (2, log_path);
  assert_true (fit_run (&fit));
  assert_int_equal (lab.tries, tries);
  assert_true (lab.replayed >= 24);
  assert_true (space_same (&space, SPACE_ALL, &fit.best.trial[1].candidate,
                           &first.best.trial[1].candidate));
  finish ();

  /* A log that ends in the middle of a line, or is of another search.  */
  FILE *f = fopen (log_path, "a");
  fputs ("{\"row\":\"aft", f);
  fclose (f);
  begin (2, log_path);
  assert_int_equal (json_array_size (lab.past), tries);
  finish ();
  write_file (log_path, "{\"of\":\"another\"}\n{\"row\":1}\n");
  begin (2, log_path);
  assert_int_equal (json_array_size (lab.past), 0);
  finish ();
}

static void
test_measure (void **state)
{
  (void)state;
  hide_set ();
  begin (2, NULL);
  assert_true (fit_run (&fit));
  struct workload *w = load (small);
  struct calibration c = { .fit = &fit };
  assert_true (calibration_measure (&c, 10));
  assert_int_equal (c.reseeds.draws, 10);
  /* Nothing here is random but by the seed of a layout: all match.  */
  assert_int_equal (c.reseeds.all, 10);
  bool moved = false;
  for (unsigned m = 0; m < c.moves; m++)
    if (strcmp (c.move[m].key, "file.size") == 0)
      moved = c.move[m]
                  .result[0][CHANGES - 1]
                  .counter[COUNTER_FILE_STORE_WRITE_BYTES]
              > c.base[0].counter[COUNTER_FILE_STORE_WRITE_BYTES];
  assert_true (moved);

  json_t *j = calibration_json (&c, w, 5);
  assert_int_equal (json_dump_file (j, log_path, 0), 0);
  json_decref (j);
  struct calibrated *set = calibrated_load (log_path, &err);
  assert_string_equal (err.line, "");
  assert_true (set->exact);
  assert_string_equal (set->sha256, workload_sha256 (w));
  assert_int_equal (set->settings, 1);
  assert_string_equal (set->common[0].key, "file.size");
  const struct calibrated_row *boot = calibrated_boot (set, &table, 1);
  assert_string_equal (boot->id, "before");
  assert_int_equal (boot->seed, fit.best.trial[1].candidate.seed);
  keys_reset ();
  assert_true (calibrated_apply (set, boot, &err));
  workload_free (w);
  w = workload_load (path, &err);
  assert_int_equal (key_value ("extra.files"),
                    fit.best.trial[1].candidate.value[0]);
  workload_free (w);
  calibrated_free (set);
  calibration_free (&c);
  finish ();
}

static void
test_calibrated (void **state)
{
  (void)state;
  assert_null (calibrated_load ("/nowhere/at/all.json", &err));
  assert_string_equal (err.line, "");
  static const char *const wrong[]
      = { "{", "{}", "{\"schema\": \"pagersim.calibrated/1\"}",
          "{\"schema\": \"pagersim.calibrated/1\", \"workload\": "
          "{\"name\": \"a\", \"sha256\": \"b\"}, \"common\": {\"a.b\": 1}}",
          "{\"schema\": \"pagersim.calibrated/1\", \"workload\": "
          "{\"name\": \"a\", \"sha256\": \"b\"}, \"common\": {}}" };
  for (unsigned i = 0; i < sizeof wrong / sizeof *wrong; i++)
    {
      write_file (log_path, wrong[i]);
      assert_null (calibrated_load (log_path, &err));
      assert_memory_equal (err.line, log_path, strlen (log_path));
    }

  /* A row without a boot of its own gets that of its pager, else the last.  */
  struct calibrated c = { .rows = 2, .row = { { "after" }, { "before" } } };
  struct published t = { .rows = 4 };
  static const char *const rows[][2] = { { "before", "perpage" },
                                         { "after", "chunk" },
                                         { "later", "perpage" },
                                         { "last", "extent" } };
  for (unsigned i = 0; i < t.rows; i++)
    {
      t.row[i].id = rows[i][0];
      t.row[i].pager = rows[i][1];
    }
  assert_ptr_equal (calibrated_boot (&c, &t, 0), &c.row[1]);
  assert_ptr_equal (calibrated_boot (&c, &t, 1), &c.row[0]);
  assert_ptr_equal (calibrated_boot (&c, &t, 2), &c.row[1]);
  assert_ptr_equal (calibrated_boot (&c, &t, 3), &c.row[0]);
}

static int
make_files (void **state)
{
  (void)state;
  close (mkstemps (path, 4));
  close (mkstemps (log_path, 4));
  return 0;
}

static int
remove_files (void **state)
{
  (void)state;
  unlink (path);
  unlink (log_path);
  return 0;
}

int
main (void)
{
  static const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_range),      cmocka_unit_test (test_space),
    cmocka_unit_test (test_pool),       cmocka_unit_test (test_distance),
    cmocka_unit_test (test_search),     cmocka_unit_test (test_measure),
    cmocka_unit_test (test_calibrated),
  };
  return cmocka_run_group_tests (tests, make_files, remove_files);
}
