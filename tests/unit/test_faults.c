/* Faults: what is decided for a store write, and what the store holds then;
   delayed messages; a shortage of memory; faults as text.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "world_fixture.h"

#include "../../sim/harness/faults_spec.h"
#include "../../sim/world/faults.h"
#include "../../sim/world/memory.h"
#include "../../sim/world/port.h"

#include <errno.h>

enum
{
  PAGE = SIM_PAGE_SIZE
};

static char buffer[4 * PAGE], back[8 * PAGE];

static void
start (const char *const *fault)
{
  world_start (LOCK_HTL, 1);
  ports_init ();
  faults_init ();
  device_init (&(struct device_config){
      .overhead_ns = 10, .max_transfer = 2 * PAGE, .size = 1 << 30 });
  memory_init (&(struct memory_config){ .bytes = 64 << 20 });
  faults_start ();
  for (; *fault != NULL; fault++)
    {
      struct fault f;
      struct user_error err;
      assert_true (fault_parse (*fault, &f, &err));
      assert_true (faults_arm (&f));
    }
}

#define START(...) start ((const char *const[]){ __VA_ARGS__, NULL })

static int
run (void (*fn) (void *))
{
  world_spawn ("t", fn, NULL);
  return engine_run ();
}

/* Write LEN bytes of C and log what came of it.  */
static void
write_as (char c, uint64_t offset, size_t len)
{
  size_t done = 1;
  vtime from = engine_now ();
  memset (buffer, c, sizeof buffer);
  int err = device_write (offset, buffer, len, &done);
  log_add ("%d:%zu@%llu ", err, done,
           (unsigned long long)(engine_now () - from));
}

/* What the first eight pages hold: a letter for each sector.  */
static const char *
sectors (void)
{
  static char text[8 * PAGE / 512 + 1];
  device_peek (0, back, sizeof back);
  for (unsigned i = 0; i < sizeof text - 1; i++)
    text[i] = back[i * 512] ? back[i * 512] : '.';
  return text;
}

#define NONE "........"
#define ALL(c) c c c c c c c c
#define WANT(...) assert_string_equal (sectors (), __VA_ARGS__)

/* ---- The store ---------------------------------------------------------- */

static void
two_writes (void *arg)
{
  (void)arg;
  engine.current->io_path = IO_FILE;
  write_as ('a', 2 * PAGE, 2 * PAGE);
  write_as ('b', 4 * PAGE, PAGE);
  thread_ends ();
}

static void
test_errors (void **state)
{
  (void)state;
  char want[80];
  START ("eio@1", "enospc@file:2");
  assert_int_equal (run (two_writes), ENGINE_STOPPED);
  snprintf (want, sizeof want, "%d:0@10 %d:0@10 ", EIO, ENOSPC);
  assert_string_equal (log_text, want);
  WANT (NONE NONE NONE NONE NONE NONE NONE NONE);
  assert_int_equal (faults_hits (), 2);
  assert_int_equal (faults_hit (1)->kind, FAULT_ENOSPC);
  assert_int_equal (faults_hit (1)->write, 2);
  assert_int_equal (faults_hit (1)->offset, 4 * PAGE);

  /* Another path's writes are not counted.  */
  START ("eio@disk:1");
  assert_int_equal (run (two_writes), ENGINE_STOPPED);
  assert_string_equal (log_text, "0:8192@10 0:4096@10 ");
  assert_int_equal (faults_hits (), 0);
  assert_int_equal (faults_writes (IO_FILE), 2);
  assert_int_equal (faults_writes (IO_DISK), 0);
}

static void
test_short (void **state)
{
  (void)state;
  START ("short@1", "short@2");
  assert_int_equal (run (two_writes), ENGINE_STOPPED);
  assert_string_equal (log_text, "0:4096@10 0:2048@10 ");
  WANT (NONE NONE ALL ("a") NONE "bbbb...." NONE NONE NONE);
}

static void
test_misdirected (void **state)
{
  (void)state;
  START ("misdirected@1", "misdirected@2");
  assert_int_equal (run (two_writes), ENGINE_STOPPED);
  assert_string_equal (log_text, "0:8192@10 0:4096@10 ");
  WANT (ALL ("a") ALL ("a") NONE ALL ("b") NONE NONE NONE NONE);
}

