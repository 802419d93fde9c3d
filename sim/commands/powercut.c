/* pagersim powercut WORKLOAD: the power goes, at every moment.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "command.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "options.h"
#include "../base/check.h"
#include "../harness/image.h"
#include "../harness/keys.h"
#include "../harness/place.h"
#include "../harness/powercut_report.h"
#include "../harness/report.h"

static const char about[]
    = "Run WORKLOAD under each pager, cut the power at every store write, and "
      "let e2fsck and a comparison of the files judge what is left.\v"
      "A cut is named by the number of store writes that were complete, and "
      "the images that it may leave by a word: `after' has these writes; `pB' "
      "B blocks of the next one too. With --cache the store has a volatile "
      "write cache: `none' has nothing that was written since the last "
      "store_sync, `eI' and `rK' some of it in any order, and `tS' a block "
      "torn behind S sectors. The store has 64 MiB unless store.size is set, "
      "and run.contents is `bytes'.\n\n"
      "Lost means: `fsck', e2fsck -fy cannot repair it, or a second pass "
      "finds something; `kept', a file that was not being written is not as "
      "it was; `synced', a file is not what it was when it was last synced, "
      "nor written later; `lost' is the same where the store has a cache that "
      "fsync does not empty (ext2fs.flush), or a name.\n\n"
      "With --out what has been judged is kept: stopped at any moment, the "
      "same command goes on from there.\n\n"
      "Exit status: 0 nothing was lost that should not be; 1 something was, "
      "or a run failed; 2 the input was wrong; 130 stopped.\n\n"
      "Examples:\n"
      "  pagersim powercut save\n"
      "  pagersim powercut save --cache --set ext2fs.flush=yes --out cuts\n"
      "  pagersim powercut seqwrite --set file.size=4M --pager extent\n"
      "  pagersim powercut save --pager extent --cut 20:p1 --image cut.img";

enum
{
  OPTION_CACHE = 0x400,
  OPTION_SAMPLES,
  OPTION_CUT
};

static const struct argp_option table[] = {
  { "pager", OPTION_PAGER, "NAME|FILE.so", 0,
    "a pager under test; repeatable (perpage, chunk, extent, adaptive)", 0 },
  { "cache", OPTION_CACHE, NULL, 0, "the store has a volatile write cache",
    0 },
  { "samples", OPTION_SAMPLES, "N", 0,
    "with --cache, images of a cut that are drawn where not all are tried (4)",
    0 },
  { "cut", OPTION_CUT, "N[:VARIANT]", 0,
    "only this image of this cut, under one pager", 0 },
  { "image", OPTION_IMAGE, "FILE", 0, "write that image to FILE", 0 },
  { "csv", OPTION_CSV, "FILE", OPTION_ARG_OPTIONAL,
    "write a header and a row for each image of each cut", 0 },
  { "json", OPTION_JSON, "FILE", OPTION_ARG_OPTIONAL,
    "write the same as lines of JSON", 0 },
  { "fresh", OPTION_FRESH, NULL, 0, "forget what DIR holds", 0 },
  { 0 }
};

enum
{
  SAMPLES = 4,
  SAMPLES_MAX = 1000
};

struct input
{
  struct options options;
  struct words words;
  const char *pager[POWERCUT_PAGERS];
  unsigned pagers;
  const char *cut, *image;
  struct file_option csv, json;
  bool cache, fresh;
  unsigned samples;

  char path[PATH_MAX];
  struct powercut_plan plan;
  struct powercut_run run;
  struct powercut_report report;
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
      if (in->pagers == POWERCUT_PAGERS)
        command_fail ("more than %d pagers", POWERCUT_PAGERS);
      in->pager[in->pagers++] = arg;
      return 0;
    case OPTION_CACHE:
      in->cache = true;
      return 0;
    case OPTION_SAMPLES:
      in->samples
          = option_number ("--samples", arg, TEXT_NUMBER, 0, SAMPLES_MAX);
      return 0;
    case OPTION_CUT:
      in->cut = arg;
      return 0;
    case OPTION_IMAGE:
      in->image = arg;
      return 0;
    case OPTION_CSV:
      file_option_set (&in->csv, arg, state);
      return 0;
    case OPTION_JSON:
      file_option_set (&in->json, arg, state);
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

static void
check_input (struct input *in)
{
  static const char *const usual[]
      = { "perpage", "chunk", "extent", "adaptive" };
  struct file_option *files[] = { &in->csv, &in->json };
  struct user_error err;
  words_claim (&in->words, 1, files, 2);
  if (in->words.count == 0 || !*in->words.word[0])
    command_fail ("powercut: which WORKLOAD? (see `pagersim list workloads')");
  for (size_t i = 0; in->pagers == 0 && i < sizeof usual / sizeof *usual; i++)
    in->pager[i] = usual[i];
  if (in->pagers == 0)
    in->pagers = in->cut ? 0 : sizeof usual / sizeof *usual;
  if (in->cut && in->pagers != 1)
    command_fail ("--cut is for one --pager");
  if (in->image && !in->cut)
    command_fail ("--image needs --cut N[:VARIANT]");
  if (in->fresh && !in->options.out)
    command_fail ("--fresh is for what --out DIR holds");
  if (in->cut && (in->csv.path || in->json.path || in->options.out))
    command_fail ("--cut is for one image, of which there are no rows");
  const struct command_file out[]
      = { { "--csv", in->csv.path }, { "--json", in->json.path } };
  command_check_files (out, sizeof out / sizeof *out);
  if (in->image && !image_check (in->image, &err))
    command_fail ("%s", err.line);
  in->plan.e2fsck = powercut_e2fsck ();
  if (!in->plan.e2fsck)
    command_fail ("powercut needs e2fsck, which is not in PATH nor in "
                  "/usr/sbin (Debian: e2fsprogs)");
  place_workload (in->words.word[0], in->path);
}

/* The keys of a run: a small store unless somebody wants another, and bytes.
 */
