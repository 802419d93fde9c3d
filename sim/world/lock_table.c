/* Rows and classes of locks.

   Models nothing of the Hurd: it is where the state of the code's locks is
   kept and measured.  Left out: locks shared between processes, and lock
   attributes.

   Rows are found by the number in the lock's first word.  The way back, from
   memory that is freed to the rows of the locks in it, goes by a hash of the
   address: one bucket for every 256 bytes, so that forgetting a range with no
   lock in it reads one word for every 256 bytes and nothing else.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "lock_table.h"

#include "counters.h"
#include "reserve.h"
#include "waits.h"
#include "world.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum
{
  ROWS_MAX = 1 << 20,
  HOLDS_MAX = 1 << 20,
  CLASSES_MAX = 256,
  BUCKETS = 1 << 13,
  BUCKET_SHIFT = 8
};

/* A word that no row number equals.  */
#define LOCK_DESTROYED UINT32_MAX

struct lock_table lock_table;
struct thread lock_main_stack = { .name = "main" };

static uint32_t rows_free;
static uint32_t serials;
static uint32_t epoch = 1;
static uint32_t buckets[BUCKETS];

static struct lock_class_row *classes;
static unsigned classes_used;

static struct lock_hold *holds, *holds_free;
static uint32_t holds_used;

static void
table_create (void)
{
  if (lock_table.rows != NULL)
    return;
  lock_table.rows = reserve (ROWS_MAX * sizeof *lock_table.rows);
  classes = reserve (CLASSES_MAX * sizeof *classes);
  holds = reserve (HOLDS_MAX * sizeof *holds);
  lock_table.used = 1;
}

void
locks_init (enum lock_policy policy)
{
  CHECK (policy < LOCK_POLICIES);
  table_create ();
  memset (lock_table.rows, 0, lock_table.used * sizeof *lock_table.rows);
  lock_table.used = 1;
  lock_table.policy = policy;
  rows_free = 0;
  serials = 0;
  epoch++;
  memset (buckets, 0, sizeof buckets);

  locks_reset_classes ();
  classes_used = 0;

  holds_free = NULL;
  holds_used = 0;
  lock_spins_init ();
  lock_oracle_init ();
}

/* ---- Classes ------------------------------------------------------------ */

static bool
is_identifier (char c)
{
  return isalnum ((unsigned char)c) || c == '_';
}

/* Copy the last identifier of EXPRESSION: what a lock is called whatever the
   way to it.  An index at the end says which one, not what it is.  A mere
   "lock" is nothing to know it by: then whose it is comes before it.  */
static void
name_from_expression (const char *expression, char *out, size_t size)
{
  size_t end = strlen (expression);
  while (end > 0 && !is_identifier (expression[end - 1]))
    {
      end--;
      if (expression[end] == ']')
        while (end > 0 && expression[end] != '[')
          end--;
    }
  size_t start = end;
  while (start > 0 && is_identifier (expression[start - 1]))
    start--;
  if (end - start == 4 && memcmp (expression + start, "lock", 4) == 0)
    {
      size_t owner = start;
      while (owner > 0 && strchr ("->.", expression[owner - 1]))
        owner--;
      if (owner > 0 && is_identifier (expression[owner - 1]))
        for (start = owner;
             start > 0 && is_identifier (expression[start - 1]);)
          start--;
    }
  snprintf (out, size, "%.*s", (int)(end - start), expression + start);
}

/* The Hurd's file systems call a node `np' or `node' throughout.  */
static bool
is_node_lock (const char *name)
{
  return strcmp (name, "np->lock") == 0 || strcmp (name, "node->lock") == 0;
}

void
locks_reset_classes (void)
{
  for (unsigned i = 0; i < classes_used; i++)
    {
      struct lock_class_row *row = &classes[i];
      struct lock_class *c = &row->public;
      struct histogram *h[]
          = { &c->read_wait, &c->write_wait, &c->read_hold, &c->write_hold };
      for (unsigned j = 0; j < sizeof h / sizeof *h; j++)
        if (h[j]->count > 0)
          memset (h[j], 0, sizeof *h[j]);
      row->free_reads = row->free_writes = row->empty_holds = 0;
      c->rdlocks = c->wrlocks = c->contended = 0;
      c->bypassed = c->bypass_streak = 0;
    }
}

