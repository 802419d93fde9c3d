/* pagersim faults WORKLOAD: each fault at each store write, one at a time.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "command.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "options.h"
#include "../harness/faults_lab.h"

static const char about[]
    = "Run WORKLOAD once for each pager, fault and store write, let that "
      "fault "
      "happen at that write, write everything back, unmount, and see what "
      "became of the data.\v"
      "Writes are counted from the end of setup to the unmount. With --out "
      "finished runs are kept: stopped at any moment, the same command goes "
      "on "
      "from there. What comes out is the same bytes whatever --jobs is. "
      "`pagersim run --fault' does one of the runs again.\n\n"
      "Exit status: 0 good; 1 a pager lost silently what the store had "
      "refused, crashed, or did not end though the store did not hang and no "
      "client was killed or gave up; 2 the input was wrong; 130 stopped.\n\n"
      "Examples:\n"
      "  pagersim faults seqwrite --set file.size=1M\n"
      "  pagersim faults seqwrite --set file.size=4M --limit 16 \\\n"
      "    --pager extent --pager adaptive --kind eio,bad --path file\n"
      "  pagersim run seqwrite --set file.size=1M --pager extent --fault "
      "eio@3";

enum
{
  OPTION_KIND = 'k',
  OPTION_LIMIT = 0x300,
  OPTION_PATH
};

static const struct argp_option table[] = {
  { "pager", OPTION_PAGER, "NAME|FILE.so", 0,
    "a pager under test (repeatable); otherwise the four writers of ext2fs",
    0 },
  { "kind", OPTION_KIND, "KIND[=WHAT],...", 0,
    "only these faults (repeatable): eio, enospc, short, bad, torn, "
    "misdirected, slow, stuck, delay, memory, kill",
    0 },
  { "path", OPTION_PATH, "any|file|disk", 0,
    "count and hit only writes of files' pages, or of the disk pager", 0 },
  { "limit", OPTION_LIMIT, "N", 0,
    "try at most N writes for each pager and fault, spread evenly", 0 },
  { "csv", OPTION_CSV, "FILE", OPTION_ARG_OPTIONAL,
    "write a header and a row for each run", 0 },
  { "fresh", OPTION_FRESH, NULL, 0, "forget the runs that DIR holds", 0 },
  { 0 }
};

struct input
{
  struct options options;
  struct words words;
  struct file_option csv;
  struct lab_spec spec;
  bool fresh;
};

/* ---- What is asked for ---------------------------------------------------
 */

static void
add_kind (struct lab_spec *spec, const char *text, size_t len)
{
  char when[FAULT_TEXT_BYTES];
  struct user_error err;
  struct fault f;
  snprintf (when, sizeof when, "%.*s@1", (int)(len < 100 ? len : 100), text);
  if (!fault_parse (when, &f, &err))
    command_fail ("--kind: %s", err.line);
  for (unsigned k = 0; k < spec->kinds; k++)
    if (spec->kind[k].kind == f.kind)
      command_fail ("--kind: %s is there twice", fault_rows[f.kind].name);
  spec->kind[spec->kinds++] = f;
}

static void
add_kinds (struct lab_spec *spec, const char *list)
{
  for (;; list++)
    {
      size_t len = strcspn (list, ",");
      add_kind (spec, list, len);
      list += len;
      if (!*list)
        return;
    }
}

static void
add_pager (struct lab_spec *spec, const char *name)
{
  if (!*name)
    command_fail ("--pager: the name is empty");
  if (spec->pagers == LAB_PAGERS)
    command_fail ("more than %d times --pager", LAB_PAGERS);
  for (unsigned p = 0; p < spec->pagers; p++)
    if (strcmp (spec->pager[p], name) == 0)
      command_fail ("--pager: %.200s is there twice", name);
  spec->pager[spec->pagers++] = name;
}

