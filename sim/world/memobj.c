/* Memory objects: making, finding and ending them, and their tables of pages.
   See memobj.h.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "memobj.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../base/check.h"
#include "../engine/trace.h"
#include "counters.h"
#include "vm.h"

enum
{
  LEAF_BITS = 9,
  LEAF_PAGES = 1 << LEAF_BITS
};

/* A leaf that no object uses waits here for the next one.  */
struct spare_leaf
{
  struct spare_leaf *next;
};

static struct
{
  struct memobj *all;
  uint32_t next_id;
  struct spare_leaf *spare;
  struct memobj **by_pager; /* by port name  */
  size_t by_pager_size;
} objects;

uint64_t memobj_dirty[2];

/* ---- The table of pages --------------------------------------------------
 */

static struct page **
new_leaf (void)
{
  struct spare_leaf *l = objects.spare;
  if (l == NULL)
    {
      struct page **leaf = calloc (LEAF_PAGES, sizeof (struct page *));
      CHECK (leaf != NULL);
      return leaf;
    }
  objects.spare = l->next;
  memset (l, 0, LEAF_PAGES * sizeof (struct page *));
  return (struct page **)l;
}

struct page *
memobj_page (const struct memobj *o, uint64_t index)
{
  size_t l = index >> LEAF_BITS;
  if (l >= o->leaves || o->leaf[l] == NULL)
    return NULL;
  return o->leaf[l][index & (LEAF_PAGES - 1)];
}

uint64_t
memobj_next (const struct memobj *o, uint64_t index, uint64_t end)
{
  while (index < end)
    {
      size_t l = index >> LEAF_BITS;
      if (l >= o->leaves)
        return end;
      if (o->leaf[l] == NULL)
        {
          index = (uint64_t)(l + 1) << LEAF_BITS;
          continue;
        }
      if (o->leaf[l][index & (LEAF_PAGES - 1)] != NULL)
        return index;
      index++;
    }
  return end;
}

void
memobj_insert (struct memobj *o, uint64_t index, struct page *p)
{
  size_t l = index >> LEAF_BITS;
  if (l >= o->leaves)
    {
      size_t n = o->leaves ? o->leaves : 64;
      while (n <= l)
        n *= 2;
      o->leaf = realloc (o->leaf, n * sizeof *o->leaf);
      CHECK (o->leaf != NULL);
      memset (o->leaf + o->leaves, 0, (n - o->leaves) * sizeof *o->leaf);
      o->leaves = n;
    }
  if (o->leaf[l] == NULL)
    o->leaf[l] = new_leaf ();
  struct page **at = &o->leaf[l][index & (LEAF_PAGES - 1)];
  CHECK (*at == NULL);
  *at = p;
  p->object = o;
  p->index = index;
  o->resident++;
  memobj_dirty[o->home != NULL] += p->dirty;
  if (o->home != NULL && !p->fictitious && index < o->home_pages)
    {
      p->bytes = o->home + (index << SIM_PAGE_SHIFT);
      p->window = o->home_user + (index << SIM_PAGE_SHIFT);
    }
}

void
memobj_remove (struct page *p)
{
  struct memobj *o = p->object;
  struct page **at
      = &o->leaf[p->index >> LEAF_BITS][p->index & (LEAF_PAGES - 1)];
  CHECK (*at == p);
  *at = NULL;
  o->resident--;
  memobj_dirty[o->home != NULL] -= p->dirty;
  if (p->absent)
    {
      p->absent = false;
      o->absent--;
      if (o->absent_waiters.head != NULL)
        waitq_wake_all (&o->absent_waiters);
    }
  p->object = NULL;
}

void
memobj_detach (struct page *p)
{
  struct memobj *o = p->object;
  bool in_home = o->home != NULL && p->index < o->home_pages;
  CHECK (p->window_prot == 0);
  memobj_remove (p);
  p->window = NULL;
  if (in_home)
    {
      /* The home keeps its memory; the frame takes the contents along.  */
      const uint8_t *home = p->bytes;
      p->bytes = NULL;
      page_set_contents (p, home);
    }
  p->dirty = p->precious = false;
  p->lock = p->unlock_request = 0;
}

void
page_unmap (struct page *p)
{
  p->mapped = 0;
  if (p->window_prot != 0)
    vm_set_window_prot (p, 0);
}

void
memobj_discard (struct page *p)
{
  trace (TRACE_PAGE_FREE, p->object->id, p->index);
  page_unmap (p);
  memory_dequeue (p);
  memobj_remove (p);
  memory_free (p);
}

/* ---- Objects -------------------------------------------------------------
 */

static void
free_leaves (struct memobj *o)
{
  for (size_t l = 0; l < o->leaves; l++)
    if (o->leaf[l] != NULL)
      {
        struct spare_leaf *s = (struct spare_leaf *)o->leaf[l];
        s->next = objects.spare;
        objects.spare = s;
      }
  free (o->leaf);
  o->leaf = NULL;
  o->leaves = 0;
}

void
memobjs_init (void)
{
  while (objects.all != NULL)
    {
      struct memobj *o = objects.all;
      objects.all = o->next;
      free_leaves (o);
      free (o);
    }
  objects.next_id = 1;
  memset (memobj_dirty, 0, sizeof memobj_dirty);
  if (objects.by_pager != NULL)
    memset (objects.by_pager, 0,
            objects.by_pager_size * sizeof *objects.by_pager);
}

