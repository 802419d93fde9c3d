/* Keys: every parameter of a run, by name.  See keys.h.

   All keys stand in one array that keeps its place, so that pointers to them
   stay good until the next keys_reset; sorted is built when it is asked for.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "keys.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "keys_table.h"
#include "../base/check.h"
#include "../base/text.h"
#include "../world/costs.h"

enum
{
  KEYS_MAX = 256,
  HELD_MAX = 256,
  NAME_MAX_LENGTH = 64,
  COST_NS_MAX = 1000000000
};

/* Who wins: a preset that the user chose wins over the workload's own
   figures, one that the workload chose does not.  */
enum rank
{
  RANK_DEFAULT,
  RANK_PRESET_WORKLOAD,
  RANK_WORKLOAD,
  RANK_PRESET_USER,
  RANK_USER
};

struct row
{
  struct key key;
  enum rank rank;
  bool preset;                    /* follows store.device  */
  char *name, *otherwise, *about; /* ours to free, or NULL  */
};

static struct row rows[KEYS_MAX];
static size_t row_count;
static char *held[HELD_MAX]; /* NAME=VALUE of names not declared yet  */
static size_t held_count;

static void __attribute__ ((format (printf, 3, 4)))
say (char *err, size_t err_size, const char *format, ...)
{
  va_list ap;
  va_start (ap, format);
  vsnprintf (err, err_size, format, ap);
  va_end (ap);
}

static char *
copy (const char *s)
{
  char *c = strdup (s);
  CHECK (c);
  return c;
}

/* ---- Values --------------------------------------------------------------
 */

static enum text_unit
unit_of (enum key_kind kind)
{
  return kind == KEY_SIZE   ? TEXT_SIZE
         : kind == KEY_TIME ? TEXT_TIME
                            : TEXT_NUMBER;
}

const char *
key_kind_name (enum key_kind kind)
{
  static const char *const names[]
      = { "number", "size", "time", "yes/no", "word", "text" };
  CHECK ((unsigned)kind < sizeof names / sizeof *names);
  return names[kind];
}

const char *
key_format (const struct key *k, uint64_t value, char *out)
{
  switch (k->kind)
    {
    case KEY_NUMBER:
    case KEY_SIZE:
    case KEY_TIME:
      return text_format (value, unit_of (k->kind), out);
    case KEY_YESNO:
      return value ? "yes" : "no";
    case KEY_CHOICE:
      return k->words[value];
    default:
      return "";
    }
}

/* All of WORDS, with commas, into OUT.  */
static void
list_words (const char *const *words, char *out, size_t size)
{
  size_t used = 0;
  out[0] = 0;
  for (size_t i = 0; words[i] && used < size; i++)
    used
        += snprintf (out + used, size - used, "%s%s", i ? ", " : "", words[i]);
}

static bool
parse_word (const struct key *k, const char *text, uint64_t *value, char *err,
            size_t err_size)
{
  size_t n = 0;
  for (; k->words[n]; n++)
    if (strcmp (k->words[n], text) == 0)
      {
        *value = n;
        return true;
      }
  char all[200];
  list_words (k->words, all, sizeof all);
  const char *near = text_nearest (text, k->words, n);
  if (near)
    say (err, err_size, "%s: no '%.40s', did you mean '%s'? (%s)", k->name,
         text, near, all);
  else
    say (err, err_size, "%s: no '%.40s' (%s)", k->name, text, all);
  return false;
}

static bool
parse_value (const struct key *k, const char *text, uint64_t *value, char *err,
             size_t err_size)
{
  if (k->kind == KEY_TEXT)
    {
      *value = 0;
      if (*text)
        return true;
      say (err, err_size, "%s: empty", k->name);
      return false;
    }
  if (k->kind == KEY_YESNO || k->kind == KEY_CHOICE)
    return parse_word (k, text, value, err, err_size);
  const char *wrong = text_parse (text, unit_of (k->kind), value);
  if (wrong)
    {
      say (err, err_size, "%s: '%.40s': %s", k->name, text, wrong);
      return false;
    }
  if (*value < k->min || *value > k->max)
    {
      char low[64], high[64];
      const char *from = key_format (k, k->min, low);
      const char *to = key_format (k, k->max, high);
      say (err, err_size, "%s: '%.40s' is out of range (%s to %s)", k->name,
           text, from, to);
      return false;
    }
  return true;
}

static void
put (struct row *r, uint64_t value, const char *text, enum key_origin origin,
     enum rank rank)
{
  char buffer[64];
  free (r->key.text);
  r->key.value = value;
  r->key.text = copy (
      r->key.kind == KEY_TEXT ? text : key_format (&r->key, value, buffer));
  r->key.origin = origin;
  r->rank = rank;
}

/* ---- The table -----------------------------------------------------------
 */

