/* The text of a workload that is no file of the user's: in a file of its own,
   where nothing else is, until the program ends.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "explore.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char directory[40];
static char path[PATH_MAX];
static pid_t owner;

/* A process that was forked since leaves it alone.  */
void
workload_text_forget (void)
{
  if (getpid () != owner)
    return;
  unlink (path);
  rmdir (directory);
  owner = 0;
}

static bool
make_directory (void)
{
  if (owner != 0)
    return true;
  strcpy (directory, "/tmp/pagersim-workload-XXXXXX");
  if (!mkdtemp (directory))
    return false;
  owner = getpid ();
  atexit (workload_text_forget);
  return true;
}

const char *
workload_text_place (const char *name, const char *text,
                     struct user_error *err)
{
  FILE *f = NULL;
  if (make_directory ())
    {
      if (*path)
        unlink (path);
      snprintf (path, sizeof path, "%s/%.255s", directory, name);
      f = fopen (path, "wb");
    }
  bool good = f && fputs (text, f) >= 0;
  if (f && fclose (f) == 0 && good)
    return path;
  snprintf (err->line, sizeof err->line, "%s: %s", directory,
            strerror (errno));
  return NULL;
}
