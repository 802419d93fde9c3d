/* One row of a sweep, in a worker process: see sweep.h.

   A run that is a result of any kind is a row as `run' reports it.  Two kinds
   more have only what is known of them, with other columns left empty:
   `failed', the input of this run was wrong, and `died', the process that ran
   it ended.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "sweep.h"

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "api_settings.h"
#include "keys.h"
#include "report.h"
#include "../base/check.h"
#include "../engine/engine.h"

enum
{
  /* For loading and formatting, which the detector of hangs does not see.  */
  BEGIN_S = 10,
  EXIT_NO_BEGIN = 70
};

/* ---- Text ----------------------------------------------------------------
 */

static char *
json_line (json_t *j)
{
  char *text = json_dumps (j, JSON_COMPACT | JSON_SORT_KEYS
                                  | JSON_REAL_PRECISION (12));
  CHECK (text);
  json_decref (j);
  return text;
}

static void
put_result (FILE *out, const char *csv, size_t csv_len, const char *json)
{
  struct sweep_result r;
  memset (&r, 0, sizeof r);
  r.csv = csv_len;
  r.json = json ? strlen (json) : 0;
  fwrite (&r, sizeof r, 1, out);
  fwrite (csv, 1, csv_len, out);
  if (json)
    fputs (json, out);
}

/* The sweep cannot go on.  */
static void
put_wrong (FILE *out, const char *line)
{
  struct sweep_result r;
  memset (&r, 0, sizeof r);
  r.wrong = true;
  r.csv = strlen (line);
  fwrite (&r, sizeof r, 1, out);
  fputs (line, out);
}

/* ---- Rows without a result -----------------------------------------------
 */

static void
csv_field (FILE *out, const char *text)
{
  bool quote = text[strcspn (text, ",\"\r\n")];
  if (quote)
    putc ('"', out);
  for (; *text; text++)
    {
      if (*text == '"')
        putc ('"', out);
      putc (*text, out);
    }
  if (quote)
    putc ('"', out);
}

static void
key_name (const struct key *k, void *arg)
{
  fprintf (arg, ",set.%s", k->name);
}

static void
key_field (const struct key *k, void *arg)
{
  putc (',', arg);
  csv_field (arg, k->text);
}

static json_t *
json_text (const char *text)
{
  json_t *j = json_string (text);
  return j ? j : json_string ("?"); /* not UTF-8  */
}

static void
key_json (const struct key *k, void *arg)
{
  json_object_set_new (arg, k->name, json_text (k->text));
}

static const char *
file_name (const char *path)
{
  const char *slash = strrchr (path, '/');
  return slash ? slash + 1 : path;
}

static json_t *
blank_json (const struct report *r, const struct sweep_load *load,
            const char *verdict, const char *oracle, const char *what)
{
  char replay[2048];
  json_t *set = json_object ();
  report_replay (r, replay, sizeof replay);
  keys_each (key_json, set);
  json_t *j = json_pack (
      "{s:s, s:{s:o, s:s}, s:o, s:I, s:o, s:s, s:[{s:s, s:o, s:o, s:i, s:s, "
      "s:s}]}",
      "schema", "pagersim.run/1", "workload", "name",
      json_text (file_name (load->file.path)), "sha256", load->file.sha256,
      "pager", json_text (r->pager), "seed",
      (json_int_t)(r->seed <= INT64_MAX ? r->seed : INT64_MAX), "set", set,
      "verdict", verdict, "findings", "oracle", oracle, "what",
      json_text (what), "replay", json_text (replay), "at_ns", 0, "thread", "",
      "where", "");
  CHECK (j);
  return j;
}

/* ROW, of which nothing is known but that it ended as VERDICT says, because of
   WHAT; the keys are in force.  */
