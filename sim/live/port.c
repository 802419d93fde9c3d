/* The live kernel's lock, and its ports, see kernel.h.

   A port set has one queue, in the order of sending.  Names are not used
   again, so that their order is that of creation, as in the simulation.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "kernel.h"

#include <stdlib.h>
#include <string.h>

#include "../base/check.h"

struct port
{
  void *receiver;
  uint32_t set;
  bool alive;
};

struct queued
{
  struct queued *next;
  struct hurd_message message;
};

struct port_set
{
  struct queued *head, **tail;
  pthread_cond_t arrived;
};

enum
{
  SETS_MAX = 256,
  PORTS_FIRST = 1024
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static _Thread_local bool inside;

static struct port *ports;
static uint32_t ports_used, ports_room;
static struct port_set sets[SETS_MAX];
static uint32_t sets_used;

/* ---- The lock ------------------------------------------------------------
 */

void
kernel_enter (void)
{
  CHECK (!inside);
  pthread_mutex_lock (&lock);
  inside = true;
}

void
kernel_leave (void)
{
  CHECK (inside);
  inside = false;
  pthread_mutex_unlock (&lock);
}

bool
kernel_inside (void)
{
  return inside;
}

void
kernel_sleep (pthread_cond_t *c)
{
  inside = false;
  pthread_cond_wait (c, &lock);
  inside = true;
}

/* ---- Ports ---------------------------------------------------------------
 */

void
ports_start (void)
{
  ports_room = PORTS_FIRST;
  ports = calloc (ports_room, sizeof *ports);
  CHECK (ports != NULL);
  ports_used = sets_used = 1;
}

uint32_t
live_port_set_create (void)
{
  kernel_enter ();
  CHECK (sets_used < SETS_MAX);
  uint32_t set = sets_used++;
  sets[set].tail = &sets[set].head;
  pthread_cond_init (&sets[set].arrived, NULL);
  kernel_leave ();
  return set;
}

uint32_t
port_make (uint32_t set, void *receiver)
{
  CHECK (set < sets_used);
  if (ports_used == ports_room)
    {
      ports_room *= 2;
      ports = realloc (ports, ports_room * sizeof *ports);
      CHECK (ports != NULL);
    }
  ports[ports_used] = (struct port){ receiver, set, true };
  return ports_used++;
}

uint32_t
live_port_create (uint32_t set, void *receiver)
{
  kernel_enter ();
  uint32_t port = port_make (set, receiver);
  kernel_leave ();
  return port;
}

static struct port *
find (uint32_t name)
{
  if (name == NO_PORT || name >= ports_used || !ports[name].alive)
    return NULL;
  return &ports[name];
}

void *
port_owner (uint32_t name)
{
  const struct port *p = find (name);
  return p != NULL ? p->receiver : NULL;
}

void *
live_port_receiver (uint32_t name)
{
  kernel_enter ();
  void *receiver = port_owner (name);
  kernel_leave ();
  return receiver;
}

void
port_kill (uint32_t name)
{
  struct port *p = find (name);
  if (p != NULL)
    p->alive = false;
}

void
live_port_destroy (uint32_t name)
{
  kernel_enter ();
  port_kill (name);
  kernel_leave ();
}

size_t
live_port_set_list (uint32_t set, uint32_t *out, size_t n)
{
  size_t found = 0;
  kernel_enter ();
  for (uint32_t i = 1; i < ports_used; i++)
    if (ports[i].alive && ports[i].set == set)
      {
        if (found < n)
          out[found] = i;
        found++;
      }
  kernel_leave ();
  return found;
}

/* ---- Messages ------------------------------------------------------------
 */

bool
port_post (const struct hurd_message *m)
{
  const struct port *p = find (m->port);
  if (p == NULL || p->set == 0)
    return false;
  struct port_set *s = &sets[p->set];
  struct queued *q = malloc (sizeof *q);
  CHECK (q != NULL);
  *q = (struct queued){ NULL, *m };
  *s->tail = q;
  s->tail = &q->next;
  pthread_cond_signal (&s->arrived);
  return true;
}

void
live_port_receive (uint32_t set, struct hurd_message *out)
{
  kernel_enter ();
  CHECK (set > 0 && set < sets_used);
  struct port_set *s = &sets[set];
  while (s->head == NULL)
    kernel_sleep (&s->arrived);
  struct queued *q = s->head;
  s->head = q->next;
  if (s->head == NULL)
    s->tail = &s->head;
  kernel_leave ();
  *out = q->message;
  free (q);
}
