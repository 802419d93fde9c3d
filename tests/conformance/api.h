/* The table of functions behind a scripted case, to script.c.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef CONFORMANCE_API_H
#define CONFORMANCE_API_H

#include "script.h"

/* Answer as SCRIPT says, from now on.  */
void api_start (const struct script *script, long chunk_blocks,
                long cap_blocks);

/* Free all memory and forget all locks.  */
void api_end (void);

/* Defined by script.c: leave the code under test.  */
_Noreturn void script_assert_fail (const char *expression);

#endif /* CONFORMANCE_API_H */