static void
set_keys (const struct input *in)
{
  char line[300];
  options_apply (&in->options);
  CHECK (keys_set ("store.size", "64M", KEY_WORKLOAD, line, sizeof line));
  if (!keys_set ("run.contents", "bytes", KEY_USER, line, sizeof line))
    command_fail ("%s", line);
}

static void
record (struct input *in, const char *pager)
{
  struct user_error err;
  struct run_result result;
  set_keys (in);
  if (!keys_set ("pager.name", pager, KEY_USER, err.line, sizeof err.line))
    command_fail ("%s", err.line);
  struct workload *w = workload_load (in->path, &err);
  if (!w)
    command_fail_error (&err, in->path);
  if (key_value ("store.size") > POWERCUT_STORE_MAX)
    command_fail ("store.size: powercut keeps the store in memory, and takes "
                  "no more than 4G");
  struct pager *p = pager_load (key_text ("pager.name"), &err);
  if (!p)
    command_fail ("%s", err.line);
  struct powercut_log *log = &in->plan.log[in->plan.logs++];
  if (!powercut_record (log, p, pager, w, in->options.seed, &result, &err))
    command_fail_error (&err, in->path);
  in->plan.how.flush = key_value ("ext2fs.flush");
  if (result.verdict != VERDICT_OK)
    {
      struct report r = { w, in->words.word[0], pager_name (p),
                          in->options.seed, &result };
      report_findings (&r, stderr);
    }
  powercut_report_keys (&in->report);
  workload_free (w);
}

/* ---- One cut -------------------------------------------------------------
 */

static int
one_cut (struct input *in)
{
  struct powercut_image image = { 0 };
  struct user_error err;
  const struct powercut_log *log = in->plan.log;
  char number[24];
  size_t digits = strcspn (in->cut, ":");
  const char *variant = in->cut[digits] ? in->cut + digits + 1 : "after";
  snprintf (number, sizeof number, "%.*s", (int)digits, in->cut);
  uint32_t cut = option_number ("--cut", number, TEXT_NUMBER, 0, UINT32_MAX);
  if (cut > log->writes)
    command_fail ("--cut: there are only %u store writes", log->writes);
  if (!powercut_variant_image (log, &in->plan.how, cut, variant, &image))
    command_fail ("--cut: the cut %u has no image '%.20s'", cut, variant);
  if (in->image && !powercut_image_write (log, &image, in->image, &err))
    command_fail ("%s", err.line);
  struct powercut_row row = { 0 };
  struct powercut_canvas *c = powercut_canvas_open ();
  powercut_canvas_draw (c, log, &image);
  powercut_repair (in->plan.e2fsck, c, &row);
  powercut_compare (c, log, &in->plan.how, cut,
                    powercut_variant_under_way (variant), &row);
  powercut_canvas_close (c);
  free (image.change);
  powercut_report_one (&row, stdout);
  return row.verdict > POWERCUT_LOST ? EXIT_DIFFERENT : EXIT_GOOD;
}

