/* Which schedules are run, in a pool of processes: see explore.h.

   At random and by priorities, schedule I is drawn from the seed and I; a task
   of the pool is a row of them.

   All: from the plain run on, each schedule is one that is known with one more
   choice behind its last that is not plain; how many there may be is the
   bound. A task is a schedule of one fewer than the bound, and all that follow
   from it; those with fewer say which ones do.

   A step on something that no other thread touches in that run is no place to
   stand aside: to do it at the thread's next step is the same schedule for all
   who could see it.  Such are skipped, and counted.

   Results are taken in the order of tasks, so that what is found does not
   depend on the number of processes.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "explore.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../base/check.h"
#include "../harness/host_clock.h"
#include "../harness/pool.h"

const char *const strategy_name[] = { "random", "pct", "exhaustive" };

enum
{
  ROW = 100,         /* schedules of a task  */
  BOUND_MAX = 16,    /* EXHAUSTIVE: of the choices that are not plain  */
  TASKS_AT_ONCE = 64 /* then the clock and the file of the state  */
};

struct task
{
  uint64_t first; /* number of its first schedule  */
  uint32_t count; /* RANDOM, PCT: how many  */
  uint32_t choices;
  uint32_t picks; /* EXHAUSTIVE: what is not plain  */
  uint32_t below; /* how many more there may be  */
  struct pick pick[BOUND_MAX];
};

/* The head of a result; then the findings, then the next picks.  */
struct outcome
{
  bool wrong; /* then a struct user_error  */
  uint64_t done, skipped;
  uint32_t choices, threads; /* at most, in one of them  */
  uint32_t found, next;
};

/* ---- In a worker ---------------------------------------------------------
 */

static const struct exploration *working;

/* Pools of what follows, of the task that is on.  */
static struct
{
  struct outcome head;
  struct found_list found;
  struct pick *next;
  size_t room;
  struct user_error err;
} out;

static bool
run_one (const struct schedule_plan *plan, uint64_t number)
{
  struct run_result r;
  struct found f;
  if (!explore_once (&working->subject, plan, &r, &out.err))
    {
      out.head.wrong = true;
      return false;
    }
  out.head.done++;
  if (schedule_choices () > out.head.choices)
    out.head.choices = schedule_choices ();
  if (schedule_threads () > out.head.threads)
    out.head.threads = schedule_threads ();
  if (found_last (&r, &f))
    {
      f.schedule = number;
      found_add (&out.found, &f);
    }
  return true;
}

static uint64_t
mix (uint64_t a, uint64_t b)
{
  uint64_t x = a * UINT64_C (0x9e3779b97f4a7c15) + b;
  x ^= x >> 31;
  x *= UINT64_C (0xd6e8feb86659fd93);
  return x ^ x >> 32;
}

static void
perform_row (const struct task *t)
{
  for (uint32_t i = 0; i < t->count; i++)
    {
      struct schedule_plan plan
          = { .way = working->strategy == STRATEGY_PCT ? SCHEDULE_PCT
                                                       : SCHEDULE_RANDOM,
              .seed = mix (working->subject.seed, t->first + i),
              .depth = working->depth,
              .choices = t->choices };
      if (!run_one (&plan, t->first + i))
        return;
    }
}

/* ---- What follows from a schedule ----  */

static void
next_add (const struct pick *p)
{
  if (out.head.next == out.room)
    {
      out.room = out.room ? 2 * out.room : 1024;
      out.next = realloc (out.next, out.room * sizeof *out.next);
      CHECK (out.next);
    }
  out.next[out.head.next++] = *p;
}

/* Objects of the last run, and who touched them: a hash table of powers of
   two, twice as large as what is in it.  */
struct touched
{
  uint64_t object;
  uint32_t thread; /* 0: empty  */
  bool shared;
};

static struct touched *
touched_find (struct touched *table, size_t size, uint64_t object)
{
  size_t i = mix (object, 1) & (size - 1);
  while (table[i].thread != 0 && table[i].object != object)
    i = (i + 1) & (size - 1);
  return &table[i];
}

static struct touched *
touched_of_last (size_t *size)
{
  uint32_t n = schedule_choices ();
  *size = 16;
  while (*size < 2 * (size_t)n + 2)
    *size *= 2;
  struct touched *table = calloc (*size, sizeof *table);
  CHECK (table);
  for (uint32_t i = 0; i < n; i++)
    {
      const struct pick *c = schedule_choice (i);
      if (c->kind != CHOICE_STEP)
        continue;
      struct touched *t = touched_find (table, *size, c->object);
      if (t->thread != 0 && t->thread != c->thread)
        t->shared = true;
      t->object = c->object;
      t->thread = c->thread;
    }
  return table;
}

