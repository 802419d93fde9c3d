/* Looking on while a schedule is run again: see replay_watch.h.

   All is told in order: an event when it is traced, a choice when it is taken,
   a finding at the first event behind it.  Nothing of it changes the run.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "replay_watch.h"

#include <string.h>

#include "explore.h"
#include "../engine/engine.h"
#include "../harness/hang.h"
#include "../harness/trace_chrome.h"
#include "../harness/watch.h"
#include "../world/world.h"

static struct
{
  struct replay_watch w;
  bool stopped, begun;
  size_t findings;
} now;

/* ---- Stopping ------------------------------------------------------------
 */

/* What comes now has EVENTS before it.  Who looks at it takes his time: the
   hang detector must not count it.  */
static void
stop_maybe (uint64_t events)
{
  if (!now.w.stop || now.stopped || events < now.w.stop_at)
    return;
  now.stopped = true;
  hang_ignore ();
  /* It may be killed there.  */
  workload_text_forget ();
  replay_stop (events);
}

/* ---- What happens --------------------------------------------------------
 */

static uint32_t
thread_named (const char *name)
{
  for (uint32_t i = 1; engine_thread_name (i); i++)
    if (strncmp (engine_thread_name (i), name,
                 sizeof ((struct finding *)NULL)->thread - 1)
        == 0)
      return i;
  return 0;
}

/* Of those that are new; what comes has EVENTS before it.  */
static void
look_for_findings (uint64_t events)
{
  const struct finding *f;
  for (; (f = findings_get (now.findings)) != NULL; now.findings++)
    {
      char words[WORDS_BYTES], all[512];
      uint32_t id = thread_named (f->thread);
      snprintf (words, sizeof words, "FOUND %.60s", f->what);
      snprintf (all, sizeof all, "found: %s: %s", f->oracle, f->what);
      if (now.w.timeline)
        lanes_add (events, id, words, TURN_NONE, 0);
      if (now.w.chrome)
        trace_chrome_mark (id, "finding", all);
    }
}

static void
chosen (const struct pick *c)
{
  char words[WORDS_BYTES];
  look_for_findings (c->event);
  if (c->pick != 0)
    {
      words_of_choice (c, words);
      if (now.w.timeline)
        lanes_add (c->event, c->thread, words, TURN_NONE, 0);
      if (now.w.chrome)
        trace_chrome_mark (c->thread, "choice", words);
    }
  stop_maybe (c->event);
}

static enum lane_turn
turn_of (const struct trace_event *e)
{
  switch (e->kind)
    {
    case TRACE_BLOCK:
      return e->a == WAIT_CPU ? TURN_ASIDE : TURN_BLOCKS;
    case TRACE_WAKE:
    case TRACE_SPAWN:
      return TURN_WAKES;
    case TRACE_EXIT:
      return TURN_ENDS;
    default:
      return TURN_NONE;
    }
}

static void
note_line (const struct trace_event *e)
{
  char words[WORDS_BYTES];
  bool worth = words_of_event (e, words);
  enum lane_turn turn = turn_of (e);
  uint32_t other = turn == TURN_WAKES ? e->a : 0;
  if (worth || turn != TURN_NONE)
    lanes_add (engine.events - 1, e->thread, worth ? words : NULL, turn,
               other);
}

static void
sink (const struct trace_event *e, void *arg)
{
  (void)arg;
  look_for_findings (engine.events - 1);
  if (now.w.chrome)
    watch_note (e);
  if (now.w.timeline)
    note_line (e);
  stop_maybe (engine.events - 1);
}

/* Setup is over.  */
static void
begun (void)
{
  now.begun = true;
  if (now.w.chrome)
    watch_begin (false, true);
  if (now.w.timeline)
    lanes_begin (engine_now ());
  trace_set_sink (sink, NULL);
}

/* ---- The interface -------------------------------------------------------
 */

void
replay_watch_start (const struct replay_watch *w, struct schedule_plan *plan)
{
  memset (&now, 0, sizeof now);
  now.w = *w;
  plan->begun = begun;
  plan->chosen = chosen;
}

void
replay_watch_end (void)
{
  if (!now.begun)
    return;
  look_for_findings (engine.events);
  trace_set_sink (NULL, NULL);
  if (now.w.chrome)
    watch_stop ();
}
