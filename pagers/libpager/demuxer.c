/* A receiver and the workers that serve a bucket's pagers (docs/model.md 2.1).

   The messages of one object are worked on one after the other, in the order
   of their sending: a worker's tag is the object that it is at, and messages
   of that object go to its own queue.  Between objects there is no order, and
   behind a long queue of one file's writes stands what its readers ask for.

   Settings: "libpager.workers", the number of workers; "libpager.serial", 0
   for a world that the Hurd does not have, in which messages of one object are
   worked on at the same time.  There, a worker has its object for itself only
   until its routine says that it has taken its place
   (_pager_request_begun), so that messages still begin in the order of their
   sending; and those that tell of what came before them (lock_completed, ...)
   wait for all of that, and are waited for.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "priv.h"
#include "memory_object_S.h"
#include "queue.h"
#include <hurd_message.h>
#include <libports/notify_S.h>

#include <assert-backtrace.h>
#include <stdbool.h>
#include <stdio.h>

#define DEFAULT_WORKERS 10

struct request
{
  struct item item; /* first  */
  mig_routine_t routine;
  mach_port_t port;
  bool fence; /* not beside other requests of PORT  */
  struct hurd_mach_message message;
};

struct worker
{
  struct pager_requests *requests;
  struct queue queue; /* more for the object that TAG names  */
  mach_port_t tag;    /* 0: none  */
  bool begun;         /* others may begin on that object  */
  int number;
};

struct pager_requests
{
  struct pager_requests *next; /* of all buckets  */
  struct port_bucket *bucket;
  int number;

  pthread_mutex_t lock; /* for all that follows  */
  pthread_cond_t wakeup;
  pthread_cond_t quiet; /* nothing is being worked on  */
  struct queue queue;
  /* While inhibited, what comes goes here.  */
  struct queue later;
  bool inhibited;
  int busy; /* workers with a request  */

  bool serial;
  int nworkers;
  struct worker workers[];
};

static struct pager_requests *all_requests;

/* Whether a message is one whose routine calls _pager_request_begun, if need
   be.  Each of the others is worked on alone.  */
static bool
may_begin (const mach_msg_header_t *in)
{
  return in->msgh_id == MEMORY_OBJECT_DATA_REQUEST
         || in->msgh_id == MEMORY_OBJECT_DATA_UNLOCK
         || in->msgh_id == MEMORY_OBJECT_DATA_RETURN;
}

/* The receiver's part: queue a copy of IN.  */
static void
enqueue_request (void *context, mach_msg_header_t *in)
{
  struct pager_requests *requests = context;
  mig_routine_t routine = _pager_memory_object_server_routine (in);
  struct request *r;

  if (routine == NULL)
    routine = ports_notify_server_routine (in);
  if (routine == NULL)
    {
      printf ("pager: unknown message %d\n", in->msgh_id);
      mach_msg_destroy (in);
      return;
    }

  r = malloc (sizeof *r);
  assert_backtrace (r);
  r->routine = routine;
  r->port = in->msgh_local_port;
  r->fence = !may_begin (in);
  r->message = *(struct hurd_mach_message *)in;

  pthread_mutex_lock (&requests->lock);
  if (requests->inhibited)
    queue_enqueue (&requests->later, &r->item);
  else
    {
      queue_enqueue (&requests->queue, &r->item);
      pthread_cond_signal (&requests->wakeup);
    }
  pthread_mutex_unlock (&requests->lock);
}

/* The worker that R has to wait for, or NULL: one at the same object that has
   not begun, or has others waiting, whom R must not overtake (there is one
   such worker at most); a fence waits for any.  Where messages of an object
   are served one at a time, none has begun before it is done.  */
static struct worker *
find_worker (struct pager_requests *requests, const struct request *r)
{
  struct worker *any = NULL;

  for (int i = 0; i < requests->nworkers; i++)
    {
      struct worker *w = &requests->workers[i];

      if (w->tag != r->port)
        continue;
      if (!w->begun || !queue_empty (&w->queue))
        return w;
      any = w;
    }
  return r->fence ? any : NULL;
}

/* The next of what waited for SELF, or NULL.  If that has to wait for another
   worker too, so does all that is behind it.  The lock is held.  */
static struct request *
next_of_own (struct worker *self)
{
  struct request *r = queue_dequeue (&self->queue);
  struct worker *other;

  self->tag = MACH_PORT_NULL;
  if (r == NULL)
    return NULL;
  other = find_worker (self->requests, r);
  if (other == NULL)
    return r;
  for (; r; r = queue_dequeue (&self->queue))
    queue_enqueue (&other->queue, &r->item);
  return NULL;
}

