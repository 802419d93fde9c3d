/* pagersim check: does everything still come out as it did?

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "command.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "options.h"
#include "../base/check.h"
#include "../harness/baseline.h"
#include "../harness/host_clock.h"
#include "../harness/pager_load.h"
#include "../harness/place.h"
#include "../harness/report.h"
#include "../harness/report_file.h"

static const char about[]
    = "Do the runs of the baseline again and print every simulated value that "
      "is not as it was: the published rows, and the grids in "
      "results/baseline/.\v"
      "Differences are grouped by run, the most telling first. How fast the "
      "host was is compared as a ratio to a loop that runs beside; that is a "
      "warning at most.\n\n"
      "Exit status: 0 all is as in the baseline; 3 something differs; 1 with "
      "--update, a run came to nothing; 2 the input was wrong; 130 "
      "stopped.\n\n"
      "Examples:\n"
      "  pagersim check\n"
      "  pagersim check --update    after a change that is meant\n"
      "  pagersim check --replace extent=./mine.so";

enum
{
  OPTION_UPDATE = 0x400,
  OPTION_BASELINE,
  OPTION_REPLACE,
  SLOWER_PERCENT = 125
};

static const struct argp_option table[] = {
  { "update", OPTION_UPDATE, NULL, 0, "make what comes out now the baseline",
    0 },
  { "baseline", OPTION_BASELINE, "DIR", 0,
    "where the baseline and its grids are (results/baseline)", 0 },
  { "replace", OPTION_REPLACE, "NAME=FILE.so", 0,
    "use FILE.so wherever the pager NAME is asked for (repeatable)", 0 },
  { "json", OPTION_JSON, "FILE", OPTION_ARG_OPTIONAL,
    "write the differences as JSON (schema pagersim.check/1)", 0 },
  { "jobs", 'j', "N", 0, "at most N runs at the same time (all CPUs)", 0 },
  { "quiet", 'q', NULL, 0, "only the exit status and the files asked for", 0 },
  { 0 }
};

struct input
{
  struct words words;
  struct file_option json;
  struct options options; /* jobs, quiet  */
  const char *dir;        /* NULL: ours  */
  bool update, replaced;

  char directory[PATH_MAX], file[PATH_MAX];
  struct baseline_plan plan;
  struct baseline old, now;
};

static void
parse_replace (struct input *in, const char *arg)
{
  const char *equals = strchr (arg, '=');
  struct user_error err;
  if (!equals || equals == arg || !equals[1])
    command_fail ("--replace: '%.80s' is not NAME=FILE.so", arg);
  char *name = strndup (arg, equals - arg);
  CHECK (name);
  if (!pager_replace (name, equals + 1, &err))
    command_fail ("--replace: %s", err.line);
  free (name);
  in->replaced = true;
}

static error_t
parse (int key, char *arg, struct argp_state *state)
{
  struct input *in = state->input;
  switch (key)
    {
    case ARGP_KEY_INIT:
      command_parse_init (state);
      return 0;
    case OPTION_UPDATE:
      in->update = true;
      return 0;
    case OPTION_BASELINE:
      if (!*arg)
        command_fail ("--baseline: the name is empty");
      in->dir = arg;
      return 0;
    case OPTION_REPLACE:
      parse_replace (in, arg);
      return 0;
    case OPTION_JSON:
      file_option_set (&in->json, arg, state);
      return 0;
    case 'j':
      in->options.jobs = option_number ("--jobs", arg, TEXT_NUMBER, 1, 1024);
      in->options.jobs_given = true;
      return 0;
    case 'q':
      in->options.quiet = true;
      return 0;
    case ARGP_KEY_ARG:
      words_add (&in->words, arg);
      return 0;
    default:
      return ARGP_ERR_UNKNOWN;
    }
}

/* ---- Before the runs -----------------------------------------------------
 */

static void
find_files (struct input *in)
{
  if (in->dir)
    snprintf (in->directory, sizeof in->directory, "%s", in->dir);
  else if (!place_find ("results/baseline", in->directory))
    command_fail ("results/baseline is not found beside the program");
  int n = snprintf (in->file, sizeof in->file, "%s/baseline.json",
                    in->directory);
  if (n >= (int)sizeof in->file)
    command_fail ("%.300s: name too long", in->directory);
}

/* What can be wrong before anything runs is found here.  */
static void
prepare (struct input *in)
{
  struct user_error err;
  const char *place;
  if (in->update && in->replaced)
    command_fail ("--update and --replace: a baseline is of our own pagers");
  if (in->update && in->json.path)
    command_fail ("--update and --json: nothing is compared");
  find_files (in);
  if (in->json.path && !report_file_check (in->json.path, &err))
    command_fail ("%s", err.line);
  if (in->update && !report_file_check (in->file, &err))
    command_fail ("%s", err.line);
  if (!in->update && access (in->file, F_OK) != 0)
    command_fail ("%.300s: there is no baseline; `pagersim check --update' "
                  "makes one",
                  in->file);
  if (!in->update && !baseline_read (in->file, &in->old, &err))
    command_fail_error (&err, in->file);
  if (!baseline_plan_make (&in->plan, in->directory, &err, &place))
    command_fail_error (&err, place);
}

