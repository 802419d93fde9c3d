/* One run from its keys to its result, see scenario.h.

   The order is: everything to its first state; format the store; boot on a
   thread of the engine (server, setup, a sync, counters to zero); then the
   periodic sync and the workload's threads.  The run ends when the last of
   these has.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#define _GNU_SOURCE
#include "scenario.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "../../pagers/include/hurd_server.h"
#include "../base/check.h"
#include "../engine/choice.h"
#include "../engine/engine.h"
#include "../engine/trace.h"
#include "../world/costs.h"
#include "../world/counters.h"
#include "../world/device.h"
#include "../world/lock.h"
#include "../world/memobj.h"
#include "../world/port.h"
#include "../world/vm.h"
#include "../world/waits.h"
#include "client_server.h"
#include "contents_oracle.h"
#include "faults_spec.h"
#include "hang.h"
#include "identities.h"
#include "image.h"
#include "keys.h"
#include "oracles.h"
#include "pager_load.h"
#include "stuck.h"

const char *const verdict_name[]
    = { "ok", "violation", "crash", "deadlock", "timeout" };

/* The run that is on.  */
static struct
{
  const struct hurd_server *server;
  struct workload *workload;
  vtime measured_from;
  bool wrong; /* the user's input was: ERROR says how  */
  bool ended; /* by itself, so that it can be unmounted  */
  int unmount_error;
  int unmount_end;
  struct fault fault[FAULTS_MAX]; /* to be armed when setup is over  */
  size_t faults;
  struct user_error error;
} run;

static void (*run_measured) (void);

void
scenario_when_measured (void (*fn) (void))
{
  run_measured = fn;
}

static int (*run_unmounting) (void);

void
scenario_when_unmounting (int (*fn) (void))
{
  run_unmounting = fn;
}

