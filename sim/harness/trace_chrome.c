/* A run as a Chrome trace, see trace_chrome.h.

   Kept as text in memory until the run is over, as threads are given their
   names on the way.  What a thread does or waits for is known when that ends,
   and is written then.

   Left out: what a message does between its sender and its handler.  A wait
   for a condition's mutex counts with that for the condition.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "trace_chrome.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "client.h"
#include "../base/check.h"
#include "../engine/engine.h"
#include "../world/lock.h"
#include "../world/waits.h"

enum doing
{
  UNKNOWN,
  RUNNING,
  READY,
  BLOCKED,
  DONE
};

struct track
{
  const struct thread *thread;
  vtime since;
  uint32_t calls; /* that are on  */
  uint8_t doing;  /* enum doing  */
  uint8_t why;    /* enum wait_for, of the event BLOCK  */
};

static struct
{
  char *text;
  size_t len, space;
  vtime from, cut;
  struct track *track; /* by thread id  */
  uint32_t tracks;
  struct watch_row last;
  bool first;
} chrome;

/* ---- Text ----------------------------------------------------------------
 */

static void
make_room (size_t bytes)
{
  if (chrome.space - chrome.len >= bytes)
    return;
  chrome.space = chrome.space ? 2 * chrome.space : 1 << 20;
  chrome.text = realloc (chrome.text, chrome.space);
  CHECK (chrome.text != NULL && chrome.space - chrome.len >= bytes);
}

/* Add an event: PHASE, at AT on the track ID, and the rest.  Unless it is cut:
   then the file ends here.  */
__attribute__ ((format (printf, 4, 5))) static void
put (const char *phase, vtime at, uint32_t id, const char *format, ...)
{
  enum
  {
    ROOM = 1024
  };
  if (chrome.cut != VTIME_NEVER)
    return;
  if (chrome.len > (size_t)TRACE_CHROME_MIB << 20)
    {
      chrome.cut = at - chrome.from;
      return;
    }
  make_room (ROOM);
  vtime ns = at - chrome.from;
  char *to = chrome.text + chrome.len;
  int n = snprintf (to, ROOM,
                    ",\n{\"ph\":\"%s\",\"pid\":1,\"tid\":%" PRIu32
                    ",\"ts\":%" PRIu64 ".%03u,",
                    phase, id, ns / 1000, (unsigned)(ns % 1000));
  va_list ap;
  va_start (ap, format);
  n += vsnprintf (to + n, ROOM - n, format, ap);
  va_end (ap);
  CHECK (n < ROOM - 1);
  to[n++] = '}';
  chrome.len += n;
}

/* ---- What threads do -----------------------------------------------------
 */

static void
add_track (const struct thread *t, void *arg)
{
  (void)arg;
  if (t->id < chrome.tracks)
    return;
  chrome.track = realloc (chrome.track, (t->id + 1) * sizeof *chrome.track);
  CHECK (chrome.track != NULL);
  for (; chrome.tracks <= t->id; chrome.tracks++)
    chrome.track[chrome.tracks] = (struct track){ 0 };
  struct track *k = &chrome.track[t->id];
  *k = (struct track){ .thread = t, .since = engine_now () };
  k->doing = t->state == THREAD_RUNNING   ? RUNNING
             : t->state == THREAD_BLOCKED ? BLOCKED
             : t->state == THREAD_READY   ? READY
                                          : DONE;
  k->why = t->waiting_for;
}

static struct track *
track_of (uint32_t id)
{
  if (id >= chrome.tracks)
    engine_each_thread (add_track, NULL);
  CHECK (id < chrome.tracks);
  return &chrome.track[id];
}

static const char *
wait_name (const struct track *k)
{
  const struct thread *t = k->thread;
  /* A sleep that nobody else came into has no block.  */
  if (t->state != THREAD_BLOCKED || k->why == WAIT_COND)
    return wait_for_name[k->why];
  if (t->blocked_by != NULL)
    return "answer";
  /* Else who is ready has a state of its own.  */
  if (k->why == WAIT_CPU)
    return "stands aside";
  return t->account == PART_OTHER ? wait_for_name[k->why]
                                  : wait_part_rows[t->account].name;
}

