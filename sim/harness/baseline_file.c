/* The file of a baseline, see baseline.h.

   JSON, with a line for each value, in order of name, so that a change of one
   shows as one.  What most runs have a key at stands once, if all have it.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "baseline.h"

#include <stdlib.h>
#include <string.h>
#include "../base/check.h"

#define SCHEMA "pagersim.baseline/1"

void
baseline_free (struct baseline *b)
{
  json_decref (b->runs);
  b->runs = NULL;
}

/* ---- Writing -------------------------------------------------------------
 */

static int
by_bytes (const void *a, const void *b)
{
  const char *const *x = a, *const *y = b;
  return strcmp (*x, *y);
}

/* The names of OBJECT, sorted; to be freed.  */
static const char **
sorted (json_t *object, size_t *n)
{
  const char **names = calloc (json_object_size (object) + 1, sizeof *names);
  const char *name;
  json_t *value;
  CHECK (names);
  *n = 0;
  json_object_foreach (object, name, value) names[(*n)++] = name;
  qsort (names, *n, sizeof *names, by_bytes);
  return names;
}

static void
put_line (FILE *out, const char *begin, const char *name, const json_t *value)
{
  json_t *n = json_string_nocheck (name);
  char *left = json_dumps (n, JSON_ENCODE_ANY);
  char *right = value ? json_dumps (value, JSON_ENCODE_ANY | JSON_SORT_KEYS
                                               | JSON_COMPACT)
                      : strdup ("{");
  CHECK (left && right);
  fprintf (out, "%s\n%s: %s", begin, left, right);
  free (left);
  free (right);
  json_decref (n);
}

/* Those of VALUES that are not the same in COMMON.  */
static void
put_values (FILE *out, json_t *values, const json_t *common)
{
  size_t n;
  const char **names = sorted (values, &n), *begin = "";
  for (size_t i = 0; i < n; i++)
    {
      const json_t *value = json_object_get (values, names[i]);
      if (common && json_equal (value, json_object_get (common, names[i])))
        continue;
      put_line (out, begin, names[i], value);
      begin = ",";
    }
  fputs ("\n}", out);
  free (names);
}

/* How many of RUNS have KEY; of these, those with VALUE in *SAME.  */
static size_t
count_key (json_t *runs, const char *key, const json_t *value, size_t *same)
{
  const char *run;
  json_t *values;
  size_t have = 0;
  *same = 0;
  json_object_foreach (runs, run, values)
  {
    const json_t *own = json_object_get (values, key);
    have += own != NULL;
    *same += own && json_equal (own, value);
  }
  return have;
}

/* The keys that all runs have, and the value that most have them at.  */
static json_t *
common_keys (json_t *runs)
{
  json_t *common = json_object (), *values, *value, *most;
  const char *run, *name;
  json_object_foreach (runs, run, values)
      json_object_foreach (values, name, value)
  {
    size_t same, before;
    if (strncmp (name, "set.", 4) != 0)
      continue;
    most = json_object_get (common, name);
    if (most && json_equal (most, value))
      continue;
    if (count_key (runs, name, value, &same) < json_object_size (runs))
      continue;
    count_key (runs, name, most, &before);
    if (!most || same > before)
      json_object_set (common, name, value);
  }
  return common;
}

void
baseline_write (const struct baseline *b, FILE *out)
{
  size_t n;
  const char **names = sorted (b->runs, &n);
  json_t *common = common_keys (b->runs);
  fprintf (out,
           "{\n\"schema\": \"%s\",\n\"made_by\": \"pagersim check "
           "--update\",\n\"slowness_1000\": %llu,\n\"common\": {",
           SCHEMA, (unsigned long long)b->slowness_1000);
  put_values (out, common, NULL);
  fputs (",\n\"runs\": {", out);
  for (size_t i = 0; i < n; i++)
    {
      put_line (out, i ? "," : "", names[i], NULL);
      put_values (out, json_object_get (b->runs, names[i]), common);
    }
  fputs ("\n}\n}\n", out);
  json_decref (common);
  free (names);
}

/* ---- Reading -------------------------------------------------------------
 */

static bool
wrong (struct user_error *err, const char *path, const char *why)
{
  snprintf (err->line, sizeof err->line, "%.400s: %s", path, why);
  return false;
}

/* Whether VALUES are as baseline_values makes them.  */
static bool
good_values (json_t *values)
{
  const char *name, *member;
  json_t *value, *figure;
  if (!json_is_object (values))
    return false;
  json_object_foreach (values, name, value)
  {
    if (!json_is_object (value) && !json_is_integer (value)
        && !json_is_string (value))
      return false;
    if (json_is_object (value))
      json_object_foreach (value, member,
                           figure) if (!json_is_integer (figure)) return false;
  }
  return true;
}

static const char *
take (json_t *document, struct baseline *out)
{
  const char *run;
  json_t *values;
  json_t *schema = json_object_get (document, "schema");
  json_t *common = json_object_get (document, "common");
  json_t *runs = json_object_get (document, "runs");
  json_t *slowness = json_object_get (document, "slowness_1000");
  if (!json_is_string (schema)
      || strcmp (json_string_value (schema), SCHEMA) != 0)
    return "not a baseline (" SCHEMA ")";
  if (!good_values (common) || !json_is_object (runs)
      || !json_is_integer (slowness) || json_integer_value (slowness) < 0)
    return "half a baseline";
  json_object_foreach (
      runs, run, values) if (!good_values (values)
                             || json_object_update_missing (values, common)
                                    != 0) return "a run that has no values";
  out->slowness_1000 = json_integer_value (slowness);
  out->runs = json_incref (runs);
  return NULL;
}

bool
baseline_read (const char *path, struct baseline *out, struct user_error *err)
{
  json_error_t error;
  json_t *j = json_load_file (path, JSON_REJECT_DUPLICATES, &error);
  if (!j && error.line > 0)
    snprintf (err->line, sizeof err->line, "%.300s:%d: %s", path, error.line,
              error.text);
  else if (!j)
    snprintf (err->line, sizeof err->line, "%s", error.text);
  const char *why = j ? take (j, out) : NULL;
  json_decref (j);
  if (why)
    wrong (err, path, why);
  return j && !why;
}
