/* What a baseline keeps of a run, see baseline.h.

   Everything but zeros, which most of the figures are, and the buckets of
   histograms and durations: of those, and of locks for which nobody waited,
   a hash is kept.  Where in the code under test a finding was made is left
   out, as lines move.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "baseline.h"

#include <stdlib.h>
#include <string.h>
#include <nettle/sha2.h>
#include "../base/check.h"

static void
put (json_t *values, const char *name, json_t *value)
{
  CHECK (value && json_object_set_new_nocheck (values, name, value) == 0);
}

static bool
is_zero (const json_t *j)
{
  return (json_is_integer (j) && json_integer_value (j) == 0)
         || (json_is_object (j) && json_object_size (j) == 0);
}

static void
put_unless_zero (json_t *values, const char *name, json_t *value)
{
  if (is_zero (value))
    json_decref (value);
  else
    put (values, name, value);
}

/* The integers of FROM that are not 0 into TO, with SUFFIX.  */
static void
copy_integers (json_t *to, const json_t *from, const char *suffix)
{
  const char *key;
  json_t *value;
  char name[160];
  json_object_foreach ((json_t *)from, key, value) if (json_is_integer (value))
  {
    snprintf (name, sizeof name, "%.100s%s", key, suffix);
    put_unless_zero (to, name, json_incref (value));
  }
}

static void
add_histograms (json_t *values, json_t *histograms)
{
  const char *name;
  json_t *h;
  json_object_foreach (histograms, name, h)
  {
    json_t *figures = json_object ();
    copy_integers (figures, h, "");
    put_unless_zero (values, name, figures);
  }
}

static void
add_waits (json_t *values, json_t *waits)
{
  const char *class;
  json_t *w;
  json_object_foreach (waits, class, w)
  {
    char name[100];
    json_t *figures = json_object ();
    copy_integers (figures, w, "");
    copy_integers (figures, json_object_get (w, "parts_ns"), "_ns");
    snprintf (name, sizeof name, "wait.%.80s", class);
    put_unless_zero (values, name, figures);
  }
}

/* The sum of each of a lock's histograms.  */
static void
add_lock_times (json_t *figures, json_t *lock)
{
  const char *key;
  json_t *h;
  json_object_foreach (lock, key, h) if (json_is_object (h))
      put_unless_zero (figures, key, json_incref (json_object_get (h, "sum")));
}

static void
add_locks (json_t *values, const json_t *locks)
{
  size_t i;
  json_t *lock;
  json_array_foreach (locks, i, lock)
  {
    char name[160];
    if (is_zero (json_object_get (lock, "contended")))
      continue;
    json_t *figures = json_object ();
    copy_integers (figures, lock, "");
    add_lock_times (figures, lock);
    int n = snprintf (name, sizeof name, "lock.%.100s",
                      json_string_value (json_object_get (lock, "name")));
    /* A mutex and an rwlock may have the same name.  */
    if (json_object_get (values, name))
      snprintf (name + n, sizeof name - n, " (2)");
    put (values, name, figures);
  }
}

static void
add_keys (json_t *values, json_t *set)
{
  const char *key;
  json_t *value;
  json_object_foreach (set, key, value)
  {
    char name[160];
    snprintf (name, sizeof name, "set.%.120s", key);
    put (values, name, json_incref (value));
  }
}

static void
add_findings (json_t *values, const json_t *findings)
{
  const json_t *first = json_array_get (findings, 0);
  put_unless_zero (values, "findings",
                   json_integer (json_array_size (findings)));
  if (first)
    put (values, "findings.first",
         json_incref (json_object_get (first, "oracle")));
}

static int
add_to_hash (const char *text, size_t len, void *hash)
{
  sha256_update (hash, len, (const uint8_t *)text);
  return 0;
}

/* Of what is not kept itself.  */
static json_t *
rest_of (const json_t *document)
{
  static const char *const members[] = { "histograms", "locks", "waits" };
  struct sha256_ctx hash;
  uint8_t digest[8];
  char text[17];
  sha256_init (&hash);
  for (size_t i = 0; i < sizeof members / sizeof *members; i++)
    {
      json_t *part = json_object_get (document, members[i]);
      if (part)
        CHECK (json_dump_callback (part, add_to_hash, &hash,
                                   JSON_COMPACT | JSON_SORT_KEYS)
               == 0);
    }
  sha256_digest (&hash, sizeof digest, digest);
  for (size_t i = 0; i < sizeof digest; i++)
    snprintf (text + 2 * i, 3, "%02x", digest[i]);
  return json_string (text);
}

json_t *
baseline_values (const json_t *document)
{
  static const char *const words[]
      = { "pager", "seed", "verdict", "virtual_ns", "events", "digest" };
  json_t *values = json_object ();
  json_t *workload = json_object_get (document, "workload");
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    {
      json_t *value = json_object_get (document, words[i]);
      if (json_is_string (value) || json_is_integer (value))
        put (values, words[i], json_incref (value));
    }
  if (workload)
    {
      put (values, "workload",
           json_incref (json_object_get (workload, "name")));
      put (values, "workload.sha256",
           json_incref (json_object_get (workload, "sha256")));
    }
  add_findings (values, json_object_get (document, "findings"));
  add_keys (values, json_object_get (document, "set"));
  copy_integers (values, json_object_get (document, "counters"), "");
  add_histograms (values, json_object_get (document, "histograms"));
  add_waits (values, json_object_get (document, "waits"));
  add_locks (values, json_object_get (document, "locks"));
  put (values, "rest", rest_of (document));
  return values;
}
