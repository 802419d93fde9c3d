/* The calls of a workload's threads: files, mappings, time.

   A call fills in what it wants (struct call) and yields out of Lua.  The
   engine's thread does it (lua_calls_perform) and resumes; then `finish' gives
   the results to Lua.  All that may raise a Lua error happens inside Lua.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <lauxlib.h>
#include "client.h"
#include "workload_state.h"
#include "../base/check.h"
#include "../base/text.h"
#include "../engine/choice.h"
#include "../engine/engine.h"
#include "../engine/step.h"
#include "../world/memory.h"

#define FILE_TYPE "file"
#define MAP_TYPE "mapping"

/* ---- Arguments -----------------------------------------------------------
 */

static uint64_t
quantity (lua_State *L, int index, enum text_unit unit)
{
  if (lua_type (L, index) == LUA_TSTRING)
    {
      uint64_t value;
      const char *wrong = text_parse (lua_tostring (L, index), unit, &value);
      if (!wrong && value > INT64_MAX)
        wrong = "too large";
      if (wrong)
        luaL_error (L, "'%s': %s", lua_tostring (L, index), wrong);
      return value;
    }
  if (lua_type (L, index) != LUA_TNUMBER)
    luaL_typeerror (L, index,
                    unit == TEXT_TIME ? "time (ns, or \"5ms\")"
                                      : "size (bytes, or \"128K\")");
  int whole;
  lua_Integer value = lua_tointegerx (L, index, &whole);
  if (!whole)
    luaL_error (L, "%s is not a whole number: use // to divide",
                lua_tostring (L, index));
  if (value < 0)
    luaL_error (L, "%s is negative", lua_tostring (L, index));
  return value;
}

uint64_t
lua_calls_size (lua_State *L, int index)
{
  return quantity (L, index, TEXT_SIZE);
}

vtime
lua_calls_time (lua_State *L, int index)
{
  return quantity (L, index, TEXT_TIME);
}

/* Offset and length, from the arguments FIRST and the next.  */
static void
range (lua_State *L, struct call *c, int first)
{
  c->offset = lua_calls_size (L, first);
  c->length = lua_calls_size (L, first + 1);
  if (c->offset > INT64_MAX - c->length)
    luaL_error (L, "offset and length together are too large");
}

static void
path (lua_State *L, struct call *c, int index, int which)
{
  size_t len;
  const char *s = luaL_checklstring (L, index, &len);
  if (len == 0 || len >= CALL_PATH_MAX || strlen (s) != len)
    luaL_error (L, "not a path: empty, too long, or with a zero byte");
  memcpy (c->path[which], s, len + 1);
}

/* { bs = SIZE }, or nothing: one RPC for all.  */
static void
block_size (lua_State *L, struct call *c, int index)
{
  c->bs = c->length ? c->length : 1;
  if (lua_isnoneornil (L, index))
    return;
  luaL_checktype (L, index, LUA_TTABLE);
  for (lua_pushnil (L); lua_next (L, index); lua_pop (L, 1))
    if (lua_type (L, -2) != LUA_TSTRING
        || strcmp (lua_tostring (L, -2), "bs") != 0)
      luaL_error (L, "the only option is { bs = SIZE }");
  if (lua_getfield (L, index, "bs") != LUA_TNIL)
    {
      c->bs = lua_calls_size (L, lua_gettop (L));
      if (c->bs == 0)
        luaL_error (L, "bs is 0");
    }
  lua_pop (L, 1);
}

/* ---- Yielding and coming back --------------------------------------------
 */

/* The running program's call, to be filled in.  WORD is for errors.  */
static struct call *
begin (lua_State *L, const char *word, enum call_kind kind)
{
  struct workload *w = workload_of (L);
  if (!w->running)
    luaL_error (L, "%s works only inside the functions of setup and thread",
                word);
  if (!lua_isyieldable (L))
    luaL_error (L, "%s cannot be called from inside sort, gsub and the like",
                word);
  struct call *c = &w->running->call;
  c->kind = kind;
  c->handle = NULL;
  c->fresh = NULL;
  c->error = 0;
  c->result = 0;
  return c;
}

/* The same for a method: the handle is the first argument.  */
static struct call *
begin_method (lua_State *L, const char *type, const char *word,
              enum call_kind kind)
{
  struct handle *h = luaL_checkudata (L, 1, type);
  struct call *c = begin (L, word, kind);
  if (!h->open)
    luaL_error (L, "%s: the %s is closed", word, type);
  c->handle = h;
  return c;
}

static int
finish (lua_State *L, int status, lua_KContext context)
{
  (void)status, (void)context;
  struct workload *w = workload_of (L);
  CHECK (w->running && w->running->L == L);
  const struct call *c = &w->running->call;
  if (c->error)
    {
      const char *name = strerrorname_np (c->error);
      lua_pushnil (L);
      if (name)
        lua_pushstring (L, name);
      else
        lua_pushfstring (L, "error %d", c->error);
      return 2;
    }
  switch (c->kind)
    {
    case CALL_CREATE:
    case CALL_OPEN:
    case CALL_MAP:
      lua_settop (L, 1); /* the handle, put there by `go_for_handle'  */
      break;
    case CALL_WRITE:
    case CALL_READ:
    case CALL_SIZE:
      lua_pushinteger (L, c->result);
      break;
    default:
      lua_pushboolean (L, true);
    }
  return 1;
}

