/* A Lua state that cannot harm the host: see lua_guard.h.

   Memory is limited by the allocator, instructions by a count hook: both end a
   bad workload at the same place on every machine.  Lua's hook does not run
   inside a C function, and there a pattern such as ("a*"):rep (30) may take
   years.  So a watchdog on the CPU time of the process looks once in a second
   whether Lua has got anywhere; if it has not for some of them, the handler
   jumps back to lua_guard_resume, and the state is never entered again.  The
   handler does not jump while the allocator runs.  Host time decides nothing
   else.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "lua_guard.h"

#include <ctype.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <lauxlib.h>
#include "../base/check.h"

enum
{
  HOOK_INSTRUCTIONS = 10000,
  STEP_BYTES = 4, /* of new memory that count as a step  */
  WATCHDOG_TICKS = 3 /* seconds of CPU time, rounded up  */
};

/* One simulation at a time, hence one watchdog.  */
static sigjmp_buf watchdog_jump;
static volatile sig_atomic_t watchdog_inside, watchdog_allocating;
static volatile sig_atomic_t watchdog_ticks;
static volatile unsigned watchdog_progress, watchdog_seen;
static unsigned watchdog_users;
static struct sigaction watchdog_before;

bool
lua_guard_inside (void)
{
  return watchdog_inside;
}

static void
watchdog_tick (int signal)
{
  (void)signal;
  if (!watchdog_inside || watchdog_progress != watchdog_seen)
    {
      watchdog_seen = watchdog_progress;
      watchdog_ticks = 0;
      return;
    }
  if (++watchdog_ticks < WATCHDOG_TICKS || watchdog_allocating)
    return;
  watchdog_inside = 0;
  siglongjmp (watchdog_jump, 1);
}

static void
watchdog_start (void)
{
  if (watchdog_users++ > 0)
    return;
  struct sigaction action;
  memset (&action, 0, sizeof action);
  action.sa_handler = watchdog_tick;
  /* It leaves by a jump: its own signal must not stay blocked.  */
  action.sa_flags = SA_NODEFER | SA_RESTART;
  CHECK (sigaction (SIGVTALRM, &action, &watchdog_before) == 0);
  const struct itimerval second = { { 1, 0 }, { 1, 0 } };
  CHECK (setitimer (ITIMER_VIRTUAL, &second, NULL) == 0);
}

static void
watchdog_stop (void)
{
  if (--watchdog_users > 0)
    return;
  const struct itimerval never = { { 0, 0 }, { 0, 0 } };
  CHECK (setitimer (ITIMER_VIRTUAL, &never, NULL) == 0);
  CHECK (sigaction (SIGVTALRM, &watchdog_before, NULL) == 0);
}

/* ---- Limits --------------------------------------------------------------
 */

static void *
allocate (void *arg, void *block, size_t old_size, size_t new_size)
{
  struct lua_guard *g = arg;
  void *result = NULL;
  if (!block)
    old_size = 0; /* it says what kind of object this is for  */
  watchdog_allocating = 1;
  if (new_size == 0)
    {
      free (block);
      g->memory -= old_size;
    }
  else if (new_size <= old_size
           || g->memory - old_size + new_size <= LUA_GUARD_MEMORY)
    {
      result = realloc (block, new_size);
      CHECK (result);
      g->memory += new_size - old_size;
      /* Else few instructions could go on for hours.  */
      if (new_size > old_size)
        g->spent += (new_size - old_size) / STEP_BYTES;
    }
  watchdog_allocating = 0;
  return result;
}

/* The instruction limit.  Once it is reached, every instruction is an error,
   so that no pcall can go on.  */
static void
count_hook (lua_State *L, lua_Debug *ar)
{
  struct lua_guard *g = lua_guard_of (L);
  watchdog_progress++;
  if (!g->over)
    {
      g->spent += HOOK_INSTRUCTIONS;
      if (g->spent <= LUA_GUARD_INSTRUCTIONS)
        return;
      g->over = true;
      lua_sethook (L, count_hook, LUA_MASKCOUNT, 1);
    }
  lua_getinfo (L, "Sl", ar);
  lua_pushfstring (L,
                   "%s:%d: endless loop (%d million steps without a call "
                   "that takes time)",
                   ar->short_src, ar->currentline,
                   (int)(LUA_GUARD_INSTRUCTIONS / 1000000));
  lua_error (L);
}

void
lua_guard_count_call (struct lua_guard *g)
{
  g->spent += LUA_GUARD_CALL;
}

void
lua_guard_refill (struct lua_guard *g)
{
  if (!g->over)
    g->spent = 0;
}

/* ---- States --------------------------------------------------------------
 */

static int
panic (lua_State *L)
{
  (void)L;
  CHECK (!"Lua error outside of a protected call");
  return 0;
}

void
lua_guard_init (struct lua_guard *g, const char *path)
{
  memset (g, 0, sizeof *g);
  g->path = path;
  const char *slash = strrchr (path, '/');
  g->chunk = slash ? slash + 1 : path;
  g->state = lua_newstate (allocate, g);
  CHECK (g->state);
  lua_atpanic (g->state, panic);
  lua_sethook (g->state, count_hook, LUA_MASKCOUNT, HOOK_INSTRUCTIONS);
  *(struct lua_guard **)lua_getextraspace (g->state) = g;
  watchdog_start ();
}

void
lua_guard_fini (struct lua_guard *g)
{
  watchdog_stop ();
  /* After a jump out of Lua's insides the state cannot be closed.  It stays
     where it is, and is kept reachable so that leak checkers know.  */
  static lua_State *abandoned[8];
  if (!g->stuck)
    lua_close (g->state);
  else
    for (size_t i = 0; i < sizeof abandoned / sizeof *abandoned; i++)
      if (!abandoned[i])
        {
          abandoned[i] = g->state;
          break;
        }
  g->state = NULL;
}