static void
put_blank (const struct sweep_plan *plan, const struct sweep_row *row,
           const char *verdict, const char *oracle, const char *what,
           bool with_json, FILE *out)
{
  const struct sweep_load *load = &plan->load[row->load];
  const struct report r = { .path = load->name,
                            .pager = plan->pager[row->pager].base,
                            .seed = row->seed };
  char *csv = NULL, *json = NULL;
  size_t len;
  FILE *f = open_memstream (&csv, &len);
  CHECK (f);
  fputs ("workload,pager,seed,verdict,findings", f);
  keys_each (key_name, f);
  putc ('\n', f);
  csv_field (f, file_name (load->file.path));
  putc (',', f);
  csv_field (f, r.pager);
  fprintf (f, ",%" PRIu64 ",%s,1", r.seed, verdict);
  keys_each (key_field, f);
  putc ('\n', f);
  CHECK (fclose (f) == 0);
  if (with_json)
    json = json_line (blank_json (&r, load, verdict, oracle, what));
  put_result (out, csv, len, json);
  free (csv);
  free (json);
}

/* What is wrong with the input of ROW, which is known by what was typed: the
   same on every machine.  */
static void
put_failed (const struct sweep_plan *plan, const struct sweep_row *row,
            const struct user_error *err, bool with_json, FILE *out)
{
  const struct sweep_load *load = &plan->load[row->load];
  char line[sizeof err->line];
  size_t len = strlen (load->file.path);
  if (strncmp (err->line, load->file.path, len) == 0)
    snprintf (line, sizeof line, "%.200s%.300s", load->name, err->line + len);
  else
    snprintf (line, sizeof line, "%s", err->line);
  put_blank (plan, row, "failed", "input", line, with_json, out);
}

/* ---- In a worker ---------------------------------------------------------
 */

static volatile sig_atomic_t loading;

static void
on_alarm (int signal)
{
  (void)signal;
  if (loading || engine.events == 0)
    _exit (EXIT_NO_BEGIN);
}

/* End this process if no run has begun in some time.  */
static void
limit_begin (void)
{
  struct sigaction action;
  memset (&action, 0, sizeof action);
  action.sa_handler = on_alarm;
  action.sa_flags = SA_ONSTACK | SA_RESTART;
  CHECK (sigaction (SIGALRM, &action, NULL) == 0);
  alarm (BEGIN_S);
}

/* What the code under test prints would be a line here and there between the
   rows of others.  */
static void
be_quiet (void)
{
  static bool quiet;
  int fd = quiet ? -1 : open ("/dev/null", O_WRONLY | O_CLOEXEC);
  if (fd >= 0 && dup2 (fd, STDERR_FILENO) >= 0)
    close (fd);
  quiet = true;
}

void
sweep_row_probe (const char *name, FILE *out)
{
  struct user_error err;
  const char *key;
  loading = 1;
  be_quiet ();
  limit_begin ();
  keys_reset ();
  struct pager *p = pager_load (name, &err);
  if (!p)
    {
      fprintf (out, " %s", err.line);
      return;
    }
  api_settings_forget ();
  api_settings_probe (p);
  for (size_t i = 0; (key = api_settings_get (i)); i++)
    fprintf (out, "%s\n", key);
  alarm (0);
}

/* Load the pager of ROW.  False when its file is not the one of the plan.  */
static bool
load_pager (const struct sweep_pager *planned, struct pager **p,
            struct user_error *err)
{
  static const struct sweep_pager *same[64]; /* that were looked at  */
  static size_t count;
  *p = pager_load (planned->name, err);
  for (size_t i = 0; i < count; i++)
    if (same[i] == planned)
      return true;
  if (count < sizeof same / sizeof *same)
    same[count++] = planned;
  return sweep_file_same (&planned->file);
}

/* Whether the run asked for a varied setting that its row leaves out.  */
static const char *
late_setting (const struct sweep_plan *plan, const struct sweep_row *row)
{
  const char *key;
  for (size_t i = 0; (key = api_settings_get (i)); i++)
    for (unsigned a = 0; a < plan->spec->axes; a++)
      for (unsigned k = 0; k < plan->spec->axis[a].keys.count; k++)
        if (strcmp (plan->spec->axis[a].keys.word[k], key) == 0
            && plan->load[row->load].has[a][k]
            && !sweep_plan_applies (plan, row, a, k))
          return key;
  return NULL;
}

