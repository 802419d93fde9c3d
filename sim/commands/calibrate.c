/* pagersim calibrate: look for parameters that give the published counts.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "command.h"

#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "options.h"
#include "../base/check.h"
#include "../base/text.h"
#include "../harness/calibrate.h"
#include "../harness/calibrated.h"
#include "../harness/host_clock.h"
#include "../harness/place.h"
#include "../harness/report.h"
#include "../harness/report_file.h"

static const char about[]
    = "Look for a set of parameters, within the ranges that "
      "workloads/paper.lua declares, under which the rows that were published "
      "exactly come out equal.\v"
      "First sets are drawn at random, and the matches counted; then the "
      "nearest are followed.  Every try is kept in DIR, so that a search that "
      "was stopped goes on where it was.  At the end the set is run under "
      "other seeds and with every key moved.\n\n"
      "Writes results/calibrated.json and results/calibration.csv.  Exit "
      "status: 0 an exact set was found; 1 none was, the nearest is written; "
      "2 the input was wrong.";

enum
{
  OPTION_DRAWS = 0x200,
  OPTION_BUDGET,
  OPTION_TRIES,
  OPTION_RESEEDS,
  OPTION_RESULTS,
  OPTION_WORKLOAD
};

#define SECOND_NS UINT64_C (1000000000)

struct input
{
  struct options options;
  struct words words;
  const char *published, *results, *workload_name;
  uint64_t draws, tries, reseeds, budget_ns;
  bool fresh;

  char workload[PATH_MAX], directory[PATH_MAX], target_directory[PATH_MAX];
  struct published *table;
  struct workload *w;
  struct space space;
  struct lab lab;
  struct fit fit;
  struct calibration calibration;
  uint64_t started_ns, shown_ns;
  bool tell, measuring;
  const volatile sig_atomic_t *interrupted;
};

/* ---- Progress ------------------------------------------------------------
 */

static bool
out_of_time (void *arg)
{
  const struct input *in = arg;
  return host_clock_ns () - in->started_ns >= in->budget_ns;
}

static void
show_distance (uint64_t d, char *out)
{
  if (d >= DISTANCE_FAILED)
    strcpy (out, "-");
  else
    snprintf (out, 24, "%" PRIu64, d);
}

static void
tick (void *arg)
{
  struct input *in = arg;
  uint64_t now = host_clock_ns ();
  if (!in->tell || now - in->shown_ns < SECOND_NS / 2)
    return;
  in->shown_ns = now;
  const struct fit *f = &in->fit;
  if (in->measuring)
    {
      fprintf (stderr, "\r\033[K%" PRIu64 " runs, reseeds %u/%u",
               in->lab.tries, in->calibration.reseeds.draws,
               in->calibration.reseeds_wanted);
      return;
    }
  char nearest[FIT_ROWS][24], best[24];
  for (unsigned r = 0; r < FIT_ROWS; r++)
    show_distance (f->nearest[r], nearest[r]);
  show_distance (f->found ? f->best.distance : DISTANCE_FAILED, best);
  uint64_t used = now - in->started_ns;
  uint64_t left = used < in->budget_ns ? in->budget_ns - used : 0;
  left /= SECOND_NS;
  fprintf (stderr,
           "\r\033[K%" PRIu64 " tries, %s; off by %s (%s), %s (%s), both %s; "
           "%" PRIu64 ":%02u left",
           in->lab.tries, f->phase ? f->phase : "", nearest[0],
           f->target[0].row->id, nearest[1], f->target[1].row->id, best,
           left / 60, (unsigned)(left % 60));
}

/* ---- Getting ready -------------------------------------------------------
 */

/* The two rows that were published exactly; the one with more numbers other
   than zero is searched first.  */
