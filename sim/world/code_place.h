/* Places in the code under test: which of its lines a finding is about.

   A place is "+OFFSET", the distance from where the shared object is loaded;
   the harness makes file, line and function of it when the run is over.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_WORLD_CODE_PLACE_H
#define SIM_WORLD_CODE_PLACE_H

#include "../base/types.h"

/* The code under test lies in SIZE bytes from START on.  */
void code_place_set (const void *start, size_t size);

/* Each writes a place to OUT, or an empty string and returns false.  */

/* Of the instruction at PC.  */
bool code_place_pc (uintptr_t pc, char *out, size_t size);
/* Of the nearest caller of this, or, after SKIP of them, the next.  Not for
   signal handlers.  */
bool code_place_here (unsigned skip, char *out, size_t size);
/* Of the nearest call among the WORDS of a stack from SP on, as they lie
   there: a guess where nothing better is known.  */
bool code_place_stack (const uintptr_t *sp, size_t words, char *out,
                       size_t size);
/* Of the signal whose context (a ucontext_t) is CONTEXT: the instruction that
   it interrupted, or the nearest call below it.  */
bool code_place_signal (const void *context, char *out, size_t size);

#endif /* SIM_WORLD_CODE_PLACE_H */
