/* Faults as people write them, see faults_spec.h.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "faults_spec.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../base/check.h"
#include "../base/text.h"

#define MILLION 1000000

const char *const fault_path_name[]
    = { [IO_OTHER] = "any", [IO_FILE] = "file", [IO_DISK] = "disk" };

enum
{
  PATHS = sizeof fault_path_name / sizeof *fault_path_name
};

static void
list_kinds (char *out, size_t size)
{
  size_t used = 0;
  for (unsigned i = 0; i < FAULT_KIND_COUNT && used < size; i++)
    used += snprintf (out + used, size - used, "%s%s", i ? ", " : "",
                      fault_rows[i].name);
}

/* The kind that NAME, of LEN characters, is, in *KIND.  */
static bool
parse_kind (const char *name, size_t len, enum fault_kind *kind,
            struct user_error *err)
{
  const char *names[FAULT_KIND_COUNT];
  char all[160], word[41];
  for (unsigned i = 0; i < FAULT_KIND_COUNT; i++)
    {
      names[i] = fault_rows[i].name;
      if (strlen (names[i]) == len && memcmp (names[i], name, len) == 0)
        {
          *kind = i;
          return true;
        }
    }
  snprintf (word, sizeof word, "%.*s", (int)(len < 40 ? len : 40), name);
  list_kinds (all, sizeof all);
  const char *near = text_nearest (word, names, FAULT_KIND_COUNT);
  if (near)
    snprintf (err->line, sizeof err->line,
              "no fault '%s', did you mean '%s'? (%s)", word, near, all);
  else
    snprintf (err->line, sizeof err->line, "no fault '%s' (%s)", word, all);
  return false;
}

/* ---- Reading -------------------------------------------------------------
 */

__attribute__ ((format (printf, 3, 4))) static bool
wrong (struct user_error *err, const char *text, const char *format, ...)
{
  char what[200];
  va_list args;
  va_start (args, format);
  vsnprintf (what, sizeof what, format, args);
  va_end (args);
  snprintf (err->line, sizeof err->line, "fault '%.60s': %s", text, what);
  return false;
}

/* What stands behind the kind's "=".  */
static bool
parse_what (const char *text, const char *what, struct fault *f,
            struct user_error *err)
{
  const struct fault_row *row = &fault_rows[f->kind];
  f->time = row->otherwise;
  if (what == NULL)
    return true;
  switch (row->takes)
    {
    case FAULT_TAKES_TIME:
      {
        const char *clause = text_parse (what, TEXT_TIME, &f->time);
        if (clause == NULL && (f->time == 0 || f->time > INT64_MAX / 2))
          clause = "out of range";
        return clause == NULL
               || wrong (err, text, "'%.40s': %s", what, clause);
      }
    case FAULT_TAKES_THREAD:
      if (*what == '\0' || strlen (what) > FAULT_THREAD_MAX)
        return wrong (err, text, "'%.40s' is no thread's name", what);
      strcpy (f->thread, what);
      return true;
    default:
      return wrong (err, text, "%s takes nothing before the @", row->name);
    }
}

static bool
parse_when (const char *text, const char *when, struct fault *f,
            struct user_error *err)
{
  uint64_t value;
  const char *colon = strchr (when, ':'), *clause;
  if (colon != NULL)
    {
      size_t len = colon - when;
      unsigned i = 0;
      while (i < PATHS
             && (strlen (fault_path_name[i]) != len
                 || memcmp (fault_path_name[i], when, len) != 0))
        i++;
      if (i == PATHS)
        return wrong (err, text, "'%.*s' is no path (any, file, disk)",
                      (int)(len < 40 ? len : 40), when);
      f->path = i;
      when = colon + 1;
    }
  bool chance = strncmp (when, "p=", 2) == 0;
  clause = text_parse (when + 2 * chance, TEXT_NUMBER, &value);
  if (clause == NULL && (value == 0 || value > (chance ? MILLION : INT64_MAX)))
    clause = "out of range";
  if (clause != NULL)
    return wrong (err, text,
                  "'%.40s': %s (behind the @: N, the number of a write from "
                  "1 on, or p=P, 1 to %d in a million)",
                  when, clause, MILLION);
  if (chance)
    f->per_million = value;
  else
    f->at = value;
  return true;
}

bool
fault_parse (const char *text, struct fault *f, struct user_error *err)
{
  memset (f, 0, sizeof *f);
  size_t len = strcspn (text, "=@");
  if (!parse_kind (text, len, &f->kind, err))
    return false;
  char copy[FAULT_TEXT_BYTES];
  const char *at = strrchr (text, '@'), *what = NULL;
  if (at == NULL)
    return wrong (err, text,
                  "when? KIND@N is at the N-th store write, "
                  "KIND@p=P at each with a chance of P in a million");
  if (strlen (text) >= sizeof copy)
    return wrong (err, text, "too long");
  strcpy (copy, text);
  copy[at - text] = '\0';
  if (text[len] == '=')
    what = copy + len + 1;
  return parse_what (text, what, f, err) && parse_when (text, at + 1, f, err);
}

bool
faults_parse (const char *text, struct fault *out, size_t *count,
              struct user_error *err)
{
  char word[FAULT_TEXT_BYTES + 1];
  *count = 0;
  if (strcmp (text, "none") == 0)
    return true;
  for (text += strspn (text, " "); *text; text += strspn (text, " "))
    {
      size_t len = strcspn (text, " ");
      snprintf (word, sizeof word, "%.*s",
                (int)(len < sizeof word ? len : sizeof word), text);
      text += len;
      if (*count == FAULTS_MAX)
        return wrong (err, word, "more than %d faults", FAULTS_MAX);
      if (!fault_parse (word, &out[(*count)++], err))
        return false;
    }
  return true;
}

/* ---- Writing -------------------------------------------------------------
 */

const char *
fault_format (const struct fault *f, char *out)
{
  const struct fault_row *row = &fault_rows[f->kind];
  char what[48] = "", when[32], path[8] = "", time[32];
  if (row->takes == FAULT_TAKES_TIME && f->time != row->otherwise)
    snprintf (what, sizeof what, "=%s",
              text_format (f->time, TEXT_TIME, time));
  else if (row->takes == FAULT_TAKES_THREAD && f->thread[0])
    snprintf (what, sizeof what, "=%s", f->thread);
  if (f->path != IO_OTHER)
    snprintf (path, sizeof path, "%s:", fault_path_name[f->path]);
  if (f->at != 0)
    snprintf (when, sizeof when, "%" PRIu64, f->at);
  else
    snprintf (when, sizeof when, "p=%" PRIu32, f->per_million);
  snprintf (out, FAULT_TEXT_BYTES, "%s%s@%s%s", row->name, what, path, when);
  return out;
}
