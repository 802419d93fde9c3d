/* Reading recorded cases: JSON Lines, checked as they are read (FORMAT.md).

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "input.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *file = "";
static unsigned line;

static const struct
{
  const char *name;
  int value;
} errors[] = { { "0", 0 },
               { "EIO", EIO },
               { "ENOSPC", ENOSPC },
               { "EDQUOT", EDQUOT },
               { "EOPNOTSUPP", EOPNOTSUPP } };

const char *
input_file (void)
{
  return file;
}

unsigned
input_line (void)
{
  return line;
}

void
input_bad (const char *format, ...)
{
  va_list ap;

  fflush (stdout);
  if (line > 0)
    fprintf (stderr, "%s:%u: ", file, line);
  else
    fprintf (stderr, "%s: ", file);
  va_start (ap, format);
  vfprintf (stderr, format, ap);
  va_end (ap);
  fputc ('\n', stderr);
  exit (2);
}

void
input_read (const char *name, void (*each) (const json_t *))
{
  char *text = NULL;
  size_t room = 0;
  ssize_t len;

  file = name;
  line = 0;
  FILE *f = fopen (name, "r");
  if (!f)
    input_bad ("%s", strerror (errno));
  while (errno = 0, (len = getline (&text, &room, f)) >= 0)
    {
      json_error_t error;

      line++;
      if (text[strspn (text, " \t\r\n")] == '\0'
          && strlen (text) == (size_t)len)
        continue;
      json_t *a_case
          = json_loadb (text, (size_t)len, JSON_REJECT_DUPLICATES, &error);
      if (!a_case)
        {
          /* The library quotes the input: keep the report to one line.  */
          error.text[strcspn (error.text, "\n")] = '\0';
          input_bad ("column %d: %s", error.column, error.text);
        }
      if (!json_is_object (a_case))
        input_bad ("not an object");
      each (a_case);
      json_decref (a_case);
    }
  if (ferror (f))
    {
      line = 0;
      input_bad ("%s", strerror (errno));
    }
  free (text);
  fclose (f);
  line = 0;
}

static const json_t *
member (const json_t *object, const char *key)
{
  if (!json_is_object (object))
    input_bad ("an object with the member `%s' is expected", key);
  const json_t *value = json_object_get (object, key);
  if (!value)
    input_bad ("no member `%s'", key);
  return value;
}

int64_t
input_number (const json_t *value, const char *what, int64_t min, int64_t max)
{
  if (!json_is_integer (value))
    input_bad ("`%s' is not an integer", what);
  int64_t n = json_integer_value (value);
  if (n < min || n > max)
    input_bad ("`%s' is %lld, not in %lld .. %lld", what, (long long)n,
               (long long)min, (long long)max);
  return n;
}

int64_t
input_int (const json_t *object, const char *key, int64_t min, int64_t max)
{
  return input_number (member (object, key), key, min, max);
}

bool
input_bool (const json_t *object, const char *key)
{
  const json_t *value = member (object, key);
  if (!json_is_boolean (value))
    input_bad ("`%s' is neither true nor false", key);
  return json_is_true (value);
}

const char *
input_string (const json_t *object, const char *key)
{
  const json_t *value = member (object, key);
  if (!json_is_string (value))
    input_bad ("`%s' is not a string", key);
  return json_string_value (value);
}

const json_t *
input_array (const json_t *object, const char *key)
{
  const json_t *value = member (object, key);
  if (!json_is_array (value))
    input_bad ("`%s' is not an array", key);
  return value;
}

const json_t *
input_object (const json_t *object, const char *key)
{
  const json_t *value = member (object, key);
  if (!json_is_object (value))
    input_bad ("`%s' is not an object", key);
  return value;
}

unsigned
input_block_size (const json_t *object)
{
  int64_t bs = input_int (object, "bs", 1024, PAGE);
  if (bs & (bs - 1))
    input_bad ("`bs' is %lld, not a power of two", (long long)bs);
  return (unsigned)bs;
}

int
input_error_value (const json_t *value, const char *what)
{
  const char *name = json_string_value (value);

  for (size_t i = 0; name && i < sizeof errors / sizeof *errors; i++)
    if (strcmp (errors[i].name, name) == 0)
      return errors[i].value;
  input_bad ("`%s' is not the name of an error", what);
}

int
input_error (const json_t *object, const char *key, bool may_be_short)
{
  const json_t *value = member (object, key);
  const char *name = json_string_value (value);

  if (may_be_short && name && strcmp (name, "SHORT") == 0)
    return INPUT_SHORT;
  return input_error_value (value, key);
}

const char *
error_name (int error)
{
  static char other[32];

  for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
    if (errors[i].value == error)
      return errors[i].name;
  snprintf (other, sizeof other, "error %d", error);
  return other;
}
