/* sim/base: the generator, histograms, digests and what people type.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/check.h"
#include "base/digest.h"
#include "base/histogram.h"
#include "base/prng.h"
#include "base/text.h"

#define COUNT(a) (sizeof (a) / sizeof *(a))

/* ---- prng ----------------------------------------------------------------
 */

static void
prng_known_state (void **state)
{
  (void)state;
  /* By hand: from this state the first output is rotl (2 * 5, 7) * 9.  */
  struct prng p = { { 1, 2, 3, 4 } };
  assert_int_equal (prng_next (&p), (UINT64_C (10) << 7) * 9);
  /* Then s[1] is 1 ^ 2 ^ 3 = 0, so that the second output is 0.  */
  assert_int_equal (prng_next (&p), 0);
}

static void
prng_streams_differ (void **state)
{
  (void)state;
  struct prng a, b, c, again;
  prng_seed (&a, 1, 0);
  prng_seed (&again, 1, 0);
  prng_seed (&b, 1, 1);
  prng_seed (&c, 2, 0);
  int same_b = 0, same_c = 0;
  for (int i = 0; i < 1000; i++)
    {
      uint64_t x = prng_next (&a);
      assert_int_equal (x, prng_next (&again));
      same_b += x == prng_next (&b);
      same_c += x == prng_next (&c);
    }
  assert_int_equal (same_b, 0);
  assert_int_equal (same_c, 0);
}

static void
prng_below_is_uniform (void **state)
{
  (void)state;
  struct prng p;
  unsigned hits[6] = { 0 };
  prng_seed (&p, 7, 3);
  for (int i = 0; i < 60000; i++)
    {
      uint64_t x = prng_below (&p, COUNT (hits));
      assert_in_range (x, 0, COUNT (hits) - 1);
      hits[x]++;
    }
  /* Five sigmas of a binomial with n 60000, p 1/6.  */
  for (size_t i = 0; i < COUNT (hits); i++)
    assert_in_range (hits[i], 10000 - 457, 10000 + 457);

  for (int i = 0; i < 100; i++)
    assert_int_equal (prng_below (&p, 1), 0);
  /* A range just over half of all: rejects nearly every other one.  */
  uint64_t n = (UINT64_C (1) << 63) + 1;
  for (int i = 0; i < 100; i++)
    assert_true (prng_below (&p, n) < n);
}

/* ---- histogram -----------------------------------------------------------
 */

static void
histogram_buckets_have_no_gaps (void **state)
{
  (void)state;
  for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
    {
      static struct histogram h;
      memset (&h, 0, sizeof h);
      uint64_t upper = histogram_upper (i);
      uint64_t lower = i ? histogram_upper (i - 1) + 1 : 0;
      histogram_add (&h, lower);
      histogram_add (&h, upper);
      assert_int_equal (h.bucket[i], 2);
      /* Off by less than 1 in 32.  */
      assert_true ((upper - lower) <= lower / 32);
    }
  assert_int_equal (histogram_upper (HISTOGRAM_BUCKETS - 1), UINT64_MAX);
}

static void
histogram_percentiles (void **state)
{
  (void)state;
  static struct histogram h, other, empty;
  assert_int_equal (histogram_percentile (&h, 500), 0);
  for (uint64_t i = 1; i <= 60; i++)
    histogram_add (i % 2 ? &h : &other, i);
  histogram_merge (&h, &other);
  histogram_merge (&h, &empty);
  assert_int_equal (h.count, 60);
  assert_int_equal (h.sum, 60 * 61 / 2);
  assert_int_equal (h.min, 1);
  assert_int_equal (h.max, 60);
  assert_int_equal (histogram_percentile (&h, 0), 1);
  assert_int_equal (histogram_percentile (&h, 1), 1);
  assert_int_equal (histogram_percentile (&h, 500), 30);
  assert_int_equal (histogram_percentile (&h, 900), 54);
  assert_int_equal (histogram_percentile (&h, 1000), 60);

  /* A lone large value: neither below min nor above max.  */
  memset (&h, 0, sizeof h);
  histogram_add (&h, 1000001);
  assert_int_equal (histogram_percentile (&h, 500), 1000001);

  histogram_merge (&empty, &h);
  assert_int_equal (empty.min, 1000001);
  assert_int_equal (empty.max, 1000001);
}

