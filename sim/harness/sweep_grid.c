/* What a sweep was asked for: on the command line, and in a grid file.

   A grid file is Lua, under the same guard as a workload (lua_guard.h):

     workload (NAME [, { ["KEY"] = VALUE, ... }])  a workload, with its own
   keys set (KEY, VALUE)                              a key for all of them
     vary (KEY, { VALUE, ... })                    an axis
     vary ({ KEY, ... }, { VALUE, ... })           keys that move together
     seeds (TEXT)                                  as --seeds: "1..5"

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "sweep.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <lauxlib.h>
#include "lua_guard.h"
#include "lua_library.h"
#include "../base/check.h"
#include "../base/text.h"

enum
{
  GRID_BYTES_MAX = 1 << 20,
  SEEDS_MAX = 100000
};

/* ---- Lists ---------------------------------------------------------------
 */

static char *
copy (const char *text, size_t len)
{
  char *c = strndup (text, len);
  CHECK (c);
  return c;
}

void
sweep_words_add (struct sweep_words *w, const char *word)
{
  w->word = realloc (w->word, (w->count + 1) * sizeof *w->word);
  CHECK (w->word);
  w->word[w->count++] = copy (word, strlen (word));
}

void
sweep_words_free (struct sweep_words *w)
{
  for (size_t i = 0; i < w->count; i++)
    free (w->word[i]);
  free (w->word);
  memset (w, 0, sizeof *w);
}

static bool
has_word (const struct sweep_words *w, const char *word)
{
  for (size_t i = 0; i < w->count; i++)
    if (strcmp (w->word[i], word) == 0)
      return true;
  return false;
}

static void
free_axis (struct sweep_axis *a)
{
  sweep_words_free (&a->keys);
  sweep_words_free (&a->values);
}

void
sweep_spec_forget_workloads (struct sweep_spec *s)
{
  for (size_t i = 0; i < s->workloads; i++)
    {
      free (s->workload[i].name);
      sweep_words_free (&s->workload[i].sets);
    }
  free (s->workload);
  s->workload = NULL;
  s->workloads = 0;
}

void
sweep_spec_free (struct sweep_spec *s)
{
  sweep_spec_forget_workloads (s);
  for (unsigned i = 0; i < s->axes; i++)
    free_axis (&s->axis[i]);
  sweep_words_free (&s->grid_sets);
  sweep_words_free (&s->sets);
  free (s->seed);
  memset (s, 0, sizeof *s);
}

struct sweep_workload *
sweep_spec_workload (struct sweep_spec *s, const char *name)
{
  s->workload
      = realloc (s->workload, (s->workloads + 1) * sizeof *s->workload);
  CHECK (s->workload);
  struct sweep_workload *w = &s->workload[s->workloads++];
  memset (w, 0, sizeof *w);
  w->name = copy (name, strlen (name));
  return w;
}

/* ---- Axes ----------------------------------------------------------------
 */

__attribute__ ((format (printf, 2, 3))) static bool
wrong (struct user_error *err, const char *format, ...)
{
  va_list ap;
  va_start (ap, format);
  vsnprintf (err->line, sizeof err->line, format, ap);
  va_end (ap);
  return false;
}

static void
remove_axis (struct sweep_spec *s, unsigned i)
{
  free_axis (&s->axis[i]);
  memmove (&s->axis[i], &s->axis[i + 1], (--s->axes - i) * sizeof *s->axis);
}

void
sweep_spec_fix (struct sweep_spec *s, const char *key)
{
  for (unsigned i = s->axes; i-- > 0;)
    if (has_word (&s->axis[i].keys, key))
      remove_axis (s, i);
}

/* Take *A over.  Its keys must not be in GIVEN, to which they are added.  */
static bool
add_axis (struct sweep_spec *s, struct sweep_axis *a,
          struct sweep_words *given, struct user_error *err)
{
  if (a->keys.count > SWEEP_AXIS_KEYS)
    return wrong (err, "more than %d keys that move together",
                  SWEEP_AXIS_KEYS);
  if (a->values.count >= SWEEP_LEFT_OUT)
    return wrong (err, "%.64s: too many values", a->keys.word[0]);
  for (size_t k = 0; k < a->keys.count; k++)
    {
      const char *key = a->keys.word[k];
      if (has_word (given, key))
        return wrong (err, "%.64s is varied twice", key);
      sweep_words_add (given, key);
      sweep_spec_fix (s, key);
    }
  if (s->axes == SWEEP_AXES)
    return wrong (err, "more than %d keys varied", SWEEP_AXES);
  s->axis[s->axes++] = *a;
  memset (a, 0, sizeof *a);
  return true;
}