static struct lock_class_row *
class_find (const char *expression, bool rwlock)
{
  char name[sizeof classes->name];
  name_from_expression (expression, name, sizeof name);
  for (unsigned i = 0; i < classes_used; i++)
    if (classes[i].public.rwlock == rwlock
        && strcmp (classes[i].name, name) == 0)
      return &classes[i];

  /* Names beyond the table share its last row.  */
  if (classes_used == CLASSES_MAX)
    return &classes[CLASSES_MAX - 1];
  struct lock_class_row *c = &classes[classes_used++];
  strcpy (c->name, name);
  c->alloc_lock = rwlock && strcmp (name, "alloc_lock") == 0;
  c->account = PART_LOCK;
  if (c->alloc_lock)
    c->account = PART_ALLOC_LOCK;
  else if (!rwlock && is_node_lock (name))
    c->account = PART_NODE_LOCK;
  struct lock_class *public = &c->public;
  public->name = c->name;
  public->rwlock = rwlock;
  return c;
}

static void
enter_zeros (struct histogram *h, uint64_t *n)
{
  if (*n == 0)
    return;
  /* As *n times histogram_add (h, 0).  */
  histogram_add (h, 0);
  h->count += *n - 1;
  h->bucket[0] += *n - 1;
  *n = 0;
}

void
lock_each_class (void (*fn) (const struct lock_class *, void *), void *arg)
{
  for (unsigned i = 0; i < classes_used; i++)
    {
      struct lock_class_row *c = &classes[i];
      struct lock_class *public = &c->public;
      public->rdlocks += c->free_reads;
      public->wrlocks += c->free_writes;
      enter_zeros (&public->read_wait, &c->free_reads);
      enter_zeros (&public->write_wait, &c->free_writes);
      enter_zeros (&public->write_hold, &c->empty_holds);
      fn (&c->public, arg);
    }
}

void
lock_alloc_now (const struct trace_event *leaves, struct lock_alloc_now *out)
{
  *out = (struct lock_alloc_now){ 0 };
  for (uint32_t n = 1; n < lock_table.used; n++)
    {
      const struct lock_row *row = &lock_table.rows[n];
      if (row->kind != LOCK_KIND_RWLOCK || !row->class->alloc_lock)
        continue;
      out->readers += row->reader_count;
      out->writers += row->owner != NULL;
      out->waiting_readers += row->read_queue.count;
      out->waiting_writers += row->queue.count;
      if (leaves != NULL && leaves->a == row->serial
          && leaves->b != LOCK_MODE_SPIN)
        --*(row->owner != NULL ? &out->writers : &out->readers);
    }
}

void
lock_each_held (lock_held_fn *fn, void *arg)
{
  for (uint32_t n = 1; n < lock_table.used; n++)
    {
      const struct lock_row *row = &lock_table.rows[n];
      if (row->address == NULL || row->kind == LOCK_KIND_COND)
        continue;
      if (row->owner != NULL)
        fn (lock_row_name (row), row->owner, row->since, arg);
      for (const struct lock_hold *h = row->readers; h != NULL; h = h->next)
        fn (lock_row_name (row), h->thread, h->since, arg);
    }
}

const char *
lock_name_of (uint32_t serial)
{
  for (uint32_t n = 1; n < lock_table.used; n++)
    {
      const struct lock_row *row = &lock_table.rows[n];
      if (row->address != NULL && row->serial == serial)
        return lock_row_name (row);
    }
  return "lock";
}

/* ---- Rows --------------------------------------------------------------- */

static uint32_t *
bucket_of (const void *address)
{
  return &buckets[((uintptr_t)address >> BUCKET_SHIFT) % BUCKETS];
}

static struct lock_row *
row_of_address (const void *address)
{
  for (uint32_t n = *bucket_of (address); n != 0;
       n = lock_table.rows[n].bucket_next)
    if (lock_table.rows[n].address == address)
      return &lock_table.rows[n];
  return NULL;
}

static void
row_unlink (struct lock_row *row)
{
  uint32_t n = row - lock_table.rows;
  uint32_t *link = bucket_of (row->address);
  while (*link != n)
    {
      CHECK (*link != 0);
      link = &lock_table.rows[*link].bucket_next;
    }
  *link = row->bucket_next;
}

static bool
row_is_idle (const struct lock_row *row)
{
  return row->owner == NULL && row->reader_count == 0;
}

static bool
row_has_waiters (const struct lock_row *row)
{
  return row->queue.count > 0 || row->read_queue.count > 0;
}

