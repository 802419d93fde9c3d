/* pagersim compare A B: what differs between two results, and by how much.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "command.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static const char about[]
    = "Compare two results of `pagersim run --json'.\v"
      "Prints what differs: what was run, the keys, the verdict, the digest, "
      "every counter, and of every histogram its count, sum, bounds and "
      "percentiles. The figures of the host are left out. - is stdin.\n\n"
      "Exit status: 0 equal; 1 different; 2 a file is not a result.";

struct comparison
{
  json_t *a, *b;
  unsigned different;
};

/* ---- Reading -------------------------------------------------------------
 */

static json_t *
read_result (const char *path)
{
  static const struct
  {
    const char *name;
    json_type type;
  } parts[] = { { "workload", JSON_OBJECT },   { "pager", JSON_STRING },
                { "seed", JSON_INTEGER },      { "set", JSON_OBJECT },
                { "verdict", JSON_STRING },    { "virtual_ns", JSON_INTEGER },
                { "events", JSON_INTEGER },    { "counters", JSON_OBJECT },
                { "histograms", JSON_OBJECT }, { "findings", JSON_ARRAY } };
  json_error_t error;
  json_t *j = strcmp (path, "-") == 0
                  ? json_loadf (stdin, JSON_REJECT_DUPLICATES, &error)
                  : json_load_file (path, JSON_REJECT_DUPLICATES, &error);
  if (!j && error.line > 0)
    {
      struct user_error err;
      snprintf (err.line, sizeof err.line, "%.300s:%d: %s", path, error.line,
                error.text);
      command_fail_error (&err, path);
    }
  if (!j)
    command_fail ("%.300s: %s", path, error.text);
  const char *schema = json_string_value (json_object_get (j, "schema"));
  if (!schema || strcmp (schema, "pagersim.run/1") != 0)
    command_fail ("%.300s: not a result of `pagersim run --json'", path);
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
    {
      json_t *part = json_object_get (j, parts[i].name);
      if (!part || json_typeof (part) != parts[i].type)
        command_fail ("%.300s: half a result: no \"%s\"", path, parts[i].name);
    }
  return j;
}

/* ---- Showing -------------------------------------------------------------
 */

static void
show_value (const json_t *j, char *out, size_t size)
{
  if (json_is_integer (j))
    snprintf (out, size, "%" JSON_INTEGER_FORMAT, json_integer_value (j));
  else if (json_is_string (j))
    snprintf (out, size, "%.60s", json_string_value (j));
  else
    snprintf (out, size, "-");
}

/* (b - a) / a in percent with two decimals.  */
static void
show_percent (const json_t *a, const json_t *b, char *out, size_t size)
{
  *out = 0;
  if (!json_is_integer (a) || !json_is_integer (b))
    return;
  json_int_t from = json_integer_value (a), to = json_integer_value (b);
  if (from <= 0 || to < 0)
    return;
  unsigned __int128 distance = to > from ? to - from : from - to;
  unsigned __int128 hundredths
      = (distance * 20000 + from) / (2 * (uint64_t)from);
  if (hundredths / 100 > 1000000)
    snprintf (out, size, "more than a million %%");
  else
    snprintf (out, size, "%c%u.%02u %%", to > from ? '+' : '-',
              (unsigned)(hundredths / 100), (unsigned)(hundredths % 100));
}

static void
compare_values (FILE *out, struct comparison *c, const char *name,
                const json_t *a, const json_t *b)
{
  char left[80], right[80], percent[40];
  if (a && b && json_equal (a, b))
    return;
  c->different++;
  show_value (a, left, sizeof left);
  show_value (b, right, sizeof right);
  show_percent (a, b, percent, sizeof percent);
  fprintf (out, "%-34s %18s %18s  %s\n", name, left, right, percent);
}

/* The names of A and B together, sorted.  */
static const char **
all_names (json_t *a, json_t *b, size_t *n)
{
  json_t *both = json_object (), *value;
  const char *name;
  json_object_update (both, a);
  json_object_update_missing (both, b);
  const char **names = calloc (json_object_size (both) + 1, sizeof *names);
  *n = 0;
  json_object_foreach (both, name, value) names[(*n)++] = strdup (name);
  json_decref (both);
  return names;
}

static int
by_bytes (const void *a, const void *b)
{
  const char *const *sa = a, *const *sb = b;
  return strcmp (*sa, *sb);
}