/* Add the parts of TEXT, up to END, to W.  False when one is empty.  */
static bool
split (struct sweep_words *w, const char *text, const char *end,
       char separator)
{
  for (;;)
    {
      const char *stop = memchr (text, separator, end - text);
      stop = stop ? stop : end;
      char *part = copy (text, stop - text);
      bool empty = !*part;
      sweep_words_add (w, part);
      free (part);
      if (empty)
        return false;
      if (stop == end)
        return true;
      text = stop + 1;
    }
}

bool
sweep_spec_vary (struct sweep_spec *s, const char *text,
                 struct sweep_words *given, struct user_error *err)
{
  struct sweep_axis a;
  memset (&a, 0, sizeof a);
  const char *equals = strchr (text, '=');
  bool good = equals && split (&a.keys, text, equals, '+');
  if (!good)
    wrong (err, "--vary: '%.80s' is not KEY=VALUE,VALUE,...", text);
  else if (!split (&a.values, equals + 1, text + strlen (text), ','))
    good = wrong (err, "--vary: '%.80s': a value is missing", text);
  else
    good = add_axis (s, &a, given, err);
  free_axis (&a);
  return good;
}

/* ---- Seeds ---------------------------------------------------------------
 */

static bool
add_seed (struct sweep_spec *s, uint64_t seed, struct user_error *err)
{
  for (size_t i = 0; i < s->seeds; i++)
    if (s->seed[i] == seed)
      return wrong (err, "seeds: %llu is given twice",
                    (unsigned long long)seed);
  if (s->seeds == SEEDS_MAX)
    return wrong (err, "more than %d seeds", SEEDS_MAX);
  if ((s->seeds & (s->seeds + 1)) == 0)
    {
      s->seed = realloc (s->seed, (2 * s->seeds + 2) * sizeof *s->seed);
      CHECK (s->seed);
    }
  s->seed[s->seeds++] = seed;
  return true;
}

static bool
add_seeds (struct sweep_spec *s, const char *part, struct user_error *err)
{
  uint64_t from, to;
  const char *dots = strstr (part, "..");
  char *first = copy (part, dots ? (size_t)(dots - part) : strlen (part));
  const char *bad = text_parse (first, TEXT_NUMBER, &from);
  to = from;
  if (!bad && dots)
    bad = text_parse (dots + 2, TEXT_NUMBER, &to);
  free (first);
  if (!bad && to < from)
    bad = "counts down";
  if (!bad && to - from >= SEEDS_MAX)
    bad = "too many seeds";
  if (bad)
    return wrong (err, "seeds: '%.40s': %s (N, N..M, or several with commas)",
                  part, bad);
  for (uint64_t n = 0; n <= to - from; n++)
    if (!add_seed (s, from + n, err))
      return false;
  return true;
}

void
sweep_spec_seed (struct sweep_spec *s, uint64_t seed)
{
  struct user_error err;
  s->seeds = 0;
  bool good = add_seed (s, seed, &err);
  CHECK (good);
}

bool
sweep_spec_seeds (struct sweep_spec *s, const char *text,
                  struct user_error *err)
{
  struct sweep_words parts = { NULL, 0 };
  s->seeds = 0;
  bool good = split (&parts, text, text + strlen (text), ',');
  if (!good)
    wrong (err, "seeds: '%.40s': a number is missing", text);
  for (size_t i = 0; good && i < parts.count; i++)
    good = add_seeds (s, parts.word[i], err);
  sweep_words_free (&parts);
  return good;
}

/* ---- The grid file -------------------------------------------------------
 */

struct grid
{
  struct lua_guard guard; /* first: lua_guard_of gives the grid too  */
  struct sweep_spec *spec;
  struct sweep_axis axis;   /* being read  */
  struct sweep_words given; /* keys that are varied  */
};

static struct sweep_spec *
spec_of (lua_State *L)
{
  return ((struct grid *)lua_guard_of (L))->spec;
}

/* The value at INDEX as one types it; it stays on the stack.  */
static const char *
value_text (lua_State *L, int index)
{
  if (lua_type (L, index) == LUA_TBOOLEAN)
    return lua_toboolean (L, index) ? "yes" : "no";
  if (lua_type (L, index) != LUA_TSTRING && !lua_isinteger (L, index))
    luaL_error (L, "a %s is not a value", luaL_typename (L, index));
  lua_pushvalue (L, index);
  const char *text = lua_tostring (L, -1);
  lua_replace (L, index);
  if (!*text)
    luaL_error (L, "an empty value");
  return text;
}

