/* A pool of worker processes: see pool.h.

   Tasks and results go through pipes as they are in memory: both ends are the
   same program.  A worker has at most one task.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "pool.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include "keys.h"
#include "../base/check.h"

enum
{
  TICK_MS = 200
};

struct worker
{
  pid_t pid; /* 0: none  */
  int to, from;
  bool busy;
  size_t task;
  size_t got; /* bytes of the result that have come  */
  struct pool_result result;
};

struct pool
{
  unsigned workers;
  char *path;
  struct worker worker[POOL_WORKERS];
};

void
pool_task_add (struct pool_task *t, const char *assignment)
{
  CHECK (t->settings < POOL_SETTINGS
         && strlen (assignment) < POOL_SETTING_BYTES);
  strcpy (t->setting[t->settings++], assignment);
}

void
pool_task_set (struct pool_task *t, const char *name, const char *value)
{
  CHECK (t->settings < POOL_SETTINGS);
  int n = snprintf (t->setting[t->settings++], POOL_SETTING_BYTES, "%s=%s",
                    name, value);
  CHECK (n > 0 && n < POOL_SETTING_BYTES);
}

/* ---- In a worker ---------------------------------------------------------
 */

static bool
set_keys (const struct pool_task *t, struct user_error *err)
{
  keys_reset ();
  for (unsigned i = 0; i < t->settings; i++)
    if (!keys_user (t->setting[i], err->line, sizeof err->line))
      return false;
  return keys_set ("pager.name", t->pager, KEY_USER, err->line,
                   sizeof err->line);
}

static void
perform (const char *path, const struct pool_task *t, struct pool_result *r)
{
  struct run_result run;
  memset (r, 0, sizeof *r);
  if (!set_keys (t, &r->error))
    return;
  struct workload *w = workload_load (path, &r->error);
  struct pager *p = w ? pager_load (t->pager, &r->error) : NULL;
  r->ran = p && scenario_run (p, w, t->seed, &run, &r->error);
  if (r->ran)
    {
      r->verdict = run.verdict;
      r->virtual_ns = run.virtual_ns;
      r->digest = run.digest;
      memcpy (r->counter, counter_value, sizeof r->counter);
    }
  if (w)
    workload_free (w);
}

static bool
transfer (int fd, void *data, size_t len, bool out)
{
  char *at = data;
  while (len > 0)
    {
      ssize_t n = out ? write (fd, at, len) : read (fd, at, len);
      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return false;
      at += n;
      len -= n;
    }
  return true;
}

static _Noreturn void
worker_main (const char *path, int in, int out)
{
  static struct pool_task task;
  static struct pool_result result;
  signal (SIGINT, SIG_IGN); /* the pool's owner decides  */
  while (transfer (in, &task, sizeof task, false))
    {
      perform (path, &task, &result);
      if (!transfer (out, &result, sizeof result, true))
        break;
      /* Who knows what it overwrote.  */
      if (result.ran && result.verdict == VERDICT_CRASH)
        break;
    }
  _exit (0);
}

/* ---- In the owner --------------------------------------------------------
 */

static void
start (struct pool *p, struct worker *w)
{
  int to[2], from[2];
  pid_t owner = getpid ();
  CHECK (pipe2 (to, O_CLOEXEC) == 0 && pipe2 (from, O_CLOEXEC) == 0);
  fflush (NULL);
  w->pid = fork ();
  CHECK (w->pid >= 0);
  if (w->pid == 0)
    {
      prctl (PR_SET_PDEATHSIG, SIGKILL);
      if (getppid () != owner)
        _exit (1);
      close (to[1]);
      close (from[0]);
      for (unsigned i = 0; i < p->workers; i++)
        if (&p->worker[i] != w && p->worker[i].pid)
          {
            close (p->worker[i].to);
            close (p->worker[i].from);
          }
      worker_main (p->path, to[0], from[1]);
    }
  close (to[0]);
  close (from[1]);
  w->to = to[1];
  w->from = from[0];
  w->busy = false;
}

static void
end (struct worker *w)
{
  if (!w->pid)
    return;
  close (w->to);
  close (w->from);
  kill (w->pid, SIGKILL);
  while (waitpid (w->pid, NULL, 0) < 0 && errno == EINTR)
    ;
  w->pid = 0;
  w->busy = false;
}

struct pool *
pool_open (unsigned workers, const char *path)
{
  struct pool *p = calloc (1, sizeof *p);
  CHECK (p && workers > 0);
  p->workers = workers < POOL_WORKERS ? workers : POOL_WORKERS;
  p->path = strdup (path);
  CHECK (p->path);
  signal (SIGPIPE, SIG_IGN);
  return p;
}

void
pool_close (struct pool *p)
{
  for (unsigned i = 0; i < p->workers; i++)
    end (&p->worker[i]);
  free (p->path);
  free (p);
}

/* Give the task I to an idle worker; an idle one may have died, too.  */
static void
give (struct pool *p, struct worker *w, const struct pool_task *tasks,
      size_t i)
{
  for (int try = 0; try < 2; try++)
    {
      if (!w->pid)
        start (p, w);
      w->busy = true;
      w->task = i;
      w->got = 0;
      if (transfer (w->to, (void *)&tasks[i], sizeof *tasks, true))
        return;
      end (w);
    }
  CHECK (!"a worker takes no task");
}

/* Something came from W.  True when its task is done, or it died.  */
static bool
take (struct worker *w, struct pool_result *results)
{
  ssize_t n
      = read (w->from, (char *)&w->result + w->got, sizeof w->result - w->got);
  if (n < 0 && errno == EINTR)
    return false;
  if (n <= 0)
    {
      struct pool_result *r = &results[w->task];
      memset (r, 0, sizeof *r);
      r->died = true;
      end (w);
      return true;
    }
  w->got += n;
  if (w->got < sizeof w->result)
    return false;
  results[w->task] = w->result;
  w->busy = false;
  if (w->result.ran && w->result.verdict == VERDICT_CRASH)
    end (w);
  return true;
}

bool
pool_run (struct pool *p, const struct pool_task *tasks,
          struct pool_result *results, size_t n,
          const volatile sig_atomic_t *stop, void (*tick) (void *), void *arg)
{
  size_t given = 0, done = 0;
  while (done < n)
    {
      struct pollfd fds[POOL_WORKERS];
      unsigned polled[POOL_WORKERS], count = 0;
      for (unsigned i = 0; i < p->workers; i++)
        {
          struct worker *w = &p->worker[i];
          if (!w->busy && given < n)
            give (p, w, tasks, given++);
          if (w->busy)
            {
              fds[count] = (struct pollfd){ .fd = w->from, .events = POLLIN };
              polled[count++] = i;
            }
        }
      CHECK (count > 0);
      int ready = poll (fds, count, TICK_MS);
      CHECK (ready >= 0 || errno == EINTR);
      if (stop && *stop)
        {
          for (unsigned i = 0; i < p->workers; i++)
            if (p->worker[i].busy)
              end (&p->worker[i]);
          return false;
        }
      for (unsigned i = 0; ready > 0 && i < count; i++)
        if (fds[i].revents)
          done += take (&p->worker[polled[i]], results);
      if (tick)
        tick (arg);
    }
  return true;
}