static void
choose_rows (struct input *in)
{
  unsigned n = 0, informative[FIT_ROWS];
  for (unsigned i = 0; i < in->table->rows; i++)
    {
      const struct published_row *row = &in->table->row[i];
      if (row->approximate)
        continue;
      if (n == FIT_ROWS)
        command_fail ("more than %d rows to meet", FIT_ROWS);
      if (!target_read (&in->fit.target[n], row))
        command_fail ("row %s: a figure that is not counted", row->id);
      informative[n] = 0;
      for (unsigned c = 0; c < in->fit.target[n].numbers; c++)
        informative[n] += in->fit.target[n].number[c].published > 0;
      n++;
    }
  if (n < FIT_ROWS)
    command_fail ("fewer than %d rows to meet", FIT_ROWS);
  if (informative[1] > informative[0])
    {
      struct target first = in->fit.target[1];
      in->fit.target[1] = in->fit.target[0];
      in->fit.target[0] = first;
    }
}

static void
load_workload (struct input *in)
{
  struct user_error err;
  options_apply (&in->options);
  place_workload (in->workload_name, in->workload);
  in->w = workload_load (in->workload, &err);
  if (!in->w)
    command_fail_error (&err, in->workload);
  if (!space_read (&in->space))
    command_fail ("%s: more than %d ranges", in->workload_name, SPACE_KEYS);
}

static void
choose_directories (struct input *in)
{
  char own[PATH_MAX];
  if (!place_find ("results", own) && (!in->results || !in->options.out))
    command_fail ("results/ is not found beside the program");
  snprintf (in->target_directory, sizeof in->target_directory, "%s",
            in->results ? in->results : own);
  if (in->options.out)
    snprintf (in->directory, sizeof in->directory, "%s", in->options.out);
  else
    snprintf (in->directory, sizeof in->directory, "%.3000s/out/calibrate",
              own);
  command_directory (in->target_directory);
  command_directory (in->directory);
}

/* What a log is good for.  The digests of one run for each row tell whether
   the model, the pagers or the machine's keys have changed.  */
static json_t *
log_header (struct input *in)
{
  static struct trial t[FIT_ROWS];
  json_t *rows = json_object (), *ranges = json_object ();
  for (unsigned r = 0; r < FIT_ROWS; r++)
    {
      t[r].target = &in->fit.target[r];
      space_defaults (&in->space, &t[r].candidate);
    }
  if (!lab_try (&in->lab, t, FIT_ROWS))
    exit (EXIT_INTERRUPTED);
  in->lab.tries = 0;
  for (unsigned r = 0; r < FIT_ROWS; r++)
    {
      char digest[20];
      if (!t[r].result.ran)
        command_fail ("row %s: %s", in->fit.target[r].row->id,
                      t[r].result.died ? "its process died"
                                       : t[r].result.error.line);
      snprintf (digest, sizeof digest, "%016" PRIx64, t[r].result.digest);
      json_t *published = json_array ();
      for (unsigned i = 0; i < in->fit.target[r].numbers; i++)
        json_array_append_new (
            published, json_integer (in->fit.target[r].number[i].published));
      json_object_set_new (
          rows, in->fit.target[r].row->id,
          json_pack ("{s:s, s:o}", "digest", digest, "published", published));
    }
  for (unsigned i = 0; i < in->space.keys; i++)
    json_object_set_new (ranges, in->space.key[i].name,
                         json_pack ("[I, I]",
                                    (json_int_t)in->space.key[i].from,
                                    (json_int_t)in->space.key[i].to));
  json_t *j = json_pack (
      "{s:s, s:s, s:I, s:I, s:o, s:o}", "schema", "pagersim.calibrate-log/1",
      "workload", workload_sha256 (in->w), "seed",
      (json_int_t)in->options.seed, "draws", (json_int_t)in->draws, "rows",
      rows, "ranges", ranges);
  CHECK (j);
  return j;
}

