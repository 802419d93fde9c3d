/* The calls that clients are in, oldest first: who can be killed in one.

   A client that is killed ends as soon as no request of its own is served: on
   the Hurd a request is served by a thread of the server, which goes on, and
   here the client's thread stands in for that.  What it had open and mapped
   goes with it (client_die).

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_HARNESS_CLIENT_CALLS_H
#define SIM_HARNESS_CLIENT_CALLS_H

#include "../base/types.h"

struct client_file;
struct thread;

/* On the stack of its thread.  */
struct client_call
{
  struct client_call *next, *prev;
  struct thread *thread;
  const struct client_file *file; /* or NULL  */
};

/* Nobody is in a call: a run begins.  */
void client_calls_init (void);
/* The current thread begins call C, on F.  */
void client_call_enter (struct client_call *c, const struct client_file *f);
void client_call_leave (struct client_call *c);
/* Whether anybody is in a call on F.  */
bool client_call_on (const struct client_file *f);

#endif /* SIM_HARNESS_CLIENT_CALLS_H */
