/* What the parts of the world share: findings, and errors as numbers.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_WORLD_WORLD_H
#define SIM_WORLD_WORLD_H

#include "../base/types.h"

/* What a run found out about the code under test.  */
struct finding
{
  const char *oracle; /* which rule was broken: "assertion", "signal", "lock", ...  */
  vtime at;
  char thread[32];
  char where[128]; /* FILE:LINE, a function, or empty  */
  char what[256];
};

/* Ends of a run besides those of the engine (engine_stop).  */
enum world_end
{
  WORLD_CRASH = 16,     /* an assertion, panic or signal in the code under test  */
  WORLD_VIOLATION,      /* an oracle fired and the run cannot go on  */
  WORLD_HANG,           /* no event for too long in host time  */
  WORLD_STUCK,          /* a request to the store that a fault keeps from ending  */
  WORLD_USER_ERROR      /* the workload is wrong: a Lua error in a thread  */
};

struct thread;

/* Record a finding at the present time in the current thread.  A WHERE of NULL
   is the nearest caller in the code under test; a signal handler must say
   where itself, or "".  The run goes on; at most 100 are kept, all are counted.  */
void world_finding (const char *oracle, const char *where, const char *format, ...)
    __attribute__ ((format (printf, 3, 4)));
/* Record it and end the run.  */
_Noreturn void world_crash (const char *oracle, const char *where, const char *format, ...)
    __attribute__ ((format (printf, 3, 4)));

/* When the run is over: record a finding at time AT about T, which stands where it last
   blocked.  */
void world_finding_of (const struct thread *t, vtime at, const char *oracle, const char *format, ...)
    __attribute__ ((format (printf, 4, 5)));

/* A line that the code under test printed: to stderr, the first 20 of a run.  */
void world_log (const char *line);

void findings_reset (void);
size_t findings_count (void);
/* Let the I-th kept finding say WHERE.  */
void findings_place (size_t i, const char *where);
/* The I-th kept finding, or NULL.  */
const struct finding *findings_get (size_t i);

#endif /* SIM_WORLD_WORLD_H */
