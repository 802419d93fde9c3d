/* Looking on while a schedule is run again.

   replay_watch.c     who is told what
   replay_words.c     events and choices in words
   replay_timeline.c  a line for each of them
   replay_gdb.c       where it stops for a debugger, and what that is told

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_EXPLORE_REPLAY_WATCH_H
#define SIM_EXPLORE_REPLAY_WATCH_H

#include <stdio.h>
#include "schedule.h"
#include "../engine/trace.h"
#include "../harness/scenario.h"

struct replay_watch
{
  bool chrome;      /* harness/trace_chrome.h: for trace_chrome_write  */
  bool timeline;    /* for lanes_write  */
  bool stop;        /* call replay_stop ...  */
  uint64_t stop_at; /* ... at what comes behind so many events  */
};

/* Look on at the next run, which is by PLAN.  */
void replay_watch_start (const struct replay_watch *w,
                         struct schedule_plan *plan);
/* It is over.  */
void replay_watch_end (void);

/* Where a debugger stops.  EVENT: how many there were.  */
void replay_stop (uint64_t event);
/* Run gdb on this program, given ARGUMENTS (up to NULL), in which replay_stop
   will be called.  False, with *ERR, when there is no gdb; else *STATUS is how
   it ended.  */
bool replay_gdb (const char *const *arguments, int *status,
                 struct user_error *err);

/* ---- In words ----  */

enum
{
  WORDS_BYTES = 72
};
/* C, which is not plain.  */
void words_of_choice (const struct pick *c, char out[WORDS_BYTES]);
/* E; false when it is not worth a line.  */
bool words_of_event (const struct trace_event *e, char out[WORDS_BYTES]);
/* What a step is about: "alloc_lock 13".  */
void words_of_object (uint64_t object, char out[WORDS_BYTES]);

/* ---- The timeline ----  */

/* What a line changes, besides what it says.  */
enum lane_turn
{
  TURN_NONE,
  TURN_BLOCKS,
  TURN_ASIDE,
  TURN_WAKES, /* another one  */
  TURN_ENDS
};

/* Forget all lines; times are since FROM.  */
void lanes_begin (vtime from);
/* A line of thread ID, behind EVENTS events; WORDS may be NULL: no line, but
   it has its turn.  */
void lanes_add (uint64_t events, uint32_t id, const char *words,
                enum lane_turn turn, uint32_t other);
/* In lines of at most WIDTH.  */
void lanes_write (FILE *f, unsigned width);

#endif /* SIM_EXPLORE_REPLAY_WATCH_H */
