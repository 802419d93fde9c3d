/* Where the project's own files are: beside the program, never by the current
   directory.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "place.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum
{
  LEVELS = 5 /* from build/check/NAME/tests/unit up to the project  */
};

bool
place_find (const char *name, char *out)
{
  char directory[PATH_MAX];
  ssize_t len = readlink ("/proc/self/exe", directory, sizeof directory - 1);
  if (len <= 0)
    return false;
  directory[len] = 0;
  for (int level = 0; level <= LEVELS; level++)
    {
      char *slash = strrchr (directory, '/');
      if (!slash)
        return false;
      *slash = 0;
      int n = snprintf (out, PATH_MAX, "%s/%s", directory, name);
      if (n > 0 && n < PATH_MAX && access (out, F_OK) == 0)
        return true;
    }
  return false;
}

void
place_workload (const char *name, char *out)
{
  snprintf (out, PATH_MAX, "%s", name);
  if (!*name || strchr (name, '/') || access (name, F_OK) == 0)
    return;
  char relative[PATH_MAX], found[PATH_MAX];
  for (int i = 0; i < 2; i++)
    {
      int n = i == 0
                  ? snprintf (relative, sizeof relative, "workloads/%s", name)
                  : snprintf (relative, sizeof relative, "workloads/%s.lua",
                              name);
      if (n > 0 && n < PATH_MAX && place_find (relative, found))
        {
          strcpy (out, found);
          return;
        }
    }
}
