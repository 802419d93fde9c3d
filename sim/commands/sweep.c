/* pagersim sweep WORKLOAD --vary KEY=A,B,C ...: a run for each cell of a grid.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "command.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "options.h"
#include "../base/check.h"
#include "../harness/report_file.h"
#include "../harness/sweep.h"

static const char about[]
    = "Run WORKLOAD once for each combination of the values that are varied, "
      "in several processes, and print a table.\v"
      "A key that a pager does not read, or that a workload has not, is left "
      "out of its rows. With --out finished rows are kept: stopped at any "
      "moment, the same command goes on from there. The result is the same "
      "bytes whatever --jobs is, and whether it was stopped, or cut into "
      "parts by --shard and joined by `pagersim merge'.\n\n"
      "Exit status: 0 all rows are ok; 1 a row has another verdict; 2 the "
      "input was wrong; 130 stopped.\n\n"
      "Examples:\n"
      "  pagersim sweep seqwrite --vary pager.name=perpage,chunk,extent\n"
      "  pagersim sweep extend --vary pager.name=chunk,extent \\\n"
      "    --vary pager.chunk_blocks+pager.cap_blocks=1,2,4 --seeds 1..5\n"
      "  pagersim sweep --grid results/grid.lua --out grid\n"
      "  pagersim sweep --grid results/grid.lua --shard 2/3 --out part2";

enum
{
  OPTION_VARY = 'v',
  OPTION_GRID = 'g',
  OPTION_SEEDS = 0x300,
  OPTION_SHARD,
  OPTION_SUMMARY
};

static const struct argp_option table[] = {
  { "vary", OPTION_VARY, "KEY[+KEY...]=VALUE,...", 0,
    "an axis: a key, or keys that move together, and their values "
    "(repeatable)",
    0 },
  { "grid", OPTION_GRID, "FILE.lua", 0,
    "workloads, axes and seeds from a file; the command line wins", 0 },
  { "seeds", OPTION_SEEDS, "N..M", 0,
    "run each cell with these seeds; also N, or several with commas", 0 },
  { "pager", OPTION_PAGER, "NAME|FILE.so", 0,
    "the pager under test, when pager.name is not varied", 0 },
  { "shard", OPTION_SHARD, "I/N", 0,
    "only row I and every N-th after it, for `pagersim merge'", 0 },
  { "csv", OPTION_CSV, "FILE", OPTION_ARG_OPTIONAL,
    "write a header and a row for each run", 0 },
  { "json", OPTION_JSON, "FILE", OPTION_ARG_OPTIONAL,
    "write a line for each run, as `run --json' has it", 0 },
  { "summary", OPTION_SUMMARY, "FILE", 0,
    "write means and 95 % intervals over the seeds as CSV", 0 },
  { "fresh", OPTION_FRESH, NULL, 0, "forget the rows that DIR holds", 0 },
  { 0 }
};

struct input
{
  struct options options;
  struct words words;
  struct sweep_words vary;
  const char *grid, *pager, *seeds, *summary; /* NULL: not given  */
  struct file_option json, csv;
  unsigned shard, shards;
  bool fresh;

  struct sweep_spec spec;
  struct sweep_plan plan;
  struct sweep_run run;
};

