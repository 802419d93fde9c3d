/* The words of a workload's top level: its keys, its setup and its threads.

     param (NAME, DEFAULT, ABOUT)   declares a key of the workload's own
     param (NAME)                   reads any key
     machine { memory = "1G" }      sets keys of a group; so do store, fs, ...
     range (NAME, FROM, TO)         what calibrate may draw a key from; with
                                    a fourth word, "boot", for each boot anew
     fault { "eio@3", ... } what goes wrong, counted from the end of setup; in
                            a thread's function, from that moment on
     setup (FUNCTION)               runs before the counting begins
     thread (NAME, FUNCTION)        a client program

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <lauxlib.h>
#include "faults_spec.h"
#include "keys.h"
#include "lua_library.h"
#include "workload_state.h"
#include "../base/text.h"

static void
top_level_only (lua_State *L, const char *word)
{
  if (workload_of (L)->running)
    luaL_error (L,
                "%s works only at top level, outside of functions that "
                "run",
                word);
}

/* The value at INDEX as the text of a key of KIND.  */
static const char *
value_text (lua_State *L, int index, enum key_kind kind, const char *name)
{
  int type = lua_type (L, index);
  if (type == LUA_TBOOLEAN)
    return lua_toboolean (L, index) ? "yes" : "no";
  if (type == LUA_TSTRING)
    return lua_tostring (L, index);
  if (type != LUA_TNUMBER)
    luaL_error (L, "%s: a %s is not a value", name, luaL_typename (L, index));
  char text[32];
  text_format (lua_calls_size (L, index),
               kind == KEY_SIZE   ? TEXT_SIZE
               : kind == KEY_TIME ? TEXT_TIME
                                  : TEXT_NUMBER,
               text);
  return lua_pushstring (L, text);
}

static void
set_key (lua_State *L, const char *name, int index)
{
  char err[300];
  const struct key *k = keys_find (name);
  const char *text = value_text (L, index, k ? k->kind : KEY_NUMBER, name);
  if (!keys_set (name, text, KEY_WORKLOAD, err, sizeof err))
    luaL_error (L, "%s", err);
}

static void
set_group (lua_State *L, const char *group)
{
  top_level_only (L, group);
  luaL_checktype (L, 1, LUA_TTABLE);
  lua_settop (L, 1);
  lua_pushnil (L);
  for (;;)
    {
      lua_settop (L, 2);
      lua_pushcfunction (L, lua_table_next);
      lua_pushvalue (L, 1);
      lua_pushvalue (L, 2);
      lua_call (L, 2, 2);
      if (lua_isnil (L, 3))
        return;
      if (lua_type (L, 3) != LUA_TSTRING)
        luaL_error (L, "%s { NAME = VALUE, ... }: a name is missing", group);
      const char *name
          = lua_pushfstring (L, "%s.%s", group, lua_tostring (L, 3));
      set_key (L, name, 4);
      lua_pushvalue (L, 3);
      lua_replace (L, 2);
    }
}

static int
group (lua_State *L)
{
  set_group (L, lua_tostring (L, lua_upvalueindex (1)));
  return 0;
}

/* sync { interval = ... } is the group, sync () the call of a thread, which is
   the upvalue.  */
static int
group_sync (lua_State *L)
{
  if (lua_istable (L, 1))
    {
      set_group (L, "sync");
      return 0;
    }
  return lua_tocfunction (L, lua_upvalueindex (1)) (L);
}

static int
param (lua_State *L)
{
  const char *name = luaL_checkstring (L, 1);
  if (!lua_isnoneornil (L, 2))
    {
      top_level_only (L, "param with a default");
      const char *about = luaL_optstring (L, 3, "");
      const char *otherwise = value_text (L, 2, KEY_NUMBER, name);
      char err[300];
      if (!keys_declare (name, otherwise, about, err, sizeof err))
        return luaL_error (L, "%s", err);
    }
  const struct key *k = keys_find (name);
  if (!k)
    return luaL_error (L,
                       "no param '%s': declare it with param (NAME, "
                       "DEFAULT, ABOUT)",
                       name);
  if (k->kind <= KEY_TIME)
    lua_pushinteger (L, k->value);
  else
    lua_pushstring (L, k->text);
  return 1;
}

