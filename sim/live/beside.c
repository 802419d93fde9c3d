/* A simulated run beside a live one, in a process of its own: see live.h.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#define _GNU_SOURCE
#include "live.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../base/check.h"

/* What goes between the two.  */
struct answer
{
  bool there;
  struct live_beside beside;
};

static void
simulate (struct pager *p, struct workload *w, uint64_t seed,
          struct answer *answer)
{
  struct run_result result;
  struct user_error err;
  if (!scenario_run (p, w, seed, &result, &err))
    return;
  struct live_beside *b = &answer->beside;
  b->verdict = result.verdict;
  b->virtual_ns = result.virtual_ns;
  memcpy (b->meters.counter, counter_value, sizeof b->meters.counter);
  memcpy (b->meters.histogram, histogram_value, sizeof b->meters.histogram);
  answer->there = true;
}

bool
live_simulate (struct pager *p, struct workload *w, uint64_t seed,
               struct live_beside *beside)
{
  struct answer *answer = mmap (NULL, sizeof *answer, PROT_READ | PROT_WRITE,
                                MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  CHECK (answer != MAP_FAILED);
  pid_t child = fork ();
  CHECK (child >= 0);
  if (child == 0)
    {
      simulate (p, w, seed, answer);
      _exit (0);
    }
  while (waitpid (child, NULL, 0) < 0 && errno == EINTR)
    continue;
  bool there = answer->there;
  *beside = answer->beside;
  munmap (answer, sizeof *answer);
  return there;
}
