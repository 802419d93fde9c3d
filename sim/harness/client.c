/* Client programs' calls, see client.h: from paths and bytes to the requests
   of struct hurd_server.

   A request runs on the client's own thread, at the cost of the messages and
   switches of an RPC (cpu.rpc); which of the server's threads would serve it
   makes no difference, since there is always one.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../pagers/include/hurd_server.h"
#include "../base/check.h"
#include "../engine/step.h"
#include "../engine/trace.h"
#include "../world/costs.h"
#include "../world/counters.h"
#include "../world/faults.h"
#include "../world/vm.h"
#include "../world/waits.h"
#include "client_calls.h"
#include "client_server.h"
#include "contents_oracle.h"

struct client_file
{
  struct client_file *next;
  struct node *node;
  uint32_t stamp_file;
  char *path;     /* as it was opened, for explanations  */
  uint32_t owner; /* the thread that opened it  */
  bool cut;       /* truncated  */
};

struct client_map
{
  struct client_map *next;
  struct memobj *object;
  uint64_t offset, length;
  uint32_t stamp_file;
  uint32_t owner;
};

/* Operations in the trace.  */
enum operation
{
  OPERATION_WRITE = 1,
  OPERATION_READ,
  OPERATION_TRUNCATE,
  OPERATION_FSYNC,
  OPERATION_SYNC,
  OPERATION_LOOKUP,
  OPERATION_CREATE,
  OPERATION_MKDIR,
  OPERATION_RENAME,
  OPERATION_UNLINK,
  OPERATION_MAP
};

const char *
client_operation_name (uint64_t operation)
{
  static const char *const names[]
      = { [OPERATION_WRITE] = "write",       [OPERATION_READ] = "read",
          [OPERATION_TRUNCATE] = "truncate", [OPERATION_FSYNC] = "fsync",
          [OPERATION_SYNC] = "sync",         [OPERATION_LOOKUP] = "lookup",
          [OPERATION_CREATE] = "create",     [OPERATION_MKDIR] = "mkdir",
          [OPERATION_RENAME] = "rename",     [OPERATION_UNLINK] = "unlink",
          [OPERATION_MAP] = "map" };
  CHECK (operation > 0 && operation < sizeof names / sizeof *names);
  return names[operation];
}

/* A call that is on: what it is, and since when.  */
struct call
{
  struct client_call link;
  enum operation op;
  struct wait_span span;
};

static struct
{
  const struct hurd_server *server;
  struct client_file *files; /* all of this run, to be freed before the next */
  struct client_map *maps;
} client;

void
client_init (const struct hurd_server *server)
{
  while (client.files != NULL)
    {
      struct client_file *f = client.files;
      client.files = f->next;
      free (f->path);
      free (f);
    }
  while (client.maps != NULL)
    {
      struct client_map *m = client.maps;
      client.maps = m->next;
      free (m);
    }
  client.server = server;
  client_calls_init ();
}

const struct hurd_server *
client_server (void)
{
  return client.server;
}

const char *
client_path (uint64_t inode)
{
  for (struct client_file *f = client.files; f != NULL; f = f->next)
    if (f->stamp_file == inode)
      return f->path;
  return NULL;
}

bool
client_whole (uint64_t inode)
{
  bool open = false;
  for (struct client_file *f = client.files; f != NULL; f = f->next)
    if (f->stamp_file == inode)
      {
        open |= f->node != NULL;
        if (f->cut)
          return false;
      }
  return open;
}

static const uint8_t class_of[] = {
  [OPERATION_WRITE] = WAITS_WRITE,
  [OPERATION_READ] = WAITS_READ,
  [OPERATION_TRUNCATE] = WAITS_TRUNCATE,
  [OPERATION_FSYNC] = WAITS_SYNC,
  [OPERATION_SYNC] = WAITS_SYNC,
  [OPERATION_LOOKUP] = WAITS_NAME,
  [OPERATION_CREATE] = WAITS_NAME,
  [OPERATION_MKDIR] = WAITS_NAME,
  [OPERATION_RENAME] = WAITS_NAME,
  [OPERATION_UNLINK] = WAITS_NAME,
  [OPERATION_MAP] = WAITS_MAP,
};

