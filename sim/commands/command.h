/* What the commands share.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_COMMANDS_COMMAND_H
#define SIM_COMMANDS_COMMAND_H

#include <argp.h>
#include <signal.h>
#include "../harness/workload.h"

/* Exit statuses: docs/design.md 5.  */
enum
{
  EXIT_GOOD = 0,
  EXIT_DIFFERENT = 1, /* the code under test or a comparison failed  */
  EXIT_USER = 2,      /* the user's input was wrong  */
  EXIT_REGRESSION = 3, /* something is not as in the baseline  */
  EXIT_FAULT = 4,     /* a fault of our own  */
  EXIT_INTERRUPTED = 130
};

/* Each returns an exit status.  ARGV[0] is "pagersim COMMAND".  */
int command_run (int argc, char **argv);
int command_reproduce (int argc, char **argv);
int command_calibrate (int argc, char **argv);
int command_check (int argc, char **argv);
int command_compare (int argc, char **argv);
int command_explore (int argc, char **argv);
int command_faults (int argc, char **argv);
int command_list (int argc, char **argv);
int command_live (int argc, char **argv);
int command_merge (int argc, char **argv);
int command_powercut (int argc, char **argv);
int command_replay (int argc, char **argv);
int command_sweep (int argc, char **argv);

/* Print one line to stderr and exit with EXIT_USER.  */
_Noreturn void command_fail (const char *format, ...)
    __attribute__ ((format (printf, 1, 2)));
/* The same for an error that came from below.  A line that names a place in
   the file PATH is printed as it is.  */
_Noreturn void command_fail_error (const struct user_error *err,
                                   const char *path);

/* argp_parse for a command: one line for what is wrong.  */
void command_parse (const struct argp *argp, int argc, char **argv,
                    void *input);
/* Call at ARGP_KEY_INIT of every command's parser.  */
void command_parse_init (struct argp_state *state);

/* An option whose file may be left out (stdout), or stand alone after it:
   --json, --json=FILE, --json FILE.  */
struct file_option
{
  const char *path; /* NULL: not given  */
  const char *next; /* the word behind it, that may be its file, or NULL  */
};
void file_option_set (struct file_option *o, const char *arg,
                      const struct argp_state *state);

/* The words that are no options.  */
enum
{
  WORDS_MAX = 8
};
struct words
{
  const char *word[WORDS_MAX];
  unsigned count;
};
void words_add (struct words *w, const char *word);
/* While there are more than WANTED, let the N options take theirs.  */
void words_claim (struct words *w, unsigned wanted,
                  struct file_option *const *options, unsigned n);

/* The text that FN writes.  To be freed.  */
char *command_text (void (*fn) (FILE *, void *), void *arg, size_t *len);
/* Write it to PATH, or fail.  */
void command_write (const char *path, const char *text, size_t len);

/* The same of what FN writes.  */
void command_write_as (const char *path, void (*fn) (FILE *, void *),
                       void *arg);

/* The same, to the file NAME of the directory DIR.  */
void command_write_in (const char *dir, const char *name,
                       void (*fn) (FILE *, void *), void *arg);

/* A file to be written, and the option that names it; PATH may be NULL.  */
struct command_file
{
  const char *option, *path;
};
/* Check, before a run that may be long, that the N files can be written and
   are no workloads, and are different ones; or fail.  */
void command_check_files (const struct command_file *files, size_t n);

/* Make the directory DIR and what it is in, and check that it can be written
   to, or fail.  */
void command_directory (const char *dir);

/* From now on an interrupt sets what this leads to, and ends nothing.  */
const volatile sig_atomic_t *command_interrupted (void);

#endif /* SIM_COMMANDS_COMMAND_H */
