/* The plan of faults and its decisions, see faults.h.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "faults.h"

#include <errno.h>
#include <string.h>

#include "../base/check.h"
#include "../engine/choice.h"
#include "../engine/engine.h"
#include "../engine/trace.h"
#include "disk_contents.h"
#include "memory.h"
#include "world.h"

#define MS UINT64_C (1000000)
#define MILLION UINT64_C (1000000)

const struct fault_row fault_rows[] = {
#define X(enumerator, name, takes, ms, what)                                  \
  { name, what, FAULT_TAKES_##takes, (ms)*MS },
  FAULT_KINDS (X)
#undef X
};

bool faults_on;
const struct thread *faults_victim;

enum
{
  HITS_MAX = 256,
  PATIENCE_S = 400, /* assumed; where all wait it is a deadlock before that  */
  BAD_MAX = 1024 /* bad blocks; further ones are written as if they were good
                  */
};

static struct
{
  struct
  {
    struct fault fault;
    uint64_t since; /* writes of its paths when it was armed  */
  } armed[FAULTS_MAX];
  size_t count;
  uint64_t writes[IO_DISK + 1]; /* by path; IO_OTHER: all  */
  void (*watch) (const struct store_event *);
  bool (*killer) (const char *thread);

  struct fault_hit hit[HITS_MAX];
  size_t hits;

  uint64_t bad[BAD_MAX]; /* numbers of blocks  */
  size_t bads;
  vtime delay; /* of the next message  */
  bool kill;   /* the next call's client, whose name is KILL_NAME, or any  */
  char kill_name[FAULT_THREAD_MAX + 1];
  struct timer shortage; /* when it ends  */
  struct timer patience; /* with a request that is stuck  */
} faults;

/* The request that is stuck has been so for long enough: a run whose other
   threads need no store would go on until run.limit.  */
static void
patience_ends (struct timer *t)
{
  (void)t;
  world_finding ("stuck", "", "a store write has not ended in %d s",
                 PATIENCE_S);
  engine_stop (WORLD_STUCK);
}

static void
shortage_ends (struct timer *t)
{
  (void)t;
  memory_give_back ();
}

void
faults_init (void)
{
  memset (&faults, 0, sizeof faults);
  faults.shortage.fn = shortage_ends;
  /* When nothing else goes on, it is a deadlock.  */
  faults.patience = (struct timer){ .fn = patience_ends, .periodic = true };
  faults_on = false;
  faults_victim = NULL;
}

void
faults_start (void)
{
  CHECK (faults.count == 0);
  memset (faults.writes, 0, sizeof faults.writes);
}

bool
faults_arm (const struct fault *f)
{
  CHECK (f->kind < FAULT_KIND_COUNT && f->path <= IO_DISK);
  if (faults.count == FAULTS_MAX)
    return false;
  faults.armed[faults.count].fault = *f;
  faults.armed[faults.count++].since = faults.writes[f->path];
  faults_on = true;
  return true;
}

void
faults_watch (void (*fn) (const struct store_event *))
{
  faults.watch = fn;
  faults_on = true;
}

void
faults_set_killer (bool (*fn) (const char *thread))
{
  faults.killer = fn;
}

/* ---- Decisions ---------------------------------------------------------- */

static void
kill_somebody (const struct fault *f)
{
  if (faults.killer == NULL || faults.killer (f->thread))
    return;
  faults.kill = true;
  memcpy (faults.kill_name, f->thread, sizeof faults.kill_name);
}

static void
begin_shortage (vtime time)
{
  if (faults.shortage.armed)
    timer_cancel (&faults.shortage);
  memory_take_away ();
  timer_set (&faults.shortage, engine_now () + time);
}

static bool
is_bad (uint64_t offset, size_t len)
{
  uint64_t first = offset >> SIM_PAGE_SHIFT;
  uint64_t end = (offset + len + SIM_PAGE_SIZE - 1) >> SIM_PAGE_SHIFT;
  for (size_t i = 0; i < faults.bads; i++)
    if (faults.bad[i] >= first && faults.bad[i] < end)
      return true;
  return false;
}

