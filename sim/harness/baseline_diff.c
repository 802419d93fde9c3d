/* What differs between two baselines, see baseline.h.

   The most telling first: runs with another verdict, then those of which a
   counter changed most, and so on; the same within a run.  The digest tells
   least, as it changes with anything.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "baseline.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "../base/check.h"

static void *
grow (void *all, size_t count, size_t size)
{
  if (count == 0 || (count & (count - 1)) == 0)
    all = realloc (all, (count ? 2 * count : 1) * size);
  CHECK (all);
  return all;
}

static bool
begins (const char *name, const char *prefix)
{
  return strncmp (name, prefix, strlen (prefix)) == 0;
}

static enum baseline_kind
kind_of (const char *name, bool has_members)
{
  static const struct
  {
    const char *prefix;
    enum baseline_kind kind;
  } kinds[]
      = { { "verdict", BASELINE_VERDICT }, { "findings", BASELINE_VERDICT },
          { "set.", BASELINE_INPUT },      { "workload", BASELINE_INPUT },
          { "pager", BASELINE_INPUT },     { "seed", BASELINE_INPUT },
          { "virtual_ns", BASELINE_TIME }, { "wait.", BASELINE_WAIT },
          { "lock.", BASELINE_LOCK },      { "events", BASELINE_TRACE },
          { "digest", BASELINE_TRACE },    { "rest", BASELINE_TRACE } };
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
    if (begins (name, kinds[i].prefix))
      return kinds[i].kind;
  return has_members ? BASELINE_HISTOGRAM : BASELINE_COUNTER;
}

/* ---- Values --------------------------------------------------------------
 */

/* What is 0 is left out.  */
static char *
text_of (const json_t *value, bool number)
{
  char *text;
  if (json_is_integer (value))
    CHECK (
        asprintf (&text, "%" JSON_INTEGER_FORMAT, json_integer_value (value))
        > 0);
  else
    text = strdup (json_is_string (value) ? json_string_value (value)
                   : number               ? "0"
                                          : "-");
  CHECK (text);
  return text;
}

static int64_t
change_of (json_int_t old, json_int_t now)
{
  __int128 distance = (__int128)now - old;
  if (old == 0)
    return now > 0 ? BASELINE_CHANGE_MAX : -BASELINE_CHANGE_MAX;
  __int128 size = old < 0 ? -(__int128)old : old;
  __int128 half = distance < 0 ? -size : size;
  __int128 change = (distance * 20000 + half) / (2 * size);
  if (change > BASELINE_CHANGE_MAX)
    return BASELINE_CHANGE_MAX;
  return change < -BASELINE_CHANGE_MAX ? -BASELINE_CHANGE_MAX
                                       : (int64_t)change;
}

static void
add (struct baseline_change *c, const char *name, const char *member,
     const json_t *old, const json_t *now)
{
  if ((!old && !now) || (old && now && json_equal (old, now)))
    return;
  c->value = grow (c->value, c->values, sizeof *c->value);
  struct baseline_difference *d = &c->value[c->values++];
  bool text = json_is_string (old) || json_is_string (now);
  memset (d, 0, sizeof *d);
  CHECK (asprintf (&d->name, "%s%s%s", name, member ? "." : "",
                   member ? member : "")
         > 0);
  d->number = !text;
  d->old = text_of (old, d->number);
  d->now = text_of (now, d->number);
  d->kind = kind_of (name, member != NULL);
  if (d->number)
    d->change = change_of (json_integer_value (old), json_integer_value (now));
}

/* The names of A and B together.  */
static json_t *
both (json_t *a, json_t *b)
{
  json_t *all = json_object ();
  json_object_update (all, a);
  json_object_update_missing (all, b);
  return all;
}

static void
compare_members (struct baseline_change *c, const char *name, json_t *old,
                 json_t *now)
{
  json_t *all = both (old, now), *value;
  const char *member;
  json_object_foreach (all, member, value)
      add (c, name, member, json_object_get (old, member),
           json_object_get (now, member));
  json_decref (all);
}

