/* Names and dependences of a trace, see trace_names.h.

   Names are a tree that only grows: an entry is a name in a directory, whether
   it is there or not.  An operation uses an entry alone (it changes what the
   name stands for) or together with others.

   Left out: what two names stand for being one file (links), and limits of a
   file system, such as its longest name.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "trace_names.h"

#include <stdlib.h>
#include <string.h>

#include "../base/check.h"

enum
{
  BUCKETS = 1 << 12,
  NO_FILE = 0 /* files count from 1  */
};

/* What was done last, as far as it is not followed by something else here:
   operations of each process, as counts; 0 is none.  */
struct uses
{
  uint32_t count[RECORDING_PROCESSES];
};

enum state
{
  NOT_THERE,
  IS_FILE,
  IS_DIRECTORY
};

struct entry
{
  struct entry *bucket_next;
  struct entry *parent, *child, *sibling;
  char *name;
  enum state state;
  uint32_t file;
  struct need alone;     /* the last use alone; count 0: none  */
  struct uses *together; /* uses since then; NULL: none  */
};

struct handle_state
{
  uint32_t file;   /* NO_FILE: not open  */
  uint64_t length; /* of a mapping  */
  struct need last;
};

struct trace_names
{
  struct recording *recording;
  struct entry root;
  struct entry *bucket[BUCKETS];
  struct need *file; /* the last operation on each  */
  uint32_t files, files_room;
  struct handle_state handle[RECORDING_HANDLES], mapping[RECORDING_HANDLES];
  struct uses latest; /* how far each process is  */
  struct uses needed; /* by the operation that is entered  */
  size_t needs_room;
};

static void *
grow (void *block, uint32_t used, uint32_t *room, size_t size)
{
  if (used < *room)
    return block;
  *room = *room ? 2 * *room : 64;
  block = realloc (block, *room * size);
  CHECK (block);
  return block;
}

struct trace_names *
trace_names_new (struct recording *r)
{
  struct trace_names *n = calloc (1, sizeof *n);
  CHECK (n);
  n->recording = r;
  n->root.state = IS_DIRECTORY;
  n->file = grow (NULL, 0, &n->files_room, sizeof *n->file);
  n->files = 1;
  return n;
}

void
trace_names_free (struct trace_names *n)
{
  for (unsigned i = 0; i < BUCKETS; i++)
    for (struct entry *e = n->bucket[i], *next; e; e = next)
      {
        next = e->bucket_next;
        free (e->name);
        free (e->together);
        free (e);
      }
  free (n->root.together);
  free (n->file);
  free (n);
}

/* ---- The tree ------------------------------------------------------------
 */

static unsigned
hash (const struct entry *parent, const char *name, size_t len)
{
  /* By the parent's name, not its address: order must not show here, but a
     run should not depend on luck either.  */
  uint32_t h = 2166136261u;
  for (const char *p = parent->name; p && *p; p++)
    h = (h ^ (unsigned char)*p) * 16777619u;
  for (size_t i = 0; i < len; i++)
    h = (h ^ (unsigned char)name[i]) * 16777619u;
  return (h ^ h >> 15) % BUCKETS;
}

static struct entry *
entry_in (struct trace_names *n, struct entry *parent, const char *name,
          size_t len)
{
  struct entry **bucket = &n->bucket[hash (parent, name, len)];
  for (struct entry *e = *bucket; e; e = e->bucket_next)
    if (e->parent == parent && strncmp (e->name, name, len) == 0
        && e->name[len] == '\0')
      return e;
  struct entry *e = calloc (1, sizeof *e);
  CHECK (e);
  e->name = strndup (name, len);
  CHECK (e->name);
  e->parent = parent;
  e->sibling = parent->child;
  parent->child = e;
  e->bucket_next = *bucket;
  *bucket = e;
  return e;
}

/* PATH is clean: no empty parts.  */
static struct entry *
entry_of (struct trace_names *n, const char *path, const char **wrong)
{
  struct entry *e = &n->root;
  for (;;)
    {
      size_t len = strcspn (path, "/");
      if (e->state != IS_DIRECTORY)
        {
          *wrong = e->state == IS_FILE ? "a file is not a directory"
                                       : "there is no such directory";
          return NULL;
        }
      e = entry_in (n, e, path, len);
      path += len;
      if (*path++ == '\0')
        return e;
    }
}

static bool
has_children (const struct entry *e)
{
  for (const struct entry *c = e->child; c; c = c->sibling)
    if (c->state != NOT_THERE)
      return true;
  return false;
}

/* What is below FROM is below TO from now on.  Not by recursion: a trace may
   have deep directories.  */
