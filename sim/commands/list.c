/* pagersim list SUBJECT: what there is, one line each.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "command.h"

#include <dirent.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include "../base/text.h"
#include "../harness/keys.h"
#include "../harness/oracles.h"
#include "../harness/place.h"
#include "../harness/scenario.h"
#include "../world/costs.h"
#include "../world/device.h"
#include "../world/lock.h"

static const char about[]
    = "List what there is, one line each.\v"
      "  pagers     the built pagers, for --pager\n"
      "  locks      values of lock.policy\n"
      "  devices    values of store.device, and what each implies\n"
      "  costs      CPU time of every action, with its source\n"
      "  oracles    what is checked in every run; docs/oracles.md\n"
      "  workloads  the workloads that come with pagersim\n"
      "  keys       all keys with kind, value, range and source; with a\n"
      "             WORKLOAD, its own keys and what it sets, too";

/* ---- Pagers and workloads ------------------------------------------------
 */

/* What the pagers that come with pagersim are; others are the user's.  */
static const char *
pager_about (const char *name)
{
  static const char *const ours[][2]
      = { { "perpage", "one page a call, no bulk hook" },
          { "chunk", "pager.chunk_blocks blocks for each lock hold, then "
                     "unlock, yield, lock again" },
          { "extent", "one run of consecutive blocks for each lock hold, at "
                      "most pager.cap_blocks" },
          { "adaptive", "as extent, shorter while others wait for the lock; "
                        "none of the known defects" },
          { "fatfs", "another file system, FAT; as extent" },
          { "fatfs-perpage", "FAT, one page a call" } };
  for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
    if (strcmp (name, ours[i][0]) == 0)
      return ours[i][1];
  return "your own";
}

/* The first line of the comment that PATH begins with.  */
static void
workload_about (const char *path, char *out, size_t size)
{
  char line[256] = "";
  FILE *f = fopen (path, "r");
  *out = 0;
  if (!f)
    return;
  if (fgets (line, sizeof line, f) && strncmp (line, "--", 2) == 0)
    {
      line[strcspn (line, "\n")] = 0;
      snprintf (out, size, "%s", line + 2 + strspn (line + 2, "- "));
    }
  fclose (f);
}

static int
shown (const struct dirent *e)
{
  return e->d_name[0] != '.';
}

static int
by_bytes (const struct dirent **a, const struct dirent **b)
{
  return strcmp ((*a)->d_name, (*b)->d_name);
}

/* List the files of DIR that end in SUFFIX.  */
static void
list_files (FILE *out, const char *dir, const char *suffix)
{
  struct dirent **entries;
  int n = scandir (dir, &entries, shown, by_bytes);
  size_t tail = strlen (suffix);
  if (n < 0)
    command_fail ("%.300s: cannot be read", dir);
  for (int i = 0; i < n; i++)
    {
      char name[256], path[PATH_MAX], text[256];
      snprintf (name, sizeof name, "%.255s", entries[i]->d_name);
      free (entries[i]);
      size_t len = strlen (name);
      if (len <= tail || strcmp (name + len - tail, suffix) != 0)
        continue;
      int n_path = snprintf (path, sizeof path, "%.3000s/%s", dir, name);
      bool lua = strcmp (suffix, ".lua") == 0 && n_path > 0;
      name[len - tail] = 0;
      if (lua)
        workload_about (path, text, sizeof text);
      fprintf (out, "%-12s %s\n", name, lua ? text : pager_about (name));
    }
  free (entries);
}

static void
list_pagers (FILE *out)
{
  list_files (out, pager_directory (), ".so");
}

static void
list_workloads (FILE *out)
{
  char dir[PATH_MAX];
  if (!place_find ("workloads", dir))
    command_fail ("workloads/ is not found beside the program");
  list_files (out, dir, ".lua");
}

/* ---- The tables of the world ---------------------------------------------
 */

static void
list_locks (FILE *out)
{
  for (unsigned i = 0; i < LOCK_POLICIES; i++)
    fprintf (out, "%-10s %s\n", lock_policy_name[i], lock_policy_about[i]);
}

static void
list_devices (FILE *out)
{
  fprintf (out, "%-8s %10s %10s %10s %10s %12s  %s\n", "device", "overhead",
           "seek", "rotation", "bandwidth", "max_transfer", "what it is");
  for (const struct device_preset *d = device_presets; d->name; d++)
    {
      char text[5][64];
      const struct device_config *c = &d->config;
      fprintf (out, "%-8s %10s %10s %10s %10s %12s  %s\n", d->name,
               text_format (c->overhead_ns, TEXT_TIME, text[0]),
               text_format (c->seek_ns, TEXT_TIME, text[1]),
               text_format (c->rotation_ns, TEXT_TIME, text[2]),
               text_format (c->bandwidth, TEXT_SIZE, text[3]),
               text_format (c->max_transfer, TEXT_SIZE, text[4]), d->about);
    }
}

