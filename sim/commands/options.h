/* The options that all commands that run something take.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_COMMANDS_OPTIONS_H
#define SIM_COMMANDS_OPTIONS_H

#include <argp.h>
#include "../base/text.h"

enum
{
  SETTINGS_MAX = 256,
  OPTION_JSON = 0x100,
  OPTION_IMAGE,
  OPTION_EXPLAIN,
  OPTION_EXPLAIN_LOG,
  OPTION_CSV,
  OPTION_PUBLISHED,
  OPTION_CALIBRATED,
  OPTION_FRESH,
  OPTION_TIMELINE,
  OPTION_TRACE,
  OPTION_FAULT,
  OPTION_PAGER = 'p'
};

struct options
{
  const char *set[SETTINGS_MAX];
  unsigned settings;
  uint64_t seed;
  unsigned jobs;
  bool seed_given, jobs_given;
  bool quiet;
  const char *out; /* directory, or NULL  */
};

/* For `children' of a command's argp; its input is a struct options.  */
extern const struct argp options_argp;

/* Each --set, again: over what was set in between.  Fails as below.  */
void options_set_again (const struct options *o);
/* Keys to their defaults, then --set.  Fails on bad ones that are
   known by now.  */
void options_apply (const struct options *o);

/* How many processes: --jobs, or all processors.  */
unsigned options_jobs (const struct options *o);
/* ARG, the argument of OPTION, as a number from MIN to MAX; or fails.  */
uint64_t option_number (const char *option, const char *arg,
                        enum text_unit unit, uint64_t min, uint64_t max);

#endif /* SIM_COMMANDS_OPTIONS_H */
