/* A run as text: a lane for each thread that acts, a line for each thing that
   it does.

   Lines are kept until the run is over, as it is known then who acts.  Of a
   long run the last ones are kept: there the finding is.

   Left out: what a thread does between two events.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "replay_watch.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../base/check.h"
#include "../engine/engine.h"

enum
{
  LINES_MAX = 50000, /* that are kept  */
  HEAD_COLUMNS = 18, /* number and time  */
  TEXT_COLUMNS = 40  /* at least, behind the lanes  */
};

/* What a lane shows beside the line of another thread.  */
enum lane
{
  LANE_NONE = ' ',
  LANE_CAN_RUN = '|',
  LANE_WAITS = '.',
  LANE_ASIDE = 'A',
  LANE_ACTS = 'o'
};

struct line
{
  uint64_t events;
  vtime at;
  uint32_t id, other;
  uint8_t turn; /* enum lane_turn  */
  bool silent;
  char words[WORDS_BYTES];
};

static struct
{
  vtime from;
  struct line *line; /* a ring  */
  uint64_t lines;
  uint32_t threads; /* the highest of them  */
  uint8_t *first;   /* the lanes before the first line that is kept  */
} lanes;

/* ---- While it runs -------------------------------------------------------
 */

static void
start_lane (const struct thread *t, void *arg)
{
  (void)arg;
  lanes.first[t->id] = t->state == THREAD_BLOCKED ? LANE_WAITS
                       : t->state == THREAD_DONE  ? LANE_NONE
                                                  : LANE_CAN_RUN;
}

static void
highest (const struct thread *t, void *arg)
{
  (void)arg;
  if (t->id > lanes.threads)
    lanes.threads = t->id;
}

/* Lanes for all threads that there are by now.  */
static void
make_lanes (void)
{
  uint32_t had = lanes.threads;
  engine_each_thread (highest, NULL);
  lanes.first = realloc (lanes.first, lanes.threads + 1);
  CHECK (lanes.first);
  memset (lanes.first + had + 1, LANE_NONE, lanes.threads - had);
}

void
lanes_begin (vtime from)
{
  lanes.from = from;
  lanes.lines = 0;
  lanes.threads = 0;
  if (!lanes.line)
    lanes.line = malloc (LINES_MAX * sizeof *lanes.line);
  CHECK (lanes.line);
  make_lanes ();
  lanes.first[0] = LANE_NONE;
  engine_each_thread (start_lane, NULL);
}

/* L happened: LANE, by thread.  */
static void
turn (uint8_t *lane, const struct line *l)
{
  lane[l->id] = l->turn == TURN_BLOCKS  ? LANE_WAITS
                : l->turn == TURN_ASIDE ? LANE_ASIDE
                : l->turn == TURN_ENDS  ? LANE_NONE
                                        : LANE_CAN_RUN;
  if (l->turn == TURN_WAKES)
    lane[l->other] = LANE_CAN_RUN;
}

void
lanes_add (uint64_t events, uint32_t id, const char *words, enum lane_turn how,
           uint32_t other)
{
  struct line *l = &lanes.line[lanes.lines % LINES_MAX];
  if (id > lanes.threads || other > lanes.threads)
    make_lanes ();
  CHECK (id <= lanes.threads && other <= lanes.threads);
  if (lanes.lines++ >= LINES_MAX)
    turn (lanes.first, l);
  *l = (struct line){ .events = events,
                      .at = engine_now () - lanes.from,
                      .id = id,
                      .other = other,
                      .turn = how,
                      .silent = words == NULL };
  if (words)
    snprintf (l->words, sizeof l->words, "%s", words);
}

/* ---- When it is over -----------------------------------------------------
 */

/* The lanes from left to right: who acts first.  */
struct columns
{
  uint32_t *id;
  uint8_t *lane; /* by thread, as the next line finds it  */
  uint32_t count;
  unsigned step; /* from one lane to the next  */
};

static void
find_columns (struct columns *c, uint64_t from)
{
  bool *seen = calloc (lanes.threads + 1, sizeof *seen);
  c->id = calloc (lanes.threads + 1, sizeof *c->id);
  c->lane = malloc (lanes.threads + 1);
  CHECK (seen && c->id && c->lane);
  memcpy (c->lane, lanes.first, lanes.threads + 1);
  for (uint64_t i = from; i < lanes.lines; i++)
    {
      const struct line *l = &lanes.line[i % LINES_MAX];
      if (l->silent || l->id == 0 || seen[l->id])
        continue;
      seen[l->id] = true;
      c->id[c->count++] = l->id;
    }
  free (seen);
}

static const char *
name_of (uint32_t id)
{
  const char *name = engine_thread_name (id);
  return name ? name : "the machine";
}

/* Narrow lanes where there are many; no more of them than leave room for the
   text.  */
static void
make_room (struct columns *c, unsigned width)
{
  unsigned room = width > HEAD_COLUMNS + TEXT_COLUMNS
                      ? width - HEAD_COLUMNS - TEXT_COLUMNS
                      : 1;
  c->step = 2 * c->count <= room ? 2 : 1;
  if (c->count > room)
    c->count = room;
}

/* A flight of stairs: each lane begins below its name.  */
static void
write_head (const struct columns *c, FILE *f)
{
  for (uint32_t i = 0; i < c->count; i++)
    {
      fprintf (f, "%*s", HEAD_COLUMNS, "");
      for (uint32_t j = 0; j < i; j++)
        fprintf (f, "%-*s", (int)c->step, "|");
      fprintf (f, "%s\n", name_of (c->id[i]));
    }
}

static void
write_line (const struct columns *c, const struct line *l, FILE *f,
            unsigned width)
{
  char text[512];
  int n = snprintf (text, sizeof text, "%6" PRIu64 " %6" PRIu64 ".%03u ",
                    l->events, l->at / 1000, (unsigned)(l->at % 1000));
  for (uint32_t i = 0; i < c->count && n + 2 < (int)sizeof text; i++)
    {
      text[n++] = c->id[i] == l->id ? LANE_ACTS : c->lane[c->id[i]];
      if (c->step > 1)
        text[n++] = ' ';
    }
  snprintf (text + n, sizeof text - n, " %s: %s", name_of (l->id), l->words);
  if (strlen (text) > width)
    strcpy (text + width - 2, "..");
  fprintf (f, "%s\n", text);
}

void
lanes_write (FILE *f, unsigned width)
{
  struct columns c = { 0 };
  uint64_t from = lanes.lines > LINES_MAX ? lanes.lines - LINES_MAX : 0;
  CHECK (width >= 2 && width < 512);
  find_columns (&c, from);
  make_room (&c, width);
  if (from > 0)
    fprintf (f, "the first %" PRIu64 " lines are left out\n", from);
  fprintf (f, "%6s %10s\n", "event", "us");
  write_head (&c, f);
  for (uint64_t i = from; i < lanes.lines; i++)
    {
      const struct line *l = &lanes.line[i % LINES_MAX];
      if (!l->silent)
        write_line (&c, l, f, width);
      turn (c.lane, l);
    }
  free (c.id);
  free (c.lane);
}