/* Add what the list at INDEX holds to W.  */
static void
take_list (lua_State *L, int index, struct sweep_words *w)
{
  luaL_checktype (L, index, LUA_TTABLE);
  lua_Integer n = luaL_len (L, index);
  for (lua_Integer i = 1; i <= n; i++)
    {
      lua_geti (L, index, i);
      sweep_words_add (w, value_text (L, lua_gettop (L)));
      lua_pop (L, 1);
    }
  if (w->count == 0)
    luaL_error (L, "an empty list");
}

static void
add_setting (lua_State *L, struct sweep_words *w, const char *key,
             const char *value)
{
  sweep_words_add (w, lua_pushfstring (L, "%s=%s", key, value));
  lua_pop (L, 1);
}

static int
grid_workload (lua_State *L)
{
  const char *name = luaL_checkstring (L, 1);
  struct sweep_workload *w = sweep_spec_workload (spec_of (L), name);
  if (lua_isnoneornil (L, 2))
    return 0;
  luaL_checktype (L, 2, LUA_TTABLE);
  lua_settop (L, 2);
  lua_pushnil (L);
  for (;;)
    {
      lua_pushcfunction (L, lua_table_next);
      lua_pushvalue (L, 2);
      lua_pushvalue (L, 3);
      lua_call (L, 2, 2);
      if (lua_isnil (L, 4))
        return 0;
      if (lua_type (L, 4) != LUA_TSTRING)
        return luaL_error (L, "workload (NAME, { [\"KEY\"] = VALUE, ... })");
      add_setting (L, &w->sets, lua_tostring (L, 4), value_text (L, 5));
      lua_settop (L, 4);
      lua_replace (L, 3);
    }
}

static int
grid_set (lua_State *L)
{
  const char *key = luaL_checkstring (L, 1);
  luaL_checkany (L, 2);
  add_setting (L, &spec_of (L)->grid_sets, key, value_text (L, 2));
  return 0;
}

static int
grid_vary (lua_State *L)
{
  struct user_error err;
  struct grid *g = (struct grid *)lua_guard_of (L);
  struct sweep_axis *a = &g->axis;
  free_axis (a);
  if (lua_istable (L, 1))
    take_list (L, 1, &a->keys);
  else
    sweep_words_add (&a->keys, luaL_checkstring (L, 1));
  take_list (L, 2, &a->values);
  if (!add_axis (g->spec, a, &g->given, &err))
    return luaL_error (L, "%s", err.line);
  return 0;
}

static int
grid_seeds (lua_State *L)
{
  struct user_error err;
  if (!sweep_spec_seeds (spec_of (L), luaL_checkstring (L, 1), &err))
    return luaL_error (L, "%s", err.line);
  return 0;
}

/* All of PATH, to be freed; NULL with *ERR.  */
static char *
read_text (const char *path, size_t *len, struct user_error *err)
{
  FILE *f = fopen (path, "r");
  char *text = malloc (GRID_BYTES_MAX + 1);
  CHECK (text);
  bool good = f != NULL;
  if (good)
    {
      *len = fread (text, 1, GRID_BYTES_MAX + 1, f);
      good = !ferror (f);
    }
  if (!good)
    wrong (err, "%.400s: %s", path, strerror (errno));
  else if (*len > GRID_BYTES_MAX)
    good = wrong (err, "%.400s: too long for a grid", path);
  if (f)
    fclose (f);
  if (good)
    return text;
  free (text);
  return NULL;
}

static bool
run_grid (struct grid *g, const char *text, size_t len, struct user_error *err)
{
  static const luaL_Reg words[] = { { "workload", grid_workload },
                                    { "set", grid_set },
                                    { "vary", grid_vary },
                                    { "seeds", grid_seeds },
                                    { NULL, NULL } };
  lua_State *main = g->guard.state;
  lua_library_open (main);
  lua_pushglobaltable (main);
  luaL_setfuncs (main, words, 0);
  lua_pop (main, 1);
  lua_State *L = lua_newthread (main);
  char chunk[512];
  snprintf (chunk, sizeof chunk, "@%s", g->guard.chunk);
  int status = lua_guard_compile (L, text, len, chunk);
  if (status == LUA_OK)
    return lua_guard_resume (&g->guard, L, 0, err) == LUA_OK;
  lua_guard_line (&g->guard, L, status, err);
  return false;
}

bool
sweep_spec_grid (struct sweep_spec *s, const char *path,
                 struct user_error *err)
{
  size_t len;
  struct grid g = { .spec = s };
  char *text = read_text (path, &len, err);
  if (!text)
    return false;
  lua_guard_init (&g.guard, path);
  bool good = run_grid (&g, text, len, err);
  lua_guard_fini (&g.guard);
  free_axis (&g.axis);
  sweep_words_free (&g.given);
  free (text);
  return good;
}
