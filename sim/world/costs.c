/* The table of what actions cost, and the values in force.

   Models the CPU time of the system's own work (docs/model.md 8); caches,
   pipelines and the memory bus are left out, so every row is one number.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "costs.h"

const struct cost_row cost_rows[COST_COUNT] = {
#define X(enumerator, name, ns, what, source) { name, what, source, ns },
  COSTS (X)
#undef X
};

vtime cost_ns[COST_COUNT] = {
#define X(enumerator, name, ns, what, source) ns,
  COSTS (X)
#undef X
};
