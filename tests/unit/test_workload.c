/* Workloads: the language, that it is closed and deterministic, and its
   threads on the engine.  Calls that need a file system are not made here.

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
#include "../../sim/engine/choice.h"
#include "../../sim/engine/engine.h"
#include "../../sim/engine/trace.h"
#include "../../sim/harness/keys.h"
#include "../../sim/harness/workload.h"

#define NO_OP "thread ('t', function () end)\n"

static struct user_error err;
static char path[64];

/* Load a workload with this text.  */
static struct workload *
load (const char *text)
{
  strcpy (path, "/tmp/pagersim-test-XXXXXX");
  int fd = mkstemp (path);
  assert_true (fd >= 0);
  assert_int_equal (write (fd, text, strlen (text)), strlen (text));
  close (fd);
  keys_reset ();
  err.line[0] = 0;
  struct workload *w = workload_load (path, &err);
  unlink (path);
  return w;
}

static void
loads (const char *text)
{
  struct workload *w = load (text);
  assert_string_equal (err.line, "");
  assert_non_null (w);
  workload_free (w);
}

static void
check_line (int line, const char *what)
{
  size_t len = strlen (path);
  assert_memory_equal (err.line, path, len);
  assert_int_equal (err.line[len], ':');
  if (line)
    assert_int_equal (atoi (err.line + len + 1), line);
  if (!strstr (err.line, what))
    fail_msg ("'%s' does not say '%s'", err.line, what);
  assert_null (strchr (err.line, '\n'));
}

/* Refused, with one line that names the file, LINE and WHAT.  */
static void
refused (const char *text, int line, const char *what)
{
  assert_null (load (text));
  check_line (line, what);
}

/* ---- Running -------------------------------------------------------------
 */

static bool ended_well;

static void
ended (void *arg, const struct user_error *error)
{
  (void)arg;
  ended_well = !error;
  if (error)
    err = *error;
  engine_stop (ENGINE_STOPPED);
}

static void
boot (void *arg)
{
  struct workload *w = arg;
  if (!workload_setup (w, &err))
    engine_stop (ENGINE_STOPPED);
  workload_spawn (w, ended, NULL);
}

/* Run it; returns the digest, with the virtual time in *NS.  */
static uint64_t
run (const char *text, vtime *ns, uint64_t seed)
{
  struct workload *w = load (text);
  assert_string_equal (err.line, "");
  struct engine_config config = { .cpus = 1,
                                  .quantum_ns = 100000000,
                                  .limit_ns = UINT64_C (1000000000000),
                                  .stack_bytes = WORKLOAD_STACK_BYTES };
  engine_init (&config);
  trace_init ();
  choice_init (seed);
  ended_well = false;
  thread_spawn ("boot", boot, w);
  assert_int_equal (engine_run (), ENGINE_STOPPED);
  *ns = engine_now ();
  workload_free (w);
  return trace_digest ();
}

static void
runs (const char *text, vtime expected)
{
  vtime ns;
  run (text, &ns, 1);
  assert_string_equal (err.line, "");
  assert_true (ended_well);
  assert_int_equal (ns, expected);
}

static void
fails (const char *text, int line, const char *what)
{
  vtime ns;
  run (text, &ns, 1);
  assert_false (ended_well);
  check_line (line, what);
}

/* ---- Tests ---------------------------------------------------------------
 */

static void
test_keys (void **state)
{
  (void)state;
  loads ("param ('my.size', '1M', 'x') assert (param 'my.size' == 1 << 20)\n"
         "assert (param ('my.n', 5, '') == 5)\n"
         "assert (param ('my.b', true, '') == 'yes')\n"
         "assert (param ('my.t', '5ms') == 5000000)\n"
         "machine { memory = 2 * param 'my.size' + (64 << 20), cpus = 2 }\n"
         "libpager { serial = false } sync { interval = 0 }\n" NO_OP);
  assert_int_equal (key_value ("machine.memory"), 66 << 20);
  assert_int_equal (key_value ("machine.cpus"), 2);
  assert_int_equal (key_value ("libpager.serial"), 0);
  assert_int_equal (key_value ("sync.interval"), 0);
  refused ("\nmachine { memroy = 1 }", 2, "'machine.memory'");
  refused ("machine { memory = 1 }", 1, "range");
  refused ("machine { memory = {} }", 1, "machine.memory");
  refused ("machine { memory = -1 }", 1, "negative");
  refused ("machine { memory = 1.5 }", 1, "whole");
  refused ("machine { '1G' }", 1, "name");
  refused ("machine '1G'", 1, "table");
  refused ("param 'no.such'", 1, "no.such");
  refused ("param ('machine.cpus', 1)", 1, "already");
  refused (NO_OP "thread ('a b', function () end)", 2, "blanks");
  refused ("x = 1", 0, "no thread");
}

