/* Live memory objects and their tables of pages, see kernel.h.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#define _GNU_SOURCE
#include "kernel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../base/check.h"
#include "live.h"
#include "meter.h"

enum
{
  MESSAGE_INIT = 2200,
  MESSAGE_TERMINATE = 2201,
  MESSAGE_CHANGE_COMPLETED = 2209,
  CLUSTER_BYTES = CLUSTER_PAGES * SIM_PAGE_SIZE
};

/* Address space and a hole in a file; only what is touched costs memory.  */
#define VIEW_BYTES (UINT64_C (1) << 38)

static struct
{
  int file;
  uint8_t *view; /* all of it  */
  uint64_t used; /* bytes  */
  struct cluster *spare;
  uint64_t here, limit; /* pages  */
  struct object **by_pager;
  size_t by_pager_size;
} memory;

void
objects_start (uint64_t memory_bytes)
{
  memory.file = memfd_create ("pages", MFD_CLOEXEC);
  CHECK (memory.file >= 0 && ftruncate (memory.file, VIEW_BYTES) == 0);
  memory.view = mmap (NULL, VIEW_BYTES, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_NORESERVE, memory.file, 0);
  CHECK (memory.view != MAP_FAILED);
  memory.limit = memory_bytes >> SIM_PAGE_SHIFT;
}

int
object_file (void)
{
  return memory.file;
}

/* ---- Pages ---------------------------------------------------------------
 */

static struct cluster *
new_cluster (void)
{
  struct cluster *c = memory.spare;
  if (c != NULL)
    {
      memory.spare = c->next;
      return c;
    }
  CHECK (memory.used + CLUSTER_BYTES <= VIEW_BYTES);
  c = calloc (1, sizeof *c);
  CHECK (c != NULL);
  c->bytes = memory.view + memory.used;
  memory.used += CLUSTER_BYTES;
  return c;
}

static struct cluster *
cluster_of (struct object *o, uint64_t index)
{
  size_t at = index / CLUSTER_PAGES;
  if (at >= o->clusters)
    {
      size_t n = o->clusters ? o->clusters : 16;
      while (n <= at)
        n *= 2;
      o->cluster = realloc (o->cluster, n * sizeof *o->cluster);
      CHECK (o->cluster != NULL);
      memset (o->cluster + o->clusters, 0,
              (n - o->clusters) * sizeof *o->cluster);
      o->clusters = n;
    }
  if (o->cluster[at] == NULL)
    o->cluster[at] = new_cluster ();
  return o->cluster[at];
}

struct live_page *
object_page (struct object *o, uint64_t index)
{
  return &cluster_of (o, index)->page[index % CLUSTER_PAGES];
}

uint8_t *
object_bytes (struct object *o, uint64_t index)
{
  return cluster_of (o, index)->bytes
         + (index % CLUSTER_PAGES << SIM_PAGE_SHIFT);
}

uint64_t
object_file_offset (struct object *o, uint64_t index)
{
  return object_bytes (o, index) - memory.view;
}

uint64_t
object_next (const struct object *o, uint64_t index, uint64_t end)
{
  while (index < end)
    {
      size_t at = index / CLUSTER_PAGES;
      if (at >= o->clusters)
        return end;
      if (o->cluster[at] == NULL)
        index = (at + 1) * (uint64_t)CLUSTER_PAGES;
      else if (o->cluster[at]->page[index % CLUSTER_PAGES].state == PAGE_NONE)
        index++;
      else
        return index;
    }
  return end;
}

void
page_came (struct live_page *p)
{
  *p = (struct live_page){ .state = PAGE_HERE };
  if (++memory.here > memory.limit)
    live_stop_wrong ("machine.memory: it is full, and a live run evicts "
                     "nothing");
}

void
page_drop (struct live_page *p)
{
  page_hide (p, 0);
  if (p->state == PAGE_HERE)
    memory.here--;
  *p = (struct live_page){ .state = PAGE_NONE };
}

/* ---- Objects -------------------------------------------------------------
 */

static struct object **
slot (uint32_t pager)
{
  if (pager >= memory.by_pager_size)
    {
      size_t n = memory.by_pager_size ? memory.by_pager_size : 1024;
      while (n <= pager)
        n *= 2;
      memory.by_pager = realloc (memory.by_pager, n * sizeof *memory.by_pager);
      CHECK (memory.by_pager != NULL);
      memset (memory.by_pager + memory.by_pager_size, 0,
              (n - memory.by_pager_size) * sizeof *memory.by_pager);
      memory.by_pager_size = n;
    }
  return &memory.by_pager[pager];
}

