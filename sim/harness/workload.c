/* A workload: reading its file, and running its functions on threads of the
   engine.  See workload.h.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "workload.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <lauxlib.h>
#include <nettle/sha2.h>
#include "client.h"
#include "keys.h"
#include "lua_library.h"
#include "replay.h"
#include "workload_state.h"
#include "../base/check.h"
#include "../engine/engine.h"
#include "../world/faults.h"

enum
{
  TEXT_MAX = 16 << 20
};

/* ---- Reading -------------------------------------------------------------
 */

/* What F holds, or TEXT_MAX bytes and one.  */
static void
read_all (struct workload *w, FILE *f)
{
  size_t n, room = 4096;
  do
    {
      room = room > TEXT_MAX / 4 ? TEXT_MAX + 1 : 4 * room;
      w->text = realloc (w->text, room);
      CHECK (w->text);
      n = fread (w->text + w->len, 1, room - w->len, f);
      w->len += n;
    }
  while (w->len == room && room <= TEXT_MAX);
}

static bool
read_text (struct workload *w, struct user_error *err)
{
  const char *wrong = NULL;
  struct stat st;
  FILE *f = fopen (w->path, "r");
  if (!f)
    wrong = strerror (errno);
  else if (fstat (fileno (f), &st) == 0 && S_ISDIR (st.st_mode))
    wrong = strerror (EISDIR);
  else
    {
      read_all (w, f);
      if (ferror (f))
        wrong = strerror (errno);
      else if (w->len > TEXT_MAX)
        wrong = "too long for a workload";
      else
        {
          w->text = realloc (w->text, w->len + 1);
          CHECK (w->text);
          w->text[w->len] = 0;
        }
    }
  if (f)
    fclose (f);
  if (wrong)
    snprintf (err->line, sizeof err->line, "%.400s: %s", w->path, wrong);
  return !wrong;
}

/* The sum of TEXT, after what was summed up already.  */
static void
hash_text (struct workload *w, const char *text, size_t len)
{
  struct sha256_ctx ctx;
  uint8_t digest[SHA256_DIGEST_SIZE];
  sha256_init (&ctx);
  sha256_update (&ctx, strlen (w->sha256), (const uint8_t *)w->sha256);
  sha256_update (&ctx, len, (const uint8_t *)text);
  sha256_digest (&ctx, sizeof digest, digest);
  for (size_t i = 0; i < sizeof digest; i++)
    sprintf (w->sha256 + 2 * i, "%02x", digest[i]);
}

/* Run the file's top level, in a Lua thread as everything.  */
static bool
run_top_level (struct workload *w, struct user_error *err)
{
  lua_State *main = w->guard.state;
  lua_library_open (main);
  lua_calls_open (main);
  lua_settings_open (main);
  lua_replay_open (main);
  lua_State *L = lua_newthread (main);
  const char *text = w->text;
  size_t len = w->len;
  if (*text == '#') /* as in a script; the line still counts  */
    {
      len -= strcspn (text, "\n");
      text += strcspn (text, "\n");
    }
  char chunk[512];
  snprintf (chunk, sizeof chunk, "@%s", w->guard.chunk);
  int status = lua_guard_compile (L, text, len, chunk);
  if (status != LUA_OK)
    {
      lua_guard_line (&w->guard, L, status, err);
      return false;
    }
  if (lua_guard_resume (&w->guard, L, 0, err) != LUA_OK)
    {
      /* The place in a trace says more than that of `replay'.  */
      if (*w->replay_wrong.line && strstr (err->line, w->replay_wrong.line))
        *err = w->replay_wrong;
      return false;
    }
  lua_pop (main, 1);
  return true;
}

struct workload *
workload_load (const char *path, struct user_error *err)
{
  struct workload *w = calloc (1, sizeof *w);
  CHECK (w);
  w->setups.tail = &w->setups.head;
  w->threads.tail = &w->threads.head;
  w->path = strdup (path);
  CHECK (w->path);
  if (!read_text (w, err))
    {
      workload_free (w);
      return NULL;
    }
  hash_text (w, w->text, w->len);
  lua_guard_init (&w->guard, w->path);
  char clause[sizeof err->line];
  bool good = run_top_level (w, err);
  if (good && !keys_check_held (clause, sizeof clause))
    {
      memcpy (err->line, clause, sizeof clause);
      good = false;
    }
  if (good && w->threads.count == 0)
    {
      snprintf (err->line, sizeof err->line,
                "%.400s: no thread: a workload needs thread (NAME, FUNCTION)",
                path);
      good = false;
    }
  if (good)
    return w;
  workload_free (w);
  return NULL;
}

static void
free_programs (struct programs *list)
{
  for (struct program *p = list->head, *next; p; p = next)
    {
      next = p->next;
      /* It has a setup, and threads, which do not own it.  */
      if (p->replay && p->process == RECORDING_PROCESSES)
        replay_free (p->replay);
      free (p);
    }
}