/* What may be chosen next, behind the last of T's picks.  */
static void
collect_next (const struct task *t)
{
  size_t size;
  uint32_t n = schedule_choices ();
  struct pick taken[PICKS_MAX];
  size_t k = schedule_taken (taken);
  uint32_t from = k > 0 && k <= PICKS_MAX ? taken[k - 1].at + 1 : 0;
  struct touched *table = touched_of_last (&size);
  if (k != t->picks)
    from = n; /* not all could be taken: another task has this run  */
  for (uint32_t i = from; i < n; i++)
    {
      struct pick c = *schedule_choice (i);
      bool first = c.kind == CHOICE_STEP && c.nth == 0;
      if (c.kind == CHOICE_STEP && !first
          && !touched_find (table, size, c.object)->shared)
        {
          out.head.skipped += c.of - 1;
          continue;
        }
      c.event = 0;
      for (c.pick = 1; c.pick < c.of; c.pick++)
        next_add (&c);
    }
  free (table);
}

static void
perform_node (const struct task *t)
{
  struct schedule_plan plan
      = { .way = SCHEDULE_LIST, .list = t->pick, .picks = t->picks };
  struct pick list[PICKS_MAX];
  if (!run_one (&plan, t->first) || t->below == 0)
    return;
  collect_next (t);
  if (t->below > 1)
    return;
  uint32_t n = out.head.next;
  memcpy (list, t->pick, t->picks * sizeof *list);
  plan = (struct schedule_plan){ .way = SCHEDULE_LIST,
                                 .list = list,
                                 .picks = t->picks + 1 };
  out.head.next = 0;
  for (uint32_t i = 0; i < n; i++)
    {
      list[t->picks] = out.next[i];
      if (!run_one (&plan, t->first + 1 + i))
        return;
    }
}

static bool
perform (void *arg, const void *data, size_t len, FILE *f)
{
  struct task t;
  (void)arg;
  CHECK (len == sizeof t);
  memcpy (&t, data, sizeof t);
  memset (&out.head, 0, sizeof out.head);
  out.found.count = 0;
  if (t.count > 0)
    perform_row (&t);
  else
    perform_node (&t);
  out.head.found = out.found.count;
  fwrite (&out.head, sizeof out.head, 1, f);
  if (out.head.wrong)
    fwrite (&out.err, sizeof out.err, 1, f);
  fwrite (out.found.found, sizeof *out.found.found, out.found.count, f);
  fwrite (out.next, sizeof *out.next, out.head.next, f);
  return true;
}

/* ---- In the owner --------------------------------------------------------
 */

struct level
{
  struct task *task;
  size_t tasks, room;
};

struct search
{
  struct exploration *e;
  struct pool *pool;
  const struct task *task; /* of the present chunk  */
  struct level *next;      /* where what follows goes, or NULL  */
  char **result;           /* of a chunk, in its order  */
  size_t *len;
  uint64_t number;   /* of the next schedule  */
  uint32_t expected; /* choices of a run  */
  bool wrong;
  struct user_error *err;
};

static struct task *
level_add (struct level *l)
{
  if (l->tasks == l->room)
    {
      l->room = l->room ? 2 * l->room : 64;
      l->task = realloc (l->task, l->room * sizeof *l->task);
      CHECK (l->task);
    }
  struct task *t = &l->task[l->tasks++];
  memset (t, 0, sizeof *t);
  return t;
}

static void
give_task (void *arg, size_t i, const void **data, size_t *len)
{
  struct search *s = arg;
  *data = &s->task[i];
  *len = sizeof *s->task;
}

static void
task_done (void *arg, size_t i, const char *data, size_t len)
{
  struct search *s = arg;
  s->result[i] = malloc (len);
  CHECK (s->result[i]);
  memcpy (s->result[i], data, len);
  s->len[i] = len;
}

static void
task_died (void *arg, size_t i, int status)
{
  struct search *s = arg;
  (void)status;
  (void)i;
  s->e->died++;
}

static void
tick (void *arg)
{
  struct search *s = arg;
  if (s->e->tick)
    s->e->tick (s->e);
}

