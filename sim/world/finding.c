/* Findings: what a run shows to be wrong in the code under test.

   A finding is a result of the run, not a fault of the simulator (check.h) and
   not the user's (exit status 2).  The first ones are kept, since the first is
   the cause of most of the others; all are counted.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "world.h"

#include "../base/check.h"
#include "../engine/engine.h"
#include "code_place.h"

#include <stdarg.h>
#include <stdio.h>

enum
{
  FINDINGS_KEPT = 100,
  LINES_LOGGED = 20
};

_Static_assert((int)WORLD_CRASH == (int)ENGINE_USER,
               "the world's ends start where the engine's stop");

static struct finding findings[FINDINGS_KEPT];
static size_t findings_total;
static unsigned lines_logged;

/* No allocation here: a finding may be recorded from a signal handler, and
   while the heap of the code under test is in any state.  */
static void
finding_record (const char *oracle, const char *where, const char *format,
                va_list arguments)
{
  size_t i = findings_total++;
  if (i >= FINDINGS_KEPT)
    return;

  struct finding *f = &findings[i];
  f->oracle = oracle;
  f->at = engine_now ();
  snprintf (f->thread, sizeof f->thread, "%s",
            engine.current != NULL ? engine.current->name : "");
  if (where != NULL)
    snprintf (f->where, sizeof f->where, "%s", where);
  else if (engine.current != NULL)
    code_place_here (0, f->where, sizeof f->where);
  else
    f->where[0] = '\0';
  vsnprintf (f->what, sizeof f->what, format, arguments);
}

void
world_finding_of (const struct thread *t, vtime at, const char *oracle,
                  const char *format, ...)
{
  CHECK (engine.current == NULL);
  size_t i = findings_total;
  va_list arguments;
  va_start (arguments, format);
  finding_record (oracle, "", format, arguments);
  va_end (arguments);
  if (i >= FINDINGS_KEPT)
    return;

  struct finding *f = &findings[i];
  size_t words;
  const uintptr_t *stack = thread_stack (t, &words);
  f->at = at;
  snprintf (f->thread, sizeof f->thread, "%s", t->name);
  code_place_stack (stack, words, f->where, sizeof f->where);
}

void
world_finding (const char *oracle, const char *where, const char *format, ...)
{
  CHECK (oracle != NULL && format != NULL);
  va_list arguments;
  va_start (arguments, format);
  finding_record (oracle, where, format, arguments);
  va_end (arguments);
}

void
world_crash (const char *oracle, const char *where, const char *format, ...)
{
  CHECK (oracle != NULL && format != NULL);
  va_list arguments;
  va_start (arguments, format);
  finding_record (oracle, where, format, arguments);
  va_end (arguments);
  engine_stop (WORLD_CRASH);
}

void
world_log (const char *line)
{
  if (lines_logged++ < LINES_LOGGED)
    fprintf (stderr, "pager: %s\n", line);
}

void
findings_reset (void)
{
  findings_total = 0;
  lines_logged = 0;
}

void
findings_place (size_t i, const char *where)
{
  CHECK (i < findings_total && i < FINDINGS_KEPT);
  snprintf (findings[i].where, sizeof findings[i].where, "%s", where);
}

size_t
findings_count (void)
{
  return findings_total;
}

const struct finding *
findings_get (size_t i)
{
  return i < findings_total && i < FINDINGS_KEPT ? &findings[i] : NULL;
}
