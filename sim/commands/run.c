/* pagersim run WORKLOAD: one run.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "command.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include "options.h"
#include "../base/check.h"
#include "../harness/explain.h"
#include "../harness/faults_spec.h"
#include "../harness/image.h"
#include "../harness/keys.h"
#include "../harness/place.h"
#include "../harness/report.h"
#include "../harness/report_file.h"
#include "../harness/timeline.h"
#include "../harness/trace_chrome.h"
#include "../harness/watch.h"

static const char about[]
    = "Run WORKLOAD once under a pager, and print what was counted.\v"
      "WORKLOAD is a Lua file, or the name of one of `pagersim list "
      "workloads'. FILE is replaced when it is a regular file; - or nothing "
      "is stdout, in place of the table.\n\n"
      "Exit status: 0 good; 1 the code under test failed (a crash, a "
      "deadlock, a broken rule, no end in time); 2 the input was wrong; 4 a "
      "fault of pagersim's own.\n\n"
      "Examples:\n"
      "  pagersim run seqwrite --pager chunk\n"
      "  pagersim run seqwrite --set file.size=16M --set store.device=hdd\n"
      "  pagersim run my.lua --pager ./mine.so --json=result.json\n"
      "  pagersim run seqwrite --image disk.img && e2fsck -fn disk.img";

static const struct argp_option table[]
    = { { "pager", OPTION_PAGER, "NAME|FILE.so", 0,
          "the pager under test: one of `list pagers', or a file of your own",
          0 },
        { "fault", OPTION_FAULT, "KIND@N|KIND@p=P", 0,
          "let something go wrong at the N-th store write, or at each with a "
          "chance of P in a million (repeatable; docs/reliability.md)",
          0 },
        { "json", OPTION_JSON, "FILE", OPTION_ARG_OPTIONAL,
          "write the result as JSON (schema pagersim.run/1)", 0 },
        { "csv", OPTION_CSV, "FILE", OPTION_ARG_OPTIONAL,
          "write the result as CSV: a header and a row", 0 },
        { "image", OPTION_IMAGE, "FILE", 0,
          "unmount after the run, uncounted, and write the store to FILE, a "
          "sparse disk image that e2fsck and debugfs read; see run.contents",
          0 },
        { "explain", OPTION_EXPLAIN, "COUNTER", 0,
          "print what adds up to COUNTER: which file's, and why each run of "
          "pages or store write ended (repeatable)",
          0 },
        { "explain-log", OPTION_EXPLAIN_LOG, "FILE", 0,
          "write each of them to FILE, with its place in its file",
          0 },
        { "timeline", OPTION_TIMELINE, "FILE", 0,
          "write dirty pages, queues and lock holders over virtual time to "
          "FILE, as CSV",
          0 },
        { "trace", OPTION_TRACE, "FILE", 0,
          "write what each thread did or waited for to FILE, as a Chrome "
          "trace, which Perfetto opens",
          0 },
        { 0 } };

struct input
{
  struct options options;
  struct words words;
  const char *pager; /* NULL: not given  */
  const char *image; /* the same  */
  const char *log;   /* the same  */
  const char *timeline, *trace; /* the same  */
  struct words explain;
  char *faults; /* NULL: none given  */
  struct file_option json, csv;
};

/* They are one key.  */
static void
add_fault (struct input *in, const char *arg)
{
  struct user_error err;
  struct fault f;
  char *all;
  if (!fault_parse (arg, &f, &err))
    command_fail ("--fault: %s", err.line);
  CHECK (asprintf (&all, "%s%s%s", in->faults ? in->faults : "",
                   in->faults ? " " : "", arg)
         >= 0);
  free (in->faults);
  in->faults = all;
}

