/* pagersim reproduce: the published rows beside the simulated ones.

   Every row is a run of workloads/paper.lua under the calibrated set, in a
   process of its own, so that a pager that goes wild in one cannot touch the
   others; rows with the same pager, settings and boot share a run.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "command.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include "options.h"
#include "reproduce_explain.h"
#include "reproduce_set.h"
#include "../base/check.h"
#include "../harness/explain.h"
#include "../harness/keys.h"
#include "../harness/place.h"
#include "../harness/published.h"
#include "../harness/report.h"
#include "../harness/report_file.h"

static const char about[]
    = "Run the lived-in machine of workloads/paper.lua under the pagers whose "
      "figures were published, and print published and simulated figures cell "
      "by cell.\v"
      "The machine is the set in results/calibrated.json, which `calibrate' "
      "found, as far as it fits the workload, else what the workload says; "
      "--set and --seed win over both.  "
      "Rows that were published as approximate are shown as predictions, and "
      "need not be equal.\n\n"
      "Exit status: 0 when all cells that are no predictions are equal; 1 "
      "when not; 2 the input was wrong.";

/* ---- Running the rows ----------------------------------------------------
 */

/* One run, for one row or more.  */
struct job
{
  const struct published_row *row;   /* the first of them  */
  const struct calibrated_row *boot; /* NULL: no calibrated set  */
  pid_t pid;
  int fd; /* its result, or the line of its error, comes from here  */
  json_t *result;
  json_t *tallies; /* NULL: not asked for  */
};

struct input
{
  struct options options;
  struct words words;
  struct file_option json;
  const char *published, *calibrated;
  bool explain;
  char workload[PATH_MAX];
  struct reproduce_set set;
  struct published *table;
  struct job job[PUBLISHED_ROWS];
  unsigned jobs, of_row[PUBLISHED_ROWS];
};

static const struct calibrated_row *
boot_of (const struct input *in, unsigned row)
{
  return in->set.chosen ? calibrated_boot (in->set.chosen, in->table, row)
                        : NULL;
}

/* The keys of ROW: the calibrated set, then --set, then what the row says.  */
static void
apply_row (const struct input *in, const struct published_row *row,
           const struct calibrated_row *boot)
{
  char err[300];
  struct user_error error;
  options_apply (&in->options);
  if (boot && !calibrated_apply (in->set.chosen, boot, &error))
    command_fail ("%s: %s", in->set.path, error.line);
  if (boot)
    options_set_again (&in->options);
  if (!keys_set ("pager.name", row->pager, KEY_USER, err, sizeof err))
    command_fail ("row %s: %s", row->id, err);
  for (unsigned i = 0; i < row->settings; i++)
    if (!keys_user (row->setting[i], err, sizeof err))
      command_fail ("row %s: %s", row->id, err);
}

/* The run itself, up to its result as text; NULL and *ERR when the input was
   wrong.  */
static char *
run_row (const struct input *in, const struct job *job, struct user_error *err)
{
  apply_row (in, job->row, job->boot);
  struct workload *w = workload_load (in->workload, err);
  struct pager *p = w ? pager_load (key_text ("pager.name"), err) : NULL;
  struct run_result result;
  uint64_t seed = reproduce_seed (&in->options, job->boot);
  if (in->explain && in->options.out)
    explain_log_start ();
  if (!p || !scenario_run (p, w, seed, &result, err))
    return NULL;
  struct report r = { w, "paper", pager_name (p), seed, &result };
  report_findings (&r, stderr);
  json_t *j = report_json (&r);
  if (in->explain)
    json_object_set_new (j, "tallies", reproduce_explain (p));
  if (in->explain && in->options.out)
    reproduce_log (p, in->options.out, job->row->id);
  char *text = report_json_text (j);
  json_decref (j);
  workload_free (w);
  return text;
}

static _Noreturn void
child (const struct input *in, const struct job *job, int fd)
{
  struct user_error err;
  char *text = run_row (in, job, &err);
  const char *out = text ? text : err.line;
  size_t len = strlen (out);
  while (len > 0)
    {
      ssize_t n = write (fd, out, len);
      if (n < 0 && errno != EINTR)
        break;
      out += n > 0 ? n : 0;
      len -= n > 0 ? n : 0;
    }
  _exit (text ? EXIT_GOOD : EXIT_USER);
}

