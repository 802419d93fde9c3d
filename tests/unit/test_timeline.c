/* Tests of the timeline: thinning loses no peak, and no time.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/prng.h"
#include "harness/timeline.h"

enum
{
  STEPS = 150000
};

static struct watch_row steps[STEPS];
static struct watch_row read_back[TIMELINE_ROWS];

/* N steps, up to BETWEEN apart, of which one in RARE has a peak.  */
static void
make_steps (size_t n, uint64_t between, uint64_t rare)
{
  struct prng random;
  prng_seed (&random, n, 0);
  memset (steps, 0, sizeof steps);
  for (size_t i = 1; i < n; i++)
    {
      struct watch_row *s = &steps[i], *before = &steps[i - 1];
      s->at = before->at + prng_below (&random, between);
      s->value[WATCH_FREE_PAGES] = 1000 - prng_below (&random, 10);
      s->value[WATCH_DIRTY_PAGES] = prng_below (&random, 10);
      if (prng_below (&random, rare) == 0)
        s->value[WATCH_DIRTY_PAGES] = 1000 + i;
      s->value[WATCH_READERS] = prng_below (&random, 3);
      s->sum[WATCH_SUM_READ]
          = before->sum[WATCH_SUM_READ]
            + before->value[WATCH_READERS] * (s->at - before->at);
    }
}

/* The timeline of the first N steps, into READ_BACK; returns its length.  */
static size_t
timeline_of (size_t n)
{
  char *text, *save = NULL;
  size_t len, rows = 0;
  timeline_start ();
  for (size_t i = 0; i < n; i++)
    timeline_note (&steps[i]);
  timeline_end (&steps[n - 1]);
  FILE *f = open_memstream (&text, &len);
  timeline_write (f);
  fclose (f);
  char *line = strtok_r (text, "\n", &save);
  assert_int_equal (strncmp (line, "at_ns,dirty_pages,", 18), 0);
  while ((line = strtok_r (NULL, "\n", &save)))
    {
      assert_true (rows < TIMELINE_ROWS);
      struct watch_row *r = &read_back[rows++];
      r->at = strtoull (line, &line, 10);
      for (int i = 0; i < WATCH_COLUMN_COUNT; i++)
        r->value[i] = strtoull (line + 1, &line, 10);
      for (int i = 0; i < WATCH_SUM_COUNT; i++)
        r->sum[i] = strtoull (line + 1, &line, 10);
      assert_int_equal (*line, 0);
    }
  free (text);
  return rows;
}

static void
few_steps_stay (void **state)
{
  (void)state;
  enum
  {
    N = 5000
  };
  make_steps (N, 100, 20);
  size_t rows = timeline_of (N), r = 0;
  for (size_t i = 0; i < N; i++)
    {
      if (i + 1 < N && steps[i + 1].at == steps[i].at)
        continue; /* only the last one of an instant lasts  */
      while (r + 1 < rows && read_back[r + 1].at <= steps[i].at)
        r++;
      assert_true (read_back[r].at <= steps[i].at);
      assert_true (read_back[r].value[WATCH_DIRTY_PAGES]
                   >= steps[i].value[WATCH_DIRTY_PAGES]);
      if (read_back[r].at == steps[i].at)
        assert_int_equal (read_back[r].sum[WATCH_SUM_READ],
                          steps[i].sum[WATCH_SUM_READ]);
    }
  assert_true (rows > N * 9 / 10);
}

/* Every step is covered by the row it falls in, and every row's figure was
   there in its piece of time.  */
static void
thinned_keeps_peaks (void **state)
{
  (void)state;
  make_steps (STEPS, 3000, 5000);
  size_t rows = timeline_of (STEPS);
  assert_true (rows > TIMELINE_ROWS / 4 && rows <= TIMELINE_ROWS);
  size_t r = 0, peaks = 0, peaks_shown = 0;
  for (size_t i = 0; i < STEPS; i++)
    {
      while (r + 1 < rows && read_back[r + 1].at <= steps[i].at)
        r++;
      assert_true (read_back[r].value[WATCH_DIRTY_PAGES]
                   >= steps[i].value[WATCH_DIRTY_PAGES]);
      assert_true (read_back[r].value[WATCH_FREE_PAGES]
                   <= steps[i].value[WATCH_FREE_PAGES]);
      peaks += steps[i].value[WATCH_DIRTY_PAGES] >= 1000;
    }
  for (size_t i = 0; i < rows; i++)
    {
      assert_true (i == 0 || read_back[i].at > read_back[i - 1].at);
      assert_true (i == 0
                   || read_back[i].sum[WATCH_SUM_READ]
                          >= read_back[i - 1].sum[WATCH_SUM_READ]);
      peaks_shown += read_back[i].value[WATCH_DIRTY_PAGES] >= 1000;
    }
  assert_true (peaks > 10);
  /* A peak lasts for its piece of time, and not for the rest of the run.  */
  assert_true (peaks_shown > peaks / 2 && peaks_shown <= 2 * peaks);
  assert_int_equal (read_back[rows - 1].at, steps[STEPS - 1].at);
  assert_int_equal (read_back[rows - 1].sum[WATCH_SUM_READ],
                    steps[STEPS - 1].sum[WATCH_SUM_READ]);
}

static void
nothing_happens (void **state)
{
  (void)state;
  memset (steps, 0, 3 * sizeof *steps);
  steps[2].at = steps[1].at = 500;
  assert_int_equal (timeline_of (3), 2);
  assert_int_equal (read_back[0].at, 0);
  assert_int_equal (read_back[1].at, 500);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (few_steps_stay),
    cmocka_unit_test (thinned_keeps_peaks),
    cmocka_unit_test (nothing_happens),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