/* ---- All cuts ------------------------------------------------------------
 */

static void
fill_csv (FILE *f, void *report)
{
  powercut_report_csv (report, f);
}

static void
fill_json (FILE *f, void *report)
{
  powercut_report_json (report, f);
}

static void
fill_table (FILE *f, void *report)
{
  powercut_report_table (report, f);
}

static void
write_all (struct input *in)
{
  const char *dir = in->options.out;
  bool taken = false;
  if (dir)
    {
      command_write_in (dir, "cuts.csv", fill_csv, &in->report);
      command_write_in (dir, "cuts.jsonl", fill_json, &in->report);
    }
  if (in->csv.path)
    command_write_as (in->csv.path, fill_csv, &in->report);
  if (in->json.path)
    command_write_as (in->json.path, fill_json, &in->report);
  taken |= in->csv.path && strcmp (in->csv.path, "-") == 0;
  taken |= in->json.path && strcmp (in->json.path, "-") == 0;
  if (!taken && !in->options.quiet)
    command_write_as ("-", fill_table, &in->report);
}

/* The first images of which something is missing, and how to make them.  */
static size_t
tell_failures (struct input *in)
{
  enum
  {
    SHOWN = 10
  };
  size_t failed = 0;
  for (size_t i = 0; i < in->plan.count; i++)
    {
      struct user_error err;
      char *file;
      if (in->run.row[i].verdict <= POWERCUT_LOST || failed++ >= SHOWN)
        continue;
      CHECK (asprintf (&file, "%s/cut-%zu.img",
                       in->options.out ? in->options.out : ".", failed)
             > 0);
      if (in->options.out
          && !powercut_report_image (&in->report, i, file, &err))
        command_fail ("%s", err.line);
      powercut_report_failure (&in->report, i, in->options.out != NULL, file,
                               stderr);
      free (file);
    }
  if (failed > SHOWN)
    fprintf (stderr, "and %zu more\n", failed - SHOWN);
  return failed;
}

static int
all_cuts (struct input *in)
{
  struct user_error err;
  bool good = true;
  if (in->options.out)
    command_directory (in->options.out);
  if (!powercut_plan_make (&in->plan, &err))
    command_fail ("%s", err.line);
  in->run.plan = &in->plan;
  in->run.jobs = options_jobs (&in->options);
  in->run.out = in->options.out;
  in->run.fresh = in->fresh;
  in->run.tell = isatty (STDERR_FILENO) && !in->options.quiet;
  in->run.stop = command_interrupted ();
  switch (powercut_run (&in->run, &err))
    {
    case POWERCUT_WRONG:
      command_fail ("%s", err.line);
    case POWERCUT_STOPPED:
      fprintf (stderr, "pagersim: stopped after %zu of %zu; %s\n",
               in->run.judged, in->plan.count,
               in->options.out ? "the same command goes on from there"
                               : "only --out DIR keeps them");
      return EXIT_INTERRUPTED;
    case POWERCUT_DONE:
      write_all (in);
      good = tell_failures (in) == 0;
    }
  for (size_t i = 0; i < in->plan.logs; i++)
    good &= in->plan.log[i].verdict == VERDICT_OK;
  return good ? EXIT_GOOD : EXIT_DIFFERENT;
}

int
command_powercut (int argc, char **argv)
{
  static const struct argp_child children[]
      = { { &options_argp, 0, NULL, 0 }, { 0 } };
  static const struct argp argp
      = { table, parse, "WORKLOAD", about, children, NULL, NULL };
  static struct input in = { .samples = SAMPLES };
  command_parse (&argp, argc, argv, &in);
  check_input (&in);
  in.plan.log = calloc (in.pagers, sizeof *in.plan.log);
  CHECK (in.plan.log);
  in.plan.how = (struct powercut_how){ .cache = in.cache,
                                       .samples = in.samples,
                                       .seed = in.options.seed };
  in.report = (struct powercut_report){ .plan = &in.plan,
                                        .run = &in.run,
                                        .workload = in.words.word[0],
                                        .seed = in.options.seed };
  for (unsigned i = 0; i < in.pagers; i++)
    record (&in, in.pager[i]);
  int status = in.cut ? one_cut (&in) : all_cuts (&in);
  powercut_report_free (&in.report);
  powercut_run_free (&in.run);
  powercut_plan_free (&in.plan);
  return status;
}