static void
start (const struct input *in, struct job *job)
{
  int ends[2];
  pid_t parent = getpid ();
  if (pipe (ends) != 0)
    command_fail ("pipe: %s", strerror (errno));
  job->pid = fork ();
  if (job->pid < 0)
    command_fail ("fork: %s", strerror (errno));
  if (job->pid == 0)
    {
      prctl (PR_SET_PDEATHSIG, SIGKILL);
      if (getppid () != parent)
        _exit (EXIT_INTERRUPTED);
      close (ends[0]);
      child (in, job, ends[1]);
    }
  close (ends[1]);
  job->fd = ends[0];
}

static void
finish (struct job *job)
{
  char *text = NULL;
  size_t len = 0, space = 0;
  for (;;)
    {
      if (space - len < 65536)
        {
          space += 1 << 20;
          text = realloc (text, space);
          CHECK (text);
        }
      ssize_t n = read (job->fd, text + len, space - len - 1);
      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        break;
      len += n;
    }
  text[len] = 0;
  close (job->fd);
  int status;
  while (waitpid (job->pid, &status, 0) < 0 && errno == EINTR)
    ;
  if (WIFEXITED (status) && WEXITSTATUS (status) == EXIT_USER)
    command_fail ("row %s: %s", job->row->id, text);
  if (WIFEXITED (status) && WEXITSTATUS (status) == EXIT_GOOD)
    job->result = json_loads (text, 0, NULL);
  if (!job->result)
    {
      /* A fault of our own has been reported by the child.  */
      fprintf (stderr, "pagersim: row %s: its process died\n", job->row->id);
      exit (EXIT_FAULT);
    }
  job->tallies = json_incref (json_object_get (job->result, "tallies"));
  json_object_del (job->result, "tallies");
  free (text);
}

static bool
same_run (const struct published_row *a, const struct published_row *b)
{
  if (strcmp (a->pager, b->pager) != 0 || a->settings != b->settings)
    return false;
  for (unsigned i = 0; i < a->settings; i++)
    if (strcmp (a->setting[i], b->setting[i]) != 0)
      return false;
  return true;
}

static void
run_all (struct input *in)
{
  bool tell = isatty (STDERR_FILENO) && !in->options.quiet;
  for (unsigned i = 0; i < in->table->rows; i++)
    {
      const struct published_row *row = &in->table->row[i];
      const struct calibrated_row *boot = boot_of (in, i);
      unsigned j = 0;
      while (j < in->jobs
             && (in->job[j].boot != boot || !same_run (in->job[j].row, row)))
        j++;
      if (j == in->jobs)
        in->job[in->jobs++] = (struct job){ .row = row, .boot = boot };
      in->of_row[i] = j;
    }
  unsigned started = 0;
  for (unsigned i = 0; i < in->jobs; i++)
    {
      while (started < in->jobs && started < i + in->options.jobs)
        start (in, &in->job[started++]);
      if (tell)
        fprintf (stderr, "\r\033[K%u/%u %s", i + 1, in->jobs,
                 in->job[i].row->pager);
      finish (&in->job[i]);
    }
  if (tell)
    fputs ("\r\033[K", stderr);
  for (unsigned i = 0; i < in->table->rows; i++)
    if (!published_simulated (&in->table->row[i],
                              in->job[in->of_row[i]].result))
      command_fail ("row %s: a figure that is not counted",
                    in->table->row[i].id);
}

/* ---- Showing -------------------------------------------------------------
 */

struct tally
{
  unsigned cells, equal;
  bool all_ran;     /* every verdict is ok  */
  int64_t farthest; /* hundredths of a percent, without sign  */
  const char *row, *cell;
};

static const char *
verdict_of (const json_t *result)
{
  return json_string_value (json_object_get (result, "verdict"));
}

static struct tally
count_cells (const struct input *in)
{
  struct tally t = { .all_ran = true };
  for (unsigned i = 0; i < in->table->rows; i++)
    {
      const struct published_row *row = &in->table->row[i];
      if (strcmp (verdict_of (in->job[in->of_row[i]].result), "ok") != 0)
        t.all_ran = false;
      for (unsigned c = 0; c < row->cells && !row->approximate; c++)
        {
          int64_t distance = published_difference (&row->cell[c]);
          distance = distance < 0 ? -distance : distance;
          t.cells++;
          t.equal += published_equal (&row->cell[c]);
          if (distance > t.farthest)
            {
              t.farthest = distance;
              t.row = row->id;
              t.cell = row->cell[c].name;
            }
        }
    }
  return t;
}

