/* pagersim merge PART...: the parts of a sweep as one.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "options.h"
#include "../base/check.h"
#include "../harness/sweep.h"

static const char about[]
    = "Join the parts that `pagersim sweep --shard I/N' wrote into the bytes "
      "that one run of all rows writes.\v"
      "A PART is a file of --csv or --json, all of one kind, or the directory "
      "of --out. Parts of different sweeps, a row that is missing, and one "
      "that is there twice are refused. Without options the rows go to "
      "stdout.\n\n"
      "Examples:\n"
      "  pagersim merge part1.csv part2.csv >all.csv\n"
      "  pagersim merge part1 part2 part3 --out all";

enum
{
  OPTION_SUMMARY = 0x300
};

static const struct argp_option table[]
    = { { "csv", OPTION_CSV, "FILE", 0, "write the rows as CSV", 0 },
        { "json", OPTION_JSON, "FILE", 0, "write them as lines of JSON", 0 },
        { "summary", OPTION_SUMMARY, "FILE", 0,
          "write means and 95 % intervals over the seeds as CSV", 0 },
        { "out", 'o', "DIR", 0, "write all into this directory", 0 },
        { 0 } };

struct input
{
  struct sweep_words parts;
  const char *csv, *json, *summary, *out;
  struct sweep_table csv_table, json_table;
  bool has_csv, has_json;
};

static error_t
parse (int key, char *arg, struct argp_state *state)
{
  struct input *in = state->input;
  switch (key)
    {
    case ARGP_KEY_INIT:
      command_parse_init (state);
      return 0;
    case OPTION_CSV:
      in->csv = arg;
      return 0;
    case OPTION_JSON:
      in->json = arg;
      return 0;
    case OPTION_SUMMARY:
      in->summary = arg;
      return 0;
    case 'o':
      if (!*arg)
        command_fail ("--out: the name is empty");
      in->out = arg;
      return 0;
    case ARGP_KEY_ARG:
      sweep_words_add (&in->parts, arg);
      return 0;
    default:
      return ARGP_ERR_UNKNOWN;
    }
}

/* ---- Parts ---------------------------------------------------------------
 */

static bool
is_directory (const char *path)
{
  struct stat st;
  if (stat (path, &st) != 0)
    command_fail ("%.300s: %s", path, strerror (errno));
  return S_ISDIR (st.st_mode);
}

static bool
join (const struct sweep_words *parts, struct sweep_table *t)
{
  struct user_error err;
  bool json;
  if (!sweep_part_join ((const char *const *)parts->word, parts->count, t,
                        &json, &err))
    command_fail ("%s", err.line);
  return json;
}

/* The file NAME in every directory.  */
static void
join_in (const struct input *in, const char *name, struct sweep_table *t)
{
  struct sweep_words paths = { NULL, 0 };
  for (size_t i = 0; i < in->parts.count; i++)
    {
      char *path;
      CHECK (asprintf (&path, "%s/%s", in->parts.word[i], name) > 0);
      sweep_words_add (&paths, path);
      free (path);
    }
  join (&paths, t);
  sweep_words_free (&paths);
}

static void
read_parts (struct input *in)
{
  size_t directories = 0;
  for (size_t i = 0; i < in->parts.count; i++)
    directories += is_directory (in->parts.word[i]);
  if (directories == in->parts.count)
    {
      in->has_json = in->json || in->out;
      in->has_csv = in->csv || in->summary || in->out || !in->json;
      if (in->has_csv)
        join_in (in, sweep_csv_name, &in->csv_table);
      if (in->has_json)
        join_in (in, sweep_json_name, &in->json_table);
      return;
    }
  if (directories > 0)
    command_fail ("some parts are directories and some are files");
  struct sweep_table t;
  in->has_json = join (&in->parts, &t);
  in->has_csv = !in->has_json;
  *(in->has_json ? &in->json_table : &in->csv_table) = t;
  if (!in->has_csv && (in->csv || in->summary))
    command_fail ("the parts are lines of JSON: there is no CSV in them");
  if (!in->has_json && in->json)
    command_fail ("the parts are CSV: there is no JSON in them");
}

/* ---- Output --------------------------------------------------------------
 */

static void
fill_csv (FILE *f, void *in)
{
  sweep_table_csv (&((struct input *)in)->csv_table, NULL, NULL, f);
}

static void
fill_json (FILE *f, void *in)
{
  const struct sweep_table *t = &((struct input *)in)->json_table;
  for (size_t i = 0; i < t->records; i++)
    {
      fwrite (t->record[i].json, 1, t->record[i].json_len, f);
      putc ('\n', f);
    }
}

static void
fill_summary (FILE *f, void *in)
{
  sweep_summary_csv (&((struct input *)in)->csv_table, f);
}

static void
write_in (struct input *in, const char *name, void (*fill) (FILE *, void *))
{
  char *path;
  CHECK (asprintf (&path, "%s/%s", in->out, name) > 0);
  command_write_as (path, fill, in);
  free (path);
}

static void
write_all (struct input *in)
{
  if (in->out)
    {
      command_directory (in->out);
      if (in->has_csv)
        write_in (in, sweep_csv_name, fill_csv);
      if (in->has_csv && sweep_summary_several (&in->csv_table))
        write_in (in, sweep_summary_name, fill_summary);
      if (in->has_json)
        write_in (in, sweep_json_name, fill_json);
    }
  if (in->csv)
    command_write_as (in->csv, fill_csv, in);
  if (in->json)
    command_write_as (in->json, fill_json, in);
  if (in->summary)
    command_write_as (in->summary, fill_summary, in);
  if (!in->out && !in->csv && !in->json && !in->summary)
    command_write_as ("-", in->has_csv ? fill_csv : fill_json, in);
}

int
command_merge (int argc, char **argv)
{
  static const struct argp argp
      = { table, parse, "PART...", about, NULL, NULL, NULL };
  static struct input in;
  command_parse (&argp, argc, argv, &in);
  if (in.parts.count == 0)
    command_fail ("merge: which PART...? (`pagersim sweep --shard' makes "
                  "them)");
  const struct command_file files[] = { { "--csv", in.csv },
                                        { "--json", in.json },
                                        { "--summary", in.summary } };
  command_check_files (files, sizeof files / sizeof *files);
  read_parts (&in);
  write_all (&in);
  sweep_table_free (&in.csv_table);
  sweep_table_free (&in.json_table);
  sweep_words_free (&in.parts);
  return EXIT_GOOD;
}
