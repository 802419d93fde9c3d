/* The calls that clients are in, see client_calls.h.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "client_calls.h"

#include <string.h>

#include "../world/faults.h"

static struct client_call *oldest, *newest;

/* The one that has been in a call for the longest time.  */
static bool
kill_oldest (const char *name)
{
  const struct client_call *c = oldest;
  while (c != NULL && *name && strcmp (c->thread->name, name) != 0)
    c = c->next;
  if (faults_victim == NULL && c != NULL)
    faults_victim = c->thread;
  return faults_victim != NULL;
}

void
client_calls_init (void)
{
  oldest = newest = NULL;
  faults_set_killer (kill_oldest);
}

void
client_call_enter (struct client_call *c, const struct client_file *f)
{
  *c = (struct client_call){ .prev = newest,
                             .thread = engine.current,
                             .file = f };
  *(c->prev ? &c->prev->next : &oldest) = c;
  newest = c;
  if (__builtin_expect (faults_on, 0) && faults_victim == NULL
      && faults_call_killed (c->thread->name))
    faults_victim = c->thread;
}

void
client_call_leave (struct client_call *c)
{
  *(c->next ? &c->next->prev : &newest) = c->prev;
  *(c->prev ? &c->prev->next : &oldest) = c->next;
}

bool
client_call_on (const struct client_file *f)
{
  const struct client_call *c = oldest;
  while (c != NULL && c->file != f)
    c = c->next;
  return c != NULL;
}
