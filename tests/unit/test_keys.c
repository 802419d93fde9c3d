/* Keys: defaults, ranges, who wins, names that are near.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "../../sim/harness/keys.h"

static char err[300];

static void
good (const char *name, const char *text, enum key_origin origin)
{
  err[0] = 0;
  bool set = keys_set (name, text, origin, err, sizeof err);
  assert_string_equal (err, "");
  assert_true (set);
}

/* Refused, with a line that says WHAT, and nothing changed.  */
static void
bad (const char *name, const char *text, const char *what)
{
  const struct key *k = keys_find (name);
  uint64_t before = k ? k->value : 0;
  assert_false (keys_set (name, text, KEY_USER, err, sizeof err));
  if (!strstr (err, what))
    fail_msg ("'%s' does not say '%s'", err, what);
  assert_null (strchr (err, '\n'));
  if (k)
    assert_int_equal (k->value, before);
}

static void
check_consistent (const struct key *k, void *arg)
{
  const char **last = arg;
  assert_true (strcmp (*last, k->name) < 0);
  *last = k->name;
  assert_non_null (k->text);
  assert_non_null (k->about);
  assert_non_null (k->source);
  assert_string_equal (k->text, k->otherwise);
  assert_true (k->origin == KEY_DEFAULT || k->origin == KEY_PRESET);
  if (k->kind == KEY_NUMBER || k->kind == KEY_SIZE || k->kind == KEY_TIME)
    assert_true (k->min <= k->value && k->value <= k->max);
}

static void
test_defaults (void **state)
{
  (void)state;
  const char *last = "";
  keys_reset ();
  keys_each (check_consistent, &last);
  assert_int_equal (key_value ("machine.memory"), UINT64_C (2) << 30);
  assert_int_equal (key_value ("sync.interval"), UINT64_C (30000000000));
  assert_int_equal (key_value ("libpager.workers"), 10);
  assert_int_equal (key_value ("libpager.serial"), 1);
  assert_string_equal (key_text ("lock.policy"), "writer");
  assert_non_null (keys_find ("cpu.trap"));
  assert_null (keys_find ("cpu"));
}

static void
test_values (void **state)
{
  (void)state;
  keys_reset ();
  good ("machine.memory", "2048M", KEY_USER);
  assert_string_equal (key_text ("machine.memory"), "2G");
  good ("machine.memory", "16M", KEY_USER);
  good ("libpager.serial", "no", KEY_USER);
  assert_int_equal (key_value ("libpager.serial"), 0);
  good ("lock.policy", "htl", KEY_USER);
  assert_int_equal (key_value ("lock.policy"), 1);
  good ("pager.name", "./my pager.so", KEY_USER);
  assert_string_equal (key_text ("pager.name"), "./my pager.so");
  bad ("machine.memory", "1K", "range");
  bad ("machine.memory", "", "machine.memory");
  bad ("machine.memory", "99999999999999999999", "machine.memory");
  bad ("machine.cpus", "0", "1 to 64");
  bad ("machine.cpus", "65", "1 to 64");
  bad ("lock.policy", "writre", "'writer'");
  bad ("libpager.serial", "maybe", "yes");
  bad ("machine.memroy", "1G", "'machine.memory'");
  bad ("zzz", "1", "no key");
}

static void
test_who_wins (void **state)
{
  (void)state;
  keys_reset ();
  good ("machine.cpus", "2", KEY_USER);
  good ("machine.cpus", "3", KEY_WORKLOAD);
  assert_int_equal (key_value ("machine.cpus"), 2);
  assert_int_equal (keys_find ("machine.cpus")->origin, KEY_USER);
  good ("machine.cpus", "4", KEY_USER);
  assert_int_equal (key_value ("machine.cpus"), 4);
}