/* ---- digest --------------------------------------------------------------
 */

static void
digest_sees_every_word (void **state)
{
  (void)state;
  uint64_t base = digest_finish (digest_words (1, 2, 3, 4, 5));
  for (int word = 0; word < 5; word++)
    for (int bit = 0; bit < 64; bit++)
      {
        uint64_t w[5] = { 1, 2, 3, 4, 5 };
        w[word] ^= UINT64_C (1) << bit;
        uint64_t d
            = digest_finish (digest_words (w[0], w[1], w[2], w[3], w[4]));
        int changed = __builtin_popcountll (d ^ base);
        assert_in_range (changed, 8, 56);
      }
  assert_int_not_equal (digest_words (1, 3, 2, 4, 5),
                        digest_words (1, 2, 3, 4, 5));
  assert_int_not_equal (digest_word (digest_word (1, 2), 3),
                        digest_word (digest_word (1, 3), 2));
}

/* ---- text ----------------------------------------------------------------
 */

static void
text_numbers_are_read (void **state)
{
  (void)state;
  static const struct
  {
    const char *text;
    enum text_unit unit;
    uint64_t value;
  } good[] = {
    { "0", TEXT_NUMBER, 0 },
    { "007", TEXT_NUMBER, 7 },
    { "18446744073709551615", TEXT_NUMBER, UINT64_MAX },
    { "0", TEXT_SIZE, 0 },
    { "512", TEXT_SIZE, 512 },
    { "128M", TEXT_SIZE, UINT64_C (128) << 20 },
    { "1.5K", TEXT_SIZE, 1536 },
    { "0.0009765625M", TEXT_SIZE, 1024 },
    { "2.00000000000000000000000000000K", TEXT_SIZE, 2048 },
    { "2G", TEXT_SIZE, UINT64_C (2) << 30 },
    { "16777215T", TEXT_SIZE, UINT64_C (16777215) << 40 },
    { "0", TEXT_TIME, 0 },
    { "3ns", TEXT_TIME, 3 },
    { "2.5us", TEXT_TIME, 2500 },
    { "30s", TEXT_TIME, UINT64_C (30) * 1000 * 1000 * 1000 },
  };
  for (size_t i = 0; i < COUNT (good); i++)
    {
      uint64_t value = 1;
      assert_null (text_parse (good[i].text, good[i].unit, &value));
      assert_int_equal (value, good[i].value);
    }
}

static void
text_other_numbers_are_not (void **state)
{
  (void)state;
  static const struct
  {
    const char *text;
    enum text_unit unit;
    const char *what;
  } bad[] = {
    { "", TEXT_NUMBER, "empty" },
    { "-1", TEXT_NUMBER, "negative" },
    { "-", TEXT_NUMBER, "not a number" },
    { "x", TEXT_NUMBER, "not a number" },
    { "1K", TEXT_NUMBER, "not a number" },
    { " 1", TEXT_NUMBER, "not a number" },
    { "0x10", TEXT_NUMBER, "not a number" },
    { "1.5", TEXT_NUMBER, "not a whole number" },
    { "18446744073709551616", TEXT_NUMBER, "too large" },
    { "16777216T", TEXT_SIZE, "too large" },
    { "16777215.9999999999T", TEXT_SIZE, "not a whole number" },
    { "1.", TEXT_SIZE, "not a size (units are K, M, G, T)" },
    { "1k", TEXT_SIZE, "not a size (units are K, M, G, T)" },
    { "1 K", TEXT_SIZE, "not a size (units are K, M, G, T)" },
    { "1.0001K", TEXT_SIZE, "not a whole number" },
    { "0.00000000000000000000000001T", TEXT_SIZE, "not a whole number" },
    { "5", TEXT_TIME, "a time without a unit (ns, us, ms, s)" },
    { "5min", TEXT_TIME, "not a time (units are ns, us, ms, s)" },
    { "0.5ns", TEXT_TIME, "not a whole number" },
  };
  for (size_t i = 0; i < COUNT (bad); i++)
    {
      uint64_t value;
      const char *what = text_parse (bad[i].text, bad[i].unit, &value);
      assert_non_null (what);
      assert_string_equal (what, bad[i].what);
    }
}

