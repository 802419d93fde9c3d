/* The host's time: see host_clock.h.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "host_clock.h"

#include <time.h>

static uint64_t
read_clock (clockid_t clock)
{
  struct timespec t;
  clock_gettime (clock, &t);
  return (uint64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

uint64_t
host_clock_ns (void)
{
  return read_clock (CLOCK_MONOTONIC);
}

uint64_t
host_cpu_ns (void)
{
  return read_clock (CLOCK_PROCESS_CPUTIME_ID);
}