static void
put_report (const struct report *r, bool with_json, FILE *out)
{
  char *csv = NULL, *json = NULL;
  size_t len;
  FILE *f = open_memstream (&csv, &len);
  CHECK (f);
  report_csv (r, f);
  CHECK (fclose (f) == 0);
  if (with_json)
    {
      json_t *j = report_json (r);
      json_object_del (j, "host");
      json = json_line (j);
    }
  put_result (out, csv, len, json);
  free (csv);
  free (json);
}

/* Run ROW of workload W.  */
static bool
perform (const struct sweep_plan *plan, const struct sweep_row *row,
         struct workload *w, bool with_json, FILE *out)
{
  const struct sweep_pager *planned = &plan->pager[row->pager];
  struct run_result result;
  struct user_error err;
  struct pager *p = NULL;
  char line[300];
  struct report r = { .workload = w,
                      .path = plan->load[row->load].name,
                      .pager = planned->base,
                      .seed = row->seed,
                      .result = &result };
  if (strcmp (key_text ("pager.name"), planned->name) != 0)
    {
      snprintf (line, sizeof line,
                "%.200s: the pager depends on other keys: vary pager.name",
                r.path);
      put_wrong (out, line);
      return true;
    }
  if (!load_pager (planned, &p, &err))
    {
      snprintf (line, sizeof line, "%.200s changed while the sweep ran",
                planned->file.path);
      put_wrong (out, line);
      return false;
    }
  loading = 0;
  api_settings_forget ();
  if (!p || !scenario_run (p, w, row->seed, &result, &err))
    {
      put_failed (plan, row, &err, with_json, out);
      return true;
    }
  const char *late = late_setting (plan, row);
  if (late)
    {
      snprintf (line, sizeof line,
                "%s asks for %.64s only while it runs, not when it is "
                "configured: fix it by --set",
                planned->base, late);
      put_wrong (out, line);
      return true;
    }
  put_report (&r, with_json, out);
  /* After anything else, who knows what was overwritten.  */
  return result.verdict == VERDICT_OK;
}

bool
sweep_row_perform (const struct sweep_plan *plan, size_t n, bool with_json,
                   FILE *out)
{
  const struct sweep_row *row = &plan->row[n];
  const struct sweep_load *load = &plan->load[row->load];
  struct user_error err;
  loading = 1;
  be_quiet ();
  limit_begin ();
  struct workload *w = NULL;
  if (sweep_plan_keys (plan, row, &err))
    w = workload_load (load->file.path, &err);
  bool fit = true;
  if (!w)
    put_failed (plan, row, &err, with_json, out);
  else if (strcmp (workload_sha256 (w), load->file.sha256) != 0)
    {
      char line[300];
      snprintf (line, sizeof line, "%.200s changed while the sweep ran",
                load->name);
      put_wrong (out, line);
    }
  else
    fit = perform (plan, row, w, with_json, out);
  if (w)
    workload_free (w);
  alarm (0);
  return fit;
}

void
sweep_row_died (const struct sweep_plan *plan, size_t n, int status,
                bool with_json, FILE *out)
{
  const struct sweep_row *row = &plan->row[n];
  const struct sweep_load *load = &plan->load[row->load];
  struct user_error err;
  char what[100];
  if (WIFSIGNALED (status))
    snprintf (what, sizeof what, "its process was ended by signal %d",
              WTERMSIG (status));
  else if (WEXITSTATUS (status) == EXIT_NO_BEGIN)
    snprintf (what, sizeof what, "no run began in %d s", BEGIN_S);
  else
    snprintf (what, sizeof what, "its process ended with status %d",
              WEXITSTATUS (status));
  /* For the keys, of what it declares too.  */
  struct workload *w = NULL;
  if (sweep_plan_keys (plan, row, &err))
    w = workload_load (load->file.path, &err);
  put_blank (plan, row, "died", "process", what, with_json, out);
  if (w)
    workload_free (w);
}