static struct row *
find (const char *name)
{
  for (size_t i = 0; i < row_count; i++)
    if (strcmp (rows[i].key.name, name) == 0)
      return &rows[i];
  return NULL;
}

static struct row *
add (const char *name, enum key_kind kind, uint64_t min, uint64_t max)
{
  CHECK (row_count < KEYS_MAX);
  struct row *r = &rows[row_count++];
  memset (r, 0, sizeof *r);
  r->key.name = name;
  r->key.kind = kind;
  r->key.min = min;
  r->key.max = max;
  return r;
}

/* Give all keys that follow the device what it implies.  */
static void
apply_preset (unsigned device, enum rank rank)
{
  for (size_t i = 0; i < row_count; i++)
    if (rows[i].preset && rank >= rows[i].rank)
      put (&rows[i], key_preset_value (rows[i].key.name, device), NULL,
           KEY_PRESET, rank);
}

static void
add_spec (const struct key_spec *s)
{
  struct row *r = add (s->name, s->kind, s->min, s->max);
  r->key.words = s->words;
  r->key.about = s->about;
  r->key.source = s->source;
  char err[200];
  uint64_t value = 0;
  if (s->otherwise)
    {
      r->key.otherwise = s->otherwise;
      bool good = parse_value (&r->key, s->otherwise, &value, err, sizeof err);
      CHECK (good);
      put (r, value, s->otherwise, KEY_DEFAULT, RANK_DEFAULT);
    }
  else
    {
      r->preset = true;
      r->key.otherwise = "";
    }
}

static void
add_costs (void)
{
  for (unsigned i = 0; i < COST_COUNT; i++)
    {
      const struct cost_row *c = &cost_rows[i];
      char text[64];
      snprintf (text, sizeof text, "cpu.%s", c->name);
      char *name = copy (text);
      struct row *r = add (name, KEY_TIME, 0, COST_NS_MAX);
      r->name = name;
      r->key.about = c->what;
      r->key.source = c->source;
      put (r, c->default_ns, NULL, KEY_DEFAULT, RANK_DEFAULT);
      r->key.otherwise = r->otherwise = copy (r->key.text);
    }
}

void
keys_reset (void)
{
  for (size_t i = 0; i < row_count; i++)
    {
      free (rows[i].key.text);
      free (rows[i].name);
      free (rows[i].otherwise);
      free (rows[i].about);
    }
  row_count = 0;
  while (held_count > 0)
    free (held[--held_count]);
  key_specs_init ();
  for (const struct key_spec *s = key_specs; s->name; s++)
    add_spec (s);
  add_costs ();
  apply_preset (key_value ("store.device"), RANK_DEFAULT);
  for (size_t i = 0; i < row_count; i++)
    if (rows[i].preset)
      rows[i].key.otherwise = rows[i].otherwise = copy (rows[i].key.text);
}

static int
by_name (const void *a, const void *b)
{
  const struct key *const *ka = a, *const *kb = b;
  return strcmp ((*ka)->name, (*kb)->name);
}

void
keys_each (void (*fn) (const struct key *, void *), void *arg)
{
  const struct key *sorted[KEYS_MAX];
  for (size_t i = 0; i < row_count; i++)
    sorted[i] = &rows[i].key;
  qsort (sorted, row_count, sizeof *sorted, by_name);
  for (size_t i = 0; i < row_count; i++)
    fn (sorted[i], arg);
}

const struct key *
keys_find (const char *name)
{
  const struct row *r = find (name);
  return r ? &r->key : NULL;
}

uint64_t
key_value (const char *name)
{
  const struct row *r = find (name);
  CHECK (r);
  return r->key.value;
}

const char *
key_text (const char *name)
{
  const struct row *r = find (name);
  CHECK (r);
  return r->key.text;
}

/* ---- Setting -------------------------------------------------------------
 */

static void
say_unknown (const char *name, char *err, size_t err_size)
{
  const char *names[KEYS_MAX];
  for (size_t i = 0; i < row_count; i++)
    names[i] = rows[i].key.name;
  const char *near = text_nearest (name, names, row_count);
  if (near)
    say (err, err_size, "no key '%.64s', did you mean '%s'?", name, near);
  else
    say (err, err_size, "no key '%.64s' (see `pagersim list keys')", name);
}

bool
keys_set (const char *name, const char *text, enum key_origin origin,
          char *err, size_t err_size)
{
  CHECK (origin == KEY_WORKLOAD || origin == KEY_USER);
  struct row *r = find (name);
  if (!r)
    {
      say_unknown (name, err, err_size);
      return false;
    }
  uint64_t value;
  if (!parse_value (&r->key, text, &value, err, err_size))
    return false;
  bool user = origin == KEY_USER;
  enum rank rank = user ? RANK_USER : RANK_WORKLOAD;
  if (rank < r->rank)
    return true;
  put (r, value, text, origin, rank);
  if (strcmp (name, "store.device") == 0)
    apply_preset (value, user ? RANK_PRESET_USER : RANK_PRESET_WORKLOAD);
  return true;
}