static int
go (lua_State *L, struct call *c)
{
  struct workload *w = workload_of (L);
  lua_guard_count_call (&w->guard);
  if (c->handle)
    c->handle->busy++;
  return lua_yieldk (L, 0, 0, finish);
}

/* For calls whose result is a file or a mapping: make it now, where memory may
   run out with an error, and keep it at the bottom of the stack.  */
static int
go_for_handle (lua_State *L, struct call *c, const char *type)
{
  c->fresh = lua_newuserdatauv (L, sizeof *c->fresh, 0);
  memset (c->fresh, 0, sizeof *c->fresh);
  c->fresh->length = c->length;
  luaL_setmetatable (L, type);
  if (c->handle)
    lua_insert (L, 1); /* the file stays too, so that it is not collected  */
  else
    lua_replace (L, 1);
  return go (L, c);
}

static int
perform (struct call *c)
{
  struct client_file *f = c->handle ? c->handle->file : NULL;
  struct client_map *m = c->handle ? c->handle->map : NULL;
  switch (c->kind)
    {
    case CALL_CREATE:
      return client_create (c->path[0], &c->fresh->file);
    case CALL_OPEN:
      return client_open (c->path[0], &c->fresh->file);
    case CALL_MKDIR:
      return client_mkdir (c->path[0]);
    case CALL_RENAME:
      return client_rename (c->path[0], c->path[1]);
    case CALL_UNLINK:
      return client_unlink (c->path[0]);
    case CALL_WRITE:
      c->result = c->length;
      return client_write (f, c->offset, c->length, c->bs);
    case CALL_READ:
      c->result = c->length;
      return client_read (f, c->offset, c->length, c->bs);
    case CALL_TRUNCATE:
      return client_truncate (f, c->length);
    case CALL_FSYNC:
      return client_fsync (f);
    case CALL_SIZE:
      c->result = client_size (f);
      return 0;
    case CALL_MAP:
      return client_map (f, c->offset, c->length, &c->fresh->map);
    case CALL_STORE:
      return client_store (m, c->offset, c->length);
    case CALL_LOAD:
      return client_load (m, c->offset, c->length);
    case CALL_CLOSE:
      client_close (f);
      return 0;
    case CALL_UNMAP:
      client_unmap (m);
      return 0;
    case CALL_SYNC:
      return client_sync ();
    case CALL_EVICT:
      step (STEP_CALL, STEP_OBJECT_CALL | engine.current->id);
      c->result = pageout_evict (c->length);
      return 0;
    case CALL_SLEEP:
      if (c->time)
        thread_sleep (c->time);
      else
        thread_yield ();
      return 0;
    }
  CHECK (!"a call of no kind");
  return EINVAL;
}

void
lua_calls_perform (struct program *p)
{
  struct call *c = &p->call;
  c->error = perform (c);
  if (c->handle)
    {
      CHECK (c->handle->busy > 0);
      c->handle->busy--;
    }
  if (c->fresh && !c->error)
    c->fresh->open = true;
}

/* ---- Words ---------------------------------------------------------------
 */

static int
call_create (lua_State *L)
{
  struct call *c = begin (L, "create", CALL_CREATE);
  path (L, c, 1, 0);
  return go_for_handle (L, c, FILE_TYPE);
}

static int
call_open (lua_State *L)
{
  struct call *c = begin (L, "open", CALL_OPEN);
  path (L, c, 1, 0);
  return go_for_handle (L, c, FILE_TYPE);
}

static int
call_mkdir (lua_State *L)
{
  struct call *c = begin (L, "mkdir", CALL_MKDIR);
  path (L, c, 1, 0);
  return go (L, c);
}

static int
call_rename (lua_State *L)
{
  struct call *c = begin (L, "rename", CALL_RENAME);
  path (L, c, 1, 0);
  path (L, c, 2, 1);
  return go (L, c);
}

static int
call_unlink (lua_State *L)
{
  struct call *c = begin (L, "unlink", CALL_UNLINK);
  path (L, c, 1, 0);
  return go (L, c);
}

static int
call_sleep (lua_State *L)
{
  struct call *c = begin (L, "sleep", CALL_SLEEP);
  c->time = lua_calls_time (L, 1);
  return go (L, c);
}

/* sync () of a thread; the word itself is in lua_settings.c, which shares
   it.  */
static int
call_sync (lua_State *L)
{
  return go (L, begin (L, "sync", CALL_SYNC));
}

/* evict (N): the kernel, short of memory, evicts N pages.  */
static int
call_evict (lua_State *L)
{
  struct call *c = begin (L, "evict", CALL_EVICT);
  c->length = quantity (L, 1, TEXT_NUMBER);
  return go (L, c);
}