/* A number of sectors from 0 to LEN's, of whole blocks if there are any.  */
static size_t
half (size_t len)
{
  size_t part = len / 2;
  size_t unit = part >= SIM_PAGE_SIZE ? SIM_PAGE_SIZE : SECTOR_SIZE;
  return part / unit * unit;
}

static void
apply (const struct fault *f, uint64_t offset, size_t len,
       struct fault_effect *e)
{
  switch (f->kind)
    {
    case FAULT_EIO:
      e->error = EIO;
      break;
    case FAULT_ENOSPC:
      e->error = ENOSPC;
      break;
    case FAULT_SHORT:
      e->lost = len - half (len);
      break;
    case FAULT_BAD:
      if (faults.bads < BAD_MAX)
        faults.bad[faults.bads++] = offset >> SIM_PAGE_SHIFT;
      break;
    case FAULT_TORN:
      e->torn = true;
      break;
    case FAULT_MISDIRECTED:
      e->before = len;
      break;
    case FAULT_SLOW:
      e->longer += f->time;
      break;
    case FAULT_STUCK:
      e->stuck = true;
      if (!faults.patience.armed)
        timer_set (&faults.patience, engine_now () + PATIENCE_S * 1000 * MS);
      break;
    case FAULT_DELAY:
      faults.delay = f->time;
      break;
    case FAULT_MEMORY:
      begin_shortage (f->time);
      break;
    case FAULT_KILL:
      kill_somebody (f);
      break;
    case FAULT_KIND_COUNT:
      CHECK (!"no kind");
    }
}

/* Whether the write that makes WRITES of F's paths is F's.  */
static bool
is_due (const struct fault *f, uint64_t writes)
{
  if (f->at != 0)
    return writes == f->at;
  return choice_pick (CHOICE_FAULT, MILLION) < f->per_million;
}

static void
note_hit (const struct fault *f, uint8_t path, uint64_t offset, size_t len)
{
  trace (TRACE_FAULT_HIT, f->kind, faults.writes[IO_OTHER]);
  if (faults.hits < HITS_MAX)
    faults.hit[faults.hits]
        = (struct fault_hit){ .kind = f->kind,
                              .path = path,
                              .write = faults.writes[IO_OTHER],
                              .offset = offset,
                              .bytes = len,
                              .at = engine_now () };
  faults.hits++;
}

void
faults_decide (uint64_t offset, size_t len, struct fault_effect *e)
{
  uint8_t path = engine.current->io_path;
  faults.writes[IO_OTHER]++;
  if (path != IO_OTHER)
    faults.writes[path]++;
  for (size_t i = 0; i < faults.count; i++)
    {
      const struct fault *f = &faults.armed[i].fault;
      if (f->path != IO_OTHER && f->path != path)
        continue;
      if (!is_due (f, faults.writes[f->path] - faults.armed[i].since))
        continue;
      note_hit (f, path, offset, len);
      apply (f, offset, len, e);
    }
  if (e->error == 0 && is_bad (offset, len))
    e->error = EIO;
  e->faulted = e->error || e->stuck || e->torn || e->lost || e->before;
}

void
faults_placed (const struct store_event *e)
{
  if (faults.watch != NULL)
    faults.watch (e);
}

vtime
faults_message_delay (void)
{
  vtime delay = faults.delay;
  faults.delay = 0;
  return delay;
}

bool
faults_call_killed (const char *name)
{
  if (!faults.kill
      || (faults.kill_name[0] && strcmp (faults.kill_name, name) != 0))
    return false;
  faults.kill = false;
  return true;
}

/* ---- Looking back ------------------------------------------------------- */

bool
faults_armed (void)
{
  return faults.count > 0;
}

size_t
faults_hits (void)
{
  return faults.hits;
}

const struct fault_hit *
faults_hit (size_t i)
{
  return i < faults.hits && i < HITS_MAX ? &faults.hit[i] : NULL;
}

uint64_t
faults_writes (uint8_t path)
{
  CHECK (path <= IO_DISK);
  return faults.writes[path];
}
