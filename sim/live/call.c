/* Client programs' calls in a live run: from paths and bytes to the requests
   of struct hurd_server, on the client's own thread.  What
   sim/harness/client.c is to a simulated run.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "../../pagers/include/hurd_server.h"
#include "../base/check.h"
#include "../harness/host_clock.h"
#include "../harness/workload_state.h"
#include "kernel.h"
#include "live.h"
#include "program.h"

enum
{
  NAME_MAX_BYTES = 255
};

/* What a handle of the workload's holds.  They live as long as the process. */
struct client_file
{
  struct node *node;
  uint32_t file; /* its number, for contents  */
};

struct client_map
{
  struct object *o;
  uint64_t offset, length;
  uint32_t file;
};

static const struct hurd_server *server;

void
calls_start (const struct hurd_server *s)
{
  server = s;
}

/* One request is on, from the first of these to the second.  */
static uint64_t
begin (const char *what)
{
  program_in_call (what);
  return host_clock_ns ();
}

static int
end (int error)
{
  program_in_call (NULL);
  return error;
}

static int
end_sync (uint64_t began, int error)
{
  meter_add (COUNTER_CLIENT_SYNC, 1);
  meter_record (HISTOGRAM_CLIENT_SYNC_NS, host_clock_ns () - began);
  return end (error);
}

/* ---- Names ---------------------------------------------------------------
 */

/* Where a name is: its directory, to be released when OWNED, and its last
   part.  */
struct spot
{
  struct node *dir;
  bool owned;
  char last[NAME_MAX_BYTES + 1];
};

static void
leave (struct spot *s)
{
  if (s->owned)
    server->release (s->dir);
}

static int
walk (const char *path, struct spot *s)
{
  s->dir = server->root ();
  s->owned = false;
  for (;;)
    {
      path += strspn (path, "/");
      size_t n = strcspn (path, "/");
      if (n == 0 || n > NAME_MAX_BYTES)
        {
          leave (s);
          return n ? ENAMETOOLONG : EINVAL;
        }
      memcpy (s->last, path, n);
      s->last[n] = '\0';
      path += n;
      if (path[strspn (path, "/")] == '\0')
        return 0;
      struct node *inner;
      begin ("lookup");
      int error = end (server->lookup (s->dir, s->last, &inner));
      leave (s);
      if (error)
        return error;
      s->dir = inner;
      s->owned = true;
    }
}

typedef int name_fn (struct node *dir, const char *name, struct node **np);

static int
with_name (const char *path, const char *what, name_fn *fn, struct node **np)
{
  struct spot s;
  int error = walk (path, &s);
  if (error)
    return error;
  begin (what);
  error = end (fn (s.dir, s.last, np));
  leave (&s);
  return error;
}

static int
unlink_name (struct node *dir, const char *name, struct node **np)
{
  (void)np;
  return server->unlink (dir, name);
}

static int
open_file (const char *path, bool create, struct client_file **f)
{
  struct node *np;
  int error = with_name (path, create ? "create" : "lookup",
                         create ? server->create : server->lookup, &np);
  if (create && error == EEXIST)
    return open_file (path, false, f);
  if (error)
    return error;
  *f = calloc (1, sizeof **f);
  CHECK (*f != NULL);
  **f = (struct client_file){ np, server->inode_number (np) };
  return 0;
}

static int
make_directory (const char *path)
{
  struct node *np;
  int error = with_name (path, "mkdir", server->mkdir, &np);
  if (error == 0)
    server->release (np);
  return error;
}

static int
rename_file (const char *from, const char *to)
{
  struct spot a, b;
  int error = walk (from, &a);
  if (error)
    return error;
  error = walk (to, &b);
  if (error == 0)
    {
      begin ("rename");
      error = end (server->rename (a.dir, a.last, b.dir, b.last));
      leave (&b);
    }
  leave (&a);
  return error;
}

/* ---- Files ---------------------------------------------------------------
 */

