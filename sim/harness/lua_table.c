/* Tables of a workload: pairs and next in a fixed order, a sort without a
   clock.

   Lua walks a table in the order of its hashes, which begin with an address,
   and picks the pivots of long sorts by the time of day.  Here keys come in
   order: numbers ascending, then strings by their bytes, then false and true.
   A table with other keys cannot be walked.  The sort is a merge sort, stable.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "lua_library.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <lauxlib.h>
#include <lualib.h>

/* ---- Order of keys -------------------------------------------------------
 */

/* A key, pointing into the string that the table holds.  */
struct table_key
{
  int type;
  bool is_integer;
  lua_Integer integer;
  lua_Number number;
  const char *text;
  size_t len;
};

static void
read_key (lua_State *L, int index, struct table_key *k)
{
  memset (k, 0, sizeof *k);
  k->type = lua_type (L, index);
  switch (k->type)
    {
    case LUA_TNUMBER:
      k->is_integer = lua_isinteger (L, index);
      k->integer = k->is_integer ? lua_tointeger (L, index) : 0;
      k->number = lua_tonumber (L, index);
      break;
    case LUA_TSTRING:
      k->text = lua_tolstring (L, index, &k->len);
      break;
    case LUA_TBOOLEAN:
      k->integer = lua_toboolean (L, index);
      break;
    default:
      luaL_error (L, "a table with a %s as a key has no order to walk it in",
                  luaL_typename (L, index));
    }
}

static int
type_rank (int type)
{
  return type == LUA_TNUMBER ? 0 : type == LUA_TSTRING ? 1 : 2;
}

#define ORDER(a, b) (((a) > (b)) - ((a) < (b)))

static int
compare_keys (const void *va, const void *vb)
{
  const struct table_key *a = va, *b = vb;
  if (a->type != b->type)
    return ORDER (type_rank (a->type), type_rank (b->type));
  if (a->type == LUA_TSTRING)
    {
      int order = memcmp (a->text, b->text, a->len < b->len ? a->len : b->len);
      return order ? order : ORDER (a->len, b->len);
    }
  if (a->type == LUA_TBOOLEAN || (a->is_integer && b->is_integer))
    return ORDER (a->integer, b->integer);
  /* A float key is never a whole number: Lua makes those integers.  */
  if (a->number != b->number)
    return ORDER (a->number, b->number);
  return ORDER (a->is_integer, b->is_integer);
}

static void
push_key (lua_State *L, const struct table_key *k)
{
  if (k->type == LUA_TSTRING)
    lua_pushlstring (L, k->text, k->len);
  else if (k->type == LUA_TBOOLEAN)
    lua_pushboolean (L, k->integer != 0);
  else if (k->is_integer)
    lua_pushinteger (L, k->integer);
  else
    lua_pushnumber (L, k->number);
}

/* next (table [, key]): searches the whole table each time.  */
int
lua_table_next (lua_State *L)
{
  luaL_checktype (L, 1, LUA_TTABLE);
  lua_settop (L, 2);
  struct table_key after, best, k;
  bool from_start = lua_isnil (L, 2), found = false;
  if (!from_start)
    read_key (L, 2, &after);
  lua_pushnil (L);
  while (lua_next (L, 1))
    {
      lua_pop (L, 1);
      read_key (L, -1, &k);
      if ((from_start || compare_keys (&k, &after) > 0)
          && (!found || compare_keys (&k, &best) < 0))
        {
          best = k;
          found = true;
        }
    }
  if (!found)
    {
      lua_pushnil (L);
      return 1;
    }
  push_key (L, &best);
  lua_pushvalue (L, -1);
  lua_rawget (L, 1);
  return 2;
}

/* One step over the keys that pairs collected.  Upvalues: the keys, where we
   are.  Keys that are gone by now are passed over.  */
static int
pairs_step (lua_State *L)
{
  lua_settop (L, 1);
  for (;;)
    {
      lua_Integer i = lua_tointeger (L, lua_upvalueindex (2)) + 1;
      lua_pushinteger (L, i);
      lua_replace (L, lua_upvalueindex (2));
      if (lua_rawgeti (L, lua_upvalueindex (1), i) == LUA_TNIL)
        return 1;
      lua_pushvalue (L, -1);
      if (lua_rawget (L, 1) != LUA_TNIL)
        return 2;
      lua_settop (L, 1);
    }
}