void
workload_free (struct workload *w)
{
  if (w->guard.state)
    lua_guard_fini (&w->guard);
  free_programs (&w->setups);
  free_programs (&w->threads);
  free (w->path);
  free (w->faults);
  free (w->text);
  free (w);
}

const char *
workload_name (const struct workload *w)
{
  return w->guard.chunk;
}

const char *
workload_path (const struct workload *w)
{
  return w->path;
}

const char *
workload_text (const struct workload *w, size_t *len)
{
  *len = w->len;
  return w->text;
}

const char *
workload_sha256 (const struct workload *w)
{
  return w->sha256;
}

unsigned
workload_gave_up (const struct workload *w)
{
  return w->gave_up;
}

unsigned
workload_threads (const struct workload *w)
{
  return w->threads.count;
}

bool
workload_in_lua (void)
{
  return lua_guard_inside ();
}

/* ---- Running -------------------------------------------------------------
 */

static void
append (struct programs *list, struct program *p, const char *name)
{
  snprintf (p->name, sizeof p->name, "%s", name);
  *list->tail = p;
  list->tail = &p->next;
  list->count++;
}

void
workload_add (lua_State *L, struct programs *list, const char *name, int index)
{
  struct workload *w = workload_of (L);
  if (w->setups.count + w->threads.count >= PROGRAMS_MAX)
    luaL_error (L, "more than %d threads", PROGRAMS_MAX);
  lua_pushvalue (L, index);
  int function = luaL_ref (L, LUA_REGISTRYINDEX);
  lua_State *own = lua_newthread (L);
  int thread = luaL_ref (L, LUA_REGISTRYINDEX);
  struct program *p = calloc (1, sizeof *p);
  CHECK (p);
  p->workload = w;
  p->function = function;
  p->thread = thread;
  p->L = own;
  append (list, p, name);
}

void
workload_add_replay (lua_State *L, struct replay *replay)
{
  struct workload *w = workload_of (L);
  const struct recording *r = replay_recording (replay);
  const char *slash = strrchr (r->path, '/');
  hash_text (w, r->text, r->len);
  for (unsigned i = 0; i <= r->processes; i++)
    {
      struct program *p = calloc (1, sizeof *p);
      char name[PROGRAM_NAME_MAX + 1];
      CHECK (p);
      p->workload = w;
      p->replay = replay;
      p->process = i ? i - 1 : RECORDING_PROCESSES;
      snprintf (name, sizeof name, "%.24s:%u", slash ? slash + 1 : r->path,
                i);
      append (i ? &w->threads : &w->setups, p, name);
    }
  /* Only now, as the error comes out of here.  */
  if (w->setups.count + w->threads.count > PROGRAMS_MAX)
    luaL_error (L, "more than %d threads", PROGRAMS_MAX);
}

/* A part of a replay.  */
static bool
drive_replay (struct program *p, struct user_error *err)
{
  if (p->process == RECORDING_PROCESSES)
    return replay_setup (p->replay, err);
  bool good = replay_process (p->replay, p->process, p->workload->start, err);
  if (faults_killed ())
    {
      client_die ();
      faults_victim = NULL;
    }
  return good;
}

/* Run P to its end on the current thread of the engine.  */
static bool
drive (struct program *p, struct user_error *err)
{
  struct workload *w = p->workload;
  if (p->replay)
    return drive_replay (p, err);
  lua_rawgeti (p->L, LUA_REGISTRYINDEX, p->function);
  for (;;)
    {
      if (engine_now () != w->refilled)
        {
          w->refilled = engine_now ();
          lua_guard_refill (&w->guard);
        }
      CHECK (!w->running);
      w->running = p;
      int status = lua_guard_resume (&w->guard, p->L, 0, err);
      w->running = NULL;
      if (status == LUA_OK)
        return true;
      if (status != LUA_YIELD)
        return false;
      lua_calls_perform (p);
      if (faults_killed ())
        {
          client_die ();
          faults_victim = NULL;
          return true;
        }
    }
}

bool
workload_setup (struct workload *w, struct user_error *err)
{
  w->start = engine_now ();
  w->live = w->gave_up = 0;
  for (struct program *p = w->setups.head; p; p = p->next)
    if (!drive (p, err))
      return false;
  return true;
}

static void
thread_main (void *arg)
{
  struct program *p = arg;
  struct workload *w = p->workload;
  struct user_error err;
  bool good = drive (p, &err);
  /* A program that ends because of what a fault has done is no mistake.  */
  if (!good && faults_hits () > 0)
    {
      w->gave_up++;
      good = true;
    }
  if (!good)
    w->ended (w->arg, &err);
  else if (--w->live == 0)
    w->ended (w->arg, NULL);
}

void
workload_spawn (struct workload *w,
                void (*ended) (void *arg, const struct user_error *),
                void *arg)
{
  CHECK (w->threads.count > 0);
  w->ended = ended;
  w->arg = arg;
  w->start = engine_now ();
  w->live = w->threads.count;
  for (struct program *p = w->threads.head; p; p = p->next)
    thread_spawn (p->name, thread_main, p);
}
