/* A workload from inside, for workload.c and the lua_*.c that hold its
   language.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_HARNESS_WORKLOAD_STATE_H
#define SIM_HARNESS_WORKLOAD_STATE_H

#include "lua_guard.h"
#include "workload.h"

struct client_file;
struct client_map;
struct replay;

enum
{
  PROGRAM_NAME_MAX = 31,
  PROGRAMS_MAX = 1024, /* of setup and thread together  */
  CALL_PATH_MAX = 1024
};

enum call_kind
{
  CALL_CREATE,
  CALL_OPEN,
  CALL_MKDIR,
  CALL_RENAME,
  CALL_UNLINK,
  CALL_WRITE,
  CALL_READ,
  CALL_TRUNCATE,
  CALL_FSYNC,
  CALL_CLOSE,
  CALL_SIZE,
  CALL_MAP,
  CALL_STORE,
  CALL_LOAD,
  CALL_UNMAP,
  CALL_SYNC,
  CALL_EVICT,
  CALL_SLEEP
};

/* A file or a mapping, as Lua holds it.  */
struct handle
{
  struct client_file *file;
  struct client_map *map;
  uint64_t length; /* of a mapping  */
  unsigned busy;   /* calls under way  */
  bool open;
};

/* What a program wants done, and how it went.  */
struct call
{
  enum call_kind kind;
  struct handle *handle; /* that it works on  */
  struct handle *fresh;  /* that it makes  */
  uint64_t offset, length, bs;
  vtime time;
  char path[2][CALL_PATH_MAX];
  int error;
  uint64_t result;
};

/* A setup or thread function, or what a replay does in its place.  */
struct program
{
  struct program *next;
  struct workload *workload;
  char name[PROGRAM_NAME_MAX + 1];
  int function; /* references in Lua's registry  */
  int thread;
  lua_State *L;
  struct call call;
  struct replay *replay; /* no function: the beginning, or a process of it  */
  unsigned process;
};

struct programs
{
  struct program *head, **tail;
  unsigned count;
};

struct workload
{
  struct lua_guard guard; /* first: lua_guard_of gives the workload too  */
  char *path, *name, *text;
  size_t len;
  char sha256[65];
  struct programs setups, threads;
  struct program *running; /* whose Lua code runs; NULL at top level  */
  vtime start;             /* when the threads began  */
  vtime refilled;          /* when instructions last counted from 0  */
  unsigned live, gave_up;
  char *faults; /* of the top level so far, or NULL  */
  void (*ended) (void *arg, const struct user_error *);
  void *arg;
  struct user_error replay_wrong; /* what is wrong with a trace  */
};

static inline struct workload *
workload_of (lua_State *L)
{
  return (struct workload *)lua_guard_of (L);
}

/* Give L the words of the language: lua_calls.c, lua_settings.c,
   lua_replay.c.  */
void lua_calls_open (lua_State *L);
void lua_replay_open (lua_State *L);
void lua_settings_open (lua_State *L);

/* Do what P->call asks for, on the current thread of the engine.  */
void lua_calls_perform (struct program *p);

/* The argument INDEX as a size, or a time; a number or a string with a unit.
 */
uint64_t lua_calls_size (lua_State *L, int index);
vtime lua_calls_time (lua_State *L, int index);

/* Add a program that runs the function at INDEX.  */
void workload_add (lua_State *L, struct programs *list, const char *name,
                   int index);

/* Add REPLAY, which becomes the workload's: its beginning to the setups, its
   processes to the threads.  What is in its trace counts as the workload's
   text.  */
void workload_add_replay (lua_State *L, struct replay *replay);

#endif /* SIM_HARNESS_WORKLOAD_STATE_H */
