/* Oracles of a run's end.

   Nothing is waited for: of what somebody still works on, or a message that is
   queued, nothing is said.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "oracle.h"

#include <inttypes.h>

#include "../engine/engine.h"
#include "../world/faults.h"
#include "../world/lock.h"
#include "../world/world.h"
#include "identities.h"
#include "stuck.h"

/* ---- Marks ---------------------------------------------------------------
 */

static void
pager_is_wrong (void *arg, const char *what)
{
  char name[ORACLE_NAME_BYTES];
  oracle_found ("marks", "", "%s: %s", oracle_object_name (arg, name), what);
}

static void
check_busy (struct memobj *o)
{
  char name[ORACLE_NAME_BYTES];
  uint64_t end = UINT64_MAX;
  for (uint64_t i = memobj_next (o, 0, end); i < end;
       i = memobj_next (o, i + 1, end))
    if (memobj_page (o, i)->busy)
      {
        oracle_found ("marks", "",
                      "page %" PRIu64 " of %s is busy, and nobody works on it",
                      i, oracle_object_name (o, name));
        return;
      }
}

static void
check_object (struct memobj *o, void *arg)
{
  (void)arg;
  if (o->dying || oracle_pending (o->pager) > 0)
    return;
  look_at_pager (oracle_server, o->pager, pager_is_wrong, o);
  if (o->in_progress == 0)
    check_busy (o);
}

void
oracle_marks (const struct oracle_event *e)
{
  if (e->end == ENGINE_STOPPED)
    memobjs_each (check_object, NULL);
}

/* ---- Blocks --------------------------------------------------------------
 */

static void
block_is_wrong (void *arg, const char *what)
{
  (void)arg;
  oracle_found ("blocks", "", "%s", what);
}

static void
count_disk_work (struct memobj *o, void *arg)
{
  if (o->home != NULL)
    *(uint64_t *)arg += oracle_pending (o->pager);
}

void
oracle_blocks (const struct oracle_event *e)
{
  struct lock_alloc_now now;
  uint64_t on_its_way = 0;
  if (e->end != ENGINE_STOPPED)
    return;
  lock_alloc_now (NULL, &now);
  memobjs_each (count_disk_work, &on_its_way);
  if (now.writers == 0 && on_its_way == 0)
    look_at_blocks (oracle_server, block_is_wrong, NULL);
}

/* ---- Locks ---------------------------------------------------------------
 */

static bool
is_done (const struct thread *t)
{
  if (t->state == THREAD_DONE || t == oracle_last_client ())
    return true;
  if (t->state != THREAD_BLOCKED || !stuck_is_idle (t))
    return false;
  return !t->housekeeping || t->waiting_for == WAIT_SLEEP;
}

static void
check_holder (const char *name, const struct thread *t, uint64_t since,
              void *arg)
{
  (void)arg;
  if (is_done (t))
    oracle_found (
        "held", "", "%s, which is %s, holds %s, taken at %" PRIu64 " ns",
        t->name, t->state == THREAD_BLOCKED ? "idle" : "done", name, since);
}

void
oracle_held (const struct oracle_event *e)
{
  if (e->end == ENGINE_STOPPED)
    lock_each_held (check_holder, NULL);
}

/* ---- Progress ------------------------------------------------------------
 */

/* A store that never answers is no fault that has stopped.  */
void
oracle_progress (const struct oracle_event *e)
{
  size_t n = faults_hits ();
  vtime at = 0;
  if (n == 0 || (e->end != ENGINE_DEADLOCK && e->end != ENGINE_LIMIT))
    return;
  for (size_t i = 0; i < n; i++)
    {
      const struct fault_hit *h = faults_hit (i);
      if (h == NULL)
        break;
      if (h->kind == FAULT_STUCK || h->kind == FAULT_BAD)
        return;
      at = h->at;
    }
  oracle_found ("progress", "",
                "the last fault was at %" PRIu64
                " ns, and the run did not end by itself",
                at);
}

/* ---- Sums ----------------------------------------------------------------
 */

void
oracle_identity (const struct oracle_event *e)
{
  if (e->end == ENGINE_STOPPED && findings_count () == 0)
    identities_check ();
}