static error_t
parse (int key, char *arg, struct argp_state *state)
{
  struct input *in = state->input;
  switch (key)
    {
    case ARGP_KEY_INIT:
      command_parse_init (state);
      state->child_inputs[0] = &in->options;
      return 0;
    case OPTION_PAGER:
      if (!*arg)
        command_fail ("--pager: the name is empty");
      in->pager = arg;
      return 0;
    case OPTION_FAULT:
      add_fault (in, arg);
      return 0;
    case OPTION_JSON:
      file_option_set (&in->json, arg, state);
      return 0;
    case OPTION_CSV:
      file_option_set (&in->csv, arg, state);
      return 0;
    case OPTION_EXPLAIN:
      {
        struct user_error err;
        if (!explain_check (arg, &err))
          command_fail ("%s", err.line);
        words_add (&in->explain, arg);
        return 0;
      }
    case OPTION_EXPLAIN_LOG:
      in->log = arg;
      return 0;
    case OPTION_IMAGE:
      in->image = arg;
      return 0;
    case OPTION_TIMELINE:
      in->timeline = arg;
      return 0;
    case OPTION_TRACE:
      in->trace = arg;
      return 0;
    case ARGP_KEY_ARG:
      words_add (&in->words, arg);
      return 0;
    default:
      return ARGP_ERR_UNKNOWN;
    }
}

static void
check_file (const char *path,
            bool (*check) (const char *, struct user_error *))
{
  struct user_error err;
  if (!path)
    return;
  size_t len = strlen (path);
  if (len > 4 && strcmp (path + len - 4, ".lua") == 0)
    command_fail ("%.300s: a result is not written over a workload", path);
  if (!check (path, &err))
    command_fail ("%s", err.line);
}

static void
check_files (const struct input *in)
{
  const char *const names[] = { "--json",        "--csv",      "--image",
                                "--explain-log", "--timeline", "--trace" };
  const char *const paths[] = { in->json.path, in->csv.path,  in->image,
                                in->log,       in->timeline, in->trace };
  enum
  {
    FILES = sizeof paths / sizeof *paths
  };
  for (size_t i = 0; i < FILES; i++)
    for (size_t j = i + 1; j < FILES; j++)
      if (paths[i] && paths[j] && strcmp (paths[i], paths[j]) == 0)
        command_fail ("%s and %s go to the same file", names[i], names[j]);
  check_file (in->json.path, report_file_check);
  check_file (in->csv.path, report_file_check);
  check_file (in->image, image_check);
  check_file (in->log, report_file_check);
  check_file (in->timeline, report_file_check);
  check_file (in->trace, report_file_check);
}

/* ---- Output --------------------------------------------------------------
 */

static void
write_table (FILE *f, void *r)
{
  report_table (r, f);
}

static void
write_csv (FILE *f, void *r)
{
  report_csv (r, f);
}

static void
write_log (FILE *f, void *p)
{
  explain_log_write (p, f);
}

static void
write_timeline (FILE *f, void *nothing)
{
  (void)nothing;
  timeline_write (f);
}

static void
write_trace (FILE *f, void *nothing)
{
  (void)nothing;
  trace_chrome_write (f);
}

static void
write_json (FILE *f, void *r)
{
  json_t *j = report_json (r);
  char *text = report_json_text (j);
  fputs (text, f);
  free (text);
  json_decref (j);
}

static void
write_as (const char *path, void (*fn) (FILE *, void *), void *arg)
{
  size_t len;
  char *text = command_text (fn, arg, &len);
  command_write (path, text, len);
  free (text);
}

/* DIR/WORKLOAD-PAGER.json and the like.  */
static void
write_directory (const char *dir, struct report *r)
{
  static const struct
  {
    const char *suffix;
    void (*fn) (FILE *, void *);
  } kinds[] = { { "json", write_json },
                { "csv", write_csv },
                { "txt", write_table } };
  const char *name = workload_name (r->workload);
  int len = strcspn (name, ".");
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
    {
      char path[PATH_MAX];
      int n = snprintf (path, sizeof path, "%s/%.*s-%s.%s", dir, len, name,
                        r->pager, kinds[i].suffix);
      if (n < 0 || n >= (int)sizeof path)
        command_fail ("%.300s: name too long", dir);
      write_as (path, kinds[i].fn, r);
    }
}