static void
show_percent (int64_t hundredths, char *out, size_t size)
{
  uint64_t n = hundredths < 0 ? -hundredths : hundredths;
  snprintf (out, size, "%c%" PRIu64 ".%02u %%", hundredths < 0 ? '-' : '+',
            n / 100, (unsigned)(n % 100));
}

static void
show_row (FILE *out, const struct published_row *row,
          const struct calibrated_row *boot, const char *verdict)
{
  fprintf (out, "%s (%s", row->id, row->pager);
  for (unsigned i = 0; i < row->settings; i++)
    fprintf (out, ", %s", row->setting[i]);
  if (boot && strcmp (boot->id, row->id) != 0)
    fprintf (out, ", in the boot of %s", boot->id);
  fprintf (out, ")%s%s\n",
           row->approximate ? ": published as about; the simulated is a "
                              "prediction"
                            : "",
           strcmp (verdict, "ok") == 0 ? "" : ": THE RUN FAILED");
  for (unsigned i = 0; i < row->cells; i++)
    {
      const struct published_cell *c = &row->cell[i];
      char published[32], simulated[32], percent[40] = "equal";
      if (!published_equal (c))
        show_percent (published_difference (c), percent, sizeof percent);
      fprintf (out, "  %-32s %12s %12s %12s\n", c->name,
               published_text (c->published, published),
               published_text (c->simulated, simulated), percent);
    }
  if (row->note)
    fprintf (out, "  (%s)\n", row->note);
}

static void
show (FILE *out, void *arg)
{
  const struct input *in = arg;
  struct tally t = count_cells (in);
  reproduce_set_show (&in->set, &in->options, out);
  fprintf (out, "  %-32s %12s %12s %12s\n", "", "published", "simulated",
           "difference");
  for (unsigned i = 0; i < in->table->rows; i++)
    show_row (out, &in->table->row[i], boot_of (in, i),
              verdict_of (in->job[in->of_row[i]].result));
  fprintf (out, "\n%u of %u cells are equal", t.equal, t.cells);
  if (t.farthest)
    {
      char percent[40];
      show_percent (t.farthest, percent, sizeof percent);
      fprintf (out, "; the largest distance is %s (%s, %s)", percent + 1,
               t.row, t.cell);
    }
  fputs (". Predictions are not counted.\n", out);
  for (unsigned i = 0; in->explain && i < in->table->rows; i++)
    reproduce_explain_show (out, &in->table->row[i],
                            in->job[in->of_row[i]].tallies);
}

static json_t *
figure_json (struct figure f)
{
  double unit = 1;
  for (unsigned d = 0; d < f.decimals; d++)
    unit *= 10;
  return f.decimals ? json_real (f.value / unit) : json_integer (f.value);
}

static json_t *
row_json (const struct published_row *row, const json_t *result)
{
  json_t *cells = json_object ();
  for (unsigned i = 0; i < row->cells; i++)
    {
      const struct published_cell *c = &row->cell[i];
      json_object_set_new (cells, c->name,
                           json_pack ("{s:o, s:o, s:b, s:I}", "published",
                                      figure_json (c->published), "simulated",
                                      figure_json (c->simulated), "equal",
                                      published_equal (c),
                                      "difference_percent_100",
                                      (json_int_t)published_difference (c)));
    }
  return json_pack ("{s:s, s:s, s:b, s:s*, s:s*, s:o, s:O, s:O, s:O}", "id",
                    row->id, "pager", row->pager, "approximate",
                    row->approximate, "source", row->source, "note", row->note,
                    "cells", cells, "verdict",
                    json_object_get (result, "verdict"), "digest",
                    json_object_get (result, "digest"), "virtual_ns",
                    json_object_get (result, "virtual_ns"));
}

static void
write_json (const char *path, const json_t *j)
{
  char *text = report_json_text (j);
  command_write (path, text, strlen (text));
  free (text);
}