/* What came out of task T.  */
static void
take (struct search *s, const struct task *t, const char *data)
{
  struct exploration *e = s->e;
  struct outcome head;
  memcpy (&head, data, sizeof head);
  data += sizeof head;
  if (head.wrong)
    {
      s->wrong = true;
      memcpy (s->err, data, sizeof *s->err);
      return;
    }
  for (uint32_t i = 0; i < head.found; i++, data += sizeof (struct found))
    {
      struct found f;
      memcpy (&f, data, sizeof f);
      if (t->count == 0)
        f.schedule = s->number + f.schedule - t->first;
      found_add (&e->found, &f);
    }
  s->number += head.done;
  e->done += head.done;
  e->skipped += head.skipped;
  if (s->expected == 0 && head.choices > e->most)
    e->most = head.choices;
  if (s->expected == 0 && head.threads > e->threads)
    e->threads = head.threads;
  for (uint32_t i = 0; s->next != NULL && i < head.next;
       i++, data += sizeof (struct pick))
    {
      struct task *child = level_add (s->next);
      memcpy (child->pick, t->pick, t->picks * sizeof *t->pick);
      memcpy (&child->pick[t->picks], data, sizeof *child->pick);
      child->picks = t->picks + 1;
      child->below = t->below - 1;
      child->first = 1;
    }
}

/* Do N tasks and take their results.  */
static bool
do_chunk (struct search *s, const struct task *task, size_t n)
{
  struct pool_work work = { .tasks = n,
                            .task = give_task,
                            .done = task_done,
                            .died = task_died,
                            .tick = tick,
                            .arg = s };
  s->task = task;
  s->result = calloc (n, sizeof *s->result);
  s->len = calloc (n, sizeof *s->len);
  CHECK (s->result && s->len);
  bool all = pool_run (s->pool, &work, s->e->stop);
  for (size_t i = 0; i < n; i++)
    {
      if (all && s->result[i] != NULL && !s->wrong)
        take (s, &task[i], s->result[i]);
      free (s->result[i]);
    }
  free (s->result);
  free (s->len);
  return all && !s->wrong;
}

static bool
time_is_up (const struct exploration *e, uint64_t begin)
{
  return e->budget_ns != 0 && host_clock_ns () - begin >= e->budget_ns;
}

/* False when it was stopped, or the input is wrong.  */
static bool
search_rows (struct search *s)
{
  struct exploration *e = s->e;
  uint64_t begin = host_clock_ns (), planned = 0;
  struct task task[TASKS_AT_ONCE];
  while ((e->schedules == 0 || planned < e->schedules)
         && !time_is_up (e, begin))
    {
      size_t n = 0;
      memset (task, 0, sizeof task);
      for (;
           n < TASKS_AT_ONCE && (e->schedules == 0 || planned < e->schedules);
           n++)
        {
          uint64_t left = e->schedules ? e->schedules - planned : ROW;
          task[n] = (struct task){ .first = planned,
                                   .count = left < ROW ? left : ROW,
                                   .choices = s->expected };
          planned += task[n].count;
        }
      if (!do_chunk (s, task, n))
        return false;
    }
  return true;
}

static bool
search_all (struct search *s)
{
  struct exploration *e = s->e;
  uint64_t begin = host_clock_ns ();
  struct level now = { 0 }, next = { 0 };
  struct task *root = level_add (&now);
  root->below = e->depth;
  bool good = true;
  e->exhausted = true;
  while (now.tasks > 0 && good)
    {
      next.tasks = 0;
      s->next = now.task[0].below > 1 ? &next : NULL;
      for (size_t i = 0; i < now.tasks && good; i += TASKS_AT_ONCE)
        {
          size_t left = now.tasks - i;
          if (time_is_up (e, begin)
              || (e->schedules != 0 && e->done >= e->schedules))
            {
              e->exhausted = false;
              break;
            }
          good = do_chunk (s, now.task + i,
                           left < TASKS_AT_ONCE ? left : TASKS_AT_ONCE);
        }
      struct level swap = now;
      now = next;
      next = swap;
      if (!e->exhausted)
        break;
    }
  e->exhausted = e->exhausted && good && e->died == 0;
  free (now.task);
  free (next.task);
  return good;
}

/* How many choices there are in the plain run, and at most in some others:
   then more may happen.  These count as no schedules.  */
static bool
measure (struct search *s)
{
  struct exploration *e = s->e;
  struct task plain = { .below = 0 };
  if (!do_chunk (s, &plain, 1))
    return false;
  e->choices = e->most;
  struct task row = { .count = ROW, .choices = e->choices };
  if (e->strategy != STRATEGY_EXHAUSTIVE && !do_chunk (s, &row, 1))
    return false;
  s->expected = e->most;
  e->done = s->number = 0;
  found_free (&e->found);
  return true;
}

enum explore_end
explore (struct exploration *e, struct user_error *err)
{
  struct search s = { .e = e, .err = err };
  working = e;
  s.pool = pool_open (e->jobs, perform, NULL);
  bool good = measure (&s);
  if (good)
    good = e->strategy == STRATEGY_EXHAUSTIVE ? search_all (&s)
                                              : search_rows (&s);
  pool_close (s.pool);
  return good ? EXPLORE_DONE : s.wrong ? EXPLORE_WRONG : EXPLORE_STOPPED;
}