static void
prepare (struct input *in)
{
  struct user_error err;
  in->table = published_load (in->published, &err);
  if (!in->table)
    command_fail_error (&err, in->published ? in->published : "");
  choose_rows (in);
  load_workload (in);
  choose_directories (in);
  in->lab.space = &in->space;
  in->lab.settings = in->options.settings;
  memcpy (in->lab.set, in->options.set, sizeof in->lab.set);
  in->lab.stop = in->interrupted;
  in->lab.tick = tick;
  in->lab.arg = in;
  in->lab.pool = pool_runs_open (options_jobs (&in->options), in->workload);
  struct fit *f = &in->fit;
  f->lab = &in->lab;
  f->space = &in->space;
  f->draws = in->draws;
  f->tries_max = in->tries;
  f->out_of_time = out_of_time;
  f->arg = in;
  f->nearest[0] = f->nearest[1] = DISTANCE_FAILED;
  prng_seed (&f->prng, in->options.seed, 0);
  json_t *header = log_header (in);
  char path[PATH_MAX];
  snprintf (path, sizeof path, "%.4000s/tries.jsonl", in->directory);
  if (!lab_open_log (&in->lab, path, header, in->fresh, &err))
    command_fail ("%s", err.line);
  json_decref (header);
}

/* ---- The results ---------------------------------------------------------
 */

static void
write_set (const struct input *in, const char *dir)
{
  char path[PATH_MAX];
  json_t *j = calibration_json (&in->calibration, in->w, in->options.seed);
  char *text = report_json_text (j);
  snprintf (path, sizeof path, "%.4000s/calibrated.json", dir);
  command_write (path, text, strlen (text));
  free (text);
  json_decref (j);
}

static void
fill_csv (FILE *out, void *arg)
{
  calibration_csv (arg, out);
}

static void
fill_table (FILE *out, void *arg)
{
  calibration_table (arg, out);
}

/* The candidate that ROW of the set C says.  False if it has not all keys of
   the space.  */
static bool
candidate_of (const struct input *in, const struct calibrated *c,
              const struct calibrated_row *row, struct candidate *out)
{
  memset (out, 0, sizeof *out);
  out->seed = row->seed;
  for (unsigned i = 0; i < in->space.keys; i++)
    {
      const struct space_key *k = &in->space.key[i];
      const struct calibrated_setting *s = k->boot ? row->setting : c->common;
      unsigned n = k->boot ? row->settings : c->settings, j = 0;
      while (j < n && strcmp (s[j].key, k->name) != 0)
        j++;
      if (j == n
          || text_parse (s[j].value,
                         k->kind == KEY_SIZE   ? TEXT_SIZE
                         : k->kind == KEY_TIME ? TEXT_TIME
                                               : TEXT_NUMBER,
                         &out->value[i]))
        return false;
    }
  return true;
}

/* Whether the set that is in results/ is of this workload and, as things are
   now, nearer than what was found.  */
static bool
old_is_nearer (struct input *in)
{
  static struct trial t[FIT_ROWS];
  struct user_error err;
  char path[PATH_MAX];
  snprintf (path, sizeof path, "%.4000s/calibrated.json",
            in->target_directory);
  struct calibrated *c = calibrated_load (path, &err);
  bool good = c && strcmp (c->sha256, workload_sha256 (in->w)) == 0;
  for (unsigned r = 0; good && r < FIT_ROWS; r++)
    {
      unsigned i = 0;
      t[r].target = &in->fit.target[r];
      while (i < c->rows && strcmp (c->row[i].id, t[r].target->row->id) != 0)
        i++;
      good = i < c->rows && candidate_of (in, c, &c->row[i], &t[r].candidate);
    }
  good = good && lab_try (&in->lab, t, FIT_ROWS)
         && t[0].distance + t[1].distance < in->fit.best.distance;
  calibrated_free (c);
  return good;
}

static void
write_results (struct input *in)
{
  size_t len;
  char path[PATH_MAX];
  write_set (in, in->directory);
  if (old_is_nearer (in))
    {
      fprintf (stderr,
               "pagersim: %s/calibrated.json is nearer, and kept; what was "
               "found is in %s/\n",
               in->target_directory, in->directory);
      return;
    }
  write_set (in, in->target_directory);
  char *csv = command_text (fill_csv, &in->calibration, &len);
  snprintf (path, sizeof path, "%.4000s/calibration.csv",
            in->target_directory);
  command_write (path, csv, len);
  free (csv);
  if (in->options.quiet)
    return;
  char *table = command_text (fill_table, &in->calibration, &len);
  command_write ("-", table, len);
  free (table);
}