static struct memobj **
pager_slot (port_name pager)
{
  if (pager >= objects.by_pager_size)
    {
      size_t n = objects.by_pager_size ? objects.by_pager_size : 256;
      while (n <= pager)
        n *= 2;
      objects.by_pager
          = realloc (objects.by_pager, n * sizeof *objects.by_pager);
      CHECK (objects.by_pager != NULL);
      memset (objects.by_pager + objects.by_pager_size, 0,
              (n - objects.by_pager_size) * sizeof *objects.by_pager);
      objects.by_pager_size = n;
    }
  return &objects.by_pager[pager];
}

static struct memobj *
create (port_name pager)
{
  struct memobj *o = calloc (1, sizeof *o);
  CHECK (o != NULL);
  o->id = objects.next_id++;
  o->pager = pager;
  o->control = port_create (0, o);
  o->name = port_create (0, o);
  o->next = objects.all;
  objects.all = o;
  *pager_slot (pager) = o;
  o->init = port_send (&(struct message){ .id = MESSAGE_INIT,
                                          .port = pager,
                                          .control = o->control,
                                          .name = o->name,
                                          .length = SIM_PAGE_SIZE });
  return o;
}

struct memobj *
memobj_map (port_name pager)
{
  struct memobj *o;
  engine_kernel_enter ();
  while ((o = *pager_slot (pager)) != NULL && o->dying)
    waitq_wait (&o->ready_waiters, WAIT_OBJECT, o);
  if (port_receiver (pager) == NULL)
    o = NULL;
  else
    {
      if (o == NULL)
        o = create (pager);
      o->mappings++;
    }
  engine_kernel_leave ();
  return o;
}

struct memobj *
memobj_by_control (port_name control)
{
  return control ? port_receiver (control) : NULL;
}

struct memobj *
memobj_once_by_control (port_name control)
{
  struct memobj *o = memobj_by_control (control);
  if (o == NULL)
    for (o = objects.all; o != NULL && o->control != control;)
      o = o->next;
  return o;
}

void
memobjs_each (void (*fn) (struct memobj *, void *), void *arg)
{
  for (struct memobj *o = objects.all; o != NULL; o = o->next)
    fn (o, arg);
}

/* The object's last use is gone and it may not be cached: every dirty or
   precious page goes back in a message of its own, then the pager is told.
   From the beginning on the pager's answers do not find it; who maps it again
   waits, so that memory_object_init comes behind memory_object_terminate.  */
static void
terminate (struct memobj *o)
{
  o->dying = true;
  port_destroy (o->control);
  port_destroy (o->name);
  uint64_t end = (uint64_t)o->leaves << LEAF_BITS;
  for (uint64_t i = memobj_next (o, 0, end); i < end;
       i = memobj_next (o, i + 1, end))
    {
      struct page *p = memobj_page (o, i);
      while (p != NULL && p->busy)
        {
          page_sleep (p);
          p = memobj_page (o, i);
        }
      if (p == NULL)
        continue;
      page_unmap (p);
      if (!p->dirty && !p->precious)
        {
          memobj_discard (p);
          continue;
        }
      bool dirty = p->dirty;
      memory_dequeue (p);
      memobj_detach (p);
      memobj_send_pages (o, i, &p, 1, dirty, false, RUN_END_OBJECT);
    }
  port_send (&(struct message){ .id = MESSAGE_TERMINATE,
                                .port = o->pager,
                                .control = o->control,
                                .name = o->name });
  *pager_slot (o->pager) = NULL;
  CHECK (o->resident == 0);
  free_leaves (o);
  waitq_wake_all (&o->ready_waiters);
}

static void
maybe_terminate (struct memobj *o)
{
  if (o->mappings > 0 || o->may_cache || !o->ready || o->dying
      || o->in_progress > 0)
    return;
  engine_kernel_enter ();
  terminate (o);
  engine_kernel_leave ();
}

void
memobj_done (struct memobj *o)
{
  CHECK (o->in_progress > 0);
  o->in_progress--;
  maybe_terminate (o);
}

void
memobj_unmap (struct memobj *o)
{
  CHECK (o->mappings > 0);
  o->mappings--;
  maybe_terminate (o);
}

/* ---- What the pager says about an object ---------------------------------
 */

static void
set_attributes (struct memobj *o, bool may_cache, int copy_strategy)
{
  o->may_cache = may_cache;
  o->copy_strategy = copy_strategy;
}

int
memobj_ready (port_name control, bool may_cache, int copy_strategy)
{
  struct memobj *o = memobj_by_control (control);
  if (o == NULL)
    return EINVAL;
  set_attributes (o, may_cache, copy_strategy);
  o->ready = true;
  waitq_wake_all (&o->ready_waiters);
  maybe_terminate (o);
  return 0;
}

int
memobj_change_attributes (port_name control, bool may_cache, int copy_strategy,
                          bool reply)
{
  struct memobj *o = memobj_by_control (control);
  if (o == NULL)
    return EINVAL;
  set_attributes (o, may_cache, copy_strategy);
  o->ready = true;
  waitq_wake_all (&o->ready_waiters);
  if (reply)
    engine.current->awaits
        = port_send (&(struct message){ .id = MESSAGE_CHANGE_COMPLETED,
                                        .port = o->pager,
                                        .control = control,
                                        .dirty = may_cache,
                                        .access = copy_strategy });
  maybe_terminate (o);
  return 0;
}

int
memobj_destroy (port_name control)
{
  struct memobj *o = memobj_by_control (control);
  if (o == NULL)
    return EINVAL;
  o->may_cache = false;
  maybe_terminate (o);
  return 0;
}
