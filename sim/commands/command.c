/* What the commands share: errors, arguments, output.

   argp and getopt say what is wrong in two lines or more; here it is one.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "command.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "../base/check.h"
#include "../harness/report_file.h"

/* Names of files may hold anything.  */
static void
one_line (char *text)
{
  for (char *c = text; *c; c++)
    if ((unsigned char)*c < ' ')
      *c = ' ';
}

void
command_fail (const char *format, ...)
{
  va_list ap;
  char line[1024];
  va_start (ap, format);
  vsnprintf (line, sizeof line, format, ap);
  va_end (ap);
  one_line (line);
  fprintf (stderr, "pagersim: %s\n", line);
  exit (EXIT_USER);
}

void
command_fail_error (const struct user_error *err, const char *path)
{
  char line[sizeof err->line];
  size_t len = strlen (path);
  if (len == 0 || strncmp (err->line, path, len) != 0 || err->line[len] != ':')
    command_fail ("%s", err->line);
  snprintf (line, sizeof line, "%s", err->line);
  one_line (line);
  fprintf (stderr, "%s\n", line);
  exit (EXIT_USER);
}

/* ---- Arguments -----------------------------------------------------------
 */

/* Takes argp's "Try ... --help", of which getopt's line says enough.  */
static FILE *nowhere;

void
command_parse_init (struct argp_state *state)
{
  if (nowhere)
    state->err_stream = nowhere;
}

void
command_parse (const struct argp *argp, int argc, char **argv, void *input)
{
  nowhere = fopen ("/dev/null", "w");
  argp_err_exit_status = EXIT_USER;
  error_t error = argp_parse (argp, argc, argv, 0, NULL, input);
  if (error)
    command_fail ("%s", strerror (error));
  if (nowhere)
    fclose (nowhere);
  nowhere = NULL;
}

void
file_option_set (struct file_option *o, const char *arg,
                 const struct argp_state *state)
{
  o->path = arg ? arg : "-";
  o->next
      = !arg && state->next < state->argc ? state->argv[state->next] : NULL;
  if (!*o->path)
    command_fail ("the name of a file is empty");
}

void
words_add (struct words *w, const char *word)
{
  if (w->count == WORDS_MAX)
    command_fail ("too many arguments: '%.80s'", word);
  w->word[w->count++] = word;
}

void
words_claim (struct words *w, unsigned wanted,
             struct file_option *const *options, unsigned n)
{
  for (unsigned o = 0; o < n; o++)
    for (unsigned i = 0; i < w->count && w->count > wanted; i++)
      /* getopt moves words about, but each stays the same string.  */
      if (w->word[i] == options[o]->next)
        {
          options[o]->path = w->word[i];
          options[o]->next = NULL;
          w->count--;
          memmove (&w->word[i], &w->word[i + 1],
                   (w->count - i) * sizeof *w->word);
        }
  if (w->count > wanted)
    command_fail ("too many arguments: '%.80s'", w->word[wanted]);
}

/* ---- Output --------------------------------------------------------------
 */

char *
command_text (void (*fn) (FILE *, void *), void *arg, size_t *len)
{
  char *text = NULL;
  FILE *f = open_memstream (&text, len);
  CHECK (f);
  fn (f, arg);
  CHECK (fclose (f) == 0 && text);
  return text;
}

void
command_write (const char *path, const char *text, size_t len)
{
  struct user_error err;
  if (!report_file_write (path, text, len, &err))
    command_fail ("%s", err.line);
}
