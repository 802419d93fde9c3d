/* The word `replay' of a workload's top level:

     replay (FILE, { speed = N, errors = "stop" })

   adds what the trace FILE says is there to the setup, and a thread for each
   of its processes.  FILE is looked for beside the workload, unless it begins
   with "/", "./" or "../"; if it is not there, from the current directory.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <lauxlib.h>
#include "replay.h"
#include "workload_state.h"

static void
find (const struct workload *w, const char *name, char out[PATH_MAX])
{
  const char *slash = strrchr (w->path, '/');
  snprintf (out, PATH_MAX, "%s", name);
  if (!slash || *name == '/' || strncmp (name, "./", 2) == 0
      || strncmp (name, "../", 3) == 0)
    return;
  char beside[PATH_MAX];
  int n = snprintf (beside, sizeof beside, "%.*s/%s", (int)(slash - w->path),
                    w->path, name);
  if (n < PATH_MAX && access (beside, F_OK) == 0)
    memcpy (out, beside, n + 1);
}

static void
options (lua_State *L, uint64_t *speed, bool *go_on)
{
  static const char *const ways[] = { "stop", "ignore", NULL };
  *speed = 0;
  *go_on = false;
  if (lua_isnoneornil (L, 2))
    return;
  luaL_checktype (L, 2, LUA_TTABLE);
  for (lua_pushnil (L); lua_next (L, 2); lua_pop (L, 1))
    {
      const char *name
          = lua_type (L, -2) == LUA_TSTRING ? lua_tostring (L, -2) : "";
      if (strcmp (name, "speed") == 0)
        *speed = lua_calls_size (L, lua_gettop (L));
      else if (strcmp (name, "errors") == 0)
        *go_on = luaL_checkoption (L, lua_gettop (L), NULL, ways) == 1;
      else
        luaL_error (L, "the only options are { speed = N, errors = \"stop\" "
                       "or \"ignore\" }");
    }
  if (*speed > REPLAY_SPEED_MAX)
    luaL_error (L, "speed: at most %d", REPLAY_SPEED_MAX);
}

static int
replay (lua_State *L)
{
  struct workload *w = workload_of (L);
  if (w->running)
    return luaL_error (L, "replay works only at top level, outside of "
                          "functions that run");
  uint64_t speed;
  bool go_on;
  char path[PATH_MAX];
  const char *name = luaL_checkstring (L, 1);
  lua_settop (L, 2);
  options (L, &speed, &go_on);
  find (w, name, path);

  struct user_error err;
  struct recording *r = recording_read (path, &err);
  if (r == NULL)
    {
      w->replay_wrong = err;
      return luaL_error (L, "%s", err.line);
    }
  lua_pushinteger (L, r->processes);
  workload_add_replay (L, replay_new (r, speed, go_on));
  return 1;
}

void
lua_replay_open (lua_State *L)
{
  lua_register (L, "replay", replay);
}
