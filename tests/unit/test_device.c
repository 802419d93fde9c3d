/* The store: its times, its order, and what is on it.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "world_fixture.h"

#include "../../sim/world/device.h"

#include <errno.h>
#include <stdlib.h>

enum
{
  PAGE = SIM_PAGE_SIZE
};

#define SIZE (UINT64_C (1) << 30)

static struct device_config config;
static char buffer[8 * PAGE], back[8 * PAGE];

static void
start (uint64_t seed)
{
  world_start (LOCK_HTL, seed);
  device_init (&config);
}

static void
run (void (*fn) (void *))
{
  world_spawn ("t", fn, NULL);
  assert_int_equal (engine_run (), ENGINE_STOPPED);
}

static void
plain (vtime overhead)
{
  config = (struct device_config){ .overhead_ns = overhead,
                                   .max_transfer = 4 * PAGE,
                                   .size = SIZE };
}

/* Write and log what it took.  */
static void
timed_write (uint64_t offset, size_t len)
{
  vtime from = engine_now ();
  size_t done = 1;
  int err = device_write (offset, buffer, len, &done);
  log_add ("%d:%zu@%llu ", err, done,
           (unsigned long long)(engine_now () - from));
}

/* ---- Time --------------------------------------------------------------- */

static void
simple (void *arg)
{
  (void)arg;
  timed_write (0, PAGE);
  timed_write (8192 * PAGE, 4 * PAGE);
  timed_write (0, 5 * PAGE); /* two pieces  */
  timed_write (0, 8 * PAGE);
  size_t done;
  vtime from = engine_now ();
  device_read (0, back, 8 * PAGE, &done);
  log_add ("%zu@%u ", done, (unsigned)(engine_now () - from));
  from = engine_now ();
  device_sync ();
  log_add ("@%u", (unsigned)(engine_now () - from));
  thread_ends ();
}

static void
test_split (void **state)
{
  (void)state;
  plain (1000);
  start (1);
  run (simple);
  assert_string_equal (log_text, "0:4096@1000 0:16384@1000 0:20480@2000 "
                                 "0:32768@2000 32768@2000 @1000");
  assert_int_equal (counter_value[COUNTER_STORE_REQUESTS], 9);
  assert_int_equal (counter_value[COUNTER_OTHER_STORE_WRITE], 4);
  assert_int_equal (counter_value[COUNTER_STORE_READ], 1);
  assert_int_equal (counter_value[COUNTER_STORE_READ_BYTES], 8 * PAGE);
  assert_int_equal (counter_value[COUNTER_STORE_SYNC], 1);
  assert_int_equal (histogram_value[HISTOGRAM_STORE_NS].count, 5);
  assert_int_equal (histogram_value[HISTOGRAM_STORE_NS].max, 2000);

  /* Every piece pays the CPU part; bytes pay the bandwidth.  */
  config.bandwidth = UINT64_C (4096) * 1000000; /* a page in 1000 ns  */
  start (1);
  cost_ns[COST_STORE_CALL] = 10;
  run (simple);
  assert_string_equal (log_text, "0:4096@2010 0:16384@5010 0:20480@7020 "
                                 "0:32768@10020 32768@10020 @1010");
}

static void
errors (void *arg)
{
  (void)arg;
  engine.current->io_path = IO_FILE;
  timed_write (SIZE, PAGE);
  timed_write (SIZE - PAGE, 2 * PAGE);
  timed_write (UINT64_MAX - 511, PAGE);
  timed_write (SIZE - PAGE, PAGE);
  timed_write (1, PAGE);
  timed_write (0, 100);
  timed_write (512, 512);
  engine.current->io_path = IO_DISK;
  timed_write (512, 1024);
  thread_ends ();
}

static void
test_errors (void **state)
{
  (void)state;
  plain (7);
  start (1);
  run (errors);
  char want[200];
  snprintf (want, sizeof want,
            "%d:0@0 %d:0@0 %d:0@0 0:4096@7 %d:0@0 %d:0@0 0:512@7 0:1024@7 ",
            EIO, EIO, EIO, EINVAL, EINVAL);
  assert_string_equal (log_text, want);
  assert_int_equal (counter_value[COUNTER_FILE_STORE_WRITE], 7);
  assert_int_equal (counter_value[COUNTER_FILE_STORE_WRITE_BYTES],
                    6 * PAGE + 100 + 512);
  assert_int_equal (counter_value[COUNTER_DISK_STORE_WRITE], 1);
  assert_int_equal (counter_value[COUNTER_DISK_STORE_WRITE_BYTES], 1024);
  assert_int_equal (histogram_value[HISTOGRAM_STORE_WRITE_BYTES].count, 7);
}

