/* conformance [--pagers DIR] FILE...

   Runs recorded cases of the original code against the shared objects that
   simulations load, and tells where they differ.  The kind of a case is known
   by its members, not by the file it stands in.

   Prints a line for every failing case, a line for every file, and last
   "N passed, N failed".  Exit status: 0 if none failed, 1 if any did, 2 for
   input that cannot be read.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "cases.h"
#include "diff.h"
#include "input.h"
#include "script.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned passed, failed; /* of all files  */

/* End the case that ran, and tell what differs: a text to be freed, or
   NULL.  Consumes GOT.  */
static char *
judge (const json_t *a_case, json_t *got)
{
  char *text = diff_first (input_object (a_case, "expect"), got);

  if (script_fault ())
    {
      char *fault = text;
      if (asprintf (&text, "%s%s%s", script_fault (), fault ? "; " : "",
                    fault ? fault : "")
          < 0)
        input_bad ("out of memory");
      free (fault);
    }
  json_decref (got);
  script_end ();
  return text;
}

static void
run (const json_t *a_case)
{
  static const char *const libraries[] = { "perpage", "chunk", "extent" };
  const char *id = input_string (a_case, "id"), *pager = NULL;
  char *difference = NULL;

  input_int (a_case, "page", PAGE, PAGE);
  if (json_object_get (a_case, "file_size"))
    difference = judge (a_case, case_aggregate (a_case));
  else if (json_object_get (a_case, "pagemap"))
    /* Every shared object has the library in it.  */
    for (size_t i = 0; i < sizeof libraries / sizeof *libraries && !difference;
         i++)
      {
        pager = libraries[i];
        difference = judge (a_case, case_coalesce (a_case, pager));
      }
  else if (json_object_get (a_case, "variant")
           && json_object_get (a_case, "map")
           && json_object_get (a_case, "offset"))
    difference = judge (a_case, case_writer (a_case));
  else
    input_bad ("case %s is of no known kind", id);

  if (!difference)
    {
      passed++;
      return;
    }
  failed++;
  printf ("%s:%u: %s: ", input_file (), input_line (), id);
  if (pager)
    printf ("%s.so: ", pager);
  puts (difference);
  free (difference);
}

int
main (int argc, char **argv)
{
  int i = 1;

  if (argc > 2 && strcmp (argv[1], "--pagers") == 0)
    {
      script_set_directory (argv[2]);
      i = 3;
    }
  if (i >= argc || argv[i][0] == '-')
    {
      fprintf (stderr, "usage: %s [--pagers DIR] FILE...\n", argv[0]);
      return 2;
    }
  for (; i < argc; i++)
    {
      unsigned passed_before = passed, failed_before = failed;

      input_read (argv[i], run);
      printf ("%s: %u passed, %u failed\n", argv[i], passed - passed_before,
              failed - failed_before);
    }
  printf ("%u passed, %u failed\n", passed, failed);
  return failed ? 1 : 0;
}
