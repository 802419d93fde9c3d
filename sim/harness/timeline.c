/* The timeline of a run, see timeline.h.

   At first every change has a row of its own.  When the table is full, time is
   cut into pieces of twice the length, and the rows of one piece become one:
   with the most that there was of each thing in it (of free pages: the least),
   so that no peak is lost.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "timeline.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "../base/check.h"

enum
{
  /* A piece gives two rows at most: its own, and what holds behind it.  */
  SPACE = 2 * (TIMELINE_ROWS + 2)
};

struct series
{
  struct watch_row *rows;
  size_t n;
  vtime piece; /* rows begin at multiples of it  */
  bool begun;
  struct watch_row most;   /* of the piece that is on  */
  struct watch_row latest; /* what holds now  */
};

static struct series timeline, spare;

static void
series_start (struct series *s, vtime piece)
{
  if (s->rows == NULL)
    s->rows = malloc (SPACE * sizeof *s->rows);
  CHECK (s->rows != NULL);
  s->n = 0;
  s->piece = piece;
  s->begun = false;
}

static void
append (struct series *s, const struct watch_row *row)
{
  if (s->n > 0
      && memcmp (s->rows[s->n - 1].value, row->value, sizeof row->value) == 0)
    return;
  CHECK (s->n < SPACE);
  s->rows[s->n++] = *row;
}

/* The piece of time of ROW has OTHER in it, too.  */
static void
join (struct watch_row *row, const struct watch_row *other)
{
  for (int i = 0; i < WATCH_COLUMN_COUNT; i++)
    if (i == WATCH_FREE_PAGES ? other->value[i] < row->value[i]
                              : other->value[i] > row->value[i])
      row->value[i] = other->value[i];
}

/* The sums at OUT->at, which is not before A and before B; they are taken to
   grow evenly.  */
static void
sums_between (struct watch_row *out, const struct watch_row *a,
              const struct watch_row *b)
{
  unsigned __int128 part = out->at - a->at;
  for (int i = 0; i < WATCH_SUM_COUNT; i++)
    out->sum[i] = a->sum[i] + part * (b->sum[i] - a->sum[i]) / (b->at - a->at);
}

/* NOW holds from NOW->at on.  */
static void
enter (struct series *s, const struct watch_row *now)
{
  vtime begin = now->at / s->piece * s->piece;
  if (s->begun && s->most.at == begin)
    join (&s->most, now);
  else
    {
      struct watch_row most = *now;
      most.at = begin;
      if (s->begun)
        {
          struct watch_row behind = s->latest;
          behind.at = s->most.at + s->piece;
          append (s, &s->most);
          if (behind.at < begin)
            {
              sums_between (&behind, &s->latest, now);
              append (s, &behind);
            }
          if (begin < now->at)
            {
              sums_between (&most, &s->latest, now);
              join (&most, &s->latest);
            }
        }
      s->most = most;
      s->begun = true;
    }
  s->latest = *now;
}

/* Pieces become twice as long.  */
static void
thin (void)
{
  struct watch_row latest = timeline.latest;
  series_start (&spare, 2 * timeline.piece);
  for (size_t i = 0; i < timeline.n; i++)
    enter (&spare, &timeline.rows[i]);
  enter (&spare, &timeline.most);
  spare.latest = latest;
  struct series thinned = spare;
  spare = timeline;
  timeline = thinned;
}

void
timeline_start (void)
{
  series_start (&timeline, 1);
}

void
timeline_note (const struct watch_row *row)
{
  enter (&timeline, row);
  /* One more is to come, at the end.  */
  while (timeline.n + 2 >= TIMELINE_ROWS)
    thin ();
}

void
timeline_end (const struct watch_row *row)
{
  timeline_note (row);
  append (&timeline, &timeline.most);
  /* A picture ends where the run did.  */
  if (timeline.rows[timeline.n - 1].at < row->at)
    timeline.rows[timeline.n++] = *row;
}

void
timeline_write (FILE *out)
{
  fputs ("at_ns", out);
  for (int i = 0; i < WATCH_COLUMN_COUNT; i++)
    fprintf (out, ",%s", watch_column_name[i]);
  for (int i = 0; i < WATCH_SUM_COUNT; i++)
    fprintf (out, ",%s", watch_sum_name[i]);
  fputc ('\n', out);
  for (size_t r = 0; r < timeline.n; r++)
    {
      fprintf (out, "%" PRIu64, timeline.rows[r].at);
      for (int i = 0; i < WATCH_COLUMN_COUNT; i++)
        fprintf (out, ",%" PRIu32, timeline.rows[r].value[i]);
      for (int i = 0; i < WATCH_SUM_COUNT; i++)
        fprintf (out, ",%" PRIu64, timeline.rows[r].sum[i]);
      fputc ('\n', out);
    }
}