struct lua_guard *
lua_guard_of (lua_State *L)
{
  return *(struct lua_guard **)lua_getextraspace (L);
}

/* ---- Errors --------------------------------------------------------------
 */

/* Where L stands: the innermost function that is Lua.  */
static bool
where (lua_State *L, char *out, size_t size)
{
  lua_Debug ar;
  for (int level = 0; lua_getstack (L, level, &ar); level++)
    {
      lua_getinfo (L, "Sl", &ar);
      if (ar.currentline > 0)
        {
          snprintf (out, size, "%s:%d: ", ar.short_src, ar.currentline);
          return true;
        }
    }
  snprintf (out, size, "%s: ", lua_guard_of (L)->chunk);
  return false;
}

/* Put the file as typed before TEXT, which may begin with its short name, and
   make it one line.  */
static void
set_line (struct lua_guard *g, const char *text, struct user_error *err)
{
  size_t len = strlen (g->chunk);
  const char *path = "";
  if (strncmp (text, g->chunk, len) == 0 && text[len] == ':')
    {
      path = g->path;
      text += len;
    }
  snprintf (err->line, sizeof err->line, "%s%s", path, text);
  for (char *c = err->line; *c; c++)
    if (iscntrl ((unsigned char)*c))
      *c = ' ';
}

void
lua_guard_line (struct lua_guard *g, lua_State *L, int status,
                struct user_error *err)
{
  char place[LUA_IDSIZE + 32] = "";
  const char *text
      = lua_type (L, -1) == LUA_TSTRING ? lua_tostring (L, -1) : NULL;
  size_t len = strlen (g->chunk);
  if (!text || strncmp (text, g->chunk, len) != 0 || text[len] != ':')
    where (L, place, sizeof place);
  char line[512];
  if (status == LUA_ERRMEM)
    snprintf (line, sizeof line, "%smore than %d MiB of memory", place,
              (int)(LUA_GUARD_MEMORY >> 20));
  else if (text)
    snprintf (line, sizeof line, "%s%s", place, text);
  else
    snprintf (line, sizeof line, "%serror that is a %s, not a message", place,
              luaL_typename (L, -1));
  set_line (g, line, err);
}

int
lua_guard_resume (struct lua_guard *g, lua_State *L, int nargs,
                  struct user_error *err)
{
  CHECK (!g->stuck);
  if (g->over) /* hooks are a thread's own  */
    lua_sethook (L, count_hook, LUA_MASKCOUNT, 1);
  int results, status;
  /* The handler jumps only within this very stack: the engine never switches
     inside Lua.  */
  if (sigsetjmp (watchdog_jump, 0) == 0)
    {
      watchdog_progress++;
      watchdog_inside = 1;
      status = lua_resume (L, NULL, nargs, &results);
      watchdog_inside = 0;
    }
  else
    {
      g->stuck = true;
      char line[256], place[LUA_IDSIZE + 32];
      where (L, place, sizeof place);
      snprintf (line, sizeof line, "%sa single call ran for too long", place);
      set_line (g, line, err);
      return LUA_ERRRUN;
    }
  if (status == LUA_YIELD || status == LUA_OK)
    lua_pop (L, results);
  else
    lua_guard_line (g, L, status, err);
  return status;
}

/* ---- Compiling -----------------------------------------------------------
 */

/* The end of the long bracket that S begins with, or NULL when it is none.  */
static const char *
skip_long (const char *s, const char *end)
{
  const char *p = s + 1;
  while (p < end && *p == '=')
    p++;
  if (p >= end || *p != '[')
    return NULL;
  size_t level = p - s - 1;
  for (p++; p < end; p++)
    if (*p == ']')
      {
        size_t n = 0;
        while (p + 1 + n < end && p[1 + n] == '=')
          n++;
        if (n == level && p + 1 + n < end && p[1 + n] == ']')
          return p + n + 2;
      }
  return end;
}

static const char *
skip_string (const char *s, const char *end)
{
  const char *p = s + 1;
  while (p < end && *p != *s && *p != '\n')
    p += *p == '\\' ? 2 : 1;
  return p < end ? p + 1 : end;
}

/* The line of the first `^' outside strings and comments, or 0.  */
static int
power_line (const char *text, size_t len)
{
  const char *end = text + len, *from = text, *to;
  int line = 1;
  for (const char *p = text; p < end; p = to)
    {
      to = p + 1;
      if (p[0] == '-' && end - p > 1 && p[1] == '-')
        {
          const char *bracket = p + 2;
          to = bracket < end && *bracket == '[' ? skip_long (bracket, end)
                                                : NULL;
          if (!to)
            to = memchr (p, '\n', end - p);
          if (!to)
            return 0;
        }
      else if (*p == '[')
        {
          to = skip_long (p, end);
          if (!to)
            to = p + 1;
        }
      else if (*p == '"' || *p == '\'')
        to = skip_string (p, end);
      else if (*p == '^')
        {
          for (; from < p; from++)
            line += *from == '\n';
          return line;
        }
    }
  return 0;
}

int
lua_guard_compile (lua_State *L, const char *text, size_t len,
                   const char *chunk)
{
  int line = power_line (text, len);
  if (line)
    {
      lua_pushfstring (L,
                       "%s:%d: '^' is left out: it is a floating point "
                       "function; multiply or shift",
                       chunk + 1, line);
      return LUA_ERRSYNTAX;
    }
  return luaL_loadbufferx (L, text, len, chunk, "t");
}