static int
range (lua_State *L)
{
  top_level_only (L, "range");
  const char *name = luaL_checkstring (L, 1);
  const char *of = luaL_optstring (L, 4, "");
  if (*of && strcmp (of, "boot") != 0)
    return luaL_error (L, "range (NAME, FROM, TO [, \"boot\"]): not '%s'", of);
  const struct key *k = keys_find (name);
  enum key_kind kind = k ? k->kind : KEY_NUMBER;
  const char *from = value_text (L, 2, kind, name);
  const char *to = value_text (L, 3, kind, name);
  char err[300];
  if (!keys_range (name, from, to, *of, err, sizeof err))
    return luaL_error (L, "%s", err);
  return 0;
}

/* Arm what the text at INDEX says, while a thread runs.  */
static void
fault_now (lua_State *L, const char *text)
{
  struct user_error err;
  struct fault f;
  if (!fault_parse (text, &f, &err))
    luaL_error (L, "%s", err.line);
  if (!faults_arm (&f))
    luaL_error (L, "more than %d faults", FAULTS_MAX);
}

/* Add it to the workload's.  */
static void
fault_later (lua_State *L, const char *text)
{
  struct user_error err;
  struct fault f;
  struct workload *w = workload_of (L);
  if (!fault_parse (text, &f, &err))
    luaL_error (L, "%s", err.line);
  const char *all = w->faults ? lua_pushfstring (L, "%s %s", w->faults, text)
                              : text;
  if (!keys_set ("run.faults", all, KEY_WORKLOAD, err.line, sizeof err.line))
    luaL_error (L, "%s", err.line);
  free (w->faults);
  w->faults = strdup (all);
}

static int
fault (lua_State *L)
{
  const struct workload *w = workload_of (L);
  if (w->running && w->live == 0)
    luaL_error (L, "fault works at top level and in threads, not in setup");
  luaL_checktype (L, 1, LUA_TTABLE);
  lua_Integer n = luaL_len (L, 1);
  if (n == 0)
    luaL_error (L, "fault { \"KIND@N\", ... }: there is none");
  for (lua_Integer i = 1; i <= n; i++)
    {
      lua_settop (L, 1);
      if (lua_rawgeti (L, 1, i) != LUA_TSTRING)
        luaL_error (L, "fault { \"KIND@N\", ... }: not a string");
      if (w->running)
        fault_now (L, lua_tostring (L, 2));
      else
        fault_later (L, lua_tostring (L, 2));
    }
  return 0;
}

static int
setup (lua_State *L)
{
  top_level_only (L, "setup");
  luaL_checktype (L, 1, LUA_TFUNCTION);
  workload_add (L, &workload_of (L)->setups, "setup", 1);
  return 0;
}

static int
thread (lua_State *L)
{
  top_level_only (L, "thread");
  size_t len;
  const char *name = luaL_checklstring (L, 1, &len);
  luaL_checktype (L, 2, LUA_TFUNCTION);
  if (len == 0 || len > PROGRAM_NAME_MAX)
    return luaL_error (L, "a thread's name has 1 to %d characters",
                       PROGRAM_NAME_MAX);
  for (size_t i = 0; i < len; i++)
    if (name[i] < '!' || name[i] > '~')
      return luaL_error (L, "a thread's name has no blanks, only printable "
                            "ASCII");
  workload_add (L, &workload_of (L)->threads, name, 2);
  return 0;
}

void
lua_settings_open (lua_State *L)
{
  static const char *const groups[]
      = { "machine", "store", "fs",  "lock",   "libpager", "mach",
          "pager",   "cpu",   "run", "ext2fs", NULL };
  for (const char *const *g = groups; *g; g++)
    {
      lua_pushstring (L, *g);
      lua_pushcclosure (L, group, 1);
      lua_setglobal (L, *g);
    }
  lua_getglobal (L, "sync"); /* of lua_calls.c, which is open already  */
  lua_pushcclosure (L, group_sync, 1);
  lua_setglobal (L, "sync");
  static const luaL_Reg words[] = { { "param", param },
                                    { "range", range },
                                    { "fault", fault },
                                    { "setup", setup },
                                    { "thread", thread },
                                    { NULL, NULL } };
  lua_pushglobaltable (L);
  luaL_setfuncs (L, words, 0);
  lua_pop (L, 1);
}
