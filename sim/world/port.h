/* Ports, port sets and messages.

   Only what the path needs: messages from the kernel to a pager.  Sends never
   block and never fail; order in a port set is send order (docs/model.md 1.4).

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_WORLD_PORT_H
#define SIM_WORLD_PORT_H

#include "../engine/engine.h"
#include "waits.h"

typedef uint32_t port_name; /* 0 is no port; a small index, never a pointer  */

/* What a message says; values are the MIG ids of memory_object.defs.  */
enum message_id
{
  MESSAGE_INIT = 2200,
  MESSAGE_TERMINATE = 2201,
  MESSAGE_DATA_REQUEST = 2203,
  MESSAGE_DATA_UNLOCK = 2204,
  MESSAGE_LOCK_COMPLETED = 2206,
  MESSAGE_CHANGE_COMPLETED = 2209,
  MESSAGE_DATA_RETURN = 2210
};

struct message
{
  struct message *next;
  port_name port;    /* the pager's  */
  port_name control; /* the memory object's control port  */
  uint32_t id;
  uint64_t offset, length; /* bytes  */
  void *data;              /* data_return: mapped pages (vm.h)  */
  int access;              /* data_request, data_unlock: VM_PROT bits  */
  bool dirty, kcopy;
  port_name name; /* init: the name port  */
  uint8_t why;             /* data_return: enum run_end (tally.h)  */
  vtime sent_at;
  uint32_t cookie; /* waits_cookie  */
};

/* Forget all ports.  */
void ports_init (void);

/* A new port set; ids start at 1.  */
uint32_t port_set_create (void);
/* A new port in SET (0: in none), standing for RECEIVER.  */
port_name port_create (uint32_t set, void *receiver);
/* What port_create was given; NULL for an unknown or dead port.  */
void *port_receiver (port_name port);
void port_destroy (port_name port);
/* Ports alive in SET, in order of creation: writes at most N to OUT, returns how many there are.  */
size_t port_set_list (uint32_t set, port_name *out, size_t n);

/* Queue a copy of *M on M->port's set.  0 if nobody will receive it.  */
message_ref port_send (const struct message *m);
/* Take the oldest message of SET; waits for one.  */
void port_receive (uint32_t set, struct message *out);
/* Call FN for the port of every message that is queued or delayed.  */
void port_each_message (void (*fn) (port_name port, void *arg), void *arg);
/* Messages queued and not yet received on SET.  */
size_t port_set_backlog (uint32_t set);

#endif /* SIM_WORLD_PORT_H */
