/* The libraries that a workload sees: closed and deterministic.

   Left out: what reaches the host (io, os, package, require, dofile,
   loadfile), what shows addresses or the collector's times (debug,
   collectgarbage, weak tables, __gc), floating point functions that may round
   differently elsewhere, math.random (random of lua_calls.c takes its place),
   byte code, and coroutine, because a thread of a workload is one already.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "lua_library.h"

#include <stdio.h>
#include <string.h>
#include <lauxlib.h>
#include <lualib.h>
#include "lua_guard.h"

void
lua_library_tostring (lua_State *L, int index)
{
  index = lua_absindex (L, index);
  if (luaL_callmeta (L, index, "__tostring"))
    {
      if (!lua_isstring (L, -1))
        luaL_error (L, "'__tostring' must return a string");
      return;
    }
  switch (lua_type (L, index))
    {
    case LUA_TNUMBER:
      {
        lua_Number n = lua_tonumber (L, index);
        if (n != n) /* the sign of a nan differs between machines  */
          {
            lua_pushliteral (L, "nan");
            return;
          }
      }
      /* fall through */
    case LUA_TNIL:
    case LUA_TBOOLEAN:
    case LUA_TSTRING:
      luaL_tolstring (L, index, NULL);
      return;
    default:
      if (luaL_getmetafield (L, index, "__name") == LUA_TSTRING)
        return;
      lua_pushstring (L, luaL_typename (L, index));
    }
}

static int
base_tostring (lua_State *L)
{
  luaL_checkany (L, 1);
  lua_library_tostring (L, 1);
  return 1;
}

/* Notes of a workload's author; results go to stdout, so these do not.  */
static int
base_print (lua_State *L)
{
  int n = lua_gettop (L);
  for (int i = 1; i <= n; i++)
    {
      lua_library_tostring (L, i);
      size_t len;
      const char *s = lua_tolstring (L, -1, &len);
      if (i > 1)
        fputc ('\t', stderr);
      fwrite (s, 1, len, stderr);
      lua_pop (L, 1);
    }
  fputc ('\n', stderr);
  return 0;
}

static int
base_load (lua_State *L)
{
  size_t len;
  const char *text = luaL_checklstring (L, 1, &len);
  const char *name = luaL_optstring (L, 2, "=(load)");
  if (*name != '=' && *name != '@')
    name = "=(load)";
  if (lua_guard_compile (L, text, len, name) == LUA_OK)
    return 1;
  luaL_pushfail (L);
  lua_insert (L, -2);
  return 2;
}

static int
base_setmetatable (lua_State *L)
{
  luaL_checktype (L, 1, LUA_TTABLE);
  int type = lua_type (L, 2);
  luaL_argexpected (L, type == LUA_TNIL || type == LUA_TTABLE, 2,
                    "nil or table");
  if (luaL_getmetafield (L, 1, "__metatable") != LUA_TNIL)
    return luaL_error (L, "cannot change a protected metatable");
  static const char *const timed[] = { "__gc", "__mode" };
  for (size_t i = 0; type == LUA_TTABLE && i < 2; i++)
    {
      lua_pushstring (L, timed[i]);
      if (lua_rawget (L, 2) != LUA_TNIL)
        return luaL_error (L,
                           "%s is left out: it shows when memory is "
                           "collected",
                           timed[i]);
    }
  lua_settop (L, 2);
  lua_setmetatable (L, 1);
  return 1;
}

/* Remove from the table on top all that is not in NAMES.  */
static void
keep_only (lua_State *L, const char *const *names)
{
  lua_newtable (L);
  for (; *names; names++)
    {
      lua_getfield (L, -2, *names);
      lua_setfield (L, -2, *names);
    }
  lua_pushnil (L);
  while (lua_next (L, -3))
    {
      lua_pop (L, 1); /* the value; the key stays for lua_next  */
      lua_pushvalue (L, -1);
      if (lua_rawget (L, -3) == LUA_TNIL)
        {
          lua_pushvalue (L, -2);
          lua_pushnil (L);
          lua_rawset (L, -6); /* assigning nil to a present key is allowed  */
        }
      lua_pop (L, 1);
    }
  lua_pop (L, 1);
}

void
lua_library_open (lua_State *L)
{
  static const char *const base[]
      = { "_G",       "_VERSION", "assert", "error",  "getmetatable",
          "ipairs",   "next",     "pairs",  "pcall",  "rawequal",
          "rawget",   "rawlen",   "rawset", "select", "setmetatable",
          "tonumber", "tostring", "type",   "xpcall", NULL };
  static const char *const math[]
      = { "abs",       "ceil",       "floor", "fmod",       "huge",
          "max",       "maxinteger", "min",   "mininteger", "modf",
          "tointeger", "type",       "ult",   NULL };
  static const luaL_Reg ours[] = { { "tostring", base_tostring },
                                   { "print", base_print },
                                   { "load", base_load },
                                   { "setmetatable", base_setmetatable },
                                   { NULL, NULL } };
  luaL_requiref (L, LUA_GNAME, luaopen_base, 1);
  keep_only (L, base);
  luaL_setfuncs (L, ours, 0);
  lua_pop (L, 1);
  luaL_requiref (L, LUA_MATHLIBNAME, luaopen_math, 1);
  keep_only (L, math);
  lua_pop (L, 1);
  luaL_requiref (L, LUA_UTF8LIBNAME, luaopen_utf8, 1);
  lua_pop (L, 1);
  lua_string_open (L);
  lua_table_open (L);
}