static void
move_children (struct trace_names *n, struct entry *from, struct entry *to)
{
  struct entry *c = from->child;
  struct entry *other = to;
  while (c)
    {
      struct entry *d = entry_in (n, other, c->name, strlen (c->name));
      d->state = c->state;
      d->file = c->file;
      c->state = NOT_THERE;
      if (c->child)
        {
          c = c->child;
          other = d;
          continue;
        }
      while (c != from && !c->sibling)
        {
          c = c->parent;
          other = other->parent;
        }
      c = c == from ? NULL : c->sibling;
    }
}

/* ---- Dependences ---------------------------------------------------------
 */

static void
need (struct trace_names *n, struct need of)
{
  if (of.count > n->needed.count[of.process])
    n->needed.count[of.process] = of.count;
}

static void
need_all (struct trace_names *n, const struct uses *u)
{
  for (unsigned p = 0; u && p < RECORDING_PROCESSES; p++)
    need (n, (struct need){ p, u->count[p] });
}

static struct need
itself (const struct recorded *op)
{
  return (struct need){ op->process, op->number + 1 };
}

static void
use_together (struct trace_names *n, struct entry *e,
              const struct recorded *op)
{
  need (n, e->alone);
  if (!e->together)
    {
      e->together = calloc (1, sizeof *e->together);
      CHECK (e->together);
    }
  e->together->count[op->process] = op->number + 1;
}

/* E is gone through on the way to a name: all of it up to the root.  */
static void
use_above (struct trace_names *n, const struct entry *e,
           const struct recorded *op)
{
  for (struct entry *d = e->parent; d != &n->root; d = d->parent)
    use_together (n, d, op);
}

static void
use_alone (struct trace_names *n, struct entry *e, const struct recorded *op)
{
  need (n, e->alone);
  need_all (n, e->together);
  free (e->together);
  e->together = NULL;
  e->alone = itself (op);
}

static void
use_file (struct trace_names *n, uint32_t file, const struct recorded *op)
{
  need (n, n->file[file]);
  n->file[file] = itself (op);
}

static void
use_handle (struct trace_names *n, struct handle_state *h,
            const struct recorded *op)
{
  need (n, h->last);
  h->last = itself (op);
}

/* ---- Operations ----------------------------------------------------------
 */

static uint32_t
new_file (struct trace_names *n)
{
  n->file = grow (n->file, n->files, &n->files_room, sizeof *n->file);
  n->file[n->files] = (struct need){ 0, 0 };
  return n->files++;
}

const char *
trace_names_had (struct trace_names *n, const char *path, bool directory)
{
  const char *wrong = NULL;
  struct entry *e = entry_of (n, path, &wrong);
  if (wrong)
    return wrong;
  if (e->state != NOT_THERE)
    return "this name is there already";
  e->state = directory ? IS_DIRECTORY : IS_FILE;
  if (!directory)
    e->file = new_file (n);
  return NULL;
}

static const char *
enter_open (struct trace_names *n, const struct recorded *op)
{
  struct handle_state *h = &n->handle[op->handle];
  const char *wrong = NULL;
  struct entry *e = entry_of (n, op->path[0], &wrong);
  if (wrong)
    return wrong;
  if (h->file != NO_FILE)
    return "this handle is open already";
  if (e->state == IS_DIRECTORY)
    return "it is a directory";
  if (e->state == NOT_THERE && op->kind == RECORDED_OPEN)
    return "there is no such file";
  use_above (n, e, op);
  if (e->state == NOT_THERE)
    {
      use_alone (n, e, op);
      e->state = IS_FILE;
      e->file = new_file (n);
    }
  else
    use_together (n, e, op);
  h->file = e->file;
  use_handle (n, h, op);
  return NULL;
}

static const char *
enter_mkdir (struct trace_names *n, const struct recorded *op)
{
  const char *wrong = NULL;
  struct entry *e = entry_of (n, op->path[0], &wrong);
  if (wrong)
    return wrong;
  if (e->state != NOT_THERE)
    return "this name is there already";
  use_above (n, e, op);
  use_alone (n, e, op);
  e->state = IS_DIRECTORY;
  return NULL;
}

static const char *
enter_unlink (struct trace_names *n, const struct recorded *op)
{
  const char *wrong = NULL;
  struct entry *e = entry_of (n, op->path[0], &wrong);
  if (wrong)
    return wrong;
  if (e->state != IS_FILE)
    return e->state == NOT_THERE ? "there is no such file"
                                 : "it is a directory";
  use_above (n, e, op);
  use_alone (n, e, op);
  e->state = NOT_THERE;
  return NULL;
}

