/* Types that every floor uses.

   Time is virtual and counted in integer nanoseconds from the start of the
   run; no floating point takes part in the model.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_BASE_TYPES_H
#define SIM_BASE_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A point in virtual time, or a span of it, in nanoseconds.  */
typedef uint64_t vtime;

#define VTIME_NEVER UINT64_MAX

/* The page of the simulated machine.  It equals the block of the file system
   (docs/model.md, first hard fact).  */
enum
{
  SIM_PAGE_SHIFT = 12,
  SIM_PAGE_SIZE = 1 << SIM_PAGE_SHIFT
};

#define PAGERSIM_VERSION "0.1"

#endif /* SIM_BASE_TYPES_H */