static void
test_device_presets (void **state)
{
  (void)state;
  keys_reset ();
  good ("store.device", "ram", KEY_WORKLOAD);
  uint64_t ram = key_value ("store.overhead");
  assert_int_equal (keys_find ("store.overhead")->origin, KEY_PRESET);
  /* A figure of one's own wins over one's preset, in either order.  */
  good ("store.overhead", "7us", KEY_WORKLOAD);
  good ("store.device", "hdd", KEY_WORKLOAD);
  assert_int_equal (key_value ("store.overhead"), 7000);
  assert_true (key_value ("store.seek") > 0);
  /* The user's preset wins over the workload's figures.  */
  good ("store.device", "ram", KEY_USER);
  assert_int_equal (key_value ("store.overhead"), ram);
  good ("store.overhead", "8us", KEY_WORKLOAD);
  assert_int_equal (key_value ("store.overhead"), ram);
  good ("store.overhead", "9us", KEY_USER);
  assert_int_equal (key_value ("store.overhead"), 9000);
}

static void
declare (const char *name, const char *otherwise, enum key_kind kind,
         uint64_t value)
{
  err[0] = 0;
  keys_declare (name, otherwise, "about", err, sizeof err);
  assert_string_equal (err, "");
  assert_int_equal (keys_find (name)->kind, kind);
  assert_int_equal (key_value (name), value);
}

static void
test_declared (void **state)
{
  (void)state;
  keys_reset ();
  declare ("my.number", "12", KEY_NUMBER, 12);
  declare ("my.size", "1M", KEY_SIZE, 1 << 20);
  declare ("my.time", "5ms", KEY_TIME, 5000000);
  declare ("my.switch", "yes", KEY_YESNO, 1);
  declare ("my.text", "word", KEY_TEXT, 0);
  bad ("my.switch", "1", "yes");
  bad ("my.size", "9999999T", "my.size");
  assert_false (keys_declare ("my.size", "1", "", err, sizeof err));
  assert_false (keys_declare ("machine.cpus", "1", "", err, sizeof err));
  assert_false (keys_declare ("nodot", "1", "", err, sizeof err));
  assert_false (keys_declare ("a.b.c", "1", "", err, sizeof err));
  assert_false (keys_declare ("A.b", "1", "", err, sizeof err));
  assert_false (keys_declare ("a.", "1", "", err, sizeof err));
  assert_false (keys_declare ("a.b", "", "", err, sizeof err));
  keys_reset ();
  assert_null (keys_find ("my.number"));
}

static void
test_held_back (void **state)
{
  (void)state;
  keys_reset ();
  assert_true (keys_user ("machine.cpus=3", err, sizeof err));
  assert_int_equal (key_value ("machine.cpus"), 3);
  assert_true (keys_user ("my.size=4K", err, sizeof err));
  assert_true (keys_user ("my.size=8K", err, sizeof err));
  assert_false (keys_check_held (err, sizeof err));
  assert_non_null (strstr (err, "my.size"));
  declare ("my.size", "1M", KEY_SIZE, 8192); /* the last one  */
  assert_true (keys_check_held (err, sizeof err));
  assert_true (keys_user ("my.sise=4K", err, sizeof err));
  assert_false (keys_check_held (err, sizeof err));
  assert_non_null (strstr (err, "'my.size'"));
  keys_reset ();
  assert_true (keys_check_held (err, sizeof err));
  assert_true (keys_user ("my.size=many", err, sizeof err));
  assert_false (keys_declare ("my.size", "1M", "", err, sizeof err));
  static const char *const malformed[]
      = { "", "=", "=1", "machine.cpus", "nodot=1", "machine.cpus=" };
  for (size_t i = 0; i < sizeof malformed / sizeof *malformed; i++)
    assert_false (keys_user (malformed[i], err, sizeof err));
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_defaults), cmocka_unit_test (test_values),
    cmocka_unit_test (test_who_wins), cmocka_unit_test (test_device_presets),
    cmocka_unit_test (test_declared), cmocka_unit_test (test_held_back)
  };
  return cmocka_run_group_tests_name ("keys", tests, NULL, NULL);
}
