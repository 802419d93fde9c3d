/* pagersim replay FILE: one finding of explore again.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "command.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include "options.h"
#include "../engine/engine.h"
#include "../explore/explore.h"
#include "../explore/replay_watch.h"
#include "../harness/report_file.h"
#include "../harness/trace_chrome.h"

static const char about[]
    = "Run the schedule in FILE, which `pagersim explore' wrote, again.\v"
      "It says whether the same is found, and, when the program or the pager "
      "changed since, at which choice the run first differs. --pager runs the "
      "same choices under another pager.\n\n"
      "Exit status: 1 the finding came again (or another one); 0 nothing was "
      "found; 2 FILE is no replay.";

enum
{
  OPTION_STEPS = 0x500,
  OPTION_GDB,
  OPTION_STOP
};

static const struct argp_option table[]
    = { { "pager", OPTION_PAGER, "NAME|FILE.so", 0,
          "another pager than FILE's", 0 },
        { "set", 's', "KEY=VALUE", 0, "on top of FILE's (repeatable)", 0 },
        { "steps", OPTION_STEPS, NULL, 0, "list every choice of the run", 0 },
        { "timeline", OPTION_TIMELINE, NULL, 0,
          "what happens, line by line, a lane for each thread", 0 },
        { "trace", OPTION_TRACE, "OUT.json", 0,
          "the threads over time as a Chrome trace, which Perfetto opens", 0 },
        { "gdb", OPTION_GDB, "EVENT", 0,
          "stop in gdb when there were EVENT events (as --steps and "
          "--timeline count them)",
          0 },
        { "stop", OPTION_STOP, "EVENT", OPTION_HIDDEN, NULL, 0 },
        { "quiet", 'q', NULL, 0, "only the exit status", 0 },
        { 0 } };

struct input
{
  struct words words;
  const char *pager;
  const char *set[SETTINGS_MAX];
  unsigned sets;
  const char *trace, *gdb;
  bool quiet, steps, timeline, stop;
  uint64_t event; /* of --gdb and --stop  */
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
    case OPTION_PAGER:
      in->pager = arg;
      return 0;
    case 's':
      if (in->sets == SETTINGS_MAX / 2)
        command_fail ("too many --set");
      in->set[in->sets++] = arg;
      return 0;
    case OPTION_STEPS:
      in->steps = true;
      return 0;
    case OPTION_TRACE:
      if (!*arg)
        command_fail ("--trace: the name is empty");
      in->trace = arg;
      return 0;
    case OPTION_TIMELINE:
      in->timeline = true;
      return 0;
    case OPTION_GDB:
      in->gdb = arg;
      in->event = option_number ("--gdb", arg, TEXT_NUMBER, 0, INT64_MAX);
      return 0;
    case OPTION_STOP:
      in->stop = true;
      in->event = option_number ("--stop", arg, TEXT_NUMBER, 0, INT64_MAX);
      return 0;
    case 'q':
      in->quiet = true;
      return 0;
    case ARGP_KEY_ARG:
      words_add (&in->words, arg);
      return 0;
    default:
      return ARGP_ERR_UNKNOWN;
    }
}

/* Every choice: when it was asked, whose it was, of what.  */
static void
show_steps (void)
{
  static const char *const kinds[]
      = { "lock", "port", "page", "block", "call", "code" };
  puts ("choice      event  thread                 asked      of");
  for (uint32_t i = 0; i < schedule_choices (); i++)
    {
      const struct pick *c = schedule_choice (i);
      const char *name = engine_thread_name (c->thread);
      printf ("%6u %10" PRIu64 "  %3u %-18.18s %-8s", i, c->event, c->thread,
              name ? name : "",
              c->kind == CHOICE_STEP ? step_name[c->step]
                                     : choice_name[c->kind]);
      if (c->kind == CHOICE_STEP)
        printf ("%s %" PRIx64, kinds[c->object >> 60],
                c->object & ~(UINT64_C (15) << 60));
      printf ("%s\n", c->pick == 0                  ? ""
                      : c->kind != CHOICE_STEP      ? "  goes first"
                      : c->pick == STEP_STAND_ASIDE ? "  STANDS ASIDE"
                                                    : "  yields");
    }
}

/* ---- The picture, the timeline, the debugger -----------------------------
 */

