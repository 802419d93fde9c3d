/* Events and choices in words: see replay_watch.h.

   Things are called by what they are at that moment: a memory object by its
   file, a lock by its name and its number.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "replay_watch.h"

#include <inttypes.h>
#include <string.h>

#include "../engine/engine.h"
#include "../harness/api_look.h"
#include "../harness/client.h"
#include "../harness/client_server.h"
#include "../harness/keys.h"
#include "../harness/pager_load.h"
#include "../world/lock.h"
#include "../world/memobj.h"
#include "../world/port.h"

enum
{
  FILE_NAME_BYTES = 32,
  ROOT_INODE = 2,
  PAGES_BITS = 12, /* of a data_return's second argument  */
  OBJECT_KIND_SHIFT = 60
};

/* ---- Names ---------------------------------------------------------------
 */

struct wanted
{
  uint64_t id;
  bool port; /* ID is that of its pager's port  */
  const struct memobj *found;
};

static void
look_object (struct memobj *o, void *arg)
{
  struct wanted *w = arg;
  if (w->id == (w->port ? o->pager : o->id))
    w->found = o;
}

/* The file of the memory object ID, or of the one whose pager is port ID.  The
   server is asked in the way that changes nothing in the run.  */
static const char *
file_of (uint64_t id, bool port, char out[FILE_NAME_BYTES])
{
  struct wanted w = { .id = id, .port = port };
  struct user_error err;
  memobjs_each (look_object, &w);
  const struct pager *p = pager_load (key_text ("pager.name"), &err);
  struct file_now file;
  if (!w.found || !p)
    snprintf (out, FILE_NAME_BYTES, port ? "port %" PRIu64 : "object %" PRIu64,
              id);
  else if (!look_file (pager_server (p), w.found->pager, &file))
    return w.found->home ? "(metadata)" : "(a file now gone)";
  else if (client_path (file.inode))
    return client_path (file.inode);
  else if (file.inode == ROOT_INODE)
    return "/";
  else
    snprintf (out, FILE_NAME_BYTES, "inode %" PRIu64, file.inode);
  return out;
}

static const char *
thread_of (uint64_t id)
{
  const char *name = engine_thread_name (id);
  return name ? name : "nobody";
}

static const char *
message_of (uint64_t id)
{
  switch (id)
    {
    case MESSAGE_INIT:
      return "init";
    case MESSAGE_TERMINATE:
      return "terminate";
    case MESSAGE_DATA_REQUEST:
      return "data_request";
    case MESSAGE_DATA_UNLOCK:
      return "data_unlock";
    case MESSAGE_LOCK_COMPLETED:
      return "lock_completed";
    case MESSAGE_CHANGE_COMPLETED:
      return "change_completed";
    case MESSAGE_DATA_RETURN:
      return "data_return";
    default:
      return "a message";
    }
}

/* ---- Choices -------------------------------------------------------------
 */

void
words_of_object (uint64_t object, char out[WORDS_BYTES])
{
  char name[FILE_NAME_BYTES];
  uint64_t kind = object >> OBJECT_KIND_SHIFT << OBJECT_KIND_SHIFT;
  uint64_t number = object & ~kind;
  if (kind == STEP_OBJECT_PORT)
    snprintf (out, WORDS_BYTES, "%s", file_of (number, true, name));
  else if (kind == STEP_OBJECT_PAGE)
    snprintf (out, WORDS_BYTES, "page %" PRIu32 " of %s", (uint32_t)number,
              file_of (number >> 32, false, name));
  else if (kind == STEP_OBJECT_BLOCK)
    snprintf (out, WORDS_BYTES, "block %" PRIu64, number);
  else if (kind == STEP_OBJECT_CALL)
    out[0] = '\0';
  else if (kind == 0)
    snprintf (out, WORDS_BYTES, "%s %" PRIu64, lock_name_of (number), number);
  else
    snprintf (out, WORDS_BYTES, "%" PRIu64, number);
}

static const char *
place_of_step (unsigned kind)
{
  switch (kind)
    {
    case STEP_MUTEX:
    case STEP_LOCK:
      return "before ";
    case STEP_UNLOCK:
      return "having let go of ";
    case STEP_SEND:
      return "sending about ";
    case STEP_RECEIVE:
      return "with a message about ";
    case STEP_REQUEST:
      return "before lock_request, ";
    case STEP_PAGE:
      return "before ";
    case STEP_STORE:
      return "before the store, ";
    case STEP_STORED:
      return "behind the store, ";
    case STEP_CALL:
      return "before a call";
    default:
      return "in its code at ";
    }
}

void
words_of_choice (const struct pick *c, char out[WORDS_BYTES])
{
  char object[WORDS_BYTES];
  if (c->kind != CHOICE_STEP)
    {
      snprintf (out, WORDS_BYTES, "%s",
                c->kind == CHOICE_RESUME      ? "GOES ON before others"
                : c->kind == CHOICE_LOCK_NEXT ? "another one gets the LOCK"
                                              : "GOES FIRST");
      return;
    }
  words_of_object (c->object, object);
  snprintf (out, WORDS_BYTES, "%s %s%.30s",
            c->pick == STEP_STAND_ASIDE ? "STANDS ASIDE" : "YIELDS",
            place_of_step (c->step), object);
}

/* ---- Events --------------------------------------------------------------
 */

/* Words of E, which is about a page of an object.  */
static bool
of_page (const struct trace_event *e, const char *format, char *out)
{
  char name[FILE_NAME_BYTES];
  const char *file = file_of (e->a, false, name);
  snprintf (out, WORDS_BYTES, format, e->b, file);
  return true;
}