/* First come, first served, one at a time; a split call is not cut into.  */
static void
client (void *arg)
{
  const char *name = arg;
  size_t done;
  thread_sleep (name[0] - 'a');
  device_write (0, buffer, name[0] == 'a' ? 8 * PAGE : PAGE, &done);
  log_add ("%s%u ", name, (unsigned)engine_now ());
  device_write (0, buffer, PAGE, &done);
  log_add ("%s%u ", name, (unsigned)engine_now ());
  thread_ends ();
}

static void
test_queue (void **state)
{
  (void)state;
  plain (100);
  start (1);
  world_spawn ("c", client, "c");
  world_spawn ("b", client, "b");
  world_spawn ("a", client, "a");
  assert_int_equal (engine_run (), ENGINE_STOPPED);
  assert_string_equal (log_text, "a200 b300 c400 a500 b600 c700 ");
}

static void
seeks (void *arg)
{
  (void)arg;
  timed_write (0, PAGE);                   /* the head is there  */
  timed_write (PAGE, PAGE);                /* and there  */
  timed_write (0, PAGE);                   /* 2 pages back  */
  timed_write (SIZE / 4 + PAGE, PAGE);     /* half of a full stroke  */
  timed_write (PAGE * UINT64_C (2), PAGE); /* and back  */
  thread_ends ();
}

static void
test_seek (void **state)
{
  (void)state;
  plain (0);
  config.seek_ns = 32768000; /* the root of SIZE is 32768  */
  start (1);
  run (seeks);
  /* The root of 8192 is 90 in integers; of a quarter of SIZE, half.  */
  assert_string_equal (log_text, "0:4096@0 0:4096@0 0:4096@90000 "
                                 "0:4096@16384000 0:4096@16384000 ");
}

static void
test_rotation (void **state)
{
  (void)state;
  char first[sizeof log_text];
  plain (0);
  config.rotation_ns = 8333333;
  start (1);
  run (seeks);
  strcpy (first, log_text);
  assert_true (strncmp (first, "0:4096@0 0:4096@0 ", 18) == 0);
  assert_true (engine_now () > 0);
  assert_true (engine_now () < 3 * config.rotation_ns);
  start (1);
  run (seeks);
  assert_string_equal (log_text, first);
  start (2);
  run (seeks);
  assert_string_not_equal (log_text, first);
}

static void
test_presets (void **state)
{
  (void)state;
  static const char *const names[]
      = { "ram", "virtio", "ssd", "hdd", "fixed", NULL };
  int i;
  for (i = 0; device_presets[i].name != NULL; i++)
    {
      assert_string_equal (device_presets[i].name, names[i]);
      assert_true (device_presets[i].about[0] != '\0');
      config = device_presets[i].config;
      assert_int_equal (config.size, 0);
      config.size = SIZE;
      start (1);
      run (simple);
      assert_true (engine_now () > 0);
      assert_int_equal (device_size (), SIZE);
    }
  assert_null (names[i]);
}

/* ---- Contents ----------------------------------------------------------- */

static void
fill_random (char *p, size_t n)
{
  for (size_t i = 0; i < n; i++)
    p[i] = (char)choice_pick (CHOICE_RANDOM, 256);
}

static void
stamp (char *page, uint32_t file, uint32_t version, uint64_t index)
{
  struct stamp s = { STAMP_MAGIC, file, version, index };
  memcpy (page, &s, sizeof s);
}

