/* Recording a run for power cuts: see powercut.h.

   A store write is kept as the blocks that it left.  Blocks that are written
   in part, which ext2 with 4 KiB blocks does not do, count as written whole.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "powercut.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include "../base/check.h"
#include "../base/digest.h"
#include "../world/device.h"
#include "ext2_view.h"
#include "pager_load.h"

enum
{
  ARENA_BLOCKS = 1024
};

/* The run that is on.  */
static struct
{
  struct powercut_log *log;
  const struct hurd_server *server;
  uint8_t *arena;
  size_t arena_left; /* blocks  */
  size_t piece_room, write_room;
  uint32_t synced; /* position of the last store_sync  */
} recording;

static uint64_t
digest_of (const uint8_t *data, size_t len)
{
  uint64_t word[4], d = DIGEST_K0;
  for (size_t i = 0; i < len; i += sizeof word)
    {
      memcpy (word, data + i, sizeof word);
      d = digest_words (d, word[0], word[1], word[2], word[3]);
    }
  return digest_finish (d);
}

uint64_t
powercut_block_digest (const void *block)
{
  return digest_of (block, POWERCUT_BLOCK);
}

void
powercut_sector_digests (const void *block, uint64_t sector[POWERCUT_SECTORS])
{
  enum
  {
    SECTOR = POWERCUT_BLOCK / POWERCUT_SECTORS
  };
  for (unsigned i = 0; i < POWERCUT_SECTORS; i++)
    sector[i] = digest_of ((const uint8_t *)block + i * SECTOR, SECTOR);
}

/* Room for N + 1 things of SIZE at P.  */
static void *
grown (void *p, size_t *room, size_t n, size_t size)
{
  if (n < *room)
    return p;
  *room = *room ? 2 * *room : 1024;
  p = realloc (p, *room * size);
  CHECK (p);
  return p;
}

static uint8_t *
new_block (void)
{
  if (recording.arena_left == 0)
    {
      recording.arena
          = mmap (NULL, (size_t)ARENA_BLOCKS * POWERCUT_BLOCK,
                  PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      CHECK (recording.arena != MAP_FAILED);
      recording.arena_left = ARENA_BLOCKS;
    }
  recording.arena_left--;
  uint8_t *block = recording.arena;
  recording.arena += POWERCUT_BLOCK;
  return block;
}

/* In halves: in a whole block that is kept as a stamp the rest is undefined.
 */
static void
peek (uint64_t offset, uint8_t *to)
{
  enum
  {
    HALF = POWERCUT_BLOCK / 2
  };
  device_peek (offset, to, HALF);
  device_peek (offset + HALF, to + HALF, HALF);
}

static void
add_piece (struct powercut_log *log, uint32_t block)
{
  uint8_t *data = new_block ();
  peek ((uint64_t)block * POWERCUT_BLOCK, data);
  log->piece = grown (log->piece, &recording.piece_room, log->pieces,
                      sizeof *log->piece);
  log->piece[log->pieces++] = (struct powercut_piece){
    .block = block, .digest = powercut_block_digest (data), .data = data
  };
  log->used[block / 8] |= 1 << block % 8;
}

/* A write is complete.  */
static void
written (uint64_t offset, size_t len)
{
  struct powercut_log *log = recording.log;
  if (len == 0)
    return;
  uint32_t end = (offset + len + POWERCUT_BLOCK - 1) / POWERCUT_BLOCK;
  for (uint32_t b = offset / POWERCUT_BLOCK; b < end; b++)
    add_piece (log, b);
  size_t room = recording.write_room;
  log->first = grown (log->first, &room, log->writes + 1, sizeof *log->first);
  log->synced = grown (log->synced, &recording.write_room, log->writes + 1,
                       sizeof *log->synced);
  log->first[++log->writes] = log->pieces;
  log->synced[log->writes] = recording.synced;
}

static void
synced (void)
{
  struct powercut_log *log = recording.log;
  recording.synced = log->writes;
  log->synced[log->writes] = log->writes;
}

/* ---- What was there before -----------------------------------------------
 */

static void
take_base (struct powercut_log *log)
{
  log->size = device_size ();
  CHECK (log->size <= POWERCUT_STORE_MAX);
  log->base = mmap (NULL, log->size, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  CHECK (log->base != MAP_FAILED);
  log->used = calloc (log->size / POWERCUT_BLOCK / 8 + 1, 1);
  CHECK (log->used);
  for (uint64_t at = device_next_data (0); at < log->size;
       at = device_next_data (at + POWERCUT_BLOCK))
    {
      uint32_t block = at / POWERCUT_BLOCK;
      peek (at, log->base + at);
      log->used[block / 8] |= 1 << block % 8;
    }
}

static void
measured (void)
{
  static const struct device_watch watch = { written, synced };
  struct powercut_log *log = recording.log;
  size_t room = 0;
  take_base (log);
  log->first = grown (NULL, &room, 0, sizeof *log->first);
  log->synced = grown (NULL, &recording.write_room, 0, sizeof *log->synced);
  log->first[0] = log->synced[0] = 0;
  powercut_files_begin (log, recording.server);
  device_watch = &watch;
}

bool
powercut_record (struct powercut_log *log, struct pager *p, const char *pager,
                 struct workload *w, uint64_t seed, struct run_result *result,
                 struct user_error *err)
{
  memset (log, 0, sizeof *log);
  memset (&recording, 0, sizeof recording);
  recording.log = log;
  recording.server = pager_server (p);
  log->pager = pager;
  scenario_when_measured (measured);
  bool good = scenario_run (p, w, seed, result, err);
  scenario_when_measured (NULL);
  device_watch = NULL;
  if (log->base)
    powercut_files_end ();
  if (!good)
    return false;
  struct ext2_view view;
  if (!log->base || !ext2_view_open (&view, log->base, log->size))
    {
      snprintf (err->line, sizeof err->line,
                "%.200s: powercut judges ext2 with blocks of 4 KiB, and after "
                "setup there is none on the store",
                pager);
      return false;
    }
  log->verdict = result->verdict;
  return true;
}

void
powercut_log_free (struct powercut_log *log)
{
  for (size_t i = 0; i < log->files; i++)
    free (log->file[i].resize);
  for (size_t i = 0; i < log->names; i++)
    free (log->name[i].path);
  /* The blocks stay, whole arenas that they are in, to the process's end. */
  if (log->base)
    munmap (log->base, log->size);
  free (log->used);
  free (log->piece);
  free (log->first);
  free (log->synced);
  free (log->file);
  free (log->version);
  free (log->name);
  free (log->promise);
}