static void
call_file (struct call *c, enum operation op, const struct client_file *f,
           uint64_t argument)
{
  step (STEP_CALL, STEP_OBJECT_CALL | engine.current->id);
  trace (TRACE_CALL, op, argument);
  c->op = op;
  client_call_enter (&c->link, f);
  waits_begin (&c->span);
  cost_charge (COST_RPC);
}

static void
call (struct call *c, enum operation op, uint64_t argument)
{
  call_file (c, op, NULL, argument);
}

/* Whether ERROR tells that something is wrong with the store.  */
static bool
of_the_store (int error)
{
  return error == EIO || error == ENOSPC || error == EDQUOT || error == EROFS;
}

static int
done (struct call *c, int error)
{
  vtime begin = c->span.at;
  client_call_leave (&c->link);
  waits_end (&c->span, class_of[c->op]);
  switch (class_of[c->op])
    {
    case WAITS_WRITE:
      histogram_record (HISTOGRAM_CLIENT_WRITE_NS, engine_now () - begin);
      histogram_record (HISTOGRAM_CLIENT_ALLOC_WAIT,
                        c->span.part.of[PART_ALLOC_LOCK]);
      break;
    case WAITS_TRUNCATE:
      histogram_record (HISTOGRAM_CLIENT_ALLOC_WAIT,
                        c->span.part.of[PART_ALLOC_LOCK]);
      break;
    case WAITS_SYNC:
      counter_add (COUNTER_CLIENT_SYNC, 1);
      histogram_record (HISTOGRAM_CLIENT_SYNC_NS, engine_now () - begin);
      break;
    }
  trace (TRACE_RETURN, c->op, error);
  if (__builtin_expect (contents_on, 0) && of_the_store (error))
    contents_told (c->link.file != NULL ? (int)c->link.file->stamp_file
                   : c->op == OPERATION_SYNC ? CONTENTS_ALL
                                             : CONTENTS_NAMES);
  return error;
}

void (*client_watch) (struct client_event *);

static void
tell_begin (struct client_event *e)
{
  if (__builtin_expect (client_watch != NULL, 0))
    client_watch (e);
}

static int
tell_end (struct client_event *e, int error)
{
  e->over = true;
  e->error = error;
  if (__builtin_expect (client_watch != NULL, 0))
    client_watch (e);
  return error;
}

/* ---- Names ---------------------------------------------------------------
 */

enum
{
  NAME_MAX_BYTES = 255
};

/* Find the directory that PATH's last part is in, with a reference (or the
 * root, without one: *OWNED), and that part.  */
static int
walk (const char *path, struct node **dir, bool *owned,
      char last[NAME_MAX_BYTES + 1])
{
  struct call c;
  *dir = client.server->root ();
  *owned = false;
  for (;;)
    {
      path += strspn (path, "/");
      size_t n = strcspn (path, "/");
      if (n == 0 || n > NAME_MAX_BYTES)
        {
          if (*owned)
            client.server->release (*dir);
          return n ? ENAMETOOLONG : EINVAL;
        }
      memcpy (last, path, n);
      last[n] = '\0';
      path += n;
      if (path[strspn (path, "/")] == '\0')
        return 0;
      struct node *inner;
      call (&c, OPERATION_LOOKUP, n);
      int error = client.server->lookup (*dir, last, &inner);
      if (*owned)
        client.server->release (*dir);
      if (done (&c, error))
        return error;
      *dir = inner;
      *owned = true;
    }
}

static struct client_file *
new_file (struct node *node, const char *path)
{
  struct client_file *f = calloc (1, sizeof *f);
  CHECK (f != NULL);
  f->node = node;
  f->stamp_file = client.server->inode_number (node);
  f->path = strdup (path);
  f->owner = engine.current->id;
  f->next = client.files;
  client.files = f;
  return f;
}

typedef int name_fn (struct node *dir, const char *name, struct node **np);

static int
with_name (const char *path, enum operation op, name_fn *fn, struct node **np)
{
  struct node *dir;
  bool owned;
  char last[NAME_MAX_BYTES + 1];
  int error = walk (path, &dir, &owned, last);
  if (error)
    return error;
  struct call c;
  call (&c, op, strlen (last));
  error = fn (dir, last, np);
  if (owned)
    client.server->release (dir);
  return done (&c, error);
}

