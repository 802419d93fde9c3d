/* A pool of worker processes: see pool.h.

   Tasks and results go through pipes, each with its length before it.  A
   worker has at most one task.  When one dies its task is tried once more in a
   fresh process, as the machine may have been short of memory.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "pool.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include "../base/check.h"

enum
{
  WORKERS_MAX = 256,
  TICK_MS = 200,
  TRIES = 2,
  GRACE_MS = 1000, /* for a process whose pipe has closed to end  */
  ROOM_MIN = 4096
};

/* What stands before a result.  */
struct prefix
{
  size_t len;
  bool last; /* the worker ends  */
};

struct worker
{
  pid_t pid; /* 0: none  */
  int to, from;
  bool busy;
  size_t task;
  unsigned tries;
  char *result; /* with its prefix  */
  size_t got, room;
};

struct pool
{
  unsigned workers;
  pool_perform *perform;
  void *arg;
  struct worker worker[WORKERS_MAX];
};

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

/* ---- In a worker ---------------------------------------------------------
 */

/* The next task, or NULL when there will be none.  To be freed.  */
static char *
receive (int in, size_t *len)
{
  if (!transfer (in, len, sizeof *len, false))
    return NULL;
  char *task = malloc (*len + 1);
  CHECK (task);
  if (transfer (in, task, *len, false))
    return task;
  free (task);
  return NULL;
}

static _Noreturn void
worker_main (const struct pool *p, int in, int out)
{
  size_t len;
  char *task;
  bool fit = true;
  signal (SIGINT, SIG_IGN); /* the pool's owner decides  */
  while (fit && (task = receive (in, &len)))
    {
      char *text = NULL;
      size_t size = 0;
      FILE *f = open_memstream (&text, &size);
      CHECK (f);
      fit = p->perform (p->arg, task, len, f);
      CHECK (fclose (f) == 0);
      struct prefix prefix;
      memset (&prefix, 0, sizeof prefix);
      prefix.len = size;
      prefix.last = !fit;
      if (!transfer (out, &prefix, sizeof prefix, true)
          || !transfer (out, text, size, true))
        break;
      free (text);
      free (task);
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
      worker_main (p, to[0], from[1]);
    }
  close (to[0]);
  close (from[1]);
  w->to = to[1];
  w->from = from[0];
  w->busy = false;
}

/* Returns what wait says of W.  */
static int
reap (struct worker *w)
{
  int status = 0;
  while (waitpid (w->pid, &status, 0) < 0 && errno == EINTR)
    ;
  close (w->to);
  close (w->from);
  w->pid = 0;
  w->busy = false;
  return status;
}

static void
end (struct worker *w)
{
  if (!w->pid)
    return;
  kill (w->pid, SIGKILL);
  reap (w);
}

/* W has closed its pipe.  It ends by itself, unless code under test closed
   what was not its own.  */
static int
reap_dead (struct worker *w)
{
  for (int ms = 0; ms < GRACE_MS; ms++)
    {
      siginfo_t info = { .si_pid = 0 };
      if (waitid (P_PID, w->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0
          && info.si_pid)
        return reap (w);
      poll (NULL, 0, 1);
    }
  kill (w->pid, SIGKILL);
  return reap (w);
}

struct pool *
pool_open (unsigned workers, pool_perform *perform, void *arg)
{
  struct pool *p = calloc (1, sizeof *p);
  CHECK (p && workers > 0);
  p->workers = workers < WORKERS_MAX ? workers : WORKERS_MAX;
  p->perform = perform;
  p->arg = arg;
  signal (SIGPIPE, SIG_IGN);
  return p;
}

void
pool_close (struct pool *p)
{
  for (unsigned i = 0; i < p->workers; i++)
    {
      end (&p->worker[i]);
      free (p->worker[i].result);
    }
  free (p);
}

/* Give the task W->task to W; an idle worker may have died, too.  */
static void
give (struct pool *p, struct worker *w, const struct pool_work *work)
{
  const void *data;
  size_t len;
  work->task (work->arg, w->task, &data, &len);
  w->tries++;
  w->got = 0;
  for (int try = 0; try < 2; try++)
    {
      if (!w->pid)
        start (p, w);
      w->busy = true;
      if (transfer (w->to, &len, sizeof len, true)
          && transfer (w->to, (void *)data, len, true))
        return;
      end (w);
    }
  CHECK (!"a worker takes no task");
}

/* Whether all of W's result has come.  */
static bool
complete (const struct worker *w, struct prefix *prefix)
{
  if (w->got < sizeof *prefix)
    return false;
  memcpy (prefix, w->result, sizeof *prefix);
  return w->got - sizeof *prefix >= prefix->len;
}

/* Something came from W.  True when its task is over.  */
static bool
take (struct pool *p, struct worker *w, const struct pool_work *work)
{
  struct prefix prefix;
  if (w->room - w->got < ROOM_MIN)
    {
      w->room = w->room ? 2 * w->room : 16 * ROOM_MIN;
      w->result = realloc (w->result, w->room);
      CHECK (w->result);
    }
  ssize_t n = read (w->from, w->result + w->got, w->room - w->got);
  if (n < 0 && errno == EINTR)
    return false;
  if (n <= 0)
    {
      int status = reap_dead (w);
      if (w->tries < TRIES)
        {
          give (p, w, work);
          return false;
        }
      work->died (work->arg, w->task, status);
      return true;
    }
  w->got += n;
  if (!complete (w, &prefix))
    return false;
  w->busy = false;
  if (prefix.last)
    end (w);
  work->done (work->arg, w->task, w->result + sizeof prefix, prefix.len);
  return true;
}

static void
stop_all (struct pool *p)
{
  for (unsigned i = 0; i < p->workers; i++)
    if (p->worker[i].busy)
      end (&p->worker[i]);
}

bool
pool_run (struct pool *p, const struct pool_work *work,
          const volatile sig_atomic_t *stop)
{
  size_t given = 0, over = 0;
  while (over < work->tasks)
    {
      struct pollfd fds[WORKERS_MAX];
      unsigned polled[WORKERS_MAX], count = 0;
      for (unsigned i = 0; i < p->workers; i++)
        {
          struct worker *w = &p->worker[i];
          if (!w->busy && given < work->tasks)
            {
              w->task = given++;
              w->tries = 0;
              give (p, w, work);
            }
          if (w->busy)
            {
              fds[count] = (struct pollfd){ .fd = w->from, .events = POLLIN };
              polled[count++] = i;
            }
        }
      CHECK (count > 0);
      int ready = poll (fds, count, TICK_MS);
      CHECK (ready >= 0 || errno == EINTR);
      for (unsigned i = 0; ready > 0 && i < count && !(stop && *stop); i++)
        if (fds[i].revents)
          over += take (p, &p->worker[polled[i]], work);
      if (stop && *stop && over < work->tasks)
        {
          stop_all (p);
          return false;
        }
      if (work->tick)
        work->tick (work->arg);
    }
  return true;
}