static int
table_pairs (lua_State *L)
{
  luaL_checkany (L, 1);
  if (luaL_getmetafield (L, 1, "__pairs") != LUA_TNIL)
    {
      lua_pushvalue (L, 1);
      lua_call (L, 1, 3);
      return 3;
    }
  luaL_checktype (L, 1, LUA_TTABLE);
  lua_settop (L, 1);
  size_t n = 0, i = 0;
  for (lua_pushnil (L); lua_next (L, 1); lua_pop (L, 1))
    n++;
  struct table_key *keys = lua_newuserdatauv (L, (n + 1) * sizeof *keys, 0);
  for (lua_pushnil (L); lua_next (L, 1); lua_pop (L, 1))
    read_key (L, -2, &keys[i++]);
  qsort (keys, n, sizeof *keys, compare_keys);
  lua_createtable (L, n < 1000000 ? n : 0, 0);
  for (i = 0; i < n; i++)
    {
      push_key (L, &keys[i]);
      lua_rawseti (L, 3, i + 1);
    }
  lua_pushinteger (L, 0);
  lua_pushcclosure (L, pairs_step, 2);
  lua_pushvalue (L, 1);
  lua_pushnil (L);
  return 3;
}

/* ---- Sorting -------------------------------------------------------------
 */

/* Stack: 1 the list, 2 the order or nil, 3 a second list.  */

static bool
comes_before (lua_State *L, int a, int b)
{
  if (lua_isnil (L, 2))
    return lua_compare (L, a, b, LUA_OPLT);
  a = lua_absindex (L, a);
  b = lua_absindex (L, b);
  lua_pushvalue (L, 2);
  lua_pushvalue (L, a);
  lua_pushvalue (L, b);
  lua_call (L, 2, 1);
  bool before = lua_toboolean (L, -1);
  lua_pop (L, 1);
  return before;
}

/* Merge FROM[low, middle) and FROM[middle, high) into TO.  */
static void
merge (lua_State *L, int from, int to, lua_Integer low, lua_Integer middle,
       lua_Integer high)
{
  lua_Integer a = low, b = middle;
  for (lua_Integer out = low; out < high; out++)
    {
      bool second = a == middle;
      if (!second && b < high)
        {
          lua_rawgeti (L, from, b);
          lua_rawgeti (L, from, a);
          second = comes_before (L, -2, -1);
          lua_pop (L, 2);
        }
      lua_rawgeti (L, from, second ? b++ : a++);
      lua_rawseti (L, to, out);
    }
}

static int
table_sort (lua_State *L)
{
  luaL_checktype (L, 1, LUA_TTABLE);
  if (!lua_isnoneornil (L, 2))
    luaL_checktype (L, 2, LUA_TFUNCTION);
  lua_settop (L, 2);
  lua_Integer n = luaL_len (L, 1);
  luaL_argcheck (L, n < INT32_MAX, 1, "too long");
  lua_newtable (L);
  int from = 1, to = 3;
  for (lua_Integer width = 1; width < n; width *= 2)
    {
      for (lua_Integer low = 1; low <= n; low += 2 * width)
        {
          lua_Integer middle = low + width, high = middle + width;
          merge (L, from, to, low, middle <= n ? middle : n + 1,
                 high <= n ? high : n + 1);
        }
      from = 4 - from;
      to = 4 - to;
    }
  if (from != 1)
    for (lua_Integer i = 1; i <= n; i++)
      {
        lua_rawgeti (L, from, i);
        lua_rawseti (L, 1, i);
      }
  return 0;
}

void
lua_table_open (lua_State *L)
{
  luaL_requiref (L, LUA_TABLIBNAME, luaopen_table, 1);
  lua_pushcfunction (L, table_sort);
  lua_setfield (L, -2, "sort");
  lua_pop (L, 1);
  lua_pushcfunction (L, lua_table_next);
  lua_setglobal (L, "next");
  lua_pushcfunction (L, table_pairs);
  lua_setglobal (L, "pairs");
}