/* Larger is more telling.  */
static int64_t
weight (const struct baseline_difference *d)
{
  if (!d->number)
    return BASELINE_CHANGE_MAX;
  return d->change < 0 ? -d->change : d->change;
}

static int
compare_differences (const struct baseline_difference *a,
                     const struct baseline_difference *b)
{
  if (a->kind != b->kind)
    return a->kind < b->kind ? -1 : 1;
  if (weight (a) != weight (b))
    return weight (a) > weight (b) ? -1 : 1;
  return 0;
}

static int
by_weight (const void *left, const void *right)
{
  const struct baseline_difference *a = left, *b = right;
  int order = compare_differences (a, b);
  return order ? order : strcmp (a->name, b->name);
}

/* ---- Runs ----------------------------------------------------------------
 */

static void
compare_values (struct baseline_change *c, json_t *old, json_t *now)
{
  json_t *all = both (old, now), *value;
  const char *name;
  json_object_foreach (all, name, value)
  {
    json_t *a = json_object_get (old, name), *b = json_object_get (now, name);
    if (json_is_object (value))
      compare_members (c, name, a, b);
    else
      add (c, name, NULL, a, b);
  }
  json_decref (all);
  if (c->values > 0)
    qsort (c->value, c->values, sizeof *c->value, by_weight);
}

/* A run that only one of them has.  */
static void
add_lone (struct baseline_change *c, bool old)
{
  c->value = grow (c->value, 0, sizeof *c->value);
  c->values = 1;
  *c->value = (struct baseline_difference){ .kind = BASELINE_RUN };
  c->value->name = strdup ("run");
  c->value->old = strdup (old ? "there" : "-");
  c->value->now = strdup (old ? "-" : "there");
  CHECK (c->value->name && c->value->old && c->value->now);
}

/* Whether both were runs of the same text; else it is noted.  */
static bool
comparable (struct baseline_changes *out, const json_t *old, const json_t *now)
{
  const json_t *a = json_object_get (old, "workload.sha256");
  const json_t *b = json_object_get (now, "workload.sha256");
  const char *name = json_string_value (json_object_get (now, "workload"));
  if (!a || !b || json_equal (a, b))
    return true;
  out->uncompared++;
  name = name ? name : "?";
  for (size_t i = 0; i < out->stale.count; i++)
    if (strcmp (out->stale.word[i], name) == 0)
      return false;
  sweep_words_add (&out->stale, name);
  return false;
}

static int
by_first (const void *left, const void *right)
{
  const struct baseline_change *a = left, *b = right;
  int order = compare_differences (&a->value[0], &b->value[0]);
  return order ? order : strcmp (a->run, b->run);
}

void
baseline_compare (const struct baseline *old, const struct baseline *now,
                  struct baseline_changes *out)
{
  json_t *all = both (old->runs, now->runs), *value;
  const char *name;
  memset (out, 0, sizeof *out);
  json_object_foreach (all, name, value)
  {
    json_t *a = json_object_get (old->runs, name);
    json_t *b = json_object_get (now->runs, name);
    /* Names stay with their baselines.  */
    struct baseline_change c
        = { .run = json_object_iter_key (
                json_object_iter_at (a ? old->runs : now->runs, name)) };
    if (!a || !b)
      add_lone (&c, a);
    else if (comparable (out, a, b))
      compare_values (&c, a, b);
    if (c.values == 0)
      continue;
    out->run = grow (out->run, out->runs, sizeof *out->run);
    out->run[out->runs++] = c;
    out->values += c.values;
  }
  json_decref (all);
  if (out->runs > 0)
    qsort (out->run, out->runs, sizeof *out->run, by_first);
}

void
baseline_changes_free (struct baseline_changes *c)
{
  for (size_t r = 0; r < c->runs; r++)
    {
      for (size_t i = 0; i < c->run[r].values; i++)
        {
          free (c->run[r].value[i].name);
          free (c->run[r].value[i].old);
          free (c->run[r].value[i].now);
        }
      free (c->run[r].value);
    }
  free (c->run);
  sweep_words_free (&c->stale);
  memset (c, 0, sizeof *c);
}
