/* A Lua state that cannot harm the host: limits of memory and instructions,
   and a watchdog for what hangs inside one C call.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_HARNESS_LUA_GUARD_H
#define SIM_HARNESS_LUA_GUARD_H

#include <lua.h>
#include "workload.h"

struct lua_guard
{
  lua_State *state;  /* its main thread runs nothing  */
  const char *path;  /* the file as typed; error lines begin with it  */
  const char *chunk; /* its last part, as Lua sees it  */
  size_t memory;     /* bytes that Lua holds  */
  uint64_t spent; /* instructions, and new memory, since lua_guard_refill  */
  bool over;         /* ... were too many: nothing goes on  */
  bool stuck; /* given up inside a C call: never enter the state again  */
};

/* Limits.  An endless loop ends after one to a few seconds.  */
#define LUA_GUARD_MEMORY (UINT64_C (256) << 20)
#define LUA_GUARD_INSTRUCTIONS UINT64_C (400000000)
enum
{
  /* What a call into the world counts for, in instructions.  */
  LUA_GUARD_CALL = 1000
};

/* A new state with no library open; PATH stays the caller's.  */
void lua_guard_init (struct lua_guard *g, const char *path);
void lua_guard_fini (struct lua_guard *g);

/* The guard that L belongs to, and a word for each Lua thread.  */
struct lua_guard *lua_guard_of (lua_State *L);

/* Resume L with NARGS arguments.  Returns LUA_OK or LUA_YIELD, or anything
   else after putting the line of the error into *ERR.  */
int lua_guard_resume (struct lua_guard *g, lua_State *L, int nargs,
                      struct user_error *err);

/* Whether Lua runs just now.  */
bool lua_guard_inside (void);

/* Count a call into the world.  */
void lua_guard_count_call (struct lua_guard *g);
/* Virtual time went on: instructions count from 0 again.  */
void lua_guard_refill (struct lua_guard *g);

/* Compile LEN bytes of TEXT onto the stack of L: text only, and without the
   power operator, which is a libm function.  Returns a status of Lua's, the
   message is then on the stack.  */
int lua_guard_compile (lua_State *L, const char *text, size_t len,
                       const char *chunk);

/* Turn the error value on top of L's stack into a line.  */
void lua_guard_line (struct lua_guard *g, lua_State *L, int status,
                     struct user_error *err);

#endif /* SIM_HARNESS_LUA_GUARD_H */