/* Whoever waits there waits for ever: the finding was made before.  */
static void
row_free (struct lock_row *row)
{
  row_unlink (row);
  while (row->readers != NULL)
    {
      struct lock_hold *h = row->readers;
      row->readers = h->next;
      lock_hold_free (h);
    }
  while (row->queue.head != NULL)
    lock_waiters_remove (row->queue.head);
  while (row->read_queue.head != NULL)
    lock_waiters_remove (row->read_queue.head);
  if (row->watch != NULL)
    lock_oracle_forgets (row);
  row->address = NULL;
  row->kind = LOCK_KIND_NONE;
  row->bucket_next = rows_free;
  rows_free = row - lock_table.rows;
}

static struct lock_row *
row_new (void *lock, enum lock_kind kind, const char *expression)
{
  table_create ();
  /* The same place may have held a lock that nobody said was gone: a local
     variable of a function that returned.  */
  struct lock_row *row = row_of_address (lock);
  if (row != NULL)
    row_free (row);

  uint32_t n = rows_free;
  if (n != 0)
    rows_free = lock_table.rows[n].bucket_next;
  else
    {
      CHECK (lock_table.used < ROWS_MAX);
      n = lock_table.used++;
    }
  row = &lock_table.rows[n];
  *row = (struct lock_row){ .address = lock,
                            .kind = kind,
                            .serial = ++serials,
                            .bucket_next = *bucket_of (lock) };
  *bucket_of (lock) = n;
  if (kind != LOCK_KIND_COND)
    row->class = class_find (expression, kind == LOCK_KIND_RWLOCK);

  uint32_t *words = lock;
  words[0] = n;
  words[1] = epoch;
  return row;
}

static const char *const kind_name[]
    = { "lock", "mutex", "condition", "rwlock" };

const char *
lock_row_name (const struct lock_row *row)
{
  return row->class != NULL && row->class->name[0] != '\0'
             ? row->class->name
             : kind_name[row->kind];
}

void
lock_describe (const void *address, const struct thread *self, char *out,
               size_t size)
{
  const struct lock_row *row = row_of_address (address);
  if (row == NULL)
    {
      snprintf (out, size, "a spin lock");
      return;
    }
  const char *name = row->class != NULL ? row->class->name : "";
  const struct thread *holder
      = row->readers != NULL ? row->readers->thread : row->owner;
  int n = snprintf (out, size, "%s%s%s", kind_name[row->kind],
                    *name ? " " : "", name);
  if (holder == NULL)
    return;
  char others[40] = "";
  if (row->reader_count > 1)
    snprintf (others, sizeof others, " and %u more", row->reader_count - 1);
  for (const struct lock_hold *h = row->readers; h != NULL; h = h->next)
    if (h->thread == self)
      holder = self;
  snprintf (out + n, size - n, ", which %s%s hold%s%s%s",
            holder == self ? "it" : holder->name, others, *others ? "" : "s",
            holder == self ? " itself" : "",
            row->readers != NULL ? " for reading" : "");
}

struct lock_row *
lock_row_first_use (void *lock, enum lock_kind kind)
{
  CHECK (lock != NULL);
  const uint32_t *words = lock;
  uint32_t n = words[0];
  if (n == 0)
    ;
  else if (n == LOCK_DESTROYED && words[1] == epoch)
    world_finding ("lock", NULL, "a %s is used after it was destroyed",
                   kind_name[kind]);
  else if (words[1] == epoch && n < lock_table.used)
    {
      const struct lock_row *row = &lock_table.rows[n];
      if (row->address == lock)
        world_finding ("lock", NULL, "a %s is used as a %s",
                       kind_name[row->kind], kind_name[kind]);
      else
        world_finding ("lock", NULL,
                       "a %s is used that was copied, or freed before",
                       kind_name[kind]);
    }
  else if (words[1] == 0 || words[1] >= epoch)
    world_finding ("lock", NULL, "a %s is used that was never initialised",
                   kind_name[kind]);
  /* Else an earlier run, or a constructor before the first one, wrote it: a
     lock that is new to this run.  */
  return row_new (lock, kind, "");
}

struct lock_row *
lock_row_init (void *lock, enum lock_kind kind, const char *name)
{
  struct lock_row *old = row_of_address (lock);
  /* Only waiters prove that the old lock still is one: see row_new.  */
  if (old != NULL && row_has_waiters (old))
    world_finding ("lock", NULL, "%s is initialised while threads wait for it",
                   lock_row_name (old));
  return row_new (lock, kind, name != NULL ? name : "");
}