static int
open_or_create (const char *path, enum operation op, name_fn *fn,
                struct client_file **f)
{
  struct node *np;
  int error = with_name (path, op, fn, &np);
  if (error == 0)
    *f = new_file (np, path);
  if (__builtin_expect (contents_on, 0) && error == 0)
    contents_opened (path, (*f)->stamp_file, op == OPERATION_CREATE);
  return error;
}

int
client_create (const char *path, struct client_file **f)
{
  struct client_event e = { .what = CLIENT_CREATE, .path = path };
  tell_begin (&e);
  int error
      = open_or_create (path, OPERATION_CREATE, client.server->create, f);
  if (error == EEXIST)
    error = client_open (path, f);
  if (error == 0)
    e.inode = (*f)->stamp_file;
  return tell_end (&e, error);
}

int
client_open (const char *path, struct client_file **f)
{
  return open_or_create (path, OPERATION_LOOKUP, client.server->lookup, f);
}

int
client_mkdir (const char *path)
{
  struct node *np;
  struct client_event e = { .what = CLIENT_MKDIR, .path = path };
  tell_begin (&e);
  int error = with_name (path, OPERATION_MKDIR, client.server->mkdir, &np);
  if (error == 0)
    client.server->release (np);
  return tell_end (&e, error);
}

static int
unlink_name (struct node *dir, const char *name, struct node **np)
{
  (void)np;
  return client.server->unlink (dir, name);
}

int
client_unlink (const char *path)
{
  struct client_event e = { .what = CLIENT_UNLINK, .path = path };
  tell_begin (&e);
  int error = with_name (path, OPERATION_UNLINK, unlink_name, NULL);
  if (__builtin_expect (contents_on, 0) && error == 0)
    contents_unlinked (path);
  return tell_end (&e, error);
}

int
client_rename (const char *from, const char *to)
{
  struct node *from_dir, *to_dir;
  bool from_owned, to_owned;
  char from_name[NAME_MAX_BYTES + 1], to_name[NAME_MAX_BYTES + 1];
  struct client_event e = { .what = CLIENT_RENAME, .path = from, .to = to };
  tell_begin (&e);
  int error = walk (from, &from_dir, &from_owned, from_name);
  if (error)
    return error;
  error = walk (to, &to_dir, &to_owned, to_name);
  if (error == 0)
    {
      struct call c;
      call (&c, OPERATION_RENAME, 0);
      error = done (
          &c, client.server->rename (from_dir, from_name, to_dir, to_name));
      if (to_owned)
        client.server->release (to_dir);
    }
  if (from_owned)
    client.server->release (from_dir);
  if (__builtin_expect (contents_on, 0) && error == 0)
    contents_renamed (from, to);
  return tell_end (&e, error);
}

void
client_close (struct client_file *f)
{
  if (f->node != NULL)
    client.server->release (f->node);
  f->node = NULL;
}

/* ---- Files ---------------------------------------------------------------
 */

static int
transfer (struct client_file *f, enum operation op, uint64_t offset,
          uint64_t len, uint64_t bs)
{
  struct client_buffer buffer = { .file = f->stamp_file };
  if (f->node == NULL)
    return EBADF;
  while (len > 0)
    {
      size_t n = bs && bs < len ? bs : len;
      size_t amount = 0;
      struct call c;
      if (faults_killed ())
        return EINTR;
      call_file (&c, op, f, offset);
      int error;
      if (op == OPERATION_WRITE)
        {
          struct client_event e = { .what = CLIENT_WRITE,
                                    .inode = f->stamp_file,
                                    .offset = offset,
                                    .length = n };
          tell_begin (&e);
          error = client.server->write (f->node, &buffer, offset, n, &amount);
          e.length = amount;
          tell_end (&e, error);
          counter_add (COUNTER_CLIENT_WRITE, 1);
          counter_add (COUNTER_CLIENT_WRITE_BYTES, amount);
        }
      else
        {
          error = client.server->read (f->node, &buffer, offset, n, &amount);
          counter_add (COUNTER_CLIENT_READ, 1);
        }
      if (done (&c, error))
        return error;
      if (amount == 0)
        return op == OPERATION_WRITE ? EIO : 0; /* a read ends at the end  */
      offset += amount;
      len -= amount < len ? amount : len;
    }
  return 0;
}