static struct object *
create (uint32_t pager)
{
  struct object *o = calloc (1, sizeof *o);
  CHECK (o != NULL);
  o->pager = pager;
  o->control = port_make (0, o);
  o->name = port_make (0, o);
  pthread_cond_init (&o->changed, NULL);
  *slot (pager) = o;
  port_post (&(struct hurd_message){ .id = MESSAGE_INIT,
                                     .port = pager,
                                     .control = o->control,
                                     .name = o->name,
                                     .length = SIM_PAGE_SIZE });
  return o;
}

struct object *
object_map (uint32_t pager)
{
  if (port_owner (pager) == NULL)
    return NULL;
  struct object *o = *slot (pager);
  if (o == NULL)
    o = create (pager);
  o->mappings++;
  return o;
}

struct object *
object_by_control (uint32_t control)
{
  return control ? port_owner (control) : NULL;
}

static void
free_clusters (struct object *o)
{
  for (size_t i = 0; i < o->clusters; i++)
    if (o->cluster[i] != NULL)
      {
        o->cluster[i]->next = memory.spare;
        memory.spare = o->cluster[i];
      }
  free (o->cluster);
  o->cluster = NULL;
  o->clusters = 0;
}

static void
return_page (struct object *o, uint64_t index)
{
  struct live_page *p = object_page (o, index);
  bool dirty = p->dirty;
  CHECK (p->state != PAGE_ABSENT);
  page_hide (p, 0);
  if (p->state == PAGE_HERE && (dirty || p->precious))
    {
      void *data = live_pages (1);
      memcpy (data, object_bytes (o, index), SIM_PAGE_SIZE);
      page_drop (p);
      object_send (o, index, 1, data, dirty, false);
    }
  else
    page_drop (p);
}

/* Its last use is gone and it may not be cached.  */
static void
terminate (struct object *o)
{
  o->dying = true;
  port_kill (o->control);
  port_kill (o->name);
  uint64_t end = (uint64_t)o->clusters * CLUSTER_PAGES;
  for (uint64_t i = object_next (o, 0, end); i < end;
       i = object_next (o, i + 1, end))
    return_page (o, i);
  port_post (&(struct hurd_message){ .id = MESSAGE_TERMINATE,
                                     .port = o->pager,
                                     .control = o->control,
                                     .name = o->name });
  *slot (o->pager) = NULL;
  free_clusters (o);
}

static void
maybe_terminate (struct object *o)
{
  if (o->mappings == 0 && !o->may_cache && o->ready && !o->dying
      && o->in_progress == 0)
    terminate (o);
}

void
object_done (struct object *o)
{
  CHECK (o->in_progress > 0);
  o->in_progress--;
  maybe_terminate (o);
}

void
object_unmap (struct object *o)
{
  CHECK (o->mappings > 0);
  o->mappings--;
  maybe_terminate (o);
}

/* ---- What the pager says -------------------------------------------------
 */

static int
set_attributes (uint32_t control, int may_cache, int copy_strategy, bool reply)
{
  kernel_enter ();
  struct object *o = object_by_control (control);
  if (o != NULL)
    {
      o->may_cache = may_cache;
      o->copy_strategy = copy_strategy;
      o->ready = true;
      pthread_cond_broadcast (&o->changed);
      if (reply)
        port_post (&(struct hurd_message){ .id = MESSAGE_CHANGE_COMPLETED,
                                           .port = o->pager,
                                           .control = control,
                                           .may_cache = may_cache,
                                           .copy_strategy = copy_strategy });
      maybe_terminate (o);
    }
  kernel_leave ();
  return o != NULL ? 0 : EINVAL;
}

int
live_object_ready (uint32_t control, int may_cache, int copy_strategy)
{
  return set_attributes (control, may_cache, copy_strategy, false);
}

int
live_change_attributes (uint32_t control, int may_cache, int copy_strategy,
                        uint32_t reply_to)
{
  return set_attributes (control, may_cache, copy_strategy, reply_to != 0);
}

int
live_object_destroy (uint32_t control, int reason)
{
  (void)reason;
  kernel_enter ();
  struct object *o = object_by_control (control);
  if (o != NULL)
    {
      o->may_cache = false;
      maybe_terminate (o);
    }
  kernel_leave ();
  return o != NULL ? 0 : EINVAL;
}