static void
test_torn (void **state)
{
  (void)state;
  START ("torn@1", "torn@2");
  assert_int_equal (run (two_writes), ENGINE_STOPPED);
  assert_string_equal (log_text, "0:8192@10 0:4096@10 ");
  const char *s = sectors ();
  for (unsigned page = 0; page < 8; page++)
    {
      unsigned written = 0;
      for (unsigned i = 0; i < 8; i++)
        written += s[8 * page + i] != '.';
      if (page >= 2 && page < 5)
        assert_in_range (written, 1, 7);
      else
        assert_int_equal (written, 0);
    }
}

static void
writes_at_bad (void *arg)
{
  (void)arg;
  write_as ('a', 2 * PAGE, 2 * PAGE);
  write_as ('b', PAGE, 4 * PAGE);
  write_as ('c', 3 * PAGE, PAGE);
  write_as ('d', 2 * PAGE, PAGE);
  thread_ends ();
}

static void
test_bad (void **state)
{
  (void)state;
  char want[80];
  START ("bad@1");
  assert_int_equal (run (writes_at_bad), ENGINE_STOPPED);
  snprintf (want, sizeof want, "%d:0@10 %d:0@20 0:4096@10 %d:0@10 ", EIO, EIO,
            EIO);
  assert_string_equal (log_text, want);
  WANT (NONE NONE NONE ALL ("c") NONE NONE NONE NONE);
  assert_int_equal (faults_hits (), 1);
}

static void
stamped (void *arg)
{
  struct stamp s = { .file = 7, .version = 3, .page = 1 };
  size_t done;
  (void)arg;
  log_add ("%d", device_write_stamps (2 * PAGE, &s, 1, &done));
  s.version = 4;
  log_add ("%d", device_write_stamps (2 * PAGE, &s, 1, &done));
  log_add ("%zu", done);
  thread_ends ();
}

/* A stamp of which a part was written is none.  */
static void
test_torn_stamp (void **state)
{
  (void)state;
  static const char *const fault[] = { "torn@2", "short@2", "eio@2" };
  for (unsigned i = 0; i < 3; i++)
    {
      struct stamp s;
      START (fault[i]);
      assert_int_equal (run (stamped), ENGINE_STOPPED);
      device_peek (2 * PAGE, back, PAGE);
      memcpy (&s, back, sizeof s);
      assert_true (s.magic == (i < 2 ? STAMP_TORN : STAMP_MAGIC));
      assert_int_equal (s.version, i < 2 ? 4 : 3);
    }
}

static void
test_slow (void **state)
{
  (void)state;
  START ("slow=2ms@2");
  assert_int_equal (run (two_writes), ENGINE_STOPPED);
  assert_string_equal (log_text, "0:8192@10 0:4096@2000010 ");
}

static void
sleeps (void *arg)
{
  (void)arg;
  for (;;)
    thread_sleep (MS);
}

static void
test_stuck (void **state)
{
  (void)state;
  START ("stuck@2");
  assert_int_equal (run (two_writes), ENGINE_DEADLOCK);
  /* With somebody who needs no store it has an end, too.  */
  START ("stuck@2");
  world_spawn ("s", sleeps, NULL);
  assert_int_equal (run (two_writes), WORLD_STUCK);
  assert_true (found ("stuck", "has not ended"));
  assert_int_equal (now_ms (), 400000);
}

static void
many_writes (void *arg)
{
  (void)arg;
  for (int i = 0; i < 1000; i++)
    {
      size_t done;
      device_write (0, buffer, PAGE, &done);
    }
  thread_ends ();
}

static void
test_chance (void **state)
{
  (void)state;
  START ("eio@p=100000");
  assert_int_equal (run (many_writes), ENGINE_STOPPED);
  assert_in_range (faults_hits (), 60, 140);
  START ("eio@p=1000000");
  assert_int_equal (run (many_writes), ENGINE_STOPPED);
  assert_int_equal (faults_hits (), 1000);
}

/* ---- The rest of the world ---------------------------------------------- */

static uint32_t set;
static port_name one, other;