void
lock_row_destroy (void *lock, enum lock_kind kind)
{
  struct lock_row *row = lock_row (lock, kind);
  if (!row_is_idle (row) || row_has_waiters (row))
    world_finding ("lock", NULL, "%s is destroyed while it is %s",
                   lock_row_name (row),
                   row_is_idle (row) ? "waited for" : "held");
  row_free (row);
  *(uint32_t *)lock = LOCK_DESTROYED;
}

/* The word stays: the next owner of the memory writes its own.  */
static void
row_forget (struct lock_row *row)
{
  if (row_has_waiters (row))
    world_finding ("lock", NULL,
                   "the memory of %s is freed while threads wait for it",
                   lock_row_name (row));
  row_free (row);
}

void
lock_forget_range (const void *address, size_t len)
{
  uintptr_t start = (uintptr_t)address;
  uintptr_t first = start >> BUCKET_SHIFT;
  uintptr_t end = (start + len + (1 << BUCKET_SHIFT) - 1) >> BUCKET_SHIFT;
  if (len == 0)
    return;

  if (end - first >= BUCKETS)
    {
      for (uint32_t n = 1; n < lock_table.used; n++)
        if ((uintptr_t)lock_table.rows[n].address - start < len
            && lock_table.rows[n].address != NULL)
          row_forget (&lock_table.rows[n]);
      return;
    }
  for (uintptr_t b = first; b < end; b++)
    for (uint32_t n = buckets[b % BUCKETS], next; n != 0; n = next)
      {
        struct lock_row *row = &lock_table.rows[n];
        next = row->bucket_next;
        if ((uintptr_t)row->address - start < len)
          row_forget (row);
      }
}

/* ---- Waiters ------------------------------------------------------------ */

void
lock_waiters_append (struct lock_waiters *list, struct lock_waiter *w)
{
  CHECK (w->list == NULL);
  w->list = list;
  w->next = NULL;
  w->prev = list->tail;
  if (list->tail != NULL)
    list->tail->next = w;
  else
    list->head = w;
  list->tail = w;
  list->count++;
}

void
lock_waiters_remove (struct lock_waiter *w)
{
  struct lock_waiters *list = w->list;
  CHECK (list != NULL && list->count > 0);
  *(w->prev != NULL ? &w->prev->next : &list->head) = w->next;
  *(w->next != NULL ? &w->next->prev : &list->tail) = w->prev;
  list->count--;
  w->list = NULL;
}

void
lock_wait_granted (struct lock_waiter *w, const void *address,
                   unsigned account)
{
  CHECK (engine.current != NULL);
  while (!w->granted)
    {
      engine.current->next_account = account;
      waitq_wait (&w->queue, WAIT_LOCK, address);
    }
}

/* ---- Records ------------------------------------------------------------ */

void
lock_note_waited (struct lock_row *row, enum lock_mode mode, vtime waited)
{
  struct lock_class_row *c = row->class;
  bool read = mode == LOCK_MODE_READ;
  *(read ? &c->public.rdlocks : &c->public.wrlocks) += 1;
  c->public.contended++;
  histogram_add (read ? &c->public.read_wait : &c->public.write_wait, waited);
  if (c->alloc_lock)
    lock_note_alloc_wait (mode, waited);
}

void
lock_note_alloc_wait (enum lock_mode mode, vtime waited)
{
  bool read = mode == LOCK_MODE_READ;
  counter_add (read ? COUNTER_ALLOC_RDLOCK : COUNTER_ALLOC_WRLOCK, 1);
  histogram_record (
      read ? HISTOGRAM_ALLOC_READ_WAIT : HISTOGRAM_ALLOC_WRITE_WAIT, waited);
}

void
lock_note_alloc_hold (enum lock_mode mode, vtime held)
{
  histogram_record (mode == LOCK_MODE_READ ? HISTOGRAM_ALLOC_READ_HOLD
                                           : HISTOGRAM_ALLOC_WRITE_HOLD,
                    held);
}

void
lock_note_bypassed (struct lock_row *row, struct lock_waiter *w)
{
  struct lock_class *c = &row->class->public;
  if (++w->bypassed > c->bypass_streak)
    c->bypass_streak = w->bypassed;
}

struct lock_hold *
lock_hold_new (void)
{
  struct lock_hold *h = holds_free;
  if (h != NULL)
    {
      holds_free = h->next;
      return h;
    }
  CHECK (holds_used < HOLDS_MAX);
  return &holds[holds_used++];
}

void
lock_hold_free (struct lock_hold *h)
{
  h->next = holds_free;
  holds_free = h;
}