static void
test_closed (void **state)
{
  (void)state;
  loads (
      "for _, name in ipairs { 'os', 'io', 'package', 'require', 'debug',\n"
      " 'dofile', 'loadfile', 'collectgarbage', 'coroutine', 'warn' } do\n"
      "  assert (_G[name] == nil, name)\nend\n"
      "for _, name in ipairs { 'random', 'randomseed', 'sin', 'sqrt',\n"
      " 'exp', 'log', 'pow' } do assert (math[name] == nil, name) end\n"
      "assert (string.dump == nil)\n"
      "assert (load ('return 1 + 1') () == 2)\n"
      "assert (load ('\\27Lua') == nil)\n"
      "assert (math.floor (2.5) == 2 and math.max (1, 2) == 2)\n"
      "assert (tostring ({}) == 'table' and tostring (print) == 'function')\n"
      "assert (('%s %d %5.2f'):format ({}, 3, 1) == 'table 3  1.00')\n"
      "assert (not pcall (string.format, '%p', {}))\n"
      "assert (not pcall (setmetatable, {}, { __gc = print }))\n"
      "assert (not pcall (setmetatable, {}, { __mode = 'k' }))\n"
      "assert (('^'):find ('^', 1, true)) -- ^ in text is fine\n" NO_OP);
  refused ("\nlocal x = 2 ^ 3", 2, "'^'");
  refused ("--[[ ^\n]] local s = [==[ ]] ^ ]==] .. '\\'^'\nx = 1 ^ 1", 3,
           "'^'");
  refused ("create 'x'", 1, "create works only inside");
  refused ("sleep (1)", 1, "sleep works only inside");
  refused ("random (1)", 1, "random works only inside");
}

static void
test_order (void **state)
{
  (void)state;
  loads ("local t, s = {}, ''\n"
         "for _, k in ipairs { 'b', 'a', 3, 1, 2, 1.5, 'ab', true } do\n"
         "  t[k] = 1\nend\n"
         "for k in pairs (t) do s = s .. tostring (k) .. ' ' end\n"
         "assert (s == '1 1.5 2 3 a ab b true ', s)\n"
         "local k, n = next (t), ''\n"
         "while k do n = n .. tostring (k) .. ' ' k = next (t, k) end\n"
         "assert (n == s)\n"
         "for k in pairs (t) do t[k] = nil end assert (next (t) == nil)\n"
         "local l = {}\n"
         "for i = 1, 500 do l[i] = (i * 7919) % 503 end\n"
         "table.sort (l) for i = 2, 500 do assert (l[i - 1] <= l[i]) end\n"
         "local o = {}\n"
         "for i = 1, 99 do o[i] = { i % 3, i } end\n"
         "table.sort (o, function (a, b) return a[1] < b[1] end)\n"
         "for i = 2, 99 do local a, b = o[i - 1], o[i]\n"
         "  assert (a[1] < b[1] or a[1] == b[1] and a[2] < b[2]) end\n" NO_OP);
  refused ("for k in pairs { [{}] = 1 } do end", 1, "order");
}

static void
test_limits (void **state)
{
  (void)state;
  refused ("\nwhile true do end", 2, "endless loop");
  refused ("while true do pcall (function () while true do end end) end", 1,
           "endless loop");
  refused ("local t = {}\nfor i = 1, 1 << 40 do t[i] = i end", 2, "memory");
  refused ("local s = ('x'):rep (1 << 40)", 1, "string");
  refused ("local function f () return 1 + f () end f ()", 1, "overflow");
  refused ("error ({})", 1, "table");
  refused ("error ('a\\nb', 0)", 0, "a b");
  fails ("thread ('t', function ()\n while true do sleep (0) end end)", 2,
         "endless loop");
  fails ("thread ('t', function () while true do now () end end)", 1,
         "endless loop");
}

