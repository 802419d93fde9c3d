/* libports: counted objects behind ports, and buckets to receive from.

   In the Hurd: libports.  A bucket is a port set, an object's port one of its
   ports.  Left out: RPC interruption, payloads, classes as sets of their own,
   and notifications.  No-senders is told by the pager when the kernel has
   terminated the memory object, for here only the kernel holds send rights
   for long (ports_no_senders); a right that the file system still hands
   around then keeps nothing alive.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#define HURD_API_NO_REDIRECT

#include <hurd_message.h>
#include <libports/notify_S.h>

#include <assert-backtrace.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct port_class
{
  void (*clean) (void *);
  void (*dropweak) (void *);
};

struct port_bucket
{
  uint32_t set;
  bool closed; /* counted: no new port  */
};

/* One hard and one weak reference in port_info.references.  */
#define HARD ((uint64_t)1)
#define WEAK ((uint64_t)1 << 32)
#define HARD_REFERENCES(r) ((uint32_t)(r))
#define WEAK_REFERENCES(r) ((uint32_t)((r) >> 32))

/* Classes are made by constructors, when there is no system to ask for
   memory yet.  */
#define CLASSES_MAX 16
static struct port_class classes[CLASSES_MAX];
static unsigned classes_used;

/* Guards the way from a port to its object against the object's end, and
   the buckets' state.  */
static pthread_mutex_t ports_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ports_opened = PTHREAD_COND_INITIALIZER;

struct port_class *
ports_create_class (void (*clean) (void *), void (*dropweak) (void *))
{
  struct port_class *class;

  assert_backtrace (classes_used < CLASSES_MAX);
  class = &classes[classes_used++];
  class->clean = clean;
  class->dropweak = dropweak;
  return class;
}

struct port_bucket *
ports_create_bucket (void)
{
  struct port_bucket *bucket = hurd_api->calloc (1, sizeof *bucket);

  if (bucket == NULL)
    {
      errno = ENOMEM;
      return NULL;
    }
  bucket->set = hurd_api->port_set_create ();
  return bucket;
}

error_t
ports_create_port (struct port_class *class, struct port_bucket *bucket,
                   size_t size, void *result)
{
  struct port_info *pi;

  assert_backtrace (size >= sizeof *pi);
  pi = hurd_api->calloc (1, size);
  if (pi == NULL)
    return ENOMEM;
  pi->class = class;
  pi->bucket = bucket;
  pi->references = HARD;
  pi->order = (uint32_t)hurd_api->random (HURD_RANDOM_NODE_ORDER, UINT32_MAX);

  hurd_api->mutex_lock (&ports_lock);
  while (bucket->closed)
    hurd_api->cond_wait (&ports_opened, &ports_lock);
  pi->port_right = hurd_api->port_create (bucket->set, pi);
  hurd_api->mutex_unlock (&ports_lock);

  *(void **)result = pi;
  return 0;
}

/* ---- References ---- */

/* Make PI's port dead, so that no more messages find it.  */
static void
kill_port (struct port_info *pi)
{
  hurd_api->mutex_lock (&ports_lock);
  if (pi->port_right != MACH_PORT_NULL)
    hurd_api->port_destroy (pi->port_right);
  pi->port_right = MACH_PORT_NULL;
  hurd_api->mutex_unlock (&ports_lock);
}

/* The last reference to PI is gone.  */
static void
deallocate (struct port_info *pi)
{
  kill_port (pi);
  if (pi->class->clean)
    pi->class->clean (pi);
  hurd_api->free (pi);
}

void
ports_port_ref (void *object)
{
  struct port_info *pi = object;

  __atomic_add_fetch (&pi->references, HARD, __ATOMIC_RELAXED);
}

void
ports_port_ref_weak (void *object)
{
  struct port_info *pi = object;

  __atomic_add_fetch (&pi->references, WEAK, __ATOMIC_RELAXED);
}

void
ports_port_deref_weak (void *object)
{
  struct port_info *pi = object;
  uint64_t before
      = __atomic_fetch_sub (&pi->references, WEAK, __ATOMIC_ACQ_REL);

  assert_backtrace (WEAK_REFERENCES (before) != 0);
  if (before == WEAK)
    deallocate (pi);
}

void
ports_port_deref (void *object)
{
  struct port_info *pi = object;
  uint64_t before;

  if (pi->class->dropweak == NULL)
    {
      before = __atomic_fetch_sub (&pi->references, HARD, __ATOMIC_ACQ_REL);
      assert_backtrace (HARD_REFERENCES (before) != 0);
      if (before == HARD)
        deallocate (pi);
      return;
    }

  /* Make it a weak one first, which keeps the object while dropweak has the
     others given up.  */
  before = __atomic_fetch_add (&pi->references, WEAK - HARD, __ATOMIC_ACQ_REL);
  assert_backtrace (HARD_REFERENCES (before) != 0);
  if (HARD_REFERENCES (before) == 1 && WEAK_REFERENCES (before) != 0)
    pi->class->dropweak (pi);
  ports_port_deref_weak (pi);
}

/* ---- Rights ---- */

mach_port_t
ports_get_right (void *object)
{
  struct port_info *pi = object;

  return pi->port_right;
}