static int
file_write (lua_State *L)
{
  struct call *c = begin_method (L, FILE_TYPE, "write", CALL_WRITE);
  range (L, c, 2);
  block_size (L, c, 4);
  return go (L, c);
}

static int
file_read (lua_State *L)
{
  struct call *c = begin_method (L, FILE_TYPE, "read", CALL_READ);
  range (L, c, 2);
  block_size (L, c, 4);
  return go (L, c);
}

static int
file_truncate (lua_State *L)
{
  struct call *c = begin_method (L, FILE_TYPE, "truncate", CALL_TRUNCATE);
  c->length = lua_calls_size (L, 2);
  return go (L, c);
}

static int
file_sync (lua_State *L)
{
  return go (L, begin_method (L, FILE_TYPE, "sync", CALL_FSYNC));
}

static int
file_size (lua_State *L)
{
  return go (L, begin_method (L, FILE_TYPE, "size", CALL_SIZE));
}

static int
file_map (lua_State *L)
{
  struct call *c = begin_method (L, FILE_TYPE, "map", CALL_MAP);
  range (L, c, 2);
  if (c->offset % SIM_PAGE_SIZE || c->length == 0)
    return luaL_error (L,
                       "map: the offset must be a multiple of %d, the "
                       "length more than 0",
                       SIM_PAGE_SIZE);
  return go_for_handle (L, c, MAP_TYPE);
}

/* Close a handle that nobody is using.  */
static int
close_handle (lua_State *L, struct call *c)
{
  if (c->handle->busy)
    {
      lua_pushnil (L);
      lua_pushliteral (L, "EBUSY");
      return 2;
    }
  c->handle->open = false;
  return go (L, c);
}

static int
file_close (lua_State *L)
{
  return close_handle (L, begin_method (L, FILE_TYPE, "close", CALL_CLOSE));
}

static int
map_close (lua_State *L)
{
  return close_handle (L, begin_method (L, MAP_TYPE, "close", CALL_UNMAP));
}

static int
map_access (lua_State *L, const char *word, enum call_kind kind)
{
  struct call *c = begin_method (L, MAP_TYPE, word, kind);
  range (L, c, 2);
  if (c->offset + c->length > c->handle->length)
    return luaL_error (L, "%s beyond the end of the mapping", word);
  return go (L, c);
}

static int
map_store (lua_State *L)
{
  return map_access (L, "store", CALL_STORE);
}

static int
map_load (lua_State *L)
{
  return map_access (L, "load", CALL_LOAD);
}

/* Virtual time in ns since the threads began.  */
static int
call_now (lua_State *L)
{
  struct workload *w = workload_of (L);
  if (!w->running)
    return luaL_error (L, "now works only inside the functions of setup and "
                          "thread");
  lua_guard_count_call (&w->guard);
  lua_pushinteger (L, engine_now () - w->start);
  return 1;
}

/* random (n): 1 .. n; random (m, n): m .. n.  */
static int
call_random (lua_State *L)
{
  struct workload *w = workload_of (L);
  if (!w->running)
    return luaL_error (L, "random works only inside the functions of setup "
                          "and thread");
  bool both = !lua_isnoneornil (L, 2);
  lua_Integer low = both ? luaL_checkinteger (L, 1) : 1;
  lua_Integer high = luaL_checkinteger (L, both ? 2 : 1);
  uint64_t span = (uint64_t)high - (uint64_t)low + 1;
  if (low > high || span == 0)
    return luaL_error (L, "random: nothing between these bounds");
  uint64_t picked = choice_pick (CHOICE_WORKLOAD, span);
  lua_pushinteger (L, (lua_Integer)((uint64_t)low + picked));
  return 1;
}

static void
new_type (lua_State *L, const char *type, const luaL_Reg *methods)
{
  luaL_newmetatable (L, type);
  lua_newtable (L);
  luaL_setfuncs (L, methods, 0);
  lua_setfield (L, -2, "__index");
  lua_pushliteral (L, "protected");
  lua_setfield (L, -2, "__metatable");
  lua_pop (L, 1);
}

void
lua_calls_open (lua_State *L)
{
  static const luaL_Reg words[]
      = { { "create", call_create }, { "open", call_open },
          { "mkdir", call_mkdir },   { "rename", call_rename },
          { "unlink", call_unlink }, { "sync", call_sync },
          { "sleep", call_sleep },   { "now", call_now },
          { "random", call_random }, { "evict", call_evict },
          { NULL, NULL } };
  static const luaL_Reg file_methods[]
      = { { "write", file_write },       { "read", file_read },
          { "truncate", file_truncate }, { "sync", file_sync },
          { "size", file_size },         { "map", file_map },
          { "close", file_close },       { NULL, NULL } };
  static const luaL_Reg map_methods[] = { { "store", map_store },
                                          { "load", map_load },
                                          { "close", map_close },
                                          { NULL, NULL } };
  new_type (L, FILE_TYPE, file_methods);
  new_type (L, MAP_TYPE, map_methods);
  lua_pushglobaltable (L);
  luaL_setfuncs (L, words, 0);
  lua_pop (L, 1);
}
