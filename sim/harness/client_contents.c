/* A look at files and where they are, see client_contents.h.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "client_contents.h"

#include <errno.h>
#include <string.h>

#include "../../pagers/include/hurd_server.h"
#include "../world/memobj.h"
#include "client_server.h"

enum
{
  NAME_MAX_BYTES = 255
};

int
client_sync_all (void)
{
  return client_server ()->syncfs (1);
}

int
client_stop (void)
{
  return client_server ()->stop ();
}

struct node *
client_look_up (const char *path, uint32_t *inode)
{
  const struct hurd_server *server = client_server ();
  struct node *np = server->root (), *inner;
  bool owned = false;
  for (;;)
    {
      char name[NAME_MAX_BYTES + 1];
      path += strspn (path, "/");
      size_t n = strcspn (path, "/");
      if (n == 0 || n > NAME_MAX_BYTES)
        break;
      memcpy (name, path, n);
      name[n] = '\0';
      path += n;
      int error = server->lookup (np, name, &inner);
      if (owned)
        server->release (np);
      if (error)
        return NULL;
      np = inner;
      owned = true;
    }
  if (!owned)
    return NULL;
  *inode = server->inode_number (np);
  return np;
}

void
client_give_back (struct node *np)
{
  client_server ()->release (np);
}

uint64_t
client_length (struct node *np)
{
  return client_server ()->file_size (np);
}

uint64_t
client_place (struct node *np, uint64_t page)
{
  uint32_t block = 0;
  if (client_server ()->block_of (np, page, &block) != 0)
    return 0;
  return (uint64_t)block << SIM_PAGE_SHIFT;
}

bool
client_in_use (uint64_t offset)
{
  const struct hurd_server *server = client_server ();
  return server->block_in_use == NULL
         || server->block_in_use (offset >> SIM_PAGE_SHIFT);
}

int
client_read_again (struct node *np, uint64_t page)
{
  uint32_t port = client_server ()->map (np, PROT_BIT_READ);
  struct memobj *o = port ? memobj_map (port) : NULL;
  struct page *p;
  if (o == NULL)
    return ENODEV;
  p = memobj_page (o, page);
  if (p != NULL && !p->busy && !p->fictitious && !p->dirty)
    memobj_discard (p);
  int error = memobj_fault (o, page, PROT_BIT_READ, false, &p);
  if (error == 0)
    page_release (p);
  memobj_unmap (o);
  return error;
}

struct wanted
{
  uint64_t digest;
  uint64_t (*digest_of) (const void *page);
  struct page *page;
};

/* Metadata is what the server has mapped for good.  */
static void
find_metadata (struct memobj *o, void *arg)
{
  struct wanted *w = arg;
  if (o->home == NULL)
    return;
  for (uint64_t i = memobj_next (o, 0, o->home_pages); i < o->home_pages;
       i = memobj_next (o, i + 1, o->home_pages))
    {
      struct page *p = memobj_page (o, i);
      if (!p->busy && !p->fictitious && !p->dirty
          && w->digest_of (p->bytes) == w->digest)
        w->page = p;
    }
}

int
client_read_metadata_again (uint64_t digest,
                            uint64_t (*digest_of) (const void *page))
{
  struct wanted w = { digest, digest_of, NULL };
  memobjs_each (find_metadata, &w);
  if (w.page == NULL)
    return 0;
  struct memobj *o = w.page->object;
  uint64_t index = w.page->index;
  struct page *p;
  memobj_discard (w.page);
  int error = memobj_fault (o, index, PROT_BIT_READ, false, &p);
  if (error == 0)
    page_release (p);
  return error;
}
