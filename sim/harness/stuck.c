/* Who waits for what in a run that did not end by itself, see stuck.h.

   Left out: threads that wait for a message, or for what they waited for when
   the server was idle; daemons of the system.  Whom a thread that waits for a
   condition waits for, nobody knows.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "stuck.h"

#include <inttypes.h>
#include <stdio.h>
#include "../engine/engine.h"
#include "../world/lock.h"
#include "../world/memobj.h"
#include "../world/world.h"

static void
note_thread (const struct thread *t, void *arg)
{
  (void)arg;
  if (t->state == THREAD_BLOCKED)
    ((struct thread *)t)->local = (void *)t->wait_object;
}

void
stuck_note_idle (void)
{
  engine_each_thread (note_thread, NULL);
}

bool
stuck_is_idle (const struct thread *t)
{
  return t->housekeeping || t->waiting_for == WAIT_MESSAGE
         || t->waiting_for == WAIT_OTHER
         || (t->waiting_for == WAIT_COND && t->wait_object == t->local);
}

static void
describe_wait (const struct thread *t, char *out, size_t size)
{
  const struct page *p = t->wait_object;
  switch (t->waiting_for)
    {
    case WAIT_LOCK:
      lock_describe (t->wait_object, t, out, size);
      break;
    case WAIT_COND:
      snprintf (out, size, "a condition");
      break;
    case WAIT_PAGE:
      if (p == NULL)
        snprintf (out, size, "a page: too many are asked for");
      else if (p->object == NULL)
        snprintf (out, size, "a page");
      else
        snprintf (
            out, size, "page %" PRIu64 " of memory object %" PRIu32 "%s%s",
            p->index, p->object->id, p->absent ? ", which is absent" : "",
            p->lock ? ", which is locked" : "");
      break;
    default:
      snprintf (out, size, "%s", wait_for_name[t->waiting_for]);
      break;
    }
}

/* Conditions after all else, as they say least.  */
static void
find_deadlock (const struct thread *t, void *arg)
{
  const bool *conditions = arg;
  char what[160];
  if (t->state != THREAD_BLOCKED || stuck_is_idle (t)
      || (t->waiting_for == WAIT_COND) != *conditions)
    return;
  describe_wait (t, what, sizeof what);
  world_finding_of (t, t->blocked_since, "deadlock", "waits for %s", what);
}

/* The thread that was at work when the time ended.  */
static void
find_busy (const struct thread *t, void *arg)
{
  const struct thread **busy = arg;
  if (t->state == THREAD_RUNNING
      || (t->state == THREAD_READY && *busy == NULL))
    *busy = t;
}

void
stuck_findings (int end, const char *limit)
{
  if (end == ENGINE_DEADLOCK)
    for (int conditions = 0; conditions < 2; conditions++)
      engine_each_thread (find_deadlock, &(bool){ conditions });
  else if (end == ENGINE_LIMIT)
    {
      const struct thread *busy = NULL;
      engine_each_thread (find_busy, &busy);
      if (busy)
        world_finding_of (busy, engine_now (), "limit",
                          "run.limit (%s) was reached while it ran", limit);
      else
        world_finding ("limit", "", "run.limit (%s) was reached", limit);
    }
}