static const char *
rename_wrong (const struct recorded *op, const struct entry *from,
              const struct entry *to)
{
  if (from->state == NOT_THERE)
    return "there is no such name";
  if (op->kind == RECORDED_RMDIR && from->state != IS_DIRECTORY)
    return "it is not a directory";
  if (op->kind == RECORDED_RMDIR && has_children (from))
    return "the directory is not empty";
  for (const struct entry *e = to->parent; e; e = e->parent)
    if (e == from)
      return "a directory cannot be moved below itself";
  if (to->state == NOT_THERE || to == from)
    return NULL;
  if (to->state != from->state)
    return "a file and a directory cannot take each other's place";
  if (to->state == IS_DIRECTORY && has_children (to))
    return "the directory is not empty";
  return NULL;
}

static const char *
enter_rename (struct trace_names *n, const struct recorded *op)
{
  const char *wrong = NULL;
  struct entry *from = entry_of (n, op->path[0], &wrong);
  if (wrong)
    return wrong;
  struct entry *to = entry_of (n, op->path[1], &wrong);
  if (wrong)
    return wrong;
  wrong = rename_wrong (op, from, to);
  if (wrong)
    return wrong;
  use_above (n, from, op);
  use_above (n, to, op);
  use_alone (n, from, op);
  if (to == from)
    return NULL;
  use_alone (n, to, op);
  if (from->state == IS_DIRECTORY)
    move_children (n, from, to);
  to->state = from->state;
  to->file = from->file;
  from->state = NOT_THERE;
  return NULL;
}

static const char *
enter_mapping (struct trace_names *n, const struct recorded *op)
{
  struct handle_state *m = &n->mapping[op->mapping];
  if (m->file == NO_FILE)
    return "this mapping is not there";
  if (op->kind != RECORDED_UNMAP
      && (op->offset > m->length || op->length > m->length - op->offset))
    return "beyond the end of the mapping";
  use_file (n, m->file, op);
  use_handle (n, m, op);
  if (op->kind == RECORDED_UNMAP)
    m->file = NO_FILE;
  return NULL;
}

/* What is done by a handle of a file.  */
static const char *
enter_data (struct trace_names *n, const struct recorded *op)
{
  struct handle_state *h = &n->handle[op->handle];
  if (h->file == NO_FILE)
    return "this handle is not open";
  if (op->kind == RECORDED_MAP)
    {
      struct handle_state *m = &n->mapping[op->mapping];
      if (m->file != NO_FILE)
        return "this mapping is there already";
      m->file = h->file;
      m->length = op->length;
      use_handle (n, m, op);
    }
  use_file (n, h->file, op);
  use_handle (n, h, op);
  if (op->kind == RECORDED_CLOSE)
    h->file = NO_FILE;
  return NULL;
}

/* What a sync of all is for cannot be told: it comes after everything.  */
static const char *
enter_sync (struct trace_names *n)
{
  need_all (n, &n->latest);
  return NULL;
}

static const char *
enter (struct trace_names *n, const struct recorded *op)
{
  switch ((enum recorded_kind)op->kind)
    {
    case RECORDED_OPEN:
    case RECORDED_CREATE:
      return enter_open (n, op);
    case RECORDED_MKDIR:
      return enter_mkdir (n, op);
    case RECORDED_UNLINK:
      return enter_unlink (n, op);
    case RECORDED_RMDIR:
    case RECORDED_RENAME:
      return enter_rename (n, op);
    case RECORDED_STORE:
    case RECORDED_LOAD:
    case RECORDED_UNMAP:
      return enter_mapping (n, op);
    case RECORDED_SYNC:
      return enter_sync (n);
    case RECORDED_AFTER:
      need (n, (struct need){ op->mapping, n->latest.count[op->mapping] });
      return NULL;
    default:
      return enter_data (n, op);
    }
}

const char *
trace_names_enter (struct trace_names *n, struct recorded *op)
{
  struct recording *r = n->recording;
  memset (&n->needed, 0, sizeof n->needed);
  const char *wrong = enter (n, op);
  if (wrong)
    return wrong;
  op->needs = r->needs;
  for (unsigned p = 0; p < RECORDING_PROCESSES; p++)
    if (p != op->process && n->needed.count[p] > 0)
      {
        if (r->needs == n->needs_room)
          {
            n->needs_room = n->needs_room ? 2 * n->needs_room : 256;
            r->need = realloc (r->need, n->needs_room * sizeof *r->need);
            CHECK (r->need);
          }
        r->need[r->needs++] = (struct need){ p, n->needed.count[p] };
      }
  op->needs_of = r->needs - op->needs;
  n->latest.count[op->process] = op->number + 1;
  return NULL;
}