static void
parse_shard (struct input *in, const char *arg)
{
  const char *slash = strchr (arg, '/');
  if (!slash)
    command_fail ("--shard: '%.40s' is not I/N", arg);
  char *first = strndup (arg, slash - arg);
  CHECK (first);
  in->shards
      = option_number ("--shard", slash + 1, TEXT_NUMBER, 1, SWEEP_ROWS);
  in->shard = option_number ("--shard", first, TEXT_NUMBER, 1, in->shards);
  free (first);
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
    case OPTION_VARY:
      sweep_words_add (&in->vary, arg);
      return 0;
    case OPTION_GRID:
      in->grid = arg;
      return 0;
    case OPTION_SEEDS:
      in->seeds = arg;
      return 0;
    case OPTION_PAGER:
      if (!*arg)
        command_fail ("--pager: the name is empty");
      in->pager = arg;
      return 0;
    case OPTION_SHARD:
      parse_shard (in, arg);
      return 0;
    case OPTION_CSV:
      file_option_set (&in->csv, arg, state);
      return 0;
    case OPTION_JSON:
      file_option_set (&in->json, arg, state);
      return 0;
    case OPTION_SUMMARY:
      in->summary = arg;
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

/* ---- What is asked for ---------------------------------------------------
 */

/* With a grid, which makes WORKLOAD dispensable, a word that stands behind
   --csv is a file.  */
static void
claim_words (struct input *in)
{
  struct file_option *files[] = { &in->csv, &in->json };
  unsigned others = 0;
  for (unsigned i = 0; i < in->words.count; i++)
    others += in->words.word[i] != in->csv.next
              && in->words.word[i] != in->json.next;
  words_claim (&in->words, in->grid && others == 0 ? 0 : 1, files, 2);
}

/* KEY=VALUE wins over the grid's axis of KEY, and is not to be varied by
   hand.  */
static void
fix (struct input *in, const char *set)
{
  size_t len = strcspn (set, "=");
  for (size_t i = 0; i < in->vary.count; i++)
    for (const char *key = in->vary.word[i];; key++)
      {
        size_t n = strcspn (key, "+=");
        if (n == len && strncmp (key, set, len) == 0)
          command_fail ("%.*s is set, and varied too", (int)len, set);
        key += n;
        if (*key != '+')
          break;
      }
  char *key = strndup (set, len);
  CHECK (key);
  sweep_spec_fix (&in->spec, key);
  free (key);
  sweep_words_add (&in->spec.sets, set);
}

static void
make_spec (struct input *in)
{
  struct sweep_spec *s = &in->spec;
  struct user_error err;
  if (in->seeds && in->options.seed_given)
    command_fail ("--seed and --seeds are both given");
  if (in->grid && !sweep_spec_grid (s, in->grid, &err))
    command_fail_error (&err, in->grid);
  if (in->words.count > 0)
    {
      if (!*in->words.word[0])
        command_fail ("the name of the workload is empty");
      sweep_spec_forget_workloads (s);
      sweep_spec_workload (s, in->words.word[0]);
    }
  else if (!in->grid)
    command_fail ("sweep: which WORKLOAD? (see `pagersim list workloads')");
  for (unsigned i = 0; i < in->options.settings; i++)
    fix (in, in->options.set[i]);
  if (in->pager)
    {
      char *set;
      CHECK (asprintf (&set, "pager.name=%s", in->pager) > 0);
      fix (in, set);
      free (set);
    }
  struct sweep_words given = { NULL, 0 };
  for (size_t i = 0; i < in->vary.count; i++)
    if (!sweep_spec_vary (s, in->vary.word[i], &given, &err))
      command_fail ("%s", err.line);
  sweep_words_free (&given);
  if (in->options.seed_given)
    sweep_spec_seed (s, in->options.seed);
  else if (in->seeds && !sweep_spec_seeds (s, in->seeds, &err))
    command_fail ("--%s", err.line);
}

static void
check_files (struct input *in)
{
  const struct command_file files[] = { { "--csv", in->csv.path },
                                        { "--json", in->json.path },
                                        { "--summary", in->summary } };
  if (in->shards > 1 && in->summary)
    command_fail ("--summary needs all of the sweep: give it to `merge'");
  if (in->fresh && !in->options.out)
    command_fail ("--fresh is for the rows in --out DIR");
  command_check_files (files, sizeof files / sizeof *files);
}

/* ---- Output --------------------------------------------------------------
 */

static void
fill_csv (FILE *f, void *run)
{
  sweep_part_csv (run, f);
}

static void
fill_json (FILE *f, void *run)
{
  sweep_part_json (run, f);
}

static void
fill_summary (FILE *f, void *run)
{
  sweep_summary_csv (&((struct sweep_run *)run)->table, f);
}

static void
fill_table (FILE *f, void *run)
{
  sweep_show (run, f);
}

static void
write_all (struct input *in)
{
  struct sweep_run *run = &in->run;
  const char *dir = in->options.out;
  bool several = in->spec.seeds > 1 && in->shards == 1;
  bool taken = false;
  if (dir)
    {
      command_write_in (dir, sweep_csv_name, fill_csv, run);
      command_write_in (dir, sweep_json_name, fill_json, run);
    }
  if (dir && several)
    command_write_in (dir, sweep_summary_name, fill_summary, run);
  if (in->csv.path)
    command_write_as (in->csv.path, fill_csv, run);
  if (in->json.path)
    command_write_as (in->json.path, fill_json, run);
  if (in->summary)
    command_write_as (in->summary, fill_summary, run);
  taken |= in->csv.path && strcmp (in->csv.path, "-") == 0;
  taken |= in->json.path && strcmp (in->json.path, "-") == 0;
  taken |= in->summary && strcmp (in->summary, "-") == 0;
  if (!taken && !in->options.quiet)
    command_write_as ("-", fill_table, run);
}

/* ---- The command ---------------------------------------------------------
 */

static int
stopped (const struct sweep_run *run)
{
  fprintf (stderr, "pagersim: stopped after %zu of %zu rows; %s\n",
           run->finished, run->rows,
           run->store ? "the same command goes on from there"
                      : "only --out DIR keeps them");
  return EXIT_INTERRUPTED;
}

static void
begin (struct input *in)
{
  struct user_error err;
  const char *place;
  if (!sweep_plan_make (&in->plan, &in->spec, &err, &place))
    command_fail_error (&err, place);
  if (in->options.out)
    {
      command_directory (in->options.out);
      in->run.store = sweep_store_open (in->options.out, in->fresh, &err);
      if (!in->run.store)
        command_fail ("%s", err.line);
    }
  in->run.plan = &in->plan;
  in->run.jobs = options_jobs (&in->options);
  in->run.shard = in->shard;
  in->run.shards = in->shards;
  in->run.with_json = in->json.path || in->options.out;
  in->run.tell = isatty (STDERR_FILENO) && !in->options.quiet;
}

int
command_sweep (int argc, char **argv)
{
  static const struct argp_child children[]
      = { { &options_argp, 0, NULL, 0 }, { 0 } };
  static const struct argp argp
      = { table, parse, "[WORKLOAD]", about, children, NULL, NULL };
  static struct input in = { .shard = 1, .shards = 1 };
  struct user_error err;
  command_parse (&argp, argc, argv, &in);
  claim_words (&in);
  make_spec (&in);
  check_files (&in);
  in.run.stop = command_interrupted ();
  begin (&in);
  int status = EXIT_GOOD;
  switch (sweep_run (&in.run, &err))
    {
    case SWEEP_WRONG:
      if (in.run.store)
        command_fail ("%s (%zu of %zu rows are kept)", err.line,
                      in.run.finished, in.run.rows);
      command_fail ("%s", err.line);
    case SWEEP_STOPPED:
      status = stopped (&in.run);
      break;
    case SWEEP_DONE:
      write_all (&in);
      status = in.run.bad ? EXIT_DIFFERENT : EXIT_GOOD;
    }
  sweep_run_free (&in.run);
  if (in.run.store)
    sweep_store_close (in.run.store);
  sweep_plan_free (&in.plan);
  sweep_spec_free (&in.spec);
  sweep_words_free (&in.vary);
  return status;
}