/* Call FN for each name, with its values.  */
static void
each (FILE *out, struct comparison *c, const char *group,
      void (*fn) (FILE *, struct comparison *, const char *, const json_t *,
                  const json_t *))
{
  json_t *a = json_object_get (c->a, group);
  json_t *b = json_object_get (c->b, group);
  size_t n;
  const char **names = all_names (a, b, &n);
  qsort (names, n, sizeof *names, by_bytes);
  for (size_t i = 0; i < n; i++)
    {
      fn (out, c, names[i], json_object_get (a, names[i]),
          json_object_get (b, names[i]));
      free ((char *)names[i]);
    }
  free (names);
}

static void
compare_key (FILE *out, struct comparison *c, const char *name,
             const json_t *a, const json_t *b)
{
  char full[160];
  snprintf (full, sizeof full, "set %s", name);
  compare_values (out, c, full, a, b);
}

static void
compare_histogram (FILE *out, struct comparison *c, const char *name,
                   const json_t *a, const json_t *b)
{
  static const char *const parts[]
      = { "count", "sum", "min", "p50", "p90", "p99", "p999", "max" };
  char full[160];
  unsigned before = c->different;
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
    {
      snprintf (full, sizeof full, "%s %s", name, parts[i]);
      compare_values (out, c, full, json_object_get (a, parts[i]),
                      json_object_get (b, parts[i]));
    }
  json_t *left = json_object_get (a, "buckets");
  json_t *right = json_object_get (b, "buckets");
  if (c->different == before && !json_equal (left, right))
    {
      c->different++;
      fprintf (out, "%-34s %37s\n", name, "the buckets differ");
    }
}

static void
compare (FILE *out, void *arg)
{
  static const char *const parts[]
      = { "pager", "seed", "verdict", "virtual_ns", "events", "digest" };
  struct comparison *c = arg;
  fprintf (out, "%-34s %18s %18s\n", "", "A", "B");
  json_t *a = json_object_get (c->a, "workload");
  json_t *b = json_object_get (c->b, "workload");
  compare_values (out, c, "workload", json_object_get (a, "name"),
                  json_object_get (b, "name"));
  if (!json_equal (json_object_get (a, "sha256"),
                   json_object_get (b, "sha256")))
    {
      c->different++;
      fprintf (out, "%-34s %37s\n", "workload", "its text differs");
    }
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
    compare_values (out, c, parts[i], json_object_get (c->a, parts[i]),
                    json_object_get (c->b, parts[i]));
  if (!json_equal (json_object_get (c->a, "findings"),
                   json_object_get (c->b, "findings")))
    {
      c->different++;
      fprintf (out, "%-34s %18zu %18zu  findings differ\n", "findings",
               json_array_size (json_object_get (c->a, "findings")),
               json_array_size (json_object_get (c->b, "findings")));
    }
  each (out, c, "set", compare_key);
  each (out, c, "counters", compare_values);
  each (out, c, "histograms", compare_histogram);
  fprintf (out, "%u differ\n", c->different);
}

/* ---- The command ---------------------------------------------------------
 */

struct input
{
  struct words words;
  bool quiet;
};

static error_t
parse (int key, char *arg, struct argp_state *state)
{
  struct input *in = state->input;
  switch (key)
    {
    case ARGP_KEY_INIT:
      command_parse_init (state);
      return 0;
    case 'q':
      in->quiet = true;
      return 0;
    case ARGP_KEY_ARG:
      words_add (&in->words, arg);
      return 0;
    default:
      return ARGP_ERR_UNKNOWN;
    }
}

int
command_compare (int argc, char **argv)
{
  static const struct argp_option table[]
      = { { "quiet", 'q', NULL, 0, "only the exit status", 0 }, { 0 } };
  static const struct argp argp
      = { table, parse, "A.json B.json", about, NULL, NULL, NULL };
  struct input in;
  memset (&in, 0, sizeof in);
  command_parse (&argp, argc, argv, &in);
  words_claim (&in.words, 2, NULL, 0);
  if (in.words.count < 2)
    command_fail ("compare: two results are needed");
  struct comparison c
      = { read_result (in.words.word[0]), read_result (in.words.word[1]), 0 };
  size_t len;
  char *text = command_text (compare, &c, &len);
  if (c.different == 0)
    {
      free (text);
      text = strdup ("equal\n");
      len = strlen (text);
    }
  if (!in.quiet)
    command_write ("-", text, len);
  free (text);
  json_decref (c.a);
  json_decref (c.b);
  return c.different ? EXIT_DIFFERENT : EXIT_GOOD;
}
