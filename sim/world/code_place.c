/* Where in the code under test something happened, see code_place.h.

   Models nothing of the Hurd.  Left out: frames above the nearest one.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#define _GNU_SOURCE
#include "code_place.h"

#include <stdio.h>
#include <ucontext.h>
#include <unwind.h>

#include "../engine/engine.h"

enum
{
  /* Of a stack that are looked at: functions of a sanitizer have large
     frames.  */
  STACK_WORDS = 1024
};

static struct
{
  uintptr_t start, size;
} code;

void
code_place_set (const void *start, size_t size)
{
  code.start = (uintptr_t)start;
  code.size = size;
}

bool
code_place_pc (uintptr_t pc, char *out, size_t size)
{
  out[0] = '\0';
  if (pc - code.start >= code.size)
    return false;
  snprintf (out, size, "+%#lx", (unsigned long)(pc - code.start));
  return true;
}

/* ---- Callers ------------------------------------------------------------ */

struct caller
{
  char *out;
  size_t size;
  unsigned skip;
  bool found;
};

/* The address is that of a return: the call is before it.  */
static _Unwind_Reason_Code
visit_frame (struct _Unwind_Context *context, void *arg)
{
  struct caller *c = arg;
  char place[32];
  if (!code_place_pc (_Unwind_GetIP (context) - 1, place, sizeof place))
    return _URC_NO_REASON;
  snprintf (c->out, c->size, "%s", place);
  c->found = true;
  return c->skip-- == 0 ? _URC_END_OF_STACK : _URC_NO_REASON;
}

bool
code_place_here (unsigned skip, char *out, size_t size)
{
  struct caller c = { .out = out, .size = size, .skip = skip };
  out[0] = '\0';
  _Unwind_Backtrace (visit_frame, &c);
  return c.found;
}

/* ---- Stacks as they lie there ------------------------------------------- */

/* Whether the instruction before PC may be a call.  */
static bool
follows_call (uintptr_t pc)
{
  if (pc - code.start < 8 || pc - code.start >= code.size)
    return false;
#ifdef __x86_64__
  const unsigned char *c = (const unsigned char *)pc;
  return c[-5] == 0xe8 || c[-2] == 0xff || c[-3] == 0xff || c[-4] == 0xff
         || c[-6] == 0xff || c[-7] == 0xff;
#else
  return true;
#endif
}

/* Red zones of a sanitizer are read like all else.  */
__attribute__ ((no_sanitize ("address"))) bool
code_place_stack (const uintptr_t *sp, size_t words, char *out, size_t size)
{
  out[0] = '\0';
  for (size_t i = 0; sp != NULL && i < words && i < STACK_WORDS; i++)
    if (follows_call (sp[i]))
      return code_place_pc (sp[i] - 1, out, size);
  return false;
}

bool
code_place_signal (const void *context, char *out, size_t size)
{
  out[0] = '\0';
#ifdef __x86_64__
  const ucontext_t *uc = context;
  const greg_t *reg = uc->uc_mcontext.gregs;
  const uintptr_t *sp = (const uintptr_t *)reg[REG_RSP];
  return code_place_pc (reg[REG_RIP], out, size)
         || code_place_stack (sp, engine_stack_words (sp), out, size);
#else
  (void)context, (void)size;
  return false;
#endif
}
