/* The first difference between what a case expects and what happened.

   Members are compared in the order in which the case lists them, then those
   that only the outcome has.  An array within an array (an event, a call) is
   one thing and shown whole.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "diff.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN_MAX 160 /* bytes of a value that are shown  */

static char *
show (const json_t *value)
{
  if (!value)
    return strdup ("nothing");
  char *text = json_dumps (value, JSON_COMPACT | JSON_ENCODE_ANY);
  if (text && strlen (text) > SHOWN_MAX)
    strcpy (text + SHOWN_MAX - 3, "...");
  return text;
}

static char *
differ (const char *path, const json_t *wanted, const json_t *got)
{
  char *w = show (wanted), *g = show (got), *text;

  if (asprintf (&text, "%s: wanted %s, got %s", path, w ? w : "?", g ? g : "?")
      < 0)
    text = NULL;
  free (w);
  free (g);
  return text;
}

static char *
compare (const char *path, const json_t *wanted, const json_t *got)
{
  char below[300];
  char *text = NULL;

  if (wanted && got && json_equal (wanted, got))
    return NULL;
  if (json_is_object (wanted) && json_is_object (got))
    {
      const char *key;
      json_t *value;
      const char *dot = *path ? "." : "";

      json_object_foreach ((json_t *)wanted, key, value)
      {
        snprintf (below, sizeof below, "%s%s%s", path, dot, key);
        text = compare (below, value, json_object_get (got, key));
        if (text)
          return text;
      }
      json_object_foreach ((json_t *)got, key, value)
      {
        if (json_object_get (wanted, key))
          continue;
        snprintf (below, sizeof below, "%s%s%s", path, dot, key);
        return differ (below, NULL, value);
      }
    }
  if (json_is_array (wanted) && json_is_array (got))
    for (size_t i = 0;; i++)
      {
        const json_t *w = json_array_get (wanted, i);
        const json_t *g = json_array_get (got, i);

        if (!w && !g)
          break;
        if (w && g && json_equal (w, g))
          continue;
        snprintf (below, sizeof below, "%s[%zu]", path, i);
        if (json_is_object (w) && json_is_object (g))
          return compare (below, w, g);
        return differ (below, w, g);
      }
  return differ (path, wanted, got);
}

char *
diff_first (const json_t *wanted, const json_t *got)
{
  return compare ("", wanted, got);
}