static void
write_all (struct input *in, struct report *r)
{
  bool stdout_taken = false;
  if (in->options.out)
    write_directory (in->options.out, r);
  if (in->json.path)
    write_as (in->json.path, write_json, r);
  if (in->csv.path)
    write_as (in->csv.path, write_csv, r);
  stdout_taken |= in->json.path && strcmp (in->json.path, "-") == 0;
  stdout_taken |= in->csv.path && strcmp (in->csv.path, "-") == 0;
  if (!stdout_taken && !in->options.quiet)
    write_as ("-", write_table, r);
}

/* What was watched.  */
static void
write_watched (const struct input *in)
{
  if (in->timeline)
    write_as (in->timeline, write_timeline, NULL);
  if (!in->trace)
    return;
  write_as (in->trace, write_trace, NULL);
  char time[32];
  if (trace_chrome_cut () != VTIME_NEVER)
    fprintf (stderr, "pagersim: %.300s is cut at %s of the run: %d MiB are "
             "full\n", in->trace, report_time (trace_chrome_cut (), time),
             TRACE_CHROME_MIB);
}

/* False when the file system cannot be unmounted.  */
static bool
write_image (const char *path)
{
  struct user_error err;
  if (!scenario_unmount (&err))
    {
      fprintf (stderr, "pagersim: %.300s: no image: %s\n", path, err.line);
      return false;
    }
  if (!image_write (path, &err))
    command_fail ("%s", err.line);
  return true;
}

/* ---- The command ---------------------------------------------------------
 */

int
command_run (int argc, char **argv)
{
  static const struct argp_child children[]
      = { { &options_argp, 0, NULL, 0 }, { 0 } };
  static const struct argp argp
      = { table, parse, "WORKLOAD", about, children, NULL, NULL };
  struct input in;
  struct user_error err;
  memset (&in, 0, sizeof in);
  command_parse (&argp, argc, argv, &in);
  struct file_option *files[] = { &in.json, &in.csv };
  words_claim (&in.words, 1, files, 2);
  if (in.words.count == 0 || !*in.words.word[0])
    command_fail ("run: which WORKLOAD? (see `pagersim list workloads')");
  check_files (&in);
  if (in.options.out && !report_directory (in.options.out, &err))
    command_fail ("%s", err.line);

  char path[PATH_MAX];
  place_workload (in.words.word[0], path);
  options_apply (&in.options);
  if (in.pager
      && !keys_set ("pager.name", in.pager, KEY_USER, err.line,
                    sizeof err.line))
    command_fail ("%s", err.line);
  if (in.faults
      && !keys_set ("run.faults", in.faults, KEY_USER, err.line,
                    sizeof err.line))
    command_fail ("%s", err.line);
  struct workload *w = workload_load (path, &err);
  if (!w)
    command_fail_error (&err, path);
  struct pager *p = pager_load (key_text ("pager.name"), &err);
  if (!p)
    command_fail ("%s", err.line);
  struct run_result result;
  if (in.log)
    explain_log_start ();
  if (in.timeline || in.trace)
    watch_start (in.timeline, in.trace);
  if (!scenario_run (p, w, in.options.seed, &result, &err))
    command_fail_error (&err, path);
  if (in.timeline || in.trace)
    watch_stop ();
  struct report r
      = { w, in.words.word[0], pager_name (p), in.options.seed, &result };
  write_all (&in, &r);
  write_watched (&in);
  if (in.log)
    {
      write_as (in.log, write_log, p);
      explain_log_stop ();
    }
  for (int i = 0; i < (int)in.explain.count; i++)
    {
      putchar ('\n');
      explain_print (p, in.explain.word[i], stdout);
    }
  report_findings (&r, stderr);
  bool good = result.verdict == VERDICT_OK;
  if (in.image && !write_image (in.image))
    good = false;
  workload_free (w);
  free (in.faults);
  return good ? EXIT_GOOD : EXIT_DIFFERENT;
}