static uint64_t
host_ns (void)
{
  struct timespec t;
  clock_gettime (CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

__attribute__ ((noreturn, format (printf, 1, 2))) static void
stop_wrong (const char *format, ...)
{
  va_list args;
  va_start (args, format);
  vsnprintf (run.error.line, sizeof run.error.line, format, args);
  va_end (args);
  run.wrong = true;
  engine_stop (WORLD_USER_ERROR);
}

/* ---- Threads of a run ----------------------------------------------------
 */

static void
synced (int worked)
{
  if (worked)
    counter_add (COUNTER_SYNCS, 1);
}

static void
periodic_sync (void *arg)
{
  (void)arg;
  vtime phase = key_value ("sync.phase");
  if (phase > 0)
    thread_sleep (phase);
  run.server->sync_loop (key_value ("sync.interval"), synced);
  CHECK (!"the periodic sync does not return");
}

static void
workload_ended (void *arg, const struct user_error *error)
{
  (void)arg;
  if (error != NULL)
    stop_wrong ("%s", error->line);
  oracles_clients_ended ();
  engine_pause (ENGINE_STOPPED);

  /* Somebody wants it unmounted.  */
  run.unmount_error
      = run_unmounting ? run_unmounting () : run.server->stop ();
  engine_stop (ENGINE_STOPPED);
}

static void
boot (void *arg)
{
  (void)arg;
  int error = run.server->start ();
  if (error)
    stop_wrong ("the file system does not start: %s", strerror (error));
  stuck_note_idle ();
  struct user_error line;
  if (!workload_setup (run.workload, &line))
    stop_wrong ("%s", line.line);
  error = run.server->syncfs (1);
  if (error)
    stop_wrong ("the first sync failed: %s", strerror (error));

  stuck_note_idle ();
  tally_reset ();
  counters_reset ();
  identities_measured ();
  locks_reset_classes ();
  waits_reset ();
  run.measured_from = engine_now ();
  faults_start ();
  for (size_t i = 0; i < run.faults; i++)
    CHECK (faults_arm (&run.fault[i]));
  if (run_measured)
    run_measured ();
  if (key_value ("sync.interval") > 0)
    thread_spawn ("sync", periodic_sync, NULL)->housekeeping = true;
  workload_spawn (run.workload, workload_ended, NULL);
}

/* ---- First states --------------------------------------------------------
 */

/* What the run is a function of.  Contents change nothing but the bytes; of an
   image, they count and not the name.  */
static void
hash_key (const struct key *k, void *arg)
{
  (void)arg;
  if (strcmp (k->name, "run.contents") == 0
      || strcmp (k->name, "pager.name") == 0
      || strcmp (k->name, "store.image") == 0)
    return;
  /* The same of what was always so before there was a choice.  */
  if (strcmp (k->name, "ext2fs.flush") == 0 && !k->value)
    return;
  /* A run without faults is what it was before there were any.  */
  if (strcmp (k->name, "run.faults") == 0 && strcmp (k->text, "none") == 0)
    return;
  trace_hash (k->name, strlen (k->name) + 1);
  if (k->kind == KEY_TEXT)
    trace_hash (k->text, strlen (k->text) + 1);
  else
    trace_hash (&k->value, sizeof k->value);
}

static void
hash_input (const struct pager *p, const struct workload *w, uint64_t seed)
{
  size_t len;
  const char *text = workload_text (w, &len);
  trace_hash (&seed, sizeof seed);
  keys_each (hash_key, NULL);
  trace_hash (pager_name (p), strlen (pager_name (p)) + 1);
  trace_hash (text, len);
}

static void
init_costs (void)
{
  for (unsigned i = 0; i < COST_COUNT; i++)
    {
      char name[64];
      snprintf (name, sizeof name, "cpu.%s", cost_rows[i].name);
      cost_ns[i] = key_value (name);
    }
}

/* What the file system says about a gap, in the world's words.  */
static enum write_end
gap_of (uint64_t logical, uint64_t before, uint64_t after)
{
  if (run.server->gap == NULL)
    return WRITE_END_FRAGMENT;
  switch (run.server->gap (logical, before, after))
    {
    case HURD_GAP_INDIRECT:
      return WRITE_END_INDIRECT;
    case HURD_GAP_GROUP:
      return WRITE_END_GROUP;
    default:
      return WRITE_END_FRAGMENT;
    }
}

static void
init_world (struct pager *p)
{
  struct engine_config config = {
      .cpus = key_value ("machine.cpus"),
      .quantum_ns = key_value ("machine.quantum"),
      .switch_ns = cost_ns[COST_SWITCH],
      .limit_ns = key_value ("run.limit"),
      .exec_stacks = pager_exec_stacks (p),
      .stack_bytes = WORKLOAD_STACK_BYTES,
  };
  waits_configure (&config);
  engine_init (&config);
  counters_reset ();
  findings_reset ();
  locks_init (key_value ("lock.policy"));
  ports_init ();
  faults_init ();
  waits_init (key_value ("libpager.serial"), key_value ("libpager.workers"));
  memory_init (&(struct memory_config){
      .bytes = key_value ("machine.memory"),
      .return_pages = key_value ("mach.return_pages"),
      .real_contents = key_value ("run.contents") != 0,
      .step_scan = key_value ("machine.cpus") > 1,
  });
  memobjs_init ();
  tally_init ();
  tally_set_gap (gap_of);
  identities_start (run.server);
  oracles_start (run.server);
  vm_init (pager_checks_access (p));
  device_init (&(struct device_config){
      .overhead_ns = key_value ("store.overhead"),
      .seek_ns = key_value ("store.seek"),
      .rotation_ns = key_value ("store.rotation"),
      .bandwidth = key_value ("store.bandwidth"),
      .max_transfer = key_value ("store.max_transfer"),
      .size = key_value ("store.size") & -(uint64_t)SIM_PAGE_SIZE,
  });
}

static bool
format_store (struct user_error *err)
{
  if (image_given ())
    return image_load (err);
  int error = run.server->format (&(struct hurd_format){
      .fragmentation = key_value ("fs.fragmentation"),
      .fill_percent = key_value ("fs.fill"),
  });
  if (error == 0)
    return true;
  snprintf (err->line, sizeof err->line,
            "store.size, fs.fill: no file system can be made: %s",
            strerror (error));
  return false;
}

/* The file system of an image is for the servers that have it.  */
static bool
image_fits (struct user_error *err)
{
  if (!image_given () || strcmp (run.server->file_system, "ext2fs") == 0)
    return true;
  snprintf (err->line, sizeof err->line,
            "store.image: a server of %.40s, not of ext2fs, takes none",
            run.server->file_system);
  return false;
}

static enum verdict
verdict_of (int end)
{
  switch (end)
    {
    case ENGINE_STOPPED:
      return findings_count () ? VERDICT_VIOLATION : VERDICT_OK;
    case ENGINE_DEADLOCK:
      return VERDICT_DEADLOCK;
    case ENGINE_LIMIT:
    case WORLD_HANG:
    case WORLD_STUCK:
      return VERDICT_TIMEOUT;
    case WORLD_CRASH:
      return VERDICT_CRASH;
    default:
      return VERDICT_VIOLATION;
    }
}

bool
scenario_run (struct pager *p, struct workload *w, uint64_t seed,
              struct run_result *result, struct user_error *err)
{
  memset (&run, 0, sizeof run);
  run.server = pager_server (p);
  run.workload = w;
  if (!faults_parse (key_text ("run.faults"), run.fault, &run.faults, err))
    return false;

  if (!image_open (w, err) || !image_fits (err))
    return false;
  choice_init (seed);
  trace_init ();
  hash_input (p, w, seed);
  init_costs ();
  init_world (p);
  pager_restore (p);
  client_init (run.server);
  contents_begin ();
  real_fault_install ();
  run.server->configure ();
  if (!format_store (err))
    return false;

  pageout_start ();
  swap_start ();
  thread_spawn ("boot", boot, NULL);
  uint64_t begin = host_ns ();
  hang_watch ();
  int end = engine_run ();
  hang_ignore ();
  if (run.wrong)
    {
      *err = run.error;
      return false;
    }

  run.ended = end == ENGINE_STOPPED;
  stuck_findings (end, key_text ("run.limit"));
  pager_name_places (p);
  tally_finish ();
  oracles_end (end);
  struct rusage usage;
  getrusage (RUSAGE_SELF, &usage);
  *result = (struct run_result){
    .verdict = verdict_of (end),
    .hung = end == WORLD_HANG,
    .virtual_ns = engine_now () - run.measured_from,
    .events = engine.events,
    .digest = trace_digest (),
    .wall_ns = host_ns () - begin,
    .max_rss_bytes = (uint64_t)usage.ru_maxrss * 1024,
  };
  return true;
}

/* Host time does not matter any more: without the hang detector.  */
bool
scenario_unmount (struct user_error *err)
{
  size_t findings = findings_count ();
  const struct finding *f;
  int end;

  if (!run.ended)
    {
      snprintf (err->line, sizeof err->line, "the run did not end");
      return false;
    }
  run.ended = false;
  if (run_unmounting)
    hang_watch ();
  end = run.unmount_end = engine_continue ();
  hang_ignore ();
  if (end == ENGINE_STOPPED && run.unmount_error == 0)
    return true;
  f = findings_get (findings);
  snprintf (err->line, sizeof err->line,
            "the file system cannot be unmounted: %.300s",
            end == ENGINE_STOPPED    ? strerror (run.unmount_error)
            : f != NULL              ? f->what
            : end == ENGINE_DEADLOCK ? "deadlock"
                                     : "no end in time");
  return false;
}

enum verdict
scenario_unmount_verdict (void)
{
  return verdict_of (run.unmount_end);
}