static json_t *
all_json (const struct input *in)
{
  struct tally t = count_cells (in);
  json_t *rows = json_array ();
  for (unsigned i = 0; i < in->table->rows; i++)
    json_array_append_new (
        rows, row_json (&in->table->row[i], in->job[in->of_row[i]].result));
  /* The seed of each row and all its keys are in the row's own result.  */
  json_t *j = json_pack ("{s:s, s:b, s:i, s:i, s:o}", "schema",
                         "pagersim.reproduce/1", "calibrated",
                         in->set.chosen != NULL, "cells", (int)t.cells,
                         "equal", (int)t.equal, "rows", rows);
  CHECK (j);
  return j;
}

static void
write_results (struct input *in)
{
  size_t len;
  char *text = command_text (show, in, &len);
  json_t *j = all_json (in);
  const char *dir = in->options.out;
  char path[PATH_MAX];
  if (dir)
    {
      snprintf (path, sizeof path, "%.3000s/reproduce.json", dir);
      write_json (path, j);
      snprintf (path, sizeof path, "%.3000s/reproduce.txt", dir);
      command_write (path, text, len);
    }
  for (unsigned i = 0; dir && i < in->table->rows; i++)
    {
      snprintf (path, sizeof path, "%.3000s/reproduce-%.200s.json", dir,
                in->table->row[i].id);
      write_json (path, in->job[in->of_row[i]].result);
    }
  if (in->json.path)
    write_json (in->json.path, j);
  if (!in->options.quiet
      && (!in->json.path || strcmp (in->json.path, "-") != 0))
    command_write ("-", text, len);
  json_decref (j);
  free (text);
}

/* ---- The command ---------------------------------------------------------
 */

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
    case OPTION_JSON:
      file_option_set (&in->json, arg, state);
      return 0;
    case OPTION_EXPLAIN:
      in->explain = true;
      return 0;
    case OPTION_PUBLISHED:
      in->published = arg;
      return 0;
    case OPTION_CALIBRATED:
      in->calibrated = arg;
      return 0;
    case ARGP_KEY_ARG:
      words_add (&in->words, arg);
      return 0;
    default:
      return ARGP_ERR_UNKNOWN;
    }
}

/* What can be wrong before anything runs is found here, once.  */
static void
check (struct input *in)
{
  struct user_error err;
  if (in->json.path && !report_file_check (in->json.path, &err))
    command_fail ("%s", err.line);
  if (in->options.out && !report_directory (in->options.out, &err))
    command_fail ("%s", err.line);
  in->table = published_load (in->published, &err);
  if (!in->table)
    command_fail_error (&err, in->published ? in->published : "");
  if (!place_find ("workloads/paper.lua", in->workload))
    command_fail ("workloads/paper.lua is not found beside the program");
  reproduce_set_load (&in->set, in->calibrated, in->workload, &in->options);
  for (unsigned i = 0; i < in->table->rows; i++)
    {
      apply_row (in, &in->table->row[i], boot_of (in, i));
      struct workload *w = workload_load (in->workload, &err);
      if (!w)
        command_fail_error (&err, in->workload);
      workload_free (w);
    }
}

int
command_reproduce (int argc, char **argv)
{
  static const struct argp_option table[]
      = { { "json", OPTION_JSON, "FILE", OPTION_ARG_OPTIONAL,
            "write the table as JSON; - or nothing is stdout", 0 },
          { "published", OPTION_PUBLISHED, "FILE", 0,
            "the published figures (results/published.json)", 0 },
          { "calibrated", OPTION_CALIBRATED, "FILE", 0,
            "the set of parameters (results/calibrated.json); none is what "
            "the workload says",
            0 },
          { "explain", OPTION_EXPLAIN, NULL, 0,
            "print what adds up to each cell; with --out, also write the log "
            "of each run (run --explain-log)",
            0 },
          { 0 } };
  static const struct argp_child children[]
      = { { &options_argp, 0, NULL, 0 }, { 0 } };
  static const struct argp argp
      = { table, parse, NULL, about, children, NULL, NULL };
  static struct input in;
  memset (&in, 0, sizeof in);
  command_parse (&argp, argc, argv, &in);
  struct file_option *files[] = { &in.json };
  words_claim (&in.words, 0, files, 1);
  check (&in);
  run_all (&in);
  write_results (&in);
  struct tally t = count_cells (&in);
  for (unsigned i = 0; i < in.jobs; i++)
    {
      json_decref (in.job[i].result);
      json_decref (in.job[i].tallies);
    }
  calibrated_free (in.set.chosen);
  published_free (in.table);
  return t.all_ran && t.equal == t.cells ? EXIT_GOOD : EXIT_DIFFERENT;
}
