/* pagersim explore WORKLOAD: what other orders of the same events find.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "command.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "options.h"
#include "../explore/explore.h"
#include "../harness/host_clock.h"
#include "../harness/keys.h"
#include "../harness/place.h"

static const char about[]
    = "Run WORKLOAD again and again, each time in another order of what may "
      "happen in several: who runs next, who stands aside before a lock, a "
      "message, a page or a request to the store until the others rest, who "
      "goes on first. Findings are grouped by oracle and place; of each the "
      "first is shrunk to few choices and kept as DIR/NAME.replay.\v"
      "Strategies: `random', seeded; `pct', with priorities and N - 1 changes "
      "of them (--depth N); `exhaustive', all schedules with at most N "
      "choices "
      "that are not the plain one. What comes out is the same whatever --jobs "
      "is, unless --budget ends it.\n\n"
      "Exit status: 0 nothing was found; 1 something was; 2 the input was "
      "wrong; 130 stopped.\n\n"
      "Examples:\n"
      "  pagersim explore workloads/races/regrow.lua --pager extent\n"
      "  pagersim explore workloads/races/regrow.lua --strategy exhaustive "
      "--depth 2\n"
      "  pagersim replay results/out/findings/regrow-extent-1.replay";

enum
{
  OPTION_STRATEGY = 0x400,
  OPTION_SCHEDULES,
  OPTION_BUDGET,
  OPTION_DEPTH,
  OPTION_NO_SHRINK,
  OPTION_MUTEXES
};

static const struct argp_option table[] = {
  { "pager", OPTION_PAGER, "NAME|FILE.so", 0, "the pager under test", 0 },
  { "strategy", OPTION_STRATEGY, "random|pct|exhaustive", 0,
    "which schedules (random)", 0 },
  { "schedules", OPTION_SCHEDULES, "N", 0, "how many (20000)", 0 },
  { "budget", OPTION_BUDGET, "TIME", 0,
    "for so long, instead of a number of schedules", 0 },
  { "depth", OPTION_DEPTH, "N", 0,
    "random: about so many steps at which a thread does not go on (3); pct: "
    "its d (3); exhaustive: the bound (2)",
    0 },
  { "mutexes", OPTION_MUTEXES, NULL, 0,
    "threads may stand aside before mutexes, too", 0 },
  { "no-shrink", OPTION_NO_SHRINK, NULL, 0, "keep findings as they are", 0 },
  { 0 }
};

struct input
{
  struct options options;
  struct words words;
  const char *pager;
  struct exploration e;
  bool schedules_given, no_shrink;
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
    case OPTION_STRATEGY:
      for (unsigned i = 0; i <= STRATEGY_EXHAUSTIVE; i++)
        if (strcmp (arg, strategy_name[i]) == 0)
          {
            in->e.strategy = i;
            return 0;
          }
      command_fail ("--strategy: no '%.40s' (random, pct, exhaustive)", arg);
    case OPTION_SCHEDULES:
      in->e.schedules
          = option_number ("--schedules", arg, TEXT_NUMBER, 1, INT64_MAX);
      in->schedules_given = true;
      return 0;
    case OPTION_BUDGET:
      in->e.budget_ns
          = option_number ("--budget", arg, TEXT_TIME, 1, INT64_MAX);
      return 0;
    case OPTION_DEPTH:
      in->e.depth = option_number ("--depth", arg, TEXT_NUMBER, 1, 16);
      return 0;
    case OPTION_MUTEXES:
      in->e.subject.mutexes = true;
      return 0;
    case OPTION_NO_SHRINK:
      in->no_shrink = true;
      return 0;
    case ARGP_KEY_ARG:
      words_add (&in->words, arg);
      return 0;
    default:
      return ARGP_ERR_UNKNOWN;
    }
}

/* ---- The input -----------------------------------------------------------
 */

static void
check_input (struct input *in, char path[PATH_MAX])
{
  struct user_error err;
  struct exploration *e = &in->e;
  words_claim (&in->words, 1, NULL, 0);
  if (in->words.count == 0 || !*in->words.word[0])
    command_fail ("explore: which WORKLOAD? (see `pagersim list workloads')");
  place_workload (in->words.word[0], path);
  options_apply (&in->options);
  struct workload *w = workload_load (path, &err);
  if (!w)
    command_fail_error (&err, path);
  workload_free (w);
  e->subject = (struct subject){ .workload = path,
                                 .pager = in->pager ? in->pager
                                                    : key_text ("pager.name"),
                                 .set = in->options.set,
                                 .sets = in->options.settings,
                                 .seed = in->options.seed,
                                 .mutexes = e->subject.mutexes };
  e->subject.pager = strdup (e->subject.pager);
  if (!pager_load (e->subject.pager, &err))
    command_fail ("%s", err.line);
  if (e->depth == 0)
    e->depth = e->strategy == STRATEGY_EXHAUSTIVE ? 2 : 3;
  if (!in->schedules_given && e->budget_ns == 0
      && e->strategy != STRATEGY_EXHAUSTIVE)
    e->schedules = 20000;
  e->jobs = options_jobs (&in->options);
  e->stop = command_interrupted ();
}

