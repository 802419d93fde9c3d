/* Oracles: what must hold in every run, whatever its workload and faults.

   docs/oracles.md says what each checks, and which defect of our own makes it
   fire.  They look on: an oracle never waits, takes no lock of the code under
   test, and changes nothing of a run; what it finds is a finding (world.h).

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_HARNESS_ORACLES_H
#define SIM_HARNESS_ORACLES_H

#include "../base/types.h"
#include "../world/port.h"

struct hurd_server;
struct memobj;

/* Call FN for each, with its one line.  */
void oracles_each (void (*fn) (const char *name, const char *what, void *arg),
                   void *arg);

/* A run of SERVER begins; the world is in its first state.  */
void oracles_start (const struct hurd_server *server);
/* The last of its clients has ended, in the current thread.  */
void oracles_clients_ended (void);
/* It is over, with END (enum engine_end, enum world_end).  */
void oracles_end (int end);

/* ---- What happens (api_table.c) ----  */

/* A message for PORT was received.  */
void oracles_received (port_name port);

struct oracle_return
{
  struct memobj *o;
  port_name port;
  char *data;
  uint64_t first; /* page  */
  size_t pages;
  bool dirty;
};
/* The current thread begins to work on a message for PORT; RETURN is NULL if
   that is no data_return.  */
void oracles_handling (port_name port, const struct oracle_return *r);
/* It is done with it.  */
void oracles_handled (void);

/* It is about to write LEN bytes of DATA to OFFSET of the store; STAMPS is what
   they are, one a page, or NULL.  */
struct stamp;
void oracles_store (uint64_t offset, const void *data, size_t len,
                    const struct stamp *stamps);
/* The store has answered ERROR, and that it took DONE bytes.  */
void oracles_stored (int error, size_t done);

/* A call of the current thread into the file system has returned ERROR.  */
void oracles_answered (const char *function, int error);
struct oracle_call
{
  bool bulk;
  int error;
  uint64_t offset, length;
  uint64_t written; /* by a bulk one  */
};
void oracles_wrote (const struct oracle_call *c);

#endif /* SIM_HARNESS_ORACLES_H */
