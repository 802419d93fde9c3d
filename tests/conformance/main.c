/* conformance [--pagers DIR] [--adaptive | --defects] FILE...

   Runs recorded cases of the original code against the shared objects that
   simulations load, and tells where they differ.  The kind of a case is known
   by its members, not by the file it stands in.

   --adaptive runs the recorded inputs against adaptive.so instead, whose
   outcome is its own, and judges by the defect classes of FORMAT.md, section
   4.  (The library's cases stay as they are.)  Prints a line for every failing
   case, a line for every file, and last "N passed, N failed".  Exit status: 0
   if none failed, 1 if any did, 2 for input that cannot be read.

   --defects runs the same judge over all pagers and prints a table of how many
   cases show each defect; exit status 0.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "cases.h"
#include "defects.h"
#include "diff.h"
#include "input.h"
#include "script.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const pagers[]
    = { "perpage", "chunk", "extent", "adaptive" };
#define PAGERS (sizeof pagers / sizeof *pagers)

static unsigned passed, failed; /* of all files  */
static unsigned shown[DEFECTS][PAGERS];

static void
report (const char *id, const char *who, const char *what)
{
  printf ("%s:%u: %s: %s%s%s\n", input_file (), input_line (), id,
          who ? who : "", who ? ": " : "", what);
}

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
check_kind (const json_t *a_case)
{
  const char *id = input_string (a_case, "id");

  input_int (a_case, "page", PAGE, PAGE);
  if (!json_object_get (a_case, "file_size")
      && !json_object_get (a_case, "pagemap")
      && !json_object_get (a_case, "wanted")
      && !(json_object_get (a_case, "variant")
           && json_object_get (a_case, "map")
           && json_object_get (a_case, "offset")))
    input_bad ("case %s is of no known kind", id);
}

static void
count (const json_t *a_case, const char *pager, char *difference)
{
  if (!difference)
    {
      passed++;
      return;
    }
  failed++;
  report (input_string (a_case, "id"), pager, difference);
  free (difference);
}

/* The case's own writer does what was recorded.  */
static void
run (const json_t *a_case)
{
  const char *pager = NULL;
  char *difference = NULL;

  check_kind (a_case);
  if (json_object_get (a_case, "file_size"))
    difference = judge (a_case, case_aggregate (a_case));
  else if (json_object_get (a_case, "wanted"))
    difference = judge (a_case, case_pace (a_case));
  else if (json_object_get (a_case, "pagemap"))
    /* Every shared object has the library in it.  */
    for (size_t i = 0; i < PAGERS && !difference; i++)
      {
        pager = pagers[i];
        difference = judge (a_case, case_coalesce (a_case, pager));
      }
  else
    difference = judge (a_case, case_writer (a_case));
  count (a_case, pager, difference);
}

/* The pager `adaptive' shows no defect.  */
static void
run_adaptive (const json_t *a_case)
{
  static const char pager[] = "adaptive";
  struct defects found;
  bool good = true;

  check_kind (a_case);
  if (!defects_of_case (a_case, pager, &found))
    {
      bool pace = json_object_get (a_case, "wanted") != NULL;

      count (a_case, pager,
             judge (a_case, pace ? case_pace (a_case)
                                 : case_coalesce (a_case, pager)));
      return;
    }
  for (int d = 0; d < DEFECTS; d++)
    if (*found.found[d])
      {
        report (input_string (a_case, "id"), defect_name[d], found.found[d]);
        good = false;
      }
  if (good)
    passed++;
  else
    failed++;
}

static void
run_defects (const json_t *a_case)
{
  struct defects found;

  check_kind (a_case);
  for (size_t i = 0; i < PAGERS; i++)
    if (defects_of_case (a_case, pagers[i], &found))
      for (int d = 0; d < DEFECTS; d++)
        shown[d][i] += *found.found[d] != '\0';
}

static void
print_defects (void)
{
  printf ("%-8s", "defect");
  for (size_t i = 0; i < PAGERS; i++)
    printf (" %9s", pagers[i]);
  putchar ('\n');
  for (int d = 0; d < DEFECTS; d++)
    {
      printf ("%-8s", defect_name[d]);
      for (size_t i = 0; i < PAGERS; i++)
        printf (" %9u", shown[d][i]);
      putchar ('\n');
    }
}

static int
usage (const char *program)
{
  fprintf (stderr,
           "usage: %s [--pagers DIR] [--adaptive | --defects] FILE...\n",
           program);
  return 2;
}

int
main (int argc, char **argv)
{
  void (*each) (const json_t *) = run;
  int i = 1;

  if (argc > 2 && strcmp (argv[1], "--pagers") == 0)
    {
      script_set_directory (argv[2]);
      i = 3;
    }
  if (i < argc && strcmp (argv[i], "--adaptive") == 0)
    each = run_adaptive, i++;
  else if (i < argc && strcmp (argv[i], "--defects") == 0)
    each = run_defects, i++;
  if (i >= argc || argv[i][0] == '-')
    return usage (argv[0]);
  for (; i < argc; i++)
    {
      unsigned passed_before = passed, failed_before = failed;

      input_read (argv[i], each);
      if (each != run_defects)
        printf ("%s: %u passed, %u failed\n", argv[i], passed - passed_before,
                failed - failed_before);
    }
  if (each == run_defects)
    {
      print_defects ();
      return 0;
    }
  printf ("%u passed, %u failed\n", passed, failed);
  return failed ? 1 : 0;
}