int
client_write (struct client_file *f, uint64_t offset, uint64_t len,
              uint64_t bs)
{
  return transfer (f, OPERATION_WRITE, offset, len, bs);
}

int
client_read (struct client_file *f, uint64_t offset, uint64_t len, uint64_t bs)
{
  return transfer (f, OPERATION_READ, offset, len, bs);
}

int
client_truncate (struct client_file *f, uint64_t length)
{
  if (f->node == NULL)
    return EBADF;
  f->cut = true;
  struct call c;
  call_file (&c, OPERATION_TRUNCATE, f, length);
  vtime begin = engine_now ();
  struct client_event e = { .what = CLIENT_TRUNCATE,
                            .inode = f->stamp_file,
                            .length = length };
  tell_begin (&e);
  int error = client.server->truncate (f->node, length);
  tell_end (&e, error);
  if (__builtin_expect (contents_on, 0))
    contents_truncated (f->stamp_file, length, begin);
  return done (&c, error);
}

int
client_fsync (struct client_file *f)
{
  if (f->node == NULL)
    return EBADF;
  struct call c;
  call_file (&c, OPERATION_FSYNC, f, 0);
  struct client_event e = { .what = CLIENT_FSYNC, .inode = f->stamp_file };
  tell_begin (&e);
  return done (&c, tell_end (&e, client.server->file_sync (f->node, 1)));
}

int
client_sync (void)
{
  struct call c;
  call (&c, OPERATION_SYNC, 0);
  struct client_event e = { .what = CLIENT_SYNC };
  tell_begin (&e);
  return done (&c, tell_end (&e, client.server->syncfs (1)));
}

uint64_t
client_size (struct client_file *f)
{
  return f->node ? client.server->file_size (f->node) : 0;
}

/* ---- Mappings ------------------------------------------------------------
 */

int
client_map (struct client_file *f, uint64_t offset, uint64_t len,
            struct client_map **m)
{
  if (f->node == NULL)
    return EBADF;
  if (offset % SIM_PAGE_SIZE || len == 0)
    return EINVAL;
  struct call c;
  call_file (&c, OPERATION_MAP, f, offset);
  uint32_t port = client.server->map (f->node, PROT_BIT_READ | PROT_BIT_WRITE);
  struct memobj *o = port ? memobj_map (port) : NULL;
  if (done (&c, o ? 0 : ENODEV))
    return ENODEV;
  *m = calloc (1, sizeof **m);
  CHECK (*m != NULL);
  (*m)->object = o;
  (*m)->offset = offset;
  (*m)->length = len;
  (*m)->stamp_file = f->stamp_file;
  (*m)->owner = engine.current->id;
  (*m)->next = client.maps;
  client.maps = *m;
  return 0;
}

static int
access_map (struct client_map *m, uint64_t offset, uint64_t len, bool store)
{
  if (m->object == NULL)
    return EBADF;
  if (offset > m->length || len > m->length - offset)
    return EFAULT;
  struct call c;
  step (STEP_CALL, STEP_OBJECT_CALL | engine.current->id);
  client_call_enter (&c.link, NULL);
  waits_begin (&c.span);
  int error = vm_client_access (m->object, m->offset + offset, len, store,
                                m->stamp_file);
  waits_end (&c.span, WAITS_MAP);
  client_call_leave (&c.link);
  if (__builtin_expect (contents_on, 0) && of_the_store (error))
    contents_told (m->stamp_file);
  return error;
}

int
client_store (struct client_map *m, uint64_t offset, uint64_t len)
{
  return access_map (m, offset, len, true);
}

int
client_load (struct client_map *m, uint64_t offset, uint64_t len)
{
  return access_map (m, offset, len, false);
}

void
client_unmap (struct client_map *m)
{
  if (m->object != NULL)
    memobj_unmap (m->object);
  m->object = NULL;
}

/* ---- The end of a client -------------------------------------------------
 */

void
client_die (void)
{
  uint32_t self = engine.current->id;
  for (struct client_map *m = client.maps; m != NULL; m = m->next)
    if (m->owner == self)
      client_unmap (m);
  for (struct client_file *f = client.files; f != NULL; f = f->next)
    if (f->owner == self && !client_call_on (f))
      client_close (f);
}
