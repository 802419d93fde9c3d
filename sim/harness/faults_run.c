/* One run of the lab of faults, in a worker process: see faults_lab.h.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "faults_lab.h"

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "client_contents.h"
#include "contents_oracle.h"
#include "keys.h"
#include "scenario.h"
#include "../base/check.h"
#include "../base/text.h"

enum
{
  /* For what the detector of hangs does not see.  */
  HOST_S = 60
};

const char *const lab_outcome_name[] = {
#define X(enumerator, name, what) name,
  LAB_OUTCOMES (X)
#undef X
};
const char *const lab_outcome_what[] = {
#define X(enumerator, name, what) what,
  LAB_OUTCOMES (X)
#undef X
};

static const char header[]
    = "workload,pager,seed,fault,kind,write,path,outcome,verdict,pages,"
      "pages_by_call,pages_by_read,pages_silent,blocks,blocks_by_call,"
      "blocks_by_read,blocks_silent,failed,again,calls,gave_up,checked,writes,"
      "first,virtual_ns,"
      "limit,digest\n";

/* ---- The judgement -------------------------------------------------------
 */

static struct contents_verdict found;
static bool judged;

/* On the thread that unmounts.  */
static int
finish (void)
{
  if (client_sync_all () != 0)
    contents_told (CONTENTS_ALL);
  if (client_stop () != 0)
    contents_told (CONTENTS_ALL);
  contents_judge (&found);
  judged = true;
  return 0;
}

static enum lab_outcome
outcome (enum verdict verdict)
{
  if (verdict == VERDICT_CRASH)
    return LAB_CRASH;
  if (!judged)
    return LAB_NO_END;
  if (found.pages_silent > 0 || found.blocks_silent > 0)
    return LAB_LOST;
  if (found.pages > 0 || found.blocks > 0 || found.calls > 0)
    return LAB_REPORTED;
  return found.failed > 0 && found.again == found.failed ? LAB_RETRIED
                                                         : LAB_HARMLESS;
}

/* ---- Text ----------------------------------------------------------------
 */

static const char *
file_name (const char *path)
{
  const char *slash = strrchr (path, '/');
  return slash ? slash + 1 : path;
}

static void
put_begin (const struct lab_spec *spec, const struct lab_run *run, FILE *out)
{
  char text[FAULT_TEXT_BYTES];
  const struct fault_hit *hit = run->clean ? NULL : faults_hit (0);
  fputs (header, out);
  fprintf (out, "%s,%s,%" PRIu64 ",%s,%s,%" PRIu64 ",%s",
           file_name (spec->file.path), spec->base[run->pager], spec->seed,
           run->clean ? "none" : fault_format (&run->fault, text),
           run->clean ? "none" : fault_rows[run->fault.kind].name,
           run->clean ? 0 : run->fault.at,
           hit == NULL             ? "-"
           : hit->path == IO_OTHER ? "other"
                                   : fault_path_name[hit->path]);
}

static void
put_row (const struct lab_spec *spec, const struct lab_run *run,
         const struct run_result *r, enum verdict verdict, unsigned gave_up,
         FILE *out)
{
  const struct contents_verdict *v = &found;
  put_begin (spec, run, out);
  fprintf (out, ",%s,%s", lab_outcome_name[outcome (verdict)],
           verdict_name[verdict]);
  fprintf (out, ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64, v->pages,
           v->pages_by_call, v->pages_by_read, v->pages_silent);
  fprintf (out, ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64, v->blocks,
           v->blocks_by_call, v->blocks_by_read, v->blocks_silent);
  fprintf (out, ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%u,%" PRIu64, v->failed,
           v->again, v->calls, gave_up, v->checked);
  uint64_t writes = faults_writes (spec->path);
  fprintf (out, ",%" PRIu64 ",%s,%" PRIu64 ",%s,", writes, v->first,
           r->virtual_ns, key_text ("run.limit"));
  if (!r->hung)
    fprintf (out, "%016" PRIx64, r->digest);
  putc ('\n', out);
}