void
keys_imply (const char *name, uint64_t value)
{
  struct row *r = find (name);
  CHECK (r && r->key.kind <= KEY_TIME);
  put (r, value, NULL, KEY_PRESET, r->rank);
}

/* GROUP.NAME of lower-case letters, digits and _.  */
static bool
well_formed (const char *name)
{
  const char *dot = strchr (name, '.');
  size_t len = strlen (name);
  return dot && dot != name && dot[1] && !strchr (dot + 1, '.')
         && len < NAME_MAX_LENGTH
         && strspn (name, "abcdefghijklmnopqrstuvwxyz0123456789_.") == len;
}

static enum key_kind
kind_of (const char *text, uint64_t *value)
{
  static const enum key_kind kinds[] = { KEY_NUMBER, KEY_SIZE, KEY_TIME };
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
    if (!text_parse (text, unit_of (kinds[i]), value))
      return kinds[i];
  *value = strcmp (text, "yes") == 0;
  return *value || strcmp (text, "no") == 0 ? KEY_YESNO : KEY_TEXT;
}

bool
keys_declare (const char *name, const char *otherwise, const char *about,
              char *err, size_t err_size)
{
  if (!well_formed (name))
    {
      say (err, err_size,
           "'%.64s' is not a key's name: GROUP.NAME of a-z, 0-9 and _", name);
      return false;
    }
  if (find (name))
    {
      say (err, err_size, "there is a key '%s' already", name);
      return false;
    }
  if (row_count == KEYS_MAX)
    {
      say (err, err_size, "too many keys (at most %d)", KEYS_MAX);
      return false;
    }
  uint64_t value;
  enum key_kind kind = kind_of (otherwise, &value);
  if (kind == KEY_TEXT && !*otherwise)
    {
      say (err, err_size, "%s: empty default", name);
      return false;
    }
  struct row *r = add (NULL, kind, 0, kind == KEY_YESNO ? 1 : INT64_MAX);
  r->key.name = r->name = copy (name);
  r->key.about = r->about = copy (about);
  r->key.source = "the workload";
  static const char *const yes_no[] = { "no", "yes", NULL };
  r->key.words = kind == KEY_YESNO ? yes_no : NULL;
  put (r, value, otherwise, KEY_DEFAULT, RANK_DEFAULT);
  r->key.otherwise = r->otherwise = copy (r->key.text);

  for (size_t i = 0; i < held_count; i++)
    {
      size_t len = strlen (name);
      if (strncmp (held[i], name, len) == 0 && held[i][len] == '=')
        {
          bool good
              = keys_set (name, held[i] + len + 1, KEY_USER, err, err_size);
          free (held[i]);
          memmove (&held[i], &held[i + 1], (--held_count - i) * sizeof *held);
          if (!good)
            return false;
          i--;
        }
    }
  return true;
}

bool
keys_range (const char *name, const char *from, const char *to, bool boot,
            char *err, size_t err_size)
{
  struct row *r = find (name);
  uint64_t low, high;
  if (!r)
    {
      say_unknown (name, err, err_size);
      return false;
    }
  if (r->key.kind > KEY_TIME)
    {
      say (err, err_size, "%s: a %s has no range", name,
           key_kind_name (r->key.kind));
      return false;
    }
  if (r->key.ranged)
    {
      say (err, err_size, "%s has a range already", name);
      return false;
    }
  if (!parse_value (&r->key, from, &low, err, err_size)
      || !parse_value (&r->key, to, &high, err, err_size))
    return false;
  if (low > high)
    {
      say (err, err_size, "%s: a range from %.40s down to %.40s", name, from,
           to);
      return false;
    }
  r->key.ranged = true;
  r->key.boot = boot;
  r->key.from = low;
  r->key.to = high;
  return true;
}

bool
keys_user (const char *assignment, char *err, size_t err_size)
{
  const char *equals = strchr (assignment, '=');
  if (!equals || equals == assignment)
    {
      say (err, err_size, "'%.80s' is not KEY=VALUE", assignment);
      return false;
    }
  char *name = copy (assignment);
  name[equals - assignment] = 0;
  bool good = true;
  if (find (name))
    good = keys_set (name, equals + 1, KEY_USER, err, err_size);
  else if (!well_formed (name))
    {
      say_unknown (name, err, err_size);
      good = false;
    }
  else if (held_count == HELD_MAX)
    {
      say (err, err_size, "too many keys set (at most %d)", HELD_MAX);
      good = false;
    }
  else
    held[held_count++] = copy (assignment);
  free (name);
  return good;
}

bool
keys_check_held (char *err, size_t err_size)
{
  if (held_count == 0)
    return true;
  char *name = copy (held[0]);
  *strchr (name, '=') = 0;
  say_unknown (name, err, err_size);
  free (name);
  return false;
}