/* What K was at is over by AT, and it is at DOING from then on.  */
static void
turn (struct track *k, vtime at, enum doing doing)
{
  vtime ns = at - k->since;
  const char *name = k->doing == RUNNING   ? "run"
                     : k->doing == READY   ? "cpu"
                     : k->doing == BLOCKED ? wait_name (k)
                                           : NULL;
  if (ns > 0 && name != NULL)
    put ("X", k->since, k->thread->id,
         "\"dur\":%" PRIu64 ".%03u,\"cat\":\"%s\",\"name\":\"%s\"", ns / 1000,
         (unsigned)(ns % 1000), k->doing == RUNNING ? "run" : "wait", name);
  k->since = at;
  k->doing = doing;
}

/* The thread of K is seen at work: since it got its CPU, it runs.  */
static void
is_running (struct track *k)
{
  vtime since = k->thread->running_since;
  if (k->doing == RUNNING)
    return;
  turn (k, since > k->since ? since : k->since, RUNNING);
}

/* ---- Events --------------------------------------------------------------
 */

static void
mark (const struct trace_event *e)
{
  const char *name = trace_kind_name[e->kind];
  switch (e->kind)
    {
    case TRACE_DATA_RETURN:
      put ("i", e->at, e->thread,
           "\"s\":\"t\",\"cat\":\"pages\",\"name\":\"%s\",\"args\":{"
           "\"object\":%" PRIu64 ",\"first_page\":%" PRIu64
           ",\"pages\":%" PRIu64 "}",
           name, e->a, e->b >> 12, e->b & 0xfff);
      break;
    case TRACE_EVICT:
    case TRACE_LOCK_REQUEST:
    case TRACE_DATA_REQUEST:
    case TRACE_DATA_UNLOCK:
      put ("i", e->at, e->thread,
           "\"s\":\"t\",\"cat\":\"pages\",\"name\":\"%s\",\"args\":{"
           "\"object\":%" PRIu64 ",\"page\":%" PRIu64 "}",
           name, e->a, e->b);
      break;
    case TRACE_STORE_WRITE:
    case TRACE_STORE_READ:
      put ("i", e->at, e->thread,
           "\"s\":\"t\",\"cat\":\"store\",\"name\":\"%s\",\"args\":{"
           "\"block\":%" PRIu64 ",\"bytes\":%" PRIu64 "}",
           name, e->a, e->b);
      break;
    }
}

/* The run is cut at the borders of calls, so that it lies within them.  */
static void
note_call (struct track *k, const struct trace_event *e)
{
  turn (k, e->at, RUNNING);
  if (e->kind == TRACE_CALL)
    {
      k->calls++;
      put ("B", e->at, e->thread,
           "\"cat\":\"call\",\"name\":\"%s\",\"args\":{\"argument\":%" PRIu64
           "}",
           client_operation_name (e->a), e->b);
    }
  else if (k->calls > 0)
    {
      k->calls--;
      put ("E", e->at, e->thread, "\"args\":{\"error\":%" PRIu64 "}", e->b);
    }
}

static void
note_thread (const struct trace_event *e)
{
  struct track *k;
  if (e->thread != 0)
    {
      k = track_of (e->thread);
      is_running (k);
      if (e->kind == TRACE_CALL || e->kind == TRACE_RETURN)
        note_call (k, e);
      else if (e->kind == TRACE_PREEMPT)
        turn (k, e->at, READY);
      else if (e->kind == TRACE_EXIT)
        turn (k, e->at, DONE);
      else if (e->kind == TRACE_BLOCK)
        {
          turn (k, e->at, BLOCKED);
          k->why = e->a;
        }
      else
        mark (e);
    }
  if (e->kind == TRACE_WAKE || e->kind == TRACE_SPAWN)
    {
      k = track_of (e->a);
      bool goes_on = k->thread->state == THREAD_RUNNING;
      turn (k, e->at, goes_on ? RUNNING : READY);
    }
}