static unsigned
terminal_width (void)
{
  enum
  {
    USUAL = 80,
    LEAST = 40,
    MOST = 200
  };
  struct winsize size;
  if (ioctl (STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
    return USUAL;
  return size.ws_col < LEAST ? LEAST : size.ws_col > MOST ? MOST : size.ws_col;
}

static void
write_trace (FILE *f, void *nothing)
{
  (void)nothing;
  trace_chrome_write (f);
}

/* The same replay, in gdb.  */
static int
debug (const struct input *in)
{
  const char *word[2 * SETTINGS_MAX + 8];
  unsigned n = 0;
  int status;
  struct user_error err;
  word[n++] = "replay";
  word[n++] = in->words.word[0];
  word[n++] = "--stop";
  word[n++] = in->gdb;
  if (in->pager)
    {
      word[n++] = "--pager";
      word[n++] = in->pager;
    }
  for (unsigned i = 0; i < in->sets; i++)
    {
      word[n++] = "--set";
      word[n++] = in->set[i];
    }
  word[n] = NULL;
  fflush (stdout);
  if (!replay_gdb (word, &status, &err))
    command_fail ("%s", err.line);
  return WIFEXITED (status) ? WEXITSTATUS (status) : EXIT_FAULT;
}

static int
show (const struct input *in, const struct replay_file *r,
      const struct run_result *result)
{
  struct found now;
  uint32_t differs = schedule_differs ();
  bool any = found_last (result, &now);
  bool same = any && found_same (&r->found, &now);
  if (in->quiet)
    return any ? EXIT_DIFFERENT : EXIT_GOOD;
  for (uint32_t i = 0; i < r->found.picks; i++)
    {
      const struct pick *p = &r->found.pick[i];
      printf ("choice %u: thread %u, %s %s %u: %s\n", i + 1, p->thread,
              choice_name[p->kind], step_name[p->step], p->nth,
              p->kind != CHOICE_STEP        ? "is taken"
              : p->pick == STEP_STAND_ASIDE ? "stands aside"
                                            : "yields");
    }
  if (in->steps)
    show_steps ();
  if (in->timeline)
    lanes_write (stdout, terminal_width ());
  if (any)
    printf ("%s: %s: %s\n", now.where, now.oracle, now.what);
  printf ("digest %016" PRIx64 ", %s\n", result->digest,
          result->digest == r->found.digest ? "the same" : "another one");
  if (differs != UINT32_MAX)
    printf ("choice %u is the first that is asked of another step than then\n",
            differs + 1);
  puts (same  ? "the finding came again"
        : any ? "something else was found"
              : "nothing was found");
  return any ? EXIT_DIFFERENT : EXIT_GOOD;
}

int
command_replay (int argc, char **argv)
{
  static const struct argp argp
      = { table, parse, "FILE", about, NULL, NULL, NULL };
  static struct input in;
  static struct replay_file r;
  struct user_error err;
  struct run_result result;
  command_parse (&argp, argc, argv, &in);
  words_claim (&in.words, 1, NULL, 0);
  if (in.words.count == 0)
    command_fail ("replay: which FILE?");
  if (!replay_file_read (in.words.word[0], &r, &err))
    command_fail ("%s", err.line);
  if (in.gdb)
    return debug (&in);
  if (in.trace && !report_file_check (in.trace, &err))
    command_fail ("%s", err.line);
  const char *set[2 * SETTINGS_MAX];
  unsigned sets = 0;
  for (; sets < r.sets && sets < SETTINGS_MAX; sets++)
    set[sets] = r.set[sets];
  for (unsigned i = 0; i < in.sets; i++)
    set[sets++] = in.set[i];
  struct subject subject = { .workload = workload_text_place (
                                 r.workload_name, r.workload_text, &err),
                             .pager = in.pager ? in.pager : r.pager,
                             .set = set,
                             .sets = sets,
                             .seed = r.seed,
                             .mutexes = r.mutexes };
  struct schedule_plan plan
      = { .way = SCHEDULE_LIST, .list = r.found.pick, .picks = r.found.picks };
  if (!subject.workload)
    command_fail ("%s", err.line);
  struct replay_watch watch = { .chrome = in.trace != NULL,
                                .timeline = in.timeline,
                                .stop = in.stop,
                                .stop_at = in.event };
  if (in.trace || in.timeline || in.stop)
    replay_watch_start (&watch, &plan);
  if (!explore_once (&subject, &plan, &result, &err))
    command_fail_error (&err, subject.workload);
  replay_watch_end ();
  if (in.trace)
    command_write_as (in.trace, write_trace, NULL);
  return show (&in, &r, &result);
}