static void
text_is_written_as_it_is_read (void **state)
{
  (void)state;
  char out[32];
  assert_string_equal (text_format (0, TEXT_TIME, out), "0");
  assert_string_equal (text_format (1536, TEXT_SIZE, out), "1536");
  assert_string_equal (text_format (UINT64_C (128) << 20, TEXT_SIZE, out),
                       "128M");
  assert_string_equal (text_format (2500, TEXT_TIME, out), "2500ns");
  assert_string_equal (text_format (60000000000, TEXT_TIME, out), "60s");
  assert_string_equal (text_format (42, TEXT_NUMBER, out), "42");

  struct prng p;
  prng_seed (&p, 1, 1);
  for (int i = 0; i < 3000; i++)
    for (int unit = TEXT_NUMBER; unit <= TEXT_TIME; unit++)
      {
        uint64_t value = prng_next (&p) >> prng_below (&p, 64), back;
        value = value >> 20 << prng_below (&p, 20);
        text_format (value, unit, out);
        assert_null (text_parse (out, unit, &back));
        assert_int_equal (back, value);
      }
}

static void
text_nearest_name (void **state)
{
  (void)state;
  static const char *const names[]
      = { "machine.memory", "machine.cpus", "store.device", "sync.interval",
          "lock.policy" };
  static const struct
  {
    const char *word, *nearest;
  } cases[] = {
    { "machine.memroy", "machine.memory" },
    { "machine.cpu", "machine.cpus" },
    { "Store.Device", "store.device" },
    { "lockpolicy", "lock.policy" },
    { "interval", "sync.interval" },
    { "xyzzy", NULL },
    { "", NULL },
    { "q", NULL },
  };
  for (size_t i = 0; i < COUNT (cases); i++)
    {
      const char *found = text_nearest (cases[i].word, names, COUNT (names));
      if (cases[i].nearest)
        {
          assert_non_null (found);
          assert_string_equal (found, cases[i].nearest);
        }
      else
        assert_null (found);
    }
  char word[200];
  memset (word, 'm', sizeof word - 1);
  word[sizeof word - 1] = '\0';
  assert_null (text_nearest (word, names, COUNT (names)));
  assert_null (text_nearest ("x", names, 0));
}

/* ---- check ---------------------------------------------------------------
 */

static void
check_ends_with_4 (void **state)
{
  (void)state;
  int fd[2], status;
  char text[200] = "";
  assert_int_equal (pipe (fd), 0);
  fflush (NULL);
  pid_t child = fork ();
  if (child == 0)
    {
      dup2 (fd[1], STDERR_FILENO);
      CHECK (1 + 1 == 3);
      _exit (0);
    }
  close (fd[1]);
  ssize_t len = read (fd[0], text, sizeof text - 1);
  close (fd[0]);
  assert_int_equal (waitpid (child, &status, 0), child);
  assert_true (WIFEXITED (status));
  assert_int_equal (WEXITSTATUS (status), 4);
  assert_true (len > 0);
  assert_ptr_equal (strstr (text, "pagersim: internal error: "), text);
  assert_non_null (strstr (text, ": 1 + 1 == 3\n"));
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (prng_known_state),
    cmocka_unit_test (prng_streams_differ),
    cmocka_unit_test (prng_below_is_uniform),
    cmocka_unit_test (histogram_buckets_have_no_gaps),
    cmocka_unit_test (histogram_percentiles),
    cmocka_unit_test (digest_sees_every_word),
    cmocka_unit_test (text_numbers_are_read),
    cmocka_unit_test (text_other_numbers_are_not),
    cmocka_unit_test (text_is_written_as_it_is_read),
    cmocka_unit_test (text_nearest_name),
    cmocka_unit_test (check_ends_with_4),
  };
  return cmocka_run_group_tests_name ("base", tests, NULL, NULL);
}