static uint8_t
path_of (const char *name)
{
  for (uint8_t i = IO_OTHER; i <= IO_DISK; i++)
    if (strcmp (fault_path_name[i], name) == 0)
      return i;
  command_fail ("--path: no '%.40s' (any, file, disk)", name);
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
      add_pager (&in->spec, arg);
      return 0;
    case OPTION_KIND:
      add_kinds (&in->spec, arg);
      return 0;
    case OPTION_PATH:
      in->spec.path = path_of (arg);
      return 0;
    case OPTION_LIMIT:
      in->spec.limit
          = option_number ("--limit", arg, TEXT_NUMBER, 1, INT64_MAX);
      return 0;
    case OPTION_CSV:
      file_option_set (&in->csv, arg, state);
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

/* What was not said.  */
static void
fill_spec (struct input *in)
{
  static const char *const writers[]
      = { "perpage", "chunk", "extent", "adaptive" };
  struct lab_spec *s = &in->spec;
  s->workload = in->words.word[0];
  s->set = in->options.set;
  s->sets = in->options.settings;
  s->seed = in->options.seed;
  for (unsigned i = 0; i < s->sets; i++)
    {
      if (strncmp (s->set[i], "run.faults=", 11) == 0)
        command_fail ("run.faults is what this command varies");
      if (strncmp (s->set[i], "pager.name=", 11) == 0)
        command_fail ("pager.name: say --pager");
    }
  if (s->pagers == 0)
    for (size_t i = 0; i < sizeof writers / sizeof *writers; i++)
      add_pager (s, writers[i]);
  if (s->kinds == 0)
    for (unsigned k = 0; k < FAULT_KIND_COUNT; k++)
      add_kind (s, fault_rows[k].name, strlen (fault_rows[k].name));
}

/* ---- Output --------------------------------------------------------------
 */

static void
fill_csv (FILE *f, void *lab)
{
  lab_csv (lab, f);
}

static void
fill_table (FILE *f, void *lab)
{
  lab_show (lab, f);
}

static void
write_all (const struct input *in, struct lab *lab)
{
  const char *dir = in->options.out;
  if (dir)
    command_write_in (dir, "faults.csv", fill_csv, lab);
  if (in->csv.path)
    command_write_as (in->csv.path, fill_csv, lab);
  if (!(in->csv.path && strcmp (in->csv.path, "-") == 0) && !in->options.quiet)
    command_write_as ("-", fill_table, lab);
}

/* ---- The command ---------------------------------------------------------
 */

static void
check_input (struct input *in)
{
  struct user_error err;
  struct file_option *files[] = { &in->csv };
  words_claim (&in->words, 1, files, 1);
  if (in->words.count == 0 || !*in->words.word[0])
    command_fail ("faults: which WORKLOAD? (see `pagersim list workloads')");
  const struct command_file csv = { "--csv", in->csv.path };
  command_check_files (&csv, 1);
  if (in->fresh && !in->options.out)
    command_fail ("--fresh is for the runs in --out DIR");
  fill_spec (in);
  options_apply (&in->options);
  if (!lab_prepare (&in->spec, &err))
    command_fail ("%s", err.line);
  /* For its errors, here and not in a worker.  */
  struct workload *w = workload_load (in->spec.file.path, &err);
  if (!w)
    command_fail_error (&err, in->spec.file.path);
  workload_free (w);
}

static int
stopped (const struct lab *lab)
{
  fprintf (stderr, "pagersim: stopped after %zu of %zu runs; %s\n",
           lab->finished, lab->runs,
           lab->store ? "the same command goes on from there"
                      : "only --out DIR keeps them");
  return EXIT_INTERRUPTED;
}

int
command_faults (int argc, char **argv)
{
  static const struct argp_child children[]
      = { { &options_argp, 0, NULL, 0 }, { 0 } };
  static const struct argp argp
      = { table, parse, "WORKLOAD", about, children, NULL, NULL };
  static struct input in;
  struct user_error err;
  command_parse (&argp, argc, argv, &in);
  check_input (&in);
  struct lab lab = { .spec = &in.spec,
                     .jobs = options_jobs (&in.options),
                     .stop = command_interrupted (),
                     .tell = isatty (STDERR_FILENO) && !in.options.quiet };
  if (in.options.out)
    {
      command_directory (in.options.out);
      lab.store = sweep_store_open (in.options.out, in.fresh, &err);
      if (!lab.store)
        command_fail ("%s", err.line);
    }
  int status = EXIT_GOOD;
  switch (lab_do (&lab, &err))
    {
    case SWEEP_WRONG:
      command_fail ("%s", err.line);
    case SWEEP_STOPPED:
      status = stopped (&lab);
      break;
    case SWEEP_DONE:
      write_all (&in, &lab);
      status = lab_bad (&lab) ? EXIT_DIFFERENT : EXIT_GOOD;
    }
  lab_free (&lab);
  if (lab.store)
    sweep_store_close (lab.store);
  return status;
}