/* Against a plain array: random writes of any alignment and kind.  */
static void
test_model (void **state)
{
  (void)state;
  enum
  {
    BYTES = 64 * PAGE
  };
  static char model[BYTES], all[BYTES];
  plain (0);
  start (3);
  memset (model, 0, sizeof model);
  for (int i = 0; i < 20000; i++)
    {
      unsigned sectors = 1 + choice_pick (CHOICE_RANDOM, 24);
      unsigned at = choice_pick (CHOICE_RANDOM, BYTES / 512 - sectors + 1);
      if (choice_pick (CHOICE_RANDOM, 2) == 0)
        at &= ~7u, sectors = (sectors + 7) & ~7u;
      if (at + sectors > BYTES / 512)
        continue;
      size_t offset = (size_t)at * 512, len = (size_t)sectors * 512;
      fill_random (buffer, 16);
      for (size_t j = 16; j < len; j += 16)
        memcpy (buffer + j, buffer, 16);
      /* A stamp's other bytes are undefined: zeros here and there.  */
      if (offset % PAGE == 0 && len == PAGE
          && choice_pick (CHOICE_RANDOM, 2) == 0)
        {
          memset (buffer, 0, PAGE);
          stamp (buffer, 1 + choice_pick (CHOICE_RANDOM, 5), i, at);
        }
      device_poke (offset, buffer, len);
      memcpy (model + offset, buffer, len);

      unsigned n = 1 + choice_pick (CHOICE_RANDOM, 20);
      unsigned from = choice_pick (CHOICE_RANDOM, BYTES / 512 - n + 1);
      memset (all, 0, sizeof all);
      device_peek (from * 512, all, n * 512);
      assert_memory_equal (all, model + from * 512, n * 512);
    }
}

static void
test_stamps (void **state)
{
  (void)state;
  struct stamp s;
  plain (0);
  start (1);
  for (unsigned i = 0; i < 8; i++)
    stamp (buffer + i * PAGE, 1 + i, 100 + i, UINT64_C (1) << 40 | i);
  device_poke (SIZE - sizeof buffer, buffer, sizeof buffer);
  memset (back, 0x77, sizeof back);
  device_peek (SIZE - sizeof buffer, back, sizeof back);
  for (unsigned i = 0; i < 8; i++)
    {
      memcpy (&s, back + i * PAGE, sizeof s);
      assert_true (s.magic == STAMP_MAGIC);
      assert_int_equal (s.file, 1 + i);
      assert_int_equal (s.version, 100 + i);
      assert_true (s.page == (UINT64_C (1) << 40 | i));
    }

  /* A sector in a stamped block makes bytes of it, the stamp first.  */
  memset (buffer, 0x11, 512);
  device_poke (SIZE - PAGE + 512, buffer, 512);
  device_peek (SIZE - PAGE, back, PAGE);
  memcpy (&s, back, sizeof s);
  assert_true (s.magic == STAMP_MAGIC && s.file == 8);
  assert_int_equal (back[511], 0);
  assert_int_equal (back[512], 0x11);
  assert_int_equal (back[1023], 0x11);
  assert_int_equal (back[1024], 0);

  /* All is gone in the next run.  */
  start (1);
  device_peek (SIZE - PAGE, back, PAGE);
  for (int i = 0; i < PAGE; i++)
    assert_int_equal (back[i], 0);
}

/* Where there is something else than zeros.  */
static void
test_next_data (void **state)
{
  (void)state;
  plain (0);
  start (1);
  assert_true (device_next_data (0) == UINT64_MAX);
  memset (buffer, 0x11, 512);
  device_poke (5 * PAGE + 512, buffer, 512);
  stamp (buffer, 1, 2, 3);
  device_poke (SIZE - PAGE, buffer, PAGE);
  assert_true (device_next_data (0) == 5 * PAGE);
  assert_true (device_next_data (5 * PAGE) == 5 * PAGE);
  assert_true (device_next_data (6 * PAGE) == SIZE - PAGE);
  assert_true (device_next_data (SIZE) == UINT64_MAX);
  start (1);
  assert_true (device_next_data (0) == UINT64_MAX);
}

/* A run that ends in the middle of a request leaves nothing behind.  */
static void
stopper (void *arg)
{
  (void)arg;
  thread_sleep (50);
  engine_stop (ENGINE_STOPPED);
}

static void
test_stopped (void **state)
{
  (void)state;
  plain (100);
  start (1);
  world_spawn ("c", client, "c");
  world_spawn ("b", client, "b");
  world_spawn ("s", stopper, NULL);
  assert_int_equal (engine_run (), ENGINE_STOPPED);
  start (1);
  run (simple);
  assert_true (strncmp (log_text, "0:4096@100 ", 11) == 0);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_split),    cmocka_unit_test (test_errors),
    cmocka_unit_test (test_queue),    cmocka_unit_test (test_seek),
    cmocka_unit_test (test_rotation), cmocka_unit_test (test_presets),
    cmocka_unit_test (test_model),    cmocka_unit_test (test_stamps),
    cmocka_unit_test (test_stopped),  cmocka_unit_test (test_next_data),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
