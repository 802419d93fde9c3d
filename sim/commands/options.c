/* The options that all commands that run something take: see options.h.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "options.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "command.h"
#include "../harness/keys.h"

static const struct argp_option table[] = {
  { "set", 's', "KEY=VALUE", 0,
    "give a key of `list keys' a value; wins over the workload; repeatable",
    1 },
  { "seed", 'r', "N", 0, "seed of everything that is random (1)", 1 },
  { "jobs", 'j', "N", 0,
    "at most N runs at the same time (all CPUs; reproduce: 1)", 1 },
  { "quiet", 'q', NULL, 0, "no table, only the files asked for", 1 },
  { "out", 'o', "DIR", 0, "write all results into this directory", 1 },
  { 0 }
};

uint64_t
option_number (const char *option, const char *arg, enum text_unit unit,
               uint64_t min, uint64_t max)
{
  uint64_t value;
  const char *wrong = text_parse (arg, unit, &value);
  if (!wrong && (value < min || value > max))
    wrong = "out of range";
  if (wrong)
    command_fail ("%s: '%.40s': %s", option, arg, wrong);
  return value;
}

static error_t
parse (int key, char *arg, struct argp_state *state)
{
  struct options *o = state->input;
  switch (key)
    {
    case 's':
      if (o->settings == SETTINGS_MAX)
        command_fail ("more than %d times --set", SETTINGS_MAX);
      o->set[o->settings++] = arg;
      return 0;
    case 'r':
      o->seed = option_number ("--seed", arg, TEXT_NUMBER, 0, UINT64_MAX);
      o->seed_given = true;
      return 0;
    case 'j':
      o->jobs = option_number ("--jobs", arg, TEXT_NUMBER, 1, 1024);
      o->jobs_given = true;
      return 0;
    case 'q':
      o->quiet = true;
      return 0;
    case 'o':
      if (!*arg)
        command_fail ("--out: the name is empty");
      o->out = arg;
      return 0;
    case ARGP_KEY_INIT:
      o->seed = 1;
      o->jobs = 1;
      return 0;
    default:
      return ARGP_ERR_UNKNOWN;
    }
}

const struct argp options_argp = { .options = table, .parser = parse };

unsigned
options_jobs (const struct options *o)
{
  long processors = sysconf (_SC_NPROCESSORS_ONLN);
  if (o->jobs_given)
    return o->jobs;
  return processors > 0 ? processors : 1;
}

void
options_set_again (const struct options *o)
{
  char err[300];
  for (unsigned i = 0; i < o->settings; i++)
    if (!keys_user (o->set[i], err, sizeof err))
      command_fail ("%s", err);
}

void
options_apply (const struct options *o)
{
  keys_reset ();
  options_set_again (o);
}