static bool
of_return (const struct trace_event *e, char *out)
{
  char name[FILE_NAME_BYTES];
  uint64_t pages = e->b & ((1 << PAGES_BITS) - 1), first = e->b >> PAGES_BITS;
  if (pages > 1)
    snprintf (out, WORDS_BYTES, "sends pages %" PRIu64 "-%" PRIu64 " of %s",
              first, first + pages - 1, file_of (e->a, false, name));
  else
    snprintf (out, WORDS_BYTES, "sends page %" PRIu64 " of %s", first,
              file_of (e->a, false, name));
  return true;
}

/* Mutexes and spin locks only where somebody has to wait.  */
static bool
of_lock (const struct trace_event *e, char *out)
{
  static const char *const modes[] = { "", " to read", " to write", "" };
  const char *what = e->kind == TRACE_LOCK     ? "takes"
                     : e->kind == TRACE_UNLOCK ? "lets go of"
                                               : "WAITS for";
  bool exclusive = strcmp (modes[e->b & 3], "") == 0;
  snprintf (out, WORDS_BYTES, "%s %s %" PRIu64 "%s", what, lock_name_of (e->a),
            e->a, e->kind == TRACE_UNLOCK ? "" : modes[e->b & 3]);
  return !exclusive || e->kind == TRACE_LOCK_WAIT;
}

static bool
of_message (const struct trace_event *e, char *out)
{
  char name[FILE_NAME_BYTES];
  snprintf (out, WORDS_BYTES,
            e->kind == TRACE_SEND ? "sends %s (%s)" : "gets %s (%s)",
            message_of (e->b), file_of (e->a, true, name));
  /* Of these an event before it said more.  */
  return e->kind == TRACE_RECEIVE || e->b < MESSAGE_DATA_REQUEST
         || e->b == MESSAGE_CHANGE_COMPLETED;
}

static bool
of_call (const struct trace_event *e, char *out)
{
  const char *name = client_operation_name (e->a);
  if (e->kind == TRACE_CALL)
    snprintf (out, WORDS_BYTES, "calls %s (%" PRIu64 ")", name, e->b);
  else if (e->b)
    snprintf (out, WORDS_BYTES, "%s returns: %s", name, strerror (e->b));
  else
    snprintf (out, WORDS_BYTES, "%s returns", name);
  return true;
}

/* What waits and wakes are is in the lanes, but for whom is not.  */
static bool
of_thread (const struct trace_event *e, char *out)
{
  switch (e->kind)
    {
    case TRACE_BLOCK:
      snprintf (out, WORDS_BYTES, "waits for %s",
                e->a == WAIT_COND      ? "others"
                : e->a == WAIT_MESSAGE ? "a message"
                                       : wait_for_name[e->a]);
      return e->a != WAIT_CPU && e->a != WAIT_LOCK;
    case TRACE_WAKE:
      snprintf (out, WORDS_BYTES, "wakes %s", thread_of (e->a));
      return true;
    case TRACE_SPAWN:
      snprintf (out, WORDS_BYTES, "starts %s", thread_of (e->a));
      return true;
    case TRACE_EXIT:
      snprintf (out, WORDS_BYTES, "ends");
      return true;
    case TRACE_PREEMPT:
      snprintf (out, WORDS_BYTES, "gives its CPU away");
      return true;
    default:
      return false;
    }
}

bool
words_of_event (const struct trace_event *e, char out[WORDS_BYTES])
{
  switch (e->kind)
    {
    case TRACE_LOCK:
    case TRACE_LOCK_WAIT:
    case TRACE_UNLOCK:
      return of_lock (e, out);
    case TRACE_SEND:
    case TRACE_RECEIVE:
      return of_message (e, out);
    case TRACE_FAULT:
      return of_page (e, "needs page %" PRIu64 " of %s", out);
    case TRACE_DATA_REQUEST:
      return of_page (e, "asks for page %" PRIu64 " of %s", out);
    case TRACE_DATA_UNLOCK:
      return of_page (e, "asks to write page %" PRIu64 " of %s", out);
    case TRACE_DATA_SUPPLY:
      return of_page (e, "supplies page %" PRIu64 " of %s", out);
    case TRACE_DATA_ERROR:
      return of_page (e, "has an error for page %" PRIu64 " of %s", out);
    case TRACE_LOCK_REQUEST:
      return of_page (e, "lock_request, page %" PRIu64 ".. of %s", out);
    case TRACE_LOCK_COMPLETED:
      return of_page (e, "lock_completed, page %" PRIu64 ".. of %s", out);
    case TRACE_EVICT:
      return of_page (e, "evicts page %" PRIu64 " of %s", out);
    case TRACE_PAGE_FREE:
      return of_page (e, "frees page %" PRIu64 " of %s", out);
    case TRACE_DATA_RETURN:
      return of_return (e, out);
    case TRACE_STORE_WRITE:
    case TRACE_STORE_READ:
      snprintf (out, WORDS_BYTES, "%s block %" PRIu64 ", %" PRIu64 " bytes",
                e->kind == TRACE_STORE_WRITE ? "WRITES" : "reads", e->a, e->b);
      return true;
    case TRACE_STORE_SYNC:
      snprintf (out, WORDS_BYTES, "syncs the store");
      return true;
    case TRACE_CALL:
    case TRACE_RETURN:
      return of_call (e, out);
    case TRACE_FAULT_HIT:
      snprintf (out, WORDS_BYTES, "meets a fault");
      return true;
    default:
      return of_thread (e, out);
    }
}