void
lab_died (const struct lab_spec *spec, const struct lab_run *run, FILE *out)
{
  put_begin (spec, run, out);
  fprintf (out, ",%s,died,,,,,,,,,,,,,,,,,,\n", lab_outcome_name[LAB_CRASH]);
}

/* ---- The run -------------------------------------------------------------
 */

static void
on_alarm (int signal)
{
  (void)signal;
  _exit (EXIT_FAILURE);
}

/* What the code under test prints would be a line here and there.  */
static void
prepare_process (void)
{
  static bool prepared;
  struct sigaction action
      = { .sa_handler = on_alarm, .sa_flags = SA_ONSTACK | SA_RESTART };
  int fd = prepared ? -1 : open ("/dev/null", O_WRONLY | O_CLOEXEC);
  if (fd >= 0 && dup2 (fd, STDERR_FILENO) >= 0)
    close (fd);
  prepared = true;
  CHECK (sigaction (SIGALRM, &action, NULL) == 0);
  alarm (HOST_S);
}

static bool
set_keys (const struct lab_spec *spec, const struct lab_run *run,
          struct user_error *err)
{
  char text[FAULT_TEXT_BYTES];
  keys_reset ();
  for (unsigned i = 0; i < spec->sets; i++)
    if (!keys_user (spec->set[i], err->line, sizeof err->line))
      return false;
  if (run->limit != 0
      && !keys_set ("run.limit", text_format (run->limit, TEXT_TIME, text),
                    KEY_USER, err->line, sizeof err->line))
    return false;
  return keys_set ("pager.name", spec->pager[run->pager], KEY_USER, err->line,
                   sizeof err->line)
         && keys_set ("run.faults",
                      run->clean ? "none" : fault_format (&run->fault, text),
                      KEY_USER, err->line, sizeof err->line);
}

static bool
contents_are_stamps (struct user_error *err)
{
  if (strcmp (key_text ("run.contents"), "stamps") == 0)
    return true;
  snprintf (err->line, sizeof err->line,
            "run.contents: what is lost is seen by stamps, not bytes");
  return false;
}

static bool
one_run (const struct lab_spec *spec, const struct lab_run *run, FILE *out,
         struct user_error *err, bool *fit)
{
  struct run_result r;
  struct user_error unmount;
  struct workload *w = NULL;
  struct pager *p = NULL;
  memset (&found, 0, sizeof found);
  judged = false;
  contents_watch ();
  scenario_when_unmounting (finish);
  if (set_keys (spec, run, err))
    w = workload_load (spec->file.path, err);
  bool good = w != NULL && contents_are_stamps (err);
  if (good
      && (!sweep_file_same (&spec->file)
          || !sweep_file_same (&spec->pager_file[run->pager])))
    {
      snprintf (err->line, sizeof err->line,
                "the workload or a pager changed meanwhile");
      good = false;
    }
  if (good)
    p = pager_load (spec->pager[run->pager], err);
  good = p != NULL && scenario_run (p, w, spec->seed, &r, err);
  if (good)
    {
      enum verdict verdict = r.verdict;
      if (verdict <= VERDICT_VIOLATION && !scenario_unmount (&unmount)
          && !judged)
        verdict = scenario_unmount_verdict ();
      put_row (spec, run, &r, verdict, workload_gave_up (w), out);
      *fit = verdict <= VERDICT_VIOLATION;
    }
  if (w)
    workload_free (w);
  return good;
}

bool
lab_perform (const struct lab_spec *spec, const struct lab_run *run, FILE *out)
{
  struct user_error err;
  bool fit = true;
  prepare_process ();
  if (!one_run (spec, run, out, &err, &fit))
    fprintf (out, "!%s", err.line);
  alarm (0);
  return fit;
}