/* The next request for SELF; waits for one.  The lock is held.  */
static struct request *
next_request (struct worker *self)
{
  struct pager_requests *requests = self->requests;
  struct request *r = next_of_own (self);

  while (r == NULL)
    {
      struct worker *other;

      while ((r = queue_dequeue (&requests->queue)) == NULL)
        {
          requests->busy--;
          if (requests->busy == 0 && requests->inhibited)
            pthread_cond_broadcast (&requests->quiet);
          pthread_cond_wait (&requests->wakeup, &requests->lock);
          requests->busy++;
        }
      other = find_worker (requests, r);
      if (other)
        {
          queue_enqueue (&other->queue, &r->item);
          r = NULL;
        }
    }
  self->tag = r->port;
  self->begun = false;
  return r;
}

/* What waited for W may be taken by anybody, before what came later.  */
static void
give_back (struct worker *w)
{
  struct pager_requests *requests = w->requests;

  for (struct item *i = w->queue.head; i; i = i->next)
    pthread_cond_signal (&requests->wakeup);
  queue_prepend (&requests->queue, &w->queue);
}

bool
_pager_request_begun (struct pager *p)
{
  struct pager_requests *requests = all_requests;

  while (requests && requests->bucket != p->port.bucket)
    requests = requests->next;
  if (requests == NULL || requests->serial)
    return false;

  pthread_mutex_lock (&requests->lock);
  for (int i = 0; i < requests->nworkers; i++)
    {
      struct worker *w = &requests->workers[i];

      if (w->tag == p->port.port_right && !w->begun)
        {
          w->begun = true;
          give_back (w);
        }
    }
  pthread_mutex_unlock (&requests->lock);
  return true;
}

static void *
worker_loop (void *arg)
{
  struct worker *self = arg;
  struct pager_requests *requests = self->requests;
  char name[16];

  snprintf (name, sizeof name, "pager%d/%d", requests->number, self->number);
  pthread_setname_np (pthread_self (), name);

  pthread_mutex_lock (&requests->lock);
  requests->busy++;
  for (;;)
    {
      struct request *r = next_request (self);
      mig_reply_header_t reply = { .RetCode = MIG_NO_REPLY };

      pthread_mutex_unlock (&requests->lock);
      r->routine (&r->message.head, &reply.Head);
      free (r);
      pthread_mutex_lock (&requests->lock);
    }
  return NULL;
}

static void *
receiver_loop (void *arg)
{
  struct pager_requests *requests = arg;
  char name[16];

  snprintf (name, sizeof name, "pager%d/recv", requests->number);
  pthread_setname_np (pthread_self (), name);
  ports_manage_with_context (requests->bucket, enqueue_request, requests);
}

static error_t
start_thread (void *(*loop) (void *), void *arg)
{
  pthread_t thread;
  error_t err = pthread_create (&thread, NULL, loop, arg);

  if (!err)
    pthread_detach (thread);
  return err;
}

error_t
pager_start_workers (struct port_bucket *bucket,
                     struct pager_requests **result)
{
  static int started;
  long n = hurd_api->setting ("libpager.workers", DEFAULT_WORKERS);
  struct pager_requests *requests;
  error_t err = 0;

  if (n < 1)
    return EINVAL;
  requests = calloc (1, sizeof *requests + (size_t)n * sizeof (struct worker));
  if (requests == NULL)
    return ENOMEM;
  requests->bucket = bucket;
  requests->number = ++started;
  requests->serial = hurd_api->setting ("libpager.serial", 1) != 0;
  requests->nworkers = (int)n;
  pthread_mutex_init (&requests->lock, NULL);
  pthread_cond_init (&requests->wakeup, NULL);
  pthread_cond_init (&requests->quiet, NULL);
  queue_init (&requests->queue);
  queue_init (&requests->later);
  for (int i = 0; i < requests->nworkers; i++)
    {
      requests->workers[i].requests = requests;
      requests->workers[i].number = i;
      queue_init (&requests->workers[i].queue);
    }

  for (int i = 0; i < requests->nworkers && !err; i++)
    err = start_thread (worker_loop, &requests->workers[i]);
  if (!err)
    err = start_thread (receiver_loop, requests);
  if (!err)
    {
      requests->next = all_requests;
      all_requests = requests;
    }
  /* With some threads on it already, it must stay after an error, too.  */
  *result = err ? NULL : requests;
  return err;
}

error_t
pager_inhibit_workers (struct pager_requests *requests)
{
  error_t err = 0;

  pthread_mutex_lock (&requests->lock);
  if (requests->inhibited)
    err = EBUSY;
  else
    {
      requests->inhibited = true;
      while (requests->busy || !queue_empty (&requests->queue))
        pthread_cond_wait (&requests->quiet, &requests->lock);
    }
  pthread_mutex_unlock (&requests->lock);
  return err;
}

void
pager_resume_workers (struct pager_requests *requests)
{
  struct item *i;

  pthread_mutex_lock (&requests->lock);
  if (requests->inhibited)
    {
      requests->inhibited = false;
      while ((i = queue_dequeue (&requests->later)))
        queue_enqueue (&requests->queue, i);
      pthread_cond_broadcast (&requests->wakeup);
    }
  pthread_mutex_unlock (&requests->lock);
}
