/* pagersim live WORKLOAD --store FILE: the same pager on real threads.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "command.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include "options.h"
#include "../harness/keys.h"
#include "../harness/place.h"
#include "../live/show.h"

enum
{
  OPTION_STORE = 0x400,
  OPTION_SECONDS,
  OPTION_ALONE
};

static const char about[]
    = "Run WORKLOAD under a pager on real threads, with FILE as its disk, and "
      "print what was counted beside a simulated run.\v"
      "FILE is made anew: a regular file that is not there, is empty or holds "
      "a file system. When the run is over, it is unmounted and e2fsck reads "
      "it. An interrupt ends the run in good order, a second one at once.\n\n"
      "Keys that say how long something takes count for the simulated run "
      "only. Pages are not evicted. docs/live.md has more.\n\n"
      "Exit status: 0 good; 1 the code under test failed; 2 the input was "
      "wrong, or FILE could not be written; 4 a fault of pagersim's own; 130 "
      "interrupted.\n\n"
      "Examples:\n"
      "  pagersim live seqwrite --pager extent --store disk.img\n"
      "  pagersim live mix --store disk.img --seconds 10 && e2fsck -fn "
      "disk.img";

static const struct argp_option table[] = {
  { "pager", OPTION_PAGER, "NAME|FILE.so", 0,
    "the pager under test: one of `list pagers', or a file of your own", 0 },
  { "store", OPTION_STORE, "FILE", 0, "the disk", 0 },
  { "seconds", OPTION_SECONDS, "T", 0,
    "end the run after T seconds, where it has not ended before", 0 },
  { "alone", OPTION_ALONE, NULL, 0, "without a simulated run beside it", 0 },
  { "json", OPTION_JSON, "FILE", OPTION_ARG_OPTIONAL,
    "write the result as JSON (schema pagersim.live/1)", 0 },
  { 0 }
};

struct input
{
  struct options options;
  struct words words;
  const char *pager, *store; /* NULL: not given  */
  uint64_t limit_ns;
  bool alone;
  struct file_option json;
};

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
    case OPTION_STORE:
      if (!*arg)
        command_fail ("--store: the name is empty");
      in->store = arg;
      return 0;
    case OPTION_SECONDS:
      in->limit_ns = option_number ("--seconds", arg, TEXT_NUMBER, 1, 86400)
                     * UINT64_C (1000000000);
      return 0;
    case OPTION_ALONE:
      in->alone = true;
      return 0;
    case OPTION_JSON:
      file_option_set (&in->json, arg, state);
      return 0;
    case ARGP_KEY_ARG:
      words_add (&in->words, arg);
      return 0;
    default:
      return ARGP_ERR_UNKNOWN;
    }
}

static void
write_table (FILE *f, void *r)
{
  live_show_table (r, f);
}

static void
write_json (FILE *f, void *r)
{
  live_show_json (r, f);
}

static void
write_all (const struct input *in, struct live_report *r)
{
  bool on_stdout = in->json.path && strcmp (in->json.path, "-") == 0;
  if (in->options.out)
    command_write_in (in->options.out, "live.json", write_json, r);
  if (in->json.path)
    command_write_as (in->json.path, write_json, r);
  if (!on_stdout && !in->options.quiet)
    command_write_as ("-", write_table, r);
}

/* What is wrong with the words, before anything is read.  */
static void
check_input (struct input *in)
{
  struct file_option *files[] = { &in->json };
  words_claim (&in->words, 1, files, 1);
  if (in->words.count == 0 || !*in->words.word[0])
    command_fail ("live: which WORKLOAD? (see `pagersim list workloads')");
  if (!in->store)
    command_fail ("live: --store FILE is needed: the disk");
  const struct command_file outputs[]
      = { { "--json", in->json.path }, { "--store", in->store } };
  /* The store has rules of its own.  */
  if (in->json.path && strcmp (in->json.path, in->store) == 0)
    command_fail ("--json and --store go to the same file");
  command_check_files (outputs, 1);
  if (in->options.out)
    command_directory (in->options.out);
}

int
command_live (int argc, char **argv)
{
  static const struct argp_child children[]
      = { { &options_argp, 0, NULL, 0 }, { 0 } };
  static const struct argp argp
      = { table, parse, "WORKLOAD --store FILE", about, children, NULL, NULL };
  struct input in;
  struct user_error err;
  memset (&in, 0, sizeof in);
  command_parse (&argp, argc, argv, &in);
  check_input (&in);

  char path[PATH_MAX];
  place_workload (in.words.word[0], path);
  options_apply (&in.options);
  if (in.pager
      && !keys_set ("pager.name", in.pager, KEY_USER, err.line,
                    sizeof err.line))
    command_fail ("%s", err.line);
  struct workload *w = workload_load (path, &err);
  if (!w)
    command_fail_error (&err, path);
  struct pager *p = pager_load (key_text ("pager.name"), &err);
  if (!p || !live_check (w, in.store, &err))
    command_fail ("%s", err.line);

  struct live_beside beside;
  struct live_result result;
  bool there = !in.alone && live_simulate (p, w, in.options.seed, &beside);
  if (!live_run (p, w, in.options.seed, in.store, in.limit_ns, &result, &err))
    command_fail_error (&err, path);
  struct live_report r = {
    w,       in.words.word[0],      pager_name (p), in.store, in.options.seed,
    &result, there ? &beside : NULL
  };
  write_all (&in, &r);
  return result.interrupted ? EXIT_INTERRUPTED : EXIT_GOOD;
}