static void
test_endless_call (void **state)
{
  (void)state;
  refused ("\nlocal s = ('a'):rep (40)\n"
           "s:find (('a-'):rep (38) .. 'b')",
           3, "too long");
  fails ("thread ('t', function () sleep (1)\n"
         "  local s = (''):rep (1 << 60)\nend)",
         2, "too long");
}

static void
test_threads (void **state)
{
  (void)state;
  runs ("local log = {}\n"
        "setup (function () sleep '1us' assert (now () == 1000) end)\n"
        "for i = 1, 3 do thread ('t' .. i, function ()\n"
        "  assert (now () == 0)\n"
        "  for j = 1, 2 do sleep (i * 100) log[#log + 1] = i end\n"
        "  if i == 3 then\n"
        "    assert (table.concat (log) == '121323', table.concat (log))\n"
        "  end\n"
        "end) end",
        1600);
  runs ("thread ('t', function ()\n"
        "  local ok, e = pcall (function () sleep (5) error 'x' end)\n"
        "  assert (not ok and now () == 5)\n"
        "  for i = 1, 100 do local r = random (3, 5)\n"
        "    assert (r >= 3 and r <= 5) end\n"
        "  assert (not pcall (random, 0) and not pcall (random, 2, 1))\n"
        "end)",
        5);
  fails ("thread ('t', function ()\n sleep (-1) end)", 2, "negative");
  fails ("thread ('t', function () sleep '5X' end)", 1, "5X");
  fails ("thread ('t', function () machine { cpus = 1 } end)", 1, "top level");
  fails ("thread ('t', function () table.sort ({ 2, 1 },\n"
         "  function () sleep (1) end) end)",
         2, "sort");
  fails (NO_OP "thread ('u', function () sleep (9)\n local t t.x = 1 end)", 3,
         "nil");
  /* Calls nested as deep as Lua allows fit on the stack.  */
  runs ("thread ('t', function ()\n"
        "  local function f () return (('x'):gsub ('x', f)) end\n"
        "  assert (not pcall (f))\nend)",
        0);
}

static void
test_setup_error (void **state)
{
  (void)state;
  vtime ns;
  run (NO_OP "setup (function ()\n error 'no' end)", &ns, 1);
  check_line (3, "no");
}

static void
test_seed (void **state)
{
  (void)state;
  static const char text[] = "thread ('t', function ()\n"
                             "  for i = 1, 9 do sleep (random (1000)) end\n"
                             "end)";
  vtime a, b, c;
  uint64_t first = run (text, &a, 1), again = run (text, &b, 1);
  assert_int_equal (first, again);
  assert_int_equal (a, b);
  run (text, &c, 2);
  assert_int_not_equal (a, c);
}

static void
test_identity (void **state)
{
  (void)state;
  struct workload *w = load (NO_OP);
  size_t len;
  assert_non_null (w);
  assert_string_equal (workload_name (w), strrchr (path, '/') + 1);
  assert_string_equal (workload_text (w, &len), NO_OP);
  assert_int_equal (len, strlen (NO_OP));
  assert_int_equal (strlen (workload_sha256 (w)), 64);
  assert_int_equal (workload_threads (w), 1);
  assert_false (workload_in_lua ());
  workload_free (w);
  assert_null (workload_load ("/nowhere.lua", &err));
  assert_string_equal (err.line, "/nowhere.lua: No such file or directory");
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_keys),        cmocka_unit_test (test_closed),
    cmocka_unit_test (test_order),       cmocka_unit_test (test_limits),
    cmocka_unit_test (test_threads),     cmocka_unit_test (test_seed),
    cmocka_unit_test (test_setup_error), cmocka_unit_test (test_identity),
    cmocka_unit_test (test_endless_call)
  };
  return cmocka_run_group_tests_name ("workload", tests, NULL, NULL);
}
