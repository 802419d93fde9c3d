/* The published figures: reading them, and comparing with them.

   A mean is published with some decimals; the simulated one is rounded to as
   many, in integer arithmetic, so that equal means equal as printed.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "published.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "place.h"
#include "../base/check.h"

#define MEAN "_mean_bytes"

static bool
is_mean (const char *name)
{
  size_t len = strlen (name), tail = strlen (MEAN);
  return len > tail && strcmp (name + len - tail, MEAN) == 0;
}

/* A JSON number as it was typed: jansson keeps no digits, but prints a real so
   that it reads back the same.  */
static bool
read_figure (const json_t *j, struct figure *f)
{
  f->decimals = 0;
  if (json_is_integer (j))
    {
      f->value = json_integer_value (j);
      return json_integer_value (j) >= 0;
    }
  if (!json_is_real (j))
    return false;
  char text[64];
  snprintf (text, sizeof text, "%.10g", json_real_value (j));
  char *dot = strchr (text, '.');
  if (text[strspn (text, "0123456789.")])
    return false;
  if (!dot) /* 4096.0: one decimal  */
    strcat (text, ".0");
  dot = strchr (text, '.');
  f->decimals = strlen (dot + 1);
  memmove (dot, dot + 1, f->decimals + 1);
  f->value = strtoull (text, NULL, 10);
  return true;
}

static const char *
add_setting (struct published_row *r, const char *name, const json_t *value)
{
  if (r->settings == PUBLISHED_SETTINGS)
    return "too many settings";
  char *out = r->setting[r->settings++];
  int n = json_is_integer (value)
              ? snprintf (out, 64, "pager.%s=%" JSON_INTEGER_FORMAT, name,
                          json_integer_value (value))
          : json_is_string (value) ? snprintf (out, 64, "pager.%s=%s", name,
                                               json_string_value (value))
                                   : -1;
  return n < 0 || n >= 64 ? "a setting is neither number nor word" : NULL;
}

/* What is wrong with the row J, or NULL.  Names with a dot are cells; others
   that are not known are settings of the pager.  */
static const char *
read_row (json_t *j, struct published_row *r)
{
  const char *name;
  json_t *value;
  json_object_foreach (j, name, value)
  {
    const char **text = strcmp (name, "id") == 0       ? &r->id
                        : strcmp (name, "pager") == 0  ? &r->pager
                        : strcmp (name, "source") == 0 ? &r->source
                        : strcmp (name, "note") == 0   ? &r->note
                                                       : NULL;
    if (text)
      {
        *text = json_string_value (value);
        if (!*text)
          return "id, pager, source and note are strings";
      }
    else if (strcmp (name, "approximate") == 0)
      r->approximate = json_is_true (value);
    else if (!strchr (name, '.'))
      {
        const char *wrong = add_setting (r, name, value);
        if (wrong)
          return wrong;
      }
    else
      {
        if (r->cells == PUBLISHED_CELLS)
          return "too many figures";
        struct published_cell *c = &r->cell[r->cells++];
        c->name = name;
        if (!read_figure (value, &c->published))
          return "a figure is not a number";
      }
  }
  if (!r->id || !r->pager)
    return "a row needs id and pager";
  return r->cells ? NULL : "a row without figures";
}

static const char *
read_document (struct published *p)
{
  json_t *rows = json_object_get (p->document, "rows");
  if (!json_is_array (rows) || json_array_size (rows) == 0)
    return "no array \"rows\"";
  if (json_array_size (rows) > PUBLISHED_ROWS)
    return "too many rows";
  size_t i;
  json_t *row;
  json_array_foreach (rows, i, row)
  {
    const char *wrong = json_is_object (row) ? read_row (row, &p->row[i])
                                             : "a row is not an object";
    if (wrong)
      return wrong;
    p->rows++;
  }
  return NULL;
}

struct published *
published_load (const char *path, struct user_error *err)
{
  char own[PATH_MAX];
  if (!path)
    {
      if (!place_find ("results/published.json", own))
        {
          snprintf (err->line, sizeof err->line,
                    "results/published.json is not found beside the program");
          return NULL;
        }
      path = own;
    }
  struct published *p = calloc (1, sizeof *p);
  CHECK (p);
  json_error_t error;
  p->document = json_load_file (path, 0, &error);
  if (!p->document && error.line > 0)
    snprintf (err->line, sizeof err->line, "%.300s:%d: %s", path, error.line,
              error.text);
  else if (!p->document)
    snprintf (err->line, sizeof err->line, "%.300s: cannot be read", path);
  const char *wrong = p->document ? read_document (p) : NULL;
  if (wrong)
    snprintf (err->line, sizeof err->line, "%.300s: %s", path, wrong);
  if (p->document && !wrong)
    return p;
  published_free (p);
  return NULL;
}

void
published_free (struct published *p)
{
  json_decref (p->document);
  free (p);
}

/* ---- Comparing -----------------------------------------------------------
 */

static bool
counter_of (void *result, const char *name, uint64_t *value)
{
  json_t *j = json_object_get (json_object_get (result, "counters"), name);
  *value = json_integer_value (j);
  return json_is_integer (j);
}

bool
published_fill (struct published_row *row,
                bool (*counter) (void *, const char *, uint64_t *), void *arg)
{
  for (unsigned i = 0; i < row->cells; i++)
    {
      struct published_cell *c = &row->cell[i];
      uint64_t sum, count;
      c->simulated.decimals = c->published.decimals;
      if (!is_mean (c->name))
        {
          if (!counter (arg, c->name, &c->simulated.value))
            return false;
          for (unsigned d = 0; d < c->published.decimals; d++)
            c->simulated.value *= 10;
          continue;
        }
      char calls[128], bytes[160];
      snprintf (calls, sizeof calls, "%.*s",
                (int)(strlen (c->name) - strlen (MEAN)), c->name);
      snprintf (bytes, sizeof bytes, "%s_bytes", calls);
      if (!counter (arg, calls, &count) || !counter (arg, bytes, &sum))
        return false;
      unsigned __int128 scaled = sum;
      for (unsigned d = 0; d < c->published.decimals; d++)
        scaled *= 10;
      c->simulated.value = count ? (scaled * 2 + count) / (2 * count) : 0;
    }
  return true;
}

bool
published_simulated (struct published_row *row, const json_t *result)
{
  return published_fill (row, counter_of, (void *)result);
}

bool
published_equal (const struct published_cell *c)
{
  return c->published.value == c->simulated.value;
}

int64_t
published_difference (const struct published_cell *c)
{
  uint64_t a = c->published.value, b = c->simulated.value;
  if (a == b)
    return 0;
  if (a == 0)
    return INT64_MAX;
  unsigned __int128 distance = a > b ? a - b : b - a;
  unsigned __int128 hundredths = (distance * 20000 + a) / (2 * a);
  int64_t size = hundredths < INT64_MAX ? (int64_t)hundredths : INT64_MAX;
  return a > b ? -size : size;
}

char *
published_text (struct figure f, char *out)
{
  uint64_t unit = 1;
  for (unsigned d = 0; d < f.decimals; d++)
    unit *= 10;
  int n = snprintf (out, 32, "%" PRIu64, f.value / unit);
  if (f.decimals)
    snprintf (out + n, 32 - n, ".%0*" PRIu64, (int)f.decimals, f.value % unit);
  return out;
}
