/* The string library of a workload.

   string.dump is left out (byte code), string.format has no %p and no
   addresses in %s.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "lua_library.h"

#include <string.h>
#include <lauxlib.h>
#include <lualib.h>

/* Make the values that FORMAT shows with %s strings of our own, then let Lua's
   own function, the upvalue, do the work.  */
static int
string_format (lua_State *L)
{
  int n = lua_gettop (L), argument = 1;
  const char *f = luaL_checkstring (L, 1);
  while ((f = strchr (f, '%')))
    {
      f++;
      if (*f == '%')
        {
          f++;
          continue;
        }
      f += strspn (f, "-+ #0123456789.");
      argument++;
      if (*f == 'p')
        return luaL_error (L, "string.format: %%p is left out: it shows an "
                              "address");
      if (*f == 's' && argument <= n)
        {
          lua_library_tostring (L, argument);
          lua_replace (L, argument);
        }
    }
  lua_pushvalue (L, lua_upvalueindex (1));
  lua_insert (L, 1);
  lua_call (L, n, 1);
  return 1;
}

void
lua_string_open (lua_State *L)
{
  luaL_requiref (L, LUA_STRLIBNAME, luaopen_string, 1);
  lua_pushnil (L);
  lua_setfield (L, -2, "dump");
  lua_getfield (L, -1, "format");
  lua_pushcclosure (L, string_format, 1);
  lua_setfield (L, -2, "format");
  lua_pop (L, 1);
}
