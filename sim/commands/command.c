/* What the commands share: errors, arguments, output.

   argp and getopt say what is wrong in two lines or more; here it is one.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "command.h"

#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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

void
command_write_as (const char *path, void (*fn) (FILE *, void *), void *arg)
{
  size_t len;
  char *text = command_text (fn, arg, &len);
  command_write (path, text, len);
  free (text);
}

void
command_write_in (const char *dir, const char *name,
                  void (*fn) (FILE *, void *), void *arg)
{
  char *path;
  CHECK (asprintf (&path, "%s/%s", dir, name) > 0);
  command_write_as (path, fn, arg);
  free (path);
}

void
command_check_files (const struct command_file *files, size_t n)
{
  struct user_error err;
  for (size_t i = 0; i < n; i++)
    for (size_t j = i + 1; j < n; j++)
      if (files[i].path && files[j].path
          && strcmp (files[i].path, files[j].path) == 0)
        command_fail ("%s and %s go to the same file", files[i].option,
                      files[j].option);
  for (size_t i = 0; i < n; i++)
    {
      const char *path = files[i].path;
      size_t len = path ? strlen (path) : 0;
      if (len > 4 && strcmp (path + len - 4, ".lua") == 0)
        command_fail ("%.300s: a result is not written over a workload", path);
      if (path && !report_file_check (path, &err))
        command_fail ("%s", err.line);
    }
}

void
command_directory (const char *dir)
{
  char path[PATH_MAX];
  struct user_error err;
  snprintf (path, sizeof path, "%s", dir);
  for (char *slash = *path ? strchr (path + 1, '/') : NULL; slash;
       slash = strchr (slash + 1, '/'))
    {
      *slash = 0;
      mkdir (path, 0777);
      *slash = '/';
    }
  if (!report_directory (dir, &err))
    command_fail ("%s", err.line);
}

/* ---- Interrupts ----------------------------------------------------------
 */

static volatile sig_atomic_t interrupted;

static void
on_interrupt (int signal)
{
  (void)signal;
  interrupted = 1;
}

const volatile sig_atomic_t *
command_interrupted (void)
{
  signal (SIGINT, on_interrupt);
  return &interrupted;
}
