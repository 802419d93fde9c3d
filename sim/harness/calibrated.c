/* Reading the chosen set: see calibrated.h.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "calibrated.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "keys.h"
#include "../base/check.h"

#define SCHEMA "pagersim.calibrated/1"

/* Read the object J of texts.  Returns what is wrong, or NULL.  */
static const char *
read_settings (json_t *j, struct calibrated_setting *out, unsigned *count)
{
  const char *key;
  json_t *value;
  if (!json_is_object (j))
    return "a set is not an object";
  json_object_foreach (j, key, value)
  {
    if (*count == CALIBRATED_KEYS)
      return "too many keys";
    if (!json_is_string (value))
      return "a value is not a text";
    out[(*count)++]
        = (struct calibrated_setting){ key, json_string_value (value) };
  }
  return NULL;
}

static const char *
read_document (struct calibrated *c)
{
  json_t *j = c->document, *row;
  const char *id;
  const char *schema = json_string_value (json_object_get (j, "schema"));
  if (!schema || strcmp (schema, SCHEMA) != 0)
    return "not of schema " SCHEMA;
  json_t *workload = json_object_get (j, "workload");
  c->workload = json_string_value (json_object_get (workload, "name"));
  c->sha256 = json_string_value (json_object_get (workload, "sha256"));
  if (!c->workload || !c->sha256)
    return "no name and sha256 of the workload";
  c->exact = json_is_true (json_object_get (j, "exact"));
  const char *wrong
      = read_settings (json_object_get (j, "common"), c->common, &c->settings);
  if (wrong)
    return wrong;
  json_object_foreach (json_object_get (j, "rows"), id, row)
  {
    if (c->rows == CALIBRATED_ROWS)
      return "too many rows";
    struct calibrated_row *r = &c->row[c->rows++];
    json_t *seed = json_object_get (row, "seed");
    if (!json_is_integer (seed) || json_integer_value (seed) < 0)
      return "a row without a seed";
    r->id = id;
    r->seed = json_integer_value (seed);
    wrong = read_settings (json_object_get (row, "set"), r->setting,
                           &r->settings);
    if (wrong)
      return wrong;
  }
  return c->rows ? NULL : "no rows";
}

struct calibrated *
calibrated_load (const char *path, struct user_error *err)
{
  struct calibrated *c = calloc (1, sizeof *c);
  CHECK (c);
  json_error_t error;
  err->line[0] = 0;
  if (access (path, F_OK) == 0)
    {
      c->document = json_load_file (path, 0, &error);
      const char *wrong = c->document ? read_document (c) : error.text;
      if (!wrong)
        return c;
      snprintf (err->line, sizeof err->line, "%.300s:%d: %.150s", path,
                c->document || error.line < 1 ? 1 : error.line, wrong);
    }
  calibrated_free (c);
  return NULL;
}

void
calibrated_free (struct calibrated *c)
{
  if (c)
    json_decref (c->document);
  free (c);
}

/* ---- Using it ------------------------------------------------------------
 */

static const struct calibrated_row *
row_of (const struct calibrated *c, const char *id)
{
  for (unsigned i = 0; i < c->rows; i++)
    if (strcmp (c->row[i].id, id) == 0)
      return &c->row[i];
  return NULL;
}

const struct calibrated_row *
calibrated_boot (const struct calibrated *c, const struct published *table,
                 unsigned r)
{
  const struct published_row *wanted = &table->row[r];
  const struct calibrated_row *last = NULL;
  const struct calibrated_row *own = row_of (c, wanted->id);
  if (own)
    return own;
  for (unsigned i = 0; i < table->rows; i++)
    {
      const struct calibrated_row *boot = row_of (c, table->row[i].id);
      if (boot && strcmp (table->row[i].pager, wanted->pager) == 0)
        return boot;
      last = boot ? boot : last;
    }
  return last;
}

static bool
apply (const struct calibrated_setting *s, unsigned n, struct user_error *err)
{
  for (unsigned i = 0; i < n; i++)
    {
      char text[256];
      int len = snprintf (text, sizeof text, "%s=%s", s[i].key, s[i].value);
      if (len < 0 || (size_t)len >= sizeof text)
        {
          snprintf (err->line, sizeof err->line, "%.64s: too long", s[i].key);
          return false;
        }
      if (!keys_user (text, err->line, sizeof err->line))
        return false;
    }
  return true;
}

bool
calibrated_apply (const struct calibrated *c,
                  const struct calibrated_row *boot, struct user_error *err)
{
  return apply (c->common, c->settings, err)
         && apply (boot->setting, boot->settings, err);
}

void
calibrated_show (const struct calibrated_setting *s, unsigned n, FILE *out)
{
  for (unsigned i = 0; i < n; i++)
    fprintf (out, "  %-32s %12s\n", s[i].key, s[i].value);
}
