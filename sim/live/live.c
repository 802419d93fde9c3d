/* One live run, see live.h: format the file, start the server, setup, the
   threads, unmount.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#define _GNU_SOURCE
#include "live.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "../../pagers/include/hurd_server.h"
#include "../base/check.h"
#include "../engine/choice.h"
#include "../harness/host_clock.h"
#include "../harness/keys.h"
#include "../harness/pager_load.h"
#include "../harness/workload_state.h"
#include "../world/lock.h"
#include "kernel.h"

static const struct hurd_server *server;

static bool
wrong (struct user_error *err, const char *what, const char *why)
{
  snprintf (err->line, sizeof err->line, "%.200s: %.200s", what, why);
  return false;
}

/* ---- What does not go live -----------------------------------------------
 */

bool
live_check (const struct workload *w, const char *file, struct user_error *err)
{
  for (const struct program *p = w->threads.head; p != NULL; p = p->next)
    if (p->replay != NULL)
      return wrong (err, w->path,
                    "a trace is replayed in a simulated run "
                    "only");
  if (strcmp (key_text ("run.faults"), "none") != 0)
    return wrong (err, "run.faults", "faults are for simulated runs only");
  if (strcmp (key_text ("store.image"), "none") != 0)
    return wrong (err, "store.image", "a live run formats its store");
  return store_file_check (file, err);
}

/* ---- The run -------------------------------------------------------------
 */

static bool
start_world (struct pager *p, uint64_t seed, const char *file,
             struct user_error *err)
{
  server = pager_server (p);
  choice_init (seed);
  hurd_api = &live_table;
  uint64_t size = key_value ("store.size") & -(uint64_t)SIM_PAGE_SIZE;
  if (!store_file_open (file, size, key_value ("store.max_transfer"), err))
    return false;
  programs_begin ();
  locks_start (key_value ("lock.policy") == LOCK_WRITER);
  ports_start ();
  objects_start (key_value ("machine.memory"));
  scan_start (key_value ("mach.return_pages"));
  windows_start ();
  table_start (pager_name (p));
  calls_start (server);
  crashes_start ();
  server->configure ();
  int error = server->format (&(struct hurd_format){
      .fragmentation = key_value ("fs.fragmentation"),
      .fill_percent = key_value ("fs.fill"),
  });
  if (error)
    return wrong (err, "store.size, fs.fill: no file system can be made",
                  strerror (error));
  error = server->start ();
  if (error)
    return wrong (err, "the file system does not start", strerror (error));
  return true;
}

static void
synced (int worked)
{
  if (worked)
    meter_add (COUNTER_SYNCS, 1);
}

static void *
periodic_sync (void *arg)
{
  (void)arg;
  pthread_setname_np (pthread_self (), "sync");
  table_thread_is_daemon ();
  uint64_t phase = key_value ("sync.phase");
  if (phase > 0 && !programs_sleep (phase))
    return NULL;
  server->sync_loop (key_value ("sync.interval"), synced);
  CHECK (!"the periodic sync does not return");
  return NULL;
}

static bool
unmount (struct live_result *result, struct user_error *err)
{
  uint64_t begin = host_clock_ns ();
  int error = server->stop ();
  bool stored = store_file_close (err);
  result->unmount_ns = host_clock_ns () - begin;
  if (stored && error)
    return wrong (err, "the file system cannot be unmounted",
                  strerror (error));
  return stored;
}

bool
live_run (struct pager *p, struct workload *w, uint64_t seed, const char *file,
          uint64_t limit_ns, struct live_result *result,
          struct user_error *err)
{
  memset (result, 0, sizeof *result);
  if (!start_world (p, seed, file, err) || !programs_setup (w, err))
    return false;
  int error = server->syncfs (1);
  if (error && store_file_failed (err))
    return false;
  if (error)
    return wrong (err, "the first sync failed", strerror (error));

  pthread_t sync;
  bool syncs = key_value ("sync.interval") > 0;
  meters_reset ();
  uint64_t begin = host_clock_ns ();
  if (syncs)
    CHECK (pthread_create (&sync, NULL, periodic_sync, NULL) == 0);
  programs_start (w);
  bool good = programs_wait (limit_ns, result, err);
  result->ns = host_clock_ns () - begin;
  meters_read (&result->meters);
  if (syncs)
    pthread_join (sync, NULL);
  struct user_error unmounting;
  bool unmounted = unmount (result, &unmounting);
  if (good && !unmounted)
    *err = unmounting;
  return good && unmounted;
}