/* ---- Progress ------------------------------------------------------------
 */

static uint64_t begin;

static void
show_progress (const struct exploration *e)
{
  uint64_t ns = host_clock_ns () - begin;
  fprintf (stderr,
           "\r%" PRIu64 " schedules, %" PRIu64 " a second, %zu findings ",
           e->done, ns > 1000000 ? e->done * 1000 / (ns / 1000000) : 0,
           e->found.count);
}

/* ---- Output --------------------------------------------------------------
 */

static void
base_name (const char *path, char *out, size_t size)
{
  const char *slash = strrchr (path, '/');
  snprintf (out, size, "%s", slash ? slash + 1 : path);
  char *dot = strrchr (out, '.');
  if (dot && dot != out)
    *dot = '\0';
}

/* What the method promises of each schedule: 1 in n k^(d-1), for n threads and
   k steps.  */
static void
show_bound (const struct exploration *e, FILE *f)
{
  uint64_t one_in = e->threads;
  for (uint32_t i = 1; i < e->depth; i++)
    one_in = one_in > INT64_MAX / e->most ? INT64_MAX : one_in * e->most;
  fprintf (
      f,
      "what takes %u changes of priority or fewer is met with a chance of "
      "1 in %" PRIu64 " or more (%u threads, %u choices)\n",
      e->depth - 1, one_in, e->threads, e->most);
}

static void
show_head (const struct exploration *e, FILE *f)
{
  char name[256];
  base_name (e->subject.workload, name, sizeof name);
  fprintf (f, "%s under %s, %s", name, e->subject.pager,
           strategy_name[e->strategy]);
  if (e->strategy == STRATEGY_EXHAUSTIVE)
    fprintf (f, ", bound %u", e->depth);
  else
    fprintf (f, ", seed %" PRIu64 ", depth %u", e->subject.seed, e->depth);
  fprintf (f, ": %" PRIu64 " schedules, %u choices in the plain run\n",
           e->done, e->choices);
  if (e->strategy == STRATEGY_PCT)
    show_bound (e, f);
  if (e->strategy == STRATEGY_EXHAUSTIVE)
    fprintf (f, "exhausted: %s; %" PRIu64 " choices equal others\n",
             e->exhausted ? "yes" : "no", e->skipped);
  if (e->died)
    fprintf (f, "%" PRIu64 " tasks ended with their process\n", e->died);
}

static void
keep_findings (struct input *in)
{
  struct exploration *e = &in->e;
  const char *dir = in->options.out ? in->options.out : "results/out/findings";
  char name[256], pager[256], path[PATH_MAX];
  struct user_error err;
  base_name (e->subject.workload, name, sizeof name);
  base_name (e->subject.pager, pager, sizeof pager);
  if (e->found.count > 0)
    command_directory (dir);
  for (size_t i = 0; i < e->found.count; i++)
    {
      struct found *f = &e->found.found[i];
      uint32_t before = f->picks;
      if (before > PICKS_MAX)
        {
          printf ("%" PRIu64 " times, first by schedule %" PRIu64
                  ", %u choices: too many to shrink or to keep (%d)\n"
                  "  %s: %s: %s\n",
                  f->times, f->schedule, before, PICKS_MAX, f->where,
                  f->oracle, f->what);
          continue;
        }
      char *text = NULL;
      if (!in->no_shrink)
        explore_shrink (&e->subject, f, &text);
      snprintf (path, sizeof path, "%s/%.100s-%.100s-%zu.replay", dir, name,
                pager, i + 1);
      if (!replay_file_write (path, &e->subject, text, f, &err))
        command_fail ("%s", err.line);
      printf ("%" PRIu64 " times, first by schedule %" PRIu64
              ", %u choices, shrunk to %u: %s\n  %s: %s: %s\n",
              f->times, f->schedule, before, f->picks, path, f->where,
              f->oracle, f->what);
      if (text)
        printf ("  its workload is shrunk, to %u lines\n",
                workload_lines (text));
      free (text);
    }
}

int
command_explore (int argc, char **argv)
{
  static const struct argp_child children[]
      = { { &options_argp, 0, NULL, 0 }, { 0 } };
  static const struct argp argp
      = { table, parse, "WORKLOAD", about, children, NULL, NULL };
  static struct input in;
  static char path[PATH_MAX];
  struct user_error err;
  command_parse (&argp, argc, argv, &in);
  check_input (&in, path);
  bool tell = isatty (STDERR_FILENO) && !in.options.quiet;
  if (tell)
    in.e.tick = show_progress;
  begin = host_clock_ns ();
  enum explore_end end = explore (&in.e, &err);
  if (tell)
    fprintf (stderr, "\r%60s\r", "");
  if (end == EXPLORE_WRONG)
    command_fail_error (&err, path);
  if (!in.options.quiet)
    show_head (&in.e, stdout);
  keep_findings (&in);
  if (end == EXPLORE_STOPPED)
    return EXIT_INTERRUPTED;
  return in.e.found.count > 0 || in.e.died > 0 ? EXIT_DIFFERENT : EXIT_GOOD;
}