static void
receives (void *arg)
{
  (void)arg;
  for (int i = 0; i < 4; i++)
    {
      struct message m;
      port_receive (set, &m);
      log_add ("%d@%u ", (int)m.offset, now_ms ());
    }
  thread_ends ();
}

static void
sends (void *arg)
{
  size_t done;
  (void)arg;
  device_write (0, buffer, PAGE, &done);
  for (int i = 0; i < 4; i++)
    {
      thread_sleep (MS);
      port_send (&(struct message){ .port = i == 1 ? other : one,
                                    .id = MESSAGE_DATA_REQUEST,
                                    .offset = i });
    }
  thread_ends ();
}

/* The message and those behind it for the same port, in order.  */
static void
test_delay (void **state)
{
  (void)state;
  START ("delay=10ms@1");
  set = port_set_create ();
  one = port_create (set, &set);
  other = port_create (set, &other);
  world_spawn ("r", receives, NULL);
  assert_int_equal (run (sends), ENGINE_STOPPED);
  assert_string_equal (log_text, "1@2 0@11 2@11 3@11 ");
}

static void
looks_at_memory (void *arg)
{
  size_t done;
  (void)arg;
  uint64_t before = memory_state.free;
  device_write (0, buffer, PAGE, &done);
  log_add ("%d", memory_state.free == memory_state.min);
  thread_sleep (4 * MS);
  log_add ("%d", memory_state.free == memory_state.min);
  thread_sleep (2 * MS);
  log_add ("%d", memory_state.free == before);
  thread_ends ();
}

static void
test_memory (void **state)
{
  (void)state;
  START ("memory=5ms@1");
  assert_int_equal (run (looks_at_memory), ENGINE_STOPPED);
  assert_string_equal (log_text, "111");
}

/* ---- Text ----------------------------------------------------------------
 */

static void
test_text (void **state)
{
  (void)state;
  static const char *const good[]
      = { "eio@3",          "short@p=100",    "slow=2s@disk:1",
          "slow@7",         "kill=dd@file:2", "kill@1",
          "memory=250ms@9", "torn@file:p=1",  "delay=7us@1" };
  static const char *const bad[][2] = {
    { "eio", "when?" },
    { "eoi@3", "did you mean 'eio'?" },
    { "@3", "no fault ''" },
    { "eio@0", "out of range" },
    { "eio@p=0", "out of range" },
    { "eio@p=1000001", "out of range" },
    { "eio@x", "not a number" },
    { "eio@net:3", "no path (any, file, disk)" },
    { "eio=2s@3", "takes nothing" },
    { "slow=fast@3", "'fast'" },
    { "slow=0@3", "out of range" },
    { "kill=@3", "no thread's name" },
    { "kill=a-name-that-is-far-too-long-for-one@3", "no thread's name" },
    { "eio@", "" },
  };
  struct fault f;
  struct user_error err;
  char out[FAULT_TEXT_BYTES];
  for (size_t i = 0; i < sizeof good / sizeof *good; i++)
    {
      assert_true (fault_parse (good[i], &f, &err));
      assert_string_equal (fault_format (&f, out), good[i]);
    }
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    {
      assert_false (fault_parse (bad[i][0], &f, &err));
      if (strstr (err.line, bad[i][1]) == NULL)
        fail_msg ("%s: %s", bad[i][0], err.line);
      assert_null (strchr (err.line, '\n'));
    }
  struct fault list[FAULTS_MAX];
  size_t count;
  assert_true (faults_parse (" eio@3  slow@4 ", list, &count, &err));
  assert_int_equal (count, 2);
  assert_true (faults_parse ("none", list, &count, &err));
  assert_int_equal (count, 0);
  assert_false (faults_parse ("eio@3 nothing@4", list, &count, &err));
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_errors),      cmocka_unit_test (test_short),
    cmocka_unit_test (test_misdirected), cmocka_unit_test (test_torn),
    cmocka_unit_test (test_bad),         cmocka_unit_test (test_torn_stamp),
    cmocka_unit_test (test_slow),        cmocka_unit_test (test_stuck),
    cmocka_unit_test (test_chance),      cmocka_unit_test (test_delay),
    cmocka_unit_test (test_memory),      cmocka_unit_test (test_text),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