/* ---- After them ----------------------------------------------------------
 */

static void
fill_baseline (FILE *f, void *b)
{
  baseline_write (b, f);
}

/* A baseline with runs that came to nothing is none.  */
static int
update (struct input *in)
{
  const char *name;
  json_t *values;
  json_object_foreach (in->now.runs, name, values)
  {
    const char *verdict
        = json_string_value (json_object_get (values, "verdict"));
    if (strcmp (verdict, "failed") == 0 || strcmp (verdict, "died") == 0)
      {
        fprintf (
            stderr,
            "pagersim: %.200s: %s: %s; the baseline is left as it "
            "was\n",
            name, verdict,
            json_string_value (json_object_get (values, "findings.what")));
        return EXIT_DIFFERENT;
      }
  }
  size_t len;
  char *text = command_text (fill_baseline, &in->now, &len);
  command_write (in->file, text, len);
  free (text);
  if (!in->options.quiet)
    printf ("%s: %zu runs\n", in->file, in->plan.runs);
  return EXIT_GOOD;
}

static void
warn_if_slow (const struct input *in)
{
  uint64_t old = in->old.slowness_1000, now = in->now.slowness_1000;
  if (old == 0 || now == 0 || now * 100 < old * SLOWER_PERCENT)
    return;
  uint64_t percent = now * 100 / old;
  fprintf (stderr,
           "pagersim: warning: the runs took %llu.%02u times as long as when "
           "the baseline was made, by the measure of a loop beside them\n",
           (unsigned long long)(percent / 100), (unsigned)(percent % 100));
}

struct shown
{
  const struct input *in;
  const struct baseline_changes *changes;
  uint64_t host_ns;
};

static void
fill_text (FILE *f, void *arg)
{
  const struct shown *s = arg;
  size_t different = s->changes->runs + s->changes->uncompared;
  baseline_show (s->changes, f);
  if (different > 0)
    fprintf (f, "%zu of %zu runs differ in %zu values", s->changes->runs,
             s->in->plan.runs, s->changes->values);
  else
    fprintf (f, "%zu runs, all as in the baseline", s->in->plan.runs);
  fprintf (f, " (%llu.%u s)\n", (unsigned long long)(s->host_ns / 1000000000),
           (unsigned)(s->host_ns / 100000000 % 10));
}

static void
write_json (const struct input *in, const struct baseline_changes *changes)
{
  json_t *j = baseline_changes_json (changes);
  json_object_set_new (j, "runs", json_integer (in->plan.runs));
  json_object_set_new (j, "host",
                       json_pack ("{s:I, s:I}", "slowness_1000",
                                  (json_int_t)in->now.slowness_1000,
                                  "baseline_slowness_1000",
                                  (json_int_t)in->old.slowness_1000));
  char *text = report_json_text (j);
  command_write (in->json.path, text, strlen (text));
  free (text);
  json_decref (j);
}

static int
compare (struct input *in, uint64_t host_ns)
{
  struct baseline_changes changes;
  baseline_compare (&in->old, &in->now, &changes);
  if (in->json.path)
    write_json (in, &changes);
  bool stdout_taken = in->json.path && strcmp (in->json.path, "-") == 0;
  struct shown shown = { in, &changes, host_ns };
  if (!in->options.quiet && !stdout_taken)
    command_write_as ("-", fill_text, &shown);
  if (!in->options.quiet)
    warn_if_slow (in);
  int status
      = changes.runs + changes.uncompared > 0 ? EXIT_REGRESSION : EXIT_GOOD;
  baseline_changes_free (&changes);
  return status;
}

int
command_check (int argc, char **argv)
{
  static const struct argp argp
      = { table, parse, NULL, about, NULL, NULL, NULL };
  static struct input in;
  command_parse (&argp, argc, argv, &in);
  struct file_option *files[] = { &in.json };
  words_claim (&in.words, 0, files, 1);
  prepare (&in);
  const volatile sig_atomic_t *stop = command_interrupted ();
  bool tell = isatty (STDERR_FILENO) && !in.options.quiet;
  uint64_t begin = host_clock_ns ();
  bool whole = baseline_run (&in.plan, options_jobs (&in.options), tell, stop,
                             &in.now);
  uint64_t host_ns = host_clock_ns () - begin;
  int status = EXIT_INTERRUPTED;
  if (!whole)
    fprintf (stderr, "pagersim: stopped; nothing was %s\n",
             in.update ? "written" : "compared");
  else
    status = in.update ? update (&in) : compare (&in, host_ns);
  baseline_free (&in.now);
  baseline_free (&in.old);
  baseline_plan_free (&in.plan);
  return status;
}