/* Counters of a kind are one picture.  */
static void
note_counters (const struct watch_row *row)
{
  static const struct
  {
    const char *name;
    int first, last; /* of the columns  */
  } pictures[] = {
    { "dirty pages", WATCH_DIRTY_PAGES, WATCH_DIRTY_METADATA },
    { "free pages", WATCH_FREE_PAGES, WATCH_FREE_PAGES },
    { "queue", WATCH_QUEUED, WATCH_LONGEST_QUEUE },
    { "device", WATCH_DEVICE_BUSY, WATCH_DEVICE_WAITING },
    { "alloc_lock", WATCH_READERS, WATCH_WAITING_WRITERS },
  };
  for (size_t p = 0; p < sizeof pictures / sizeof *pictures; p++)
    {
      char args[300];
      int n = 0;
      bool changed = chrome.first;
      for (int i = pictures[p].first; i <= pictures[p].last; i++)
        {
          changed |= row->value[i] != chrome.last.value[i];
          n += snprintf (args + n, sizeof args - n, "%s\"%s\":%" PRIu32,
                         n ? "," : "", watch_column_name[i], row->value[i]);
        }
      if (changed)
        put ("C", row->at + chrome.from, 0, "\"name\":\"%s\",\"args\":{%s}",
             pictures[p].name, args);
    }
  chrome.last = *row;
  chrome.first = false;
}

/* ---- The interface -------------------------------------------------------
 */

void
trace_chrome_start (vtime from)
{
  chrome.len = 0;
  chrome.from = from;
  chrome.cut = VTIME_NEVER;
  chrome.tracks = 0;
  chrome.first = true;
  engine_each_thread (add_track, NULL);
}

void
trace_chrome_note (const struct watch_row *row, const struct trace_event *e)
{
  note_counters (row);
  if (e != NULL && chrome.cut == VTIME_NEVER)
    note_thread (e);
}

void
trace_chrome_mark (uint32_t id, const char *category, const char *name)
{
  json_t *string = json_string (name);
  char *text = json_dumps (string ? string : json_null (), JSON_ENCODE_ANY);
  CHECK (text != NULL);
  put ("i", engine_now (), id, "\"s\":\"%s\",\"cat\":\"%s\",\"name\":%.600s",
       id ? "t" : "g", category, text);
  free (text);
  json_decref (string);
}

void
trace_chrome_end (const struct watch_row *row)
{
  vtime end = row->at + chrome.from;
  note_counters (row);
  for (uint32_t i = 1; i < chrome.tracks; i++)
    {
      struct track *k = &chrome.track[i];
      turn (k, end, DONE);
      for (; k->calls > 0; k->calls--)
        put ("E", end, i, "\"args\":{}");
    }
}

vtime
trace_chrome_cut (void)
{
  return chrome.cut;
}

static void
name_track (const struct thread *t, void *arg)
{
  json_t *name = json_string (t->name);
  char *text = json_dumps (name ? name : json_null (), JSON_ENCODE_ANY);
  CHECK (text != NULL);
  fprintf (arg,
           ",\n{\"ph\":\"M\",\"pid\":1,\"tid\":%" PRIu32
           ",\"name\":\"thread_name\",\"args\":{\"name\":%s}}",
           t->id, text);
  free (text);
  json_decref (name);
}

void
trace_chrome_write (FILE *out)
{
  fputs ("{\"displayTimeUnit\":\"ns\",\n", out);
  if (chrome.cut != VTIME_NEVER)
    fprintf (out,
             "\"otherData\":{\"cut_at_ns\":\"%" PRIu64
             "\",\"why\":\"%d MiB are full\"},\n",
             chrome.cut, TRACE_CHROME_MIB);
  fputs ("\"traceEvents\":[\n{\"ph\":\"M\",\"pid\":1,\"name\":"
         "\"process_name\",\"args\":{\"name\":\"pagersim\"}}",
         out);
  engine_each_thread (name_track, out);
  fwrite (chrome.text, 1, chrome.len, out);
  if (chrome.cut != VTIME_NEVER)
    fprintf (out,
             ",\n{\"ph\":\"i\",\"s\":\"g\",\"pid\":1,\"tid\":0,\"ts\":%" PRIu64
             ".%03u,\"name\":\"cut here: %d MiB are full\"}",
             chrome.cut / 1000, (unsigned)(chrome.cut % 1000),
             TRACE_CHROME_MIB);
  fputs ("\n]}\n", out);
}
