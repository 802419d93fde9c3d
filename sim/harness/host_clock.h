/* The host's time, for limits and progress; nothing simulated depends on it.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_HARNESS_HOST_CLOCK_H
#define SIM_HARNESS_HOST_CLOCK_H

#include "../base/types.h"

/* Nanoseconds since some moment.  */
uint64_t host_clock_ns (void);
/* What this process has had of the CPU.  */
uint64_t host_cpu_ns (void);

#endif /* SIM_HARNESS_HOST_CLOCK_H */