static void
list_costs (FILE *out)
{
  for (unsigned i = 0; i < COST_COUNT; i++)
    {
      char name[64], text[64];
      snprintf (name, sizeof name, "cpu.%s", cost_rows[i].name);
      fprintf (out, "%-16s %8s  %s (%s)\n", name,
               text_format (cost_rows[i].default_ns, TEXT_TIME, text),
               cost_rows[i].what, cost_rows[i].source);
    }
}

static void
list_oracle (const char *name, const char *what, void *out)
{
  fprintf (out, "%-12s %s\n", name, what);
}

static void
list_oracles (FILE *out)
{
  oracles_each (list_oracle, out);
}

/* ---- Keys ----------------------------------------------------------------
 */

static void
key_range (const struct key *k, char *out, size_t size)
{
  char low[64], high[64];
  size_t used = 0;
  *out = 0;
  if (k->words)
    for (size_t i = 0; k->words[i] && used < size; i++)
      used += snprintf (out + used, size - used, "%s%s", i ? ", " : "",
                        k->words[i]);
  else if (k->kind != KEY_TEXT && k->max < INT64_MAX)
    {
      const char *from = key_format (k, k->min, low);
      const char *to = key_format (k, k->max, high);
      snprintf (out, size, "%s to %s", from, to);
    }
  else
    snprintf (out, size, "any");
}

static void
list_key (const struct key *k, void *out)
{
  static const char *const set_by[]
      = { "", "by store.device", "set by the workload", "set by you" };
  char range[256];
  key_range (k, range, sizeof range);
  fprintf (out, "%-22s %-6s %-9s %s (", k->name, key_kind_name (k->kind),
           k->text, k->about);
  if (strcmp (k->text, k->otherwise) != 0)
    fprintf (out, "default %s, %s; ", k->otherwise, set_by[k->origin]);
  if (k->ranged)
    {
      char low[64], high[64];
      fprintf (out, "drawn from %s to %s%s; ", key_format (k, k->from, low),
               key_format (k, k->to, high), k->boot ? " for each boot" : "");
    }
  fprintf (out, "%s; %s)\n", range, k->source);
}

static void
list_keys (FILE *out, const char *workload)
{
  struct workload *w = NULL;
  keys_reset ();
  if (workload)
    {
      char path[PATH_MAX];
      struct user_error err;
      if (!*workload)
        command_fail ("list keys: the name of the workload is empty");
      place_workload (workload, path);
      w = workload_load (path, &err);
      if (!w)
        command_fail_error (&err, path);
    }
  fprintf (out, "%-22s %-6s %-9s %s\n", "key", "kind", "value",
           "what it is (default if other; range; source)");
  keys_each (list_key, out);
  if (w)
    workload_free (w);
}

/* ---- The command ---------------------------------------------------------
 */

static const struct
{
  const char *name;
  void (*fn) (FILE *);
} subjects[] = {
  { "pagers", list_pagers },       { "locks", list_locks },
  { "devices", list_devices },     { "costs", list_costs },
  { "oracles", list_oracles },     { "workloads", list_workloads },
  { "keys", NULL },
};

enum
{
  SUBJECTS = sizeof subjects / sizeof *subjects
};

static error_t
parse (int key, char *arg, struct argp_state *state)
{
  switch (key)
    {
    case ARGP_KEY_INIT:
      command_parse_init (state);
      return 0;
    case ARGP_KEY_ARG:
      words_add (state->input, arg);
      return 0;
    default:
      return ARGP_ERR_UNKNOWN;
    }
}

static void
list (FILE *out, void *arg)
{
  const struct words *words = arg;
  const char *names[SUBJECTS];
  for (size_t i = 0; i < SUBJECTS; i++)
    {
      names[i] = subjects[i].name;
      if (strcmp (words->word[0], names[i]) != 0)
        continue;
      if (subjects[i].fn && words->count > 1)
        command_fail ("too many arguments: '%.80s'", words->word[1]);
      if (subjects[i].fn)
        subjects[i].fn (out);
      else
        list_keys (out, words->count > 1 ? words->word[1] : NULL);
      return;
    }
  const char *near = text_nearest (words->word[0], names, SUBJECTS);
  if (near)
    command_fail ("list: no '%.40s', did you mean '%s'?", words->word[0],
                  near);
  command_fail ("list: no '%.40s' (pagers, locks, devices, costs, oracles, "
                "workloads, keys)",
                words->word[0]);
}

int
command_list (int argc, char **argv)
{
  static const struct argp argp
      = { NULL,  parse, "pagers|locks|devices|costs|oracles|workloads|keys [WORKLOAD]",
          about, NULL,  NULL,
          NULL };
  struct words words = { .count = 0 };
  command_parse (&argp, argc, argv, &words);
  words_claim (&words, 2, NULL, 0);
  if (words.count == 0)
    command_fail ("list: of what? (pagers, locks, devices, costs, oracles, "
                  "workloads, keys)");
  size_t len;
  char *text = command_text (list, &words, &len);
  command_write ("-", text, len);
  free (text);
  return EXIT_GOOD;
}
