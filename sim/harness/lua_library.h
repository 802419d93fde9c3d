/* The libraries that a workload sees.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_HARNESS_LUA_LIBRARY_H
#define SIM_HARNESS_LUA_LIBRARY_H

#include <lua.h>

/* Open them all.  */
void lua_library_open (lua_State *L);

/* The parts: lua_string.c, lua_table.c.  Each replaces what of its library
   is not deterministic.  */
void lua_string_open (lua_State *L);
void lua_table_open (lua_State *L);

/* Push the value at INDEX as tostring shows it: without addresses.  */
void lua_library_tostring (lua_State *L, int index);

/* next (table [, key]) in the order of keys, for lua_call.  */
int lua_table_next (lua_State *L);

#endif /* SIM_HARNESS_LUA_LIBRARY_H */