/* What was found so far is in DIR; results/ stays as it is.  */
static int
stopped (struct input *in)
{
  if (in->tell)
    fputs ("\r\033[K", stderr);
  if (in->fit.found)
    write_set (in, in->directory);
  fprintf (stderr,
           "pagersim: stopped after %" PRIu64 " tries; the same command goes "
           "on from there\n",
           in->lab.tries);
  return EXIT_INTERRUPTED;
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
    case OPTION_PUBLISHED:
      in->published = arg;
      return 0;
    case OPTION_WORKLOAD:
      in->workload_name = arg;
      return 0;
    case OPTION_RESULTS:
      in->results = arg;
      return 0;
    case OPTION_DRAWS:
      in->draws = option_number ("--draws", arg, TEXT_NUMBER, 1, 1000000);
      return 0;
    case OPTION_TRIES:
      in->tries = option_number ("--tries", arg, TEXT_NUMBER, 0, INT64_MAX);
      return 0;
    case OPTION_RESEEDS:
      in->reseeds = option_number ("--reseeds", arg, TEXT_NUMBER, 0, 1000000);
      return 0;
    case OPTION_BUDGET:
      in->budget_ns
          = option_number ("--budget", arg, TEXT_TIME, 0, 1000000 * SECOND_NS);
      return 0;
    case OPTION_FRESH:
      in->fresh = true;
      return 0;
    case ARGP_KEY_ARG:
      words_add (&in->words, arg);
      return 0;
    default:
      return ARGP_ERR_UNKNOWN;
    }
}

static void
read_arguments (struct input *in, int argc, char **argv)
{
  static const struct argp_option table[]
      = { { "draws", OPTION_DRAWS, "N", 0,
            "sets drawn at random, before the search (200)", 0 },
          { "budget", OPTION_BUDGET, "TIME", 0,
            "stop searching after this time of the host (1500s)", 0 },
          { "tries", OPTION_TRIES, "N", 0,
            "stop searching after so many runs (no limit)", 0 },
          { "reseeds", OPTION_RESEEDS, "N", 0,
            "other seeds that the set is run under; 0 also leaves out "
            "moving the keys (1000)",
            0 },
          { "results", OPTION_RESULTS, "DIR", 0,
            "where the set and the table go (results)", 0 },
          { "workload", OPTION_WORKLOAD, "FILE", 0,
            "the workload that declares the ranges (paper)", 0 },
          { "published", OPTION_PUBLISHED, "FILE", 0,
            "the published figures (results/published.json)", 0 },
          { "fresh", OPTION_FRESH, NULL, 0,
            "begin anew, even if DIR holds tries of this search", 0 },
          { 0 } };
  static const struct argp_child children[]
      = { { &options_argp, 0, NULL, 0 }, { 0 } };
  static const struct argp argp
      = { table, parse, NULL, about, children, NULL, NULL };
  command_parse (&argp, argc, argv, in);
  words_claim (&in->words, 0, NULL, 0);
}

int
command_calibrate (int argc, char **argv)
{
  static struct input in = { .workload_name = "paper",
                             .draws = 200,
                             .reseeds = 1000,
                             .budget_ns = 1500 * SECOND_NS };
  read_arguments (&in, argc, argv);
  in.interrupted = command_interrupted ();
  in.tell = isatty (STDERR_FILENO) && !in.options.quiet;
  in.started_ns = host_clock_ns ();
  prepare (&in);
  in.calibration.fit = &in.fit;
  if (!fit_run (&in.fit))
    return stopped (&in);
  in.measuring = true;
  if (!in.fit.found)
    command_fail ("no set ran to its end");
  if (!calibration_measure (&in.calibration, in.reseeds))
    return stopped (&in);
  if (in.tell)
    fputs ("\r\033[K", stderr);
  write_results (&in);
  bool exact = in.fit.best.distance == 0;
  calibration_free (&in.calibration);
  lab_close (&in.lab);
  pool_runs_close (in.lab.pool);
  workload_free (in.w);
  published_free (in.table);
  return exact ? EXIT_GOOD : EXIT_DIFFERENT;
}
