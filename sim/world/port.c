/* Ports, port sets and messages.

   Models what libpager's receiver sees of Mach IPC (docs/model.md 1.4, 2.1):
   one queue per port set, in the order of sending.  Left out: queue limits
   (the kernel's own sends ignore them), rights, and moving a port to another
   set.  A message to a port that is dead or in no set is dropped, as the
   kernel ignores a failed send; what it carries stays its sender's, who is
   told.  Messages queued when a port dies
   still arrive: their receiver is gone by then, and whoever receives them can
   give back what they carry.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "port.h"

#include "../base/check.h"
#include "../engine/step.h"
#include "../engine/trace.h"
#include "costs.h"
#include "faults.h"
#include "reserve.h"

#include <string.h>

enum
{
  PORTS_MAX = 1 << 22,
  SETS_MAX = 1 << 10,
  MESSAGES_MAX = 1 << 22,
  HOLDS_MAX = 8 /* a further message is not delayed  */
};

struct port
{
  void *receiver;
  uint32_t set;
  bool alive;
};

struct port_set
{
  struct message *head, *tail;
  size_t backlog;
  struct waitq receivers;
};

/* Names are not used again within a run, so that the order of names is the
   order of creation.  Entry 0 of each is unused.  */
static struct port *ports;
static uint32_t ports_used;
static struct port_set *sets;
static uint32_t sets_used;

/* A message that a fault delays, and those for the same port behind it.  */
static struct hold
{
  struct timer timer;
  port_name port; /* 0: none is delayed  */
  struct message *head, *tail;
} holds[HOLDS_MAX];

static struct message *pool;
static uint32_t pool_used;
static struct message *pool_free;

void
ports_init (void)
{
  if (ports == NULL)
    {
      ports = reserve (PORTS_MAX * sizeof *ports);
      sets = reserve (SETS_MAX * sizeof *sets);
      pool = reserve (MESSAGES_MAX * sizeof *pool);
    }
  ports_used = 1;
  sets_used = 1;
  pool_used = 0;
  pool_free = NULL;
  memset (holds, 0, sizeof holds);
}

uint32_t
port_set_create (void)
{
  CHECK (sets != NULL && sets_used < SETS_MAX);
  sets[sets_used] = (struct port_set){ 0 };
  return sets_used++;
}

port_name
port_create (uint32_t set, void *receiver)
{
  CHECK (ports != NULL && ports_used < PORTS_MAX);
  CHECK (set < sets_used);
  ports[ports_used] = (struct port){ receiver, set, true };
  return ports_used++;
}

static struct port *
port_find (port_name name)
{
  if (name == 0 || name >= ports_used || !ports[name].alive)
    return NULL;
  return &ports[name];
}

void *
port_receiver (port_name name)
{
  struct port *p = port_find (name);
  return p != NULL ? p->receiver : NULL;
}

void
port_destroy (port_name name)
{
  struct port *p = port_find (name);
  if (p != NULL)
    p->alive = false;
}

size_t
port_set_list (uint32_t set, port_name *out, size_t n)
{
  CHECK (set > 0 && set < sets_used);
  size_t found = 0;
  for (port_name i = 1; i < ports_used; i++)
    if (ports[i].alive && ports[i].set == set)
      {
        if (found < n)
          out[found] = i;
        found++;
      }
  return found;
}

static struct port_set *
set_find (uint32_t set)
{
  CHECK (set > 0 && set < sets_used);
  return &sets[set];
}

static struct message *
message_new (void)
{
  struct message *m = pool_free;
  if (m != NULL)
    {
      pool_free = m->next;
      return m;
    }
  CHECK (pool_used < MESSAGES_MAX);
  return &pool[pool_used++];
}

static void
deliver (struct port_set *s, struct message *m)
{
  if (s->tail != NULL)
    s->tail->next = m;
  else
    s->head = m;
  s->tail = m;
  s->backlog++;
  waitq_wake_one (&s->receivers);
}

static void
hold_ends (struct timer *t)
{
  struct hold *h = (struct hold *)t;
  struct port_set *s = set_find (ports[h->port].set);
  struct message *m = h->head, *next;
  for (; m != NULL; m = next)
    {
      next = m->next;
      m->next = NULL;
      deliver (s, m);
    }
  h->port = 0;
}

/* True when M, or one for its port that it may not overtake, is delayed: it
   will be delivered later.  */
static bool
is_held (struct message *m)
{
  struct hold *h = NULL, *spare = NULL;
  for (struct hold *at = holds; at < holds + HOLDS_MAX; at++)
    if (at->port == m->port)
      h = at;
    else if (at->port == 0)
      spare = at;
  vtime delay = h == NULL && spare != NULL ? faults_message_delay () : 0;
  if (h == NULL && delay == 0)
    return false;
  if (h == NULL)
    {
      h = spare;
      *h = (struct hold){ .timer.fn = hold_ends, .port = m->port };
      timer_set (&h->timer, engine_now () + delay);
    }
  if (h->tail != NULL)
    h->tail->next = m;
  else
    h->head = m;
  h->tail = m;
  return true;
}

message_ref
port_send (const struct message *m)
{
  if (engine.current != NULL)
    cost_charge (COST_MESSAGE);
  trace (TRACE_SEND, m->port, m->id);

  struct port *p = port_find (m->port);
  if (p == NULL || p->set == 0)
    return 0;

  struct message *copy = message_new ();
  *copy = *m;
  copy->next = NULL;
  copy->sent_at = engine_now ();
  message_ref sent = waits_sent (m->port, p->set);
  copy->cookie = waits_cookie (sent);

  if (__builtin_expect (!faults_on, 1) || !is_held (copy))
    deliver (set_find (p->set), copy);
  step (STEP_SEND, STEP_OBJECT_PORT | m->port);
  return sent;
}

void
port_receive (uint32_t set, struct message *out)
{
  struct port_set *s = set_find (set);
  /* Another receiver may have taken the message that this one was woken for.
   */
  while (s->head == NULL)
    waitq_wait (&s->receivers, WAIT_MESSAGE, s);

  struct message *m = s->head;
  s->head = m->next;
  if (s->head == NULL)
    s->tail = NULL;
  CHECK (s->backlog > 0);
  s->backlog--;
  *out = *m;
  out->next = NULL;
  m->next = pool_free;
  pool_free = m;

  cost_charge (COST_MESSAGE);
  trace (TRACE_RECEIVE, out->port, out->id);
  step (STEP_RECEIVE, STEP_OBJECT_PORT | out->port);
}

void
port_each_message (void (*fn) (port_name port, void *arg), void *arg)
{
  for (uint32_t i = 1; i < sets_used; i++)
    for (const struct message *m = sets[i].head; m != NULL; m = m->next)
      fn (m->port, arg);
  for (const struct hold *h = holds; h < holds + HOLDS_MAX; h++)
    for (const struct message *m = h->port ? h->head : NULL; m != NULL;
         m = m->next)
      fn (m->port, arg);
}

size_t
port_set_backlog (uint32_t set)
{
  return set_find (set)->backlog;
}