mach_port_t
ports_get_send_right (void *object)
{
  struct port_info *pi = object;

  if (pi->port_right != MACH_PORT_NULL
      && !__atomic_exchange_n (&pi->has_send_rights, 1, __ATOMIC_ACQ_REL))
    ports_port_ref (pi);
  return pi->port_right;
}

void
ports_no_senders (void *object)
{
  struct port_info *pi = object;

  if (__atomic_exchange_n (&pi->has_send_rights, 0, __ATOMIC_ACQ_REL))
    ports_port_deref (pi);
}

void
ports_destroy_right (void *object)
{
  kill_port (object);
  ports_no_senders (object);
}

void *
ports_lookup_port (struct port_bucket *bucket, mach_port_t port,
                   struct port_class *class)
{
  struct port_info *pi;

  hurd_api->mutex_lock (&ports_lock);
  pi = hurd_api->port_receiver (port);
  if (pi
      && ((bucket && pi->bucket != bucket) || (class && pi->class != class)))
    pi = NULL;
  if (pi)
    {
      uint64_t now = __atomic_load_n (&pi->references, __ATOMIC_RELAXED);

      /* At 0 somebody is on the way to deallocate.  */
      while (now != 0
             && !__atomic_compare_exchange_n (
                 &pi->references, &now, now + HARD, false, __ATOMIC_ACQ_REL,
                 __ATOMIC_RELAXED))
        continue;
      if (now == 0)
        pi = NULL;
    }
  hurd_api->mutex_unlock (&ports_lock);
  return pi;
}

/* ---- Buckets ---- */

int
ports_count_bucket (struct port_bucket *bucket)
{
  int n;

  hurd_api->mutex_lock (&ports_lock);
  bucket->closed = true;
  n = (int)hurd_api->port_set_list (bucket->set, NULL, 0);
  hurd_api->mutex_unlock (&ports_lock);
  return n;
}

void
ports_enable_bucket (struct port_bucket *bucket)
{
  hurd_api->mutex_lock (&ports_lock);
  bucket->closed = false;
  hurd_api->cond_broadcast (&ports_opened);
  hurd_api->mutex_unlock (&ports_lock);
}

/* As a hash table's order, but not by an address; ties, if any, by age.  */
static int
by_order (const void *a, const void *b)
{
  const struct port_info *p = *(struct port_info *const *)a;
  const struct port_info *q = *(struct port_info *const *)b;

  if (p->order != q->order)
    return p->order < q->order ? -1 : 1;
  return p->port_right < q->port_right ? -1 : p->port_right > q->port_right;
}

error_t
ports_bucket_iterate (struct port_bucket *bucket, error_t (*fun) (void *))
{
  size_t n = hurd_api->port_set_list (bucket->set, NULL, 0);
  size_t found = 0, alive;
  uint32_t *ports;
  struct port_info **objects;
  error_t err = 0;

  if (n == 0)
    return 0;
  ports = hurd_api->calloc (n, sizeof *ports);
  objects = hurd_api->calloc (n, sizeof *objects);
  if (ports == NULL || objects == NULL)
    {
      hurd_api->free (ports);
      hurd_api->free (objects);
      return ENOMEM;
    }

  /* Those made meanwhile are not seen, those that died give none.  */
  alive = hurd_api->port_set_list (bucket->set, ports, n);
  if (alive < n)
    n = alive;
  for (size_t i = 0; i < n; i++)
    {
      objects[found] = ports_lookup_port (bucket, ports[i], NULL);
      if (objects[found])
        found++;
    }
  qsort (objects, found, sizeof *objects, by_order);

  for (size_t i = 0; i < found; i++)
    {
      if (!err)
        err = fun (objects[i]);
      ports_port_deref (objects[i]);
    }
  hurd_api->free (ports);
  hurd_api->free (objects);
  return err;
}

/* ---- Receiving ---- */

/* Receive the next message of BUCKET into *M.  */
static void
receive (struct port_bucket *bucket, struct hurd_mach_message *m)
{
  hurd_api->port_receive (bucket->set, &m->body);
  m->head = (mach_msg_header_t){
    .msgh_bits = m->body.data ? MACH_MSGH_BITS_COMPLEX : 0,
    .msgh_size = sizeof *m,
    .msgh_local_port = m->body.port,
    .msgh_id = (mach_msg_id_t)m->body.id,
  };
}

void
ports_manage_with_context (struct port_bucket *bucket,
                           void (*demuxer) (void *, mach_msg_header_t *),
                           void *context)
{
  struct hurd_mach_message m;

  for (;;)
    {
      receive (bucket, &m);
      demuxer (context, &m.head);
    }
}

void
ports_manage_port_operations_one_thread (struct port_bucket *bucket,
                                         ports_demuxer_type demuxer,
                                         int timeout)
{
  struct hurd_mach_message m;
  mig_reply_header_t reply;

  (void)timeout; /* in all uses of the Hurd's pagers 0, for ever  */
  for (;;)
    {
      receive (bucket, &m);
      reply = (mig_reply_header_t){ .RetCode = MIG_NO_REPLY };
      demuxer (&m.head, &reply.Head);
    }
}

mig_routine_t
ports_notify_server_routine (const mach_msg_header_t *in)
{
  (void)in;
  return NULL;
}
