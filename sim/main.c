/* pagersim: the table of commands.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/text.h"
#include "commands/command.h"
#include "harness/report_file.h"

static const struct
{
  const char *name, *about;
  int (*fn) (int argc, char **argv);
} commands[] = {
  { "run", "one run of a workload under a pager", command_run },
  { "reproduce", "the published figures beside the simulated ones",
    command_reproduce },
  { "calibrate", "look for parameters that give the published figures",
    command_calibrate },
  { "sweep", "a run for each cell of a grid of keys", command_sweep },
  { "merge", "the parts of a sweep as one", command_merge },
  { "check", "does everything still come out as in the baseline?",
    command_check },
  { "explore", "other orders of the same events, and what they find",
    command_explore },
  { "replay", "runs one finding of explore again", command_replay },
  { "live", "the same pager on real threads and a real file", command_live },
  { "faults", "what becomes of data when the store fails", command_faults },
  { "compare", "two results: what differs, and by how much", command_compare },
  { "powercut", "cuts the power at every store write, and judges what is left",
    command_powercut },
  { "list", "pagers, locks, devices, costs, oracles, workloads, keys", command_list },
};

enum
{
  COMMANDS = sizeof commands / sizeof *commands
};

const char *argp_program_version = "pagersim " PAGERSIM_VERSION;

static char *
help_filter (int key, const char *text, void *input)
{
  (void)input;
  if (key != ARGP_KEY_HELP_POST_DOC)
    return (char *)text;
  char *out = NULL;
  size_t len;
  FILE *f = open_memstream (&out, &len);
  if (!f)
    return (char *)text;
  fputs ("Commands:\n", f);
  for (size_t i = 0; i < COMMANDS; i++)
    fprintf (f, "  %-10s %s\n", commands[i].name, commands[i].about);
  fputs ("\n`pagersim COMMAND --help' says more.  A first run:\n"
         "  pagersim run seqwrite --pager extent\n",
         f);
  fclose (f);
  return out;
}

/* The first word is the command; what follows is not ours to parse.  */
static error_t
parse (int key, char *arg, struct argp_state *state)
{
  switch (key)
    {
    case ARGP_KEY_INIT:
      command_parse_init (state);
      return 0;
    case ARGP_KEY_ARG:
      *(char **)state->input = arg;
      state->next = state->argc;
      return 0;
    default:
      return ARGP_ERR_UNKNOWN;
    }
}

static void
interrupted (int signal)
{
  (void)signal;
  report_file_abandon ();
  _exit (EXIT_INTERRUPTED);
}

int
main (int argc, char **argv)
{
  static const struct argp argp
      = { NULL,
          parse,
          "COMMAND [ARGUMENT...]",
          "Run the GNU Hurd's file write-back path in virtual time, and count "
          "what it does.\v ",
          NULL,
          help_filter,
          NULL };
  static char *program = (char *)"pagersim";
  char *command = NULL;
  signal (SIGINT, interrupted);
  if (argc > 0)
    argv[0] = program;
  /* What stands before a command is for us, the rest for the command.  */
  int own = 1;
  while (own < argc && argv[own][0] == '-' && argv[own][1])
    own++;
  command_parse (&argp, own < argc ? own + 1 : argc, argv, &command);
  if (!command)
    command_fail ("no command (try `pagersim --help')");
  const char *names[COMMANDS];
  for (size_t i = 0; i < COMMANDS; i++)
    {
      names[i] = commands[i].name;
      if (strcmp (command, names[i]) == 0)
        {
          char title[64];
          snprintf (title, sizeof title, "pagersim %s", command);
          argv[own] = title;
          return commands[i].fn (argc - own, argv + own);
        }
    }
  const char *near = text_nearest (command, names, COMMANDS);
  if (near)
    command_fail ("no command '%.40s', did you mean '%s'?", command, near);
  command_fail ("no command '%.40s' (try `pagersim --help')", command);
}