static int
transfer (struct client_file *f, const struct call *c, bool write)
{
  struct live_buffer buffer = { f->file };
  uint64_t offset = c->offset, left = c->length;
  while (left > 0 && !programs_ending ())
    {
      size_t n = c->bs && c->bs < left ? c->bs : left;
      size_t amount = 0;
      uint64_t began = begin (write ? "write" : "read");
      int error = write ? server->write (f->node, &buffer, offset, n, &amount)
                        : server->read (f->node, &buffer, offset, n, &amount);
      end (error);
      meter_add (write ? COUNTER_CLIENT_WRITE : COUNTER_CLIENT_READ, 1);
      if (write)
        {
          meter_add (COUNTER_CLIENT_WRITE_BYTES, amount);
          meter_record (HISTOGRAM_CLIENT_WRITE_NS, host_clock_ns () - began);
        }
      if (error)
        return error;
      if (amount == 0)
        return write ? EIO : 0; /* a read ends at the end  */
      offset += amount;
      left -= amount < left ? amount : left;
    }
  return 0;
}

static int
truncate_file (struct client_file *f, uint64_t length)
{
  begin ("truncate");
  return end (server->truncate (f->node, length));
}

static int
sync_file (struct client_file *f)
{
  uint64_t began = begin ("fsync");
  return end_sync (began, server->file_sync (f->node, 1));
}

static int
sync_all (void)
{
  uint64_t began = begin ("sync");
  return end_sync (began, server->syncfs (1));
}

/* ---- Mappings ------------------------------------------------------------
 */

static int
map_file (struct client_file *f, const struct call *c, struct client_map **m)
{
  begin ("map");
  uint32_t port = server->map (f->node, ACCESS_READ | ACCESS_WRITE);
  kernel_enter ();
  struct object *o = port ? object_map (port) : NULL;
  kernel_leave ();
  end (0);
  if (o == NULL)
    return ENODEV;
  *m = calloc (1, sizeof **m);
  CHECK (*m != NULL);
  **m = (struct client_map){ o, c->offset, c->length, f->file };
  return 0;
}

static int
access_map (struct client_map *m, const struct call *c, bool store)
{
  if (c->offset > m->length || c->length > m->length - c->offset)
    return EFAULT;
  begin (store ? "store" : "load");
  return end (live_client_access (m->o, m->offset + c->offset, c->length,
                                  store, m->file));
}

static void
unmap (struct client_map *m)
{
  kernel_enter ();
  object_unmap (m->o);
  kernel_leave ();
}

/* ---- All of them ---------------------------------------------------------
 */

static int
perform_on (struct call *c, struct client_file *f, struct client_map *m)
{
  switch (c->kind)
    {
    case CALL_WRITE:
    case CALL_READ:
      c->result = c->length;
      return transfer (f, c, c->kind == CALL_WRITE);
    case CALL_TRUNCATE:
      return truncate_file (f, c->length);
    case CALL_FSYNC:
      return sync_file (f);
    case CALL_SIZE:
      c->result = server->file_size (f->node);
      return 0;
    case CALL_CLOSE:
      server->release (f->node);
      return 0;
    case CALL_MAP:
      return map_file (f, c, &c->fresh->map);
    case CALL_STORE:
    case CALL_LOAD:
      return access_map (m, c, c->kind == CALL_STORE);
    case CALL_UNMAP:
      unmap (m);
      return 0;
    default:
      CHECK (!"a call of no kind");
      return EINVAL;
    }
}

static int
perform (struct call *c)
{
  switch (c->kind)
    {
    case CALL_CREATE:
    case CALL_OPEN:
      return open_file (c->path[0], c->kind == CALL_CREATE, &c->fresh->file);
    case CALL_MKDIR:
      return make_directory (c->path[0]);
    case CALL_RENAME:
      return rename_file (c->path[0], c->path[1]);
    case CALL_UNLINK:
      return with_name (c->path[0], "unlink", unlink_name, NULL);
    case CALL_SYNC:
      return sync_all ();
    case CALL_EVICT:
      return ENOSYS;
    case CALL_SLEEP:
      if (c->time)
        programs_sleep (c->time);
      else
        sched_yield ();
      return 0;
    default:
      return perform_on (c, c->handle->file, c->handle->map);
    }
}

void
calls_perform (struct program *p)
{
  p->call.error = perform (&p->call);
}
