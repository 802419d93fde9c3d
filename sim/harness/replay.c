/* Doing a recorded trace again, see replay.h: docs/workloads.md.

   Left out: the processor time between the operations (only its end is known,
   which is the time of the next one), and what processes wait for apart from
   each other's ends and files: pipes, signals, locks.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "replay.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/check.h"
#include "../engine/engine.h"
#include "../engine/trace.h"
#include "../world/faults.h"
#include "client.h"

enum
{
  SETUP_BLOCK = 128 << 10
};

/* How far a process is, and who waits for it to go on.  */
struct progress
{
  uint32_t done;
  uint32_t wanted; /* the lowest count that is waited for  */
  struct waitq waiters;
};

struct replay
{
  struct recording *recording;
  uint64_t speed;
  bool go_on;
  struct progress process[RECORDING_PROCESSES];
  struct client_file *file[RECORDING_HANDLES];
  struct client_map *map[RECORDING_HANDLES];
};

struct replay *
replay_new (struct recording *r, uint64_t speed, bool go_on)
{
  struct replay *p = calloc (1, sizeof *p);
  CHECK (p && speed <= REPLAY_SPEED_MAX);
  p->recording = r;
  p->speed = speed;
  p->go_on = go_on;
  return p;
}

void
replay_free (struct replay *p)
{
  recording_free (p->recording);
  free (p);
}

const struct recording *
replay_recording (const struct replay *p)
{
  return p->recording;
}

static void
reset (struct replay *p)
{
  memset (p->process, 0, sizeof p->process);
  memset (p->file, 0, sizeof p->file);
  memset (p->map, 0, sizeof p->map);
}

static bool
failed (const struct replay *p, uint32_t line, const char *what, int error,
        struct user_error *err)
{
  const char *name = strerrorname_np (error);
  snprintf (err->line, sizeof err->line, "%.300s:%u: %s: %s",
            p->recording->path, line, what, name ? name : "an error");
  return false;
}

/* ---- The beginning -------------------------------------------------------
 */

static int
make_file (const struct recorded_had *h)
{
  struct client_file *f;
  int error = client_create (h->path, &f);
  if (error)
    return error;
  error = client_write (f, 0, h->size, SETUP_BLOCK);
  client_close (f);
  return error;
}

bool
replay_setup (struct replay *p, struct user_error *err)
{
  const struct recording *r = p->recording;
  reset (p);
  trace_hash (r->text, r->len);
  for (size_t i = 0; i < r->hads; i++)
    {
      const struct recorded_had *h = &r->had[i];
      int error = h->directory ? client_mkdir (h->path) : make_file (h);
      if (error)
        return failed (p, h->line, h->directory ? "dir" : "file", error, err);
    }
  return true;
}

/* ---- Order ---------------------------------------------------------------
 */

static void
wait_for (struct replay *p, const struct need *n)
{
  struct progress *other = &p->process[n->process];
  while (other->done < n->count)
    {
      if (other->waiters.head == NULL || n->count < other->wanted)
        other->wanted = n->count;
      waitq_wait (&other->waiters, WAIT_OTHER, other);
    }
}

static void
wait_for_turn (struct replay *p, const struct recorded *op, vtime begin)
{
  for (uint32_t i = 0; i < op->needs_of; i++)
    wait_for (p, &p->recording->need[op->needs + i]);
  if (p->speed == 0)
    return;
  vtime at = begin + op->at / p->speed;
  if (engine_now () < at)
    thread_sleep (at - engine_now ());
}

/* OWN has come to COUNT.  */
static void
done (struct progress *own, uint32_t count)
{
  own->done = count;
  if (own->waiters.head != NULL && own->done >= own->wanted)
    waitq_wake_all (&own->waiters);
}

/* ---- Operations ----------------------------------------------------------
 */

static int
open_file (struct replay *p, const struct recorded *op)
{
  struct client_file **f = &p->file[op->handle];
  *f = NULL;
  return op->kind == RECORDED_CREATE ? client_create (op->path[0], f)
                                     : client_open (op->path[0], f);
}

static int
on_file (struct replay *p, const struct recorded *op)
{
  struct client_file *f = p->file[op->handle];
  if (f == NULL) /* it could not be opened  */
    return EBADF;
  switch (op->kind)
    {
    case RECORDED_CLOSE:
      client_close (f);
      p->file[op->handle] = NULL;
      return 0;
    case RECORDED_WRITE:
      return client_write (f, op->offset, op->length, op->bs);
    case RECORDED_READ:
      return client_read (f, op->offset, op->length, op->bs);
    case RECORDED_TRUNCATE:
      return client_truncate (f, op->length);
    case RECORDED_FSYNC:
      return client_fsync (f);
    default:
      CHECK (op->kind == RECORDED_MAP);
      p->map[op->mapping] = NULL;
      return client_map (f, op->offset, op->length, &p->map[op->mapping]);
    }
}

static int
on_map (struct replay *p, const struct recorded *op)
{
  struct client_map *m = p->map[op->mapping];
  if (m == NULL)
    return EBADF;
  if (op->kind == RECORDED_STORE)
    return client_store (m, op->offset, op->length);
  if (op->kind == RECORDED_LOAD)
    return client_load (m, op->offset, op->length);
  client_unmap (m);
  p->map[op->mapping] = NULL;
  return 0;
}

static int
perform (struct replay *p, const struct recorded *op)
{
  switch (op->kind)
    {
    case RECORDED_OPEN:
    case RECORDED_CREATE:
      return open_file (p, op);
    case RECORDED_SYNC:
      return client_sync ();
    case RECORDED_MKDIR:
      return client_mkdir (op->path[0]);
    case RECORDED_RMDIR:
    case RECORDED_RENAME:
      return client_rename (op->path[0], op->path[1]);
    case RECORDED_UNLINK:
      return client_unlink (op->path[0]);
    case RECORDED_STORE:
    case RECORDED_LOAD:
    case RECORDED_UNMAP:
      return on_map (p, op);
    case RECORDED_AFTER:
      return 0;
    default:
      return on_file (p, op);
    }
}

bool
replay_process (struct replay *p, unsigned process, vtime begin,
                struct user_error *err)
{
  const struct recording *r = p->recording;
  struct progress *own = &p->process[process];
  bool good = true;
  for (uint32_t i = 0; good && i < r->owns[process] && !faults_killed (); i++)
    {
      const struct recorded *op = &r->op[r->own[process][i]];
      wait_for_turn (p, op, begin);
      int error = perform (p, op);
      if (error && !p->go_on)
        good = failed (p, op->line, recorded_kind_name[op->kind], error, err);
      done (own, i + 1);
    }
  /* Nobody waits for what it does not do any more.  */
  done (own, r->owns[process]);
  return good;
}
