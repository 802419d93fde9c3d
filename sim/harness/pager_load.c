/* Loading pagers, see pager_load.h.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#define _GNU_SOURCE
#include "pager_load.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../pagers/include/hurd_access.h"
#include "../../pagers/include/hurd_server.h"
#include "../base/check.h"
#include "../base/text.h"
#include "../world/code_place.h"
#include "../world/heap.h"
#include "../world/vm.h"
#include "api_table.h"

enum
{
  SEGMENTS_MAX = 8
};

/* A stretch of writable data and what it held at first.  */
struct segment
{
  uint64_t *start;
  size_t words;
  uint64_t *saved;
};

struct pager
{
  struct pager *next;
  char *name, *path;
  void *handle;
  const struct hurd_server *server;
  void (*checked) (const struct hurd_access *); /* or NULL  */
  struct heap *heap;
  struct segment segment[SEGMENTS_MAX];
  unsigned segments;
  bool exec_stacks;
  const char *base; /* where it is loaded, up to the end of its code  */
  size_t code_size;
};

static struct pager *loaded;

const char *
pager_directory (void)
{
  static char path[PATH_MAX];
  if (path[0] == '\0')
    {
      ssize_t n = readlink ("/proc/self/exe", path, sizeof path - 16);
      CHECK (n > 0);
      path[n] = '\0';
      char *slash = strrchr (path, '/');
      strcpy (slash, "/pagers");
    }
  return path;
}

const char *
pager_name (const struct pager *p)
{
  return p->name;
}

const struct hurd_server *
pager_server (const struct pager *p)
{
  return p->server;
}

bool
pager_exec_stacks (const struct pager *p)
{
  return p->exec_stacks;
}

bool
pager_checks_access (const struct pager *p)
{
  return p->checked != NULL;
}

/* ---- State ---------------------------------------------------------------
 */

/* Not memcpy: under AddressSanitizer the data holds red zones.  */
__attribute__ ((no_sanitize ("address"), noinline)) static void
copy_words (uint64_t *to, const uint64_t *from, size_t n)
{
  for (size_t i = 0; i < n; i++)
    {
      to[i] = from[i];
      __asm__ volatile("" ::: "memory");
    }
}

static void
save_segment (struct pager *p, uintptr_t start, uintptr_t end)
{
  if (start >= end)
    return;
  CHECK (p->segments < SEGMENTS_MAX);
  struct segment *s = &p->segment[p->segments++];
  s->start = (uint64_t *)(start & -(uintptr_t)8);
  s->words = (end - (uintptr_t)s->start + 7) / 8;
  s->saved = malloc (s->words * 8);
  CHECK (s->saved != NULL);
  copy_words (s->saved, s->start, s->words);
}

struct search
{
  struct pager *pager;
  uintptr_t base;
};

/* Save what of the object at SEARCH->base is writable and stays so.  */
static int
visit_object (struct dl_phdr_info *info, size_t size, void *arg)
{
  (void)size;
  struct search *search = arg;
  if (info->dlpi_addr != search->base)
    return 0;
  uintptr_t page = SIM_PAGE_SIZE;
  uintptr_t relro_start = 0, relro_end = 0;
  for (int i = 0; i < info->dlpi_phnum; i++)
    {
      const ElfW (Phdr) *h = &info->dlpi_phdr[i];
      if (h->p_type == PT_GNU_RELRO)
        {
          relro_start = info->dlpi_addr + h->p_vaddr;
          relro_end = (relro_start + h->p_memsz) & -page;
        }
      else if (h->p_type == PT_GNU_STACK && h->p_flags & PF_X)
        search->pager->exec_stacks = true;
    }
  for (int i = 0; i < info->dlpi_phnum; i++)
    {
      const ElfW (Phdr) *h = &info->dlpi_phdr[i];
      if (h->p_type == PT_LOAD && h->p_flags & PF_X)
        search->pager->code_size = h->p_vaddr + h->p_memsz;
      if (h->p_type != PT_LOAD || !(h->p_flags & PF_W))
        continue;
      uintptr_t start = info->dlpi_addr + h->p_vaddr;
      uintptr_t end = start + h->p_memsz;
      if (relro_start >= start && relro_start < end)
        start = relro_end;
      save_segment (search->pager, start, end);
    }
  return 1;
}

static void
check_access (const struct pager *p)
{
  struct hurd_access access = { .touch = real_fault_checked };
  access.allowed = vm_mappings (&access.base, &access.bytes);
  p->checked (&access);
}

void
pager_restore (struct pager *p)
{
  hurd_api = &api_table;
  code_place_set (p->base, p->code_size);
  heap_select (p->heap);
  heap_restore (p->heap);
  for (unsigned i = 0; i < p->segments; i++)
    copy_words (p->segment[i].start, p->segment[i].saved, p->segment[i].words);
  if (p->checked != NULL)
    check_access (p);
}

/* ---- Places in its code --- */

/* What addr2line says of OFFSET: the function on a line, FILE:LINE on the
   next.  False without debugging information, or without addr2line.  */
static bool
ask_addr2line (const struct pager *p, unsigned long offset, char *function,
               char *place, int size)
{
  char *command = NULL;
  if (asprintf (&command, "exec addr2line -f -e '%s' %#lx 2>/dev/null",
                p->path, offset)
      < 0)
    return false;
  FILE *f = strchr (p->path, '\'') ? NULL : popen (command, "r");
  free (command);
  if (f == NULL)
    return false;
  bool good = fgets (function, size, f) && fgets (place, size, f);
  pclose (f);
  if (!good)
    return false;
  function[strcspn (function, "\n")] = '\0';
  place[strcspn (place, " \n")] = '\0';
  return function[0] != '?' && place[0] != '?';
}

/* Many findings may be about one place, and asking takes its time.  */
void
pager_name_places (const struct pager *p)
{
  unsigned long asked = 0;
  const char *answer = NULL;
  for (size_t i = 0; findings_get (i) != NULL; i++)
    {
      const struct finding *f = findings_get (i);
      if (f->where[0] != '+')
        continue;
      unsigned long offset = strtoul (f->where + 1, NULL, 16);
      if (answer && offset == asked)
        {
          findings_place (i, answer);
          continue;
        }
      char function[256], place[256], where[sizeof f->where];
      if (ask_addr2line (p, offset, function, place, sizeof place))
        {
          const char *file = strrchr (place, '/');
          snprintf (where, sizeof where, "%.80s, %.40s",
                    file ? file + 1 : place, function);
        }
      else
        snprintf (where, sizeof where, "%.90s.so+%#lx", p->name, offset);
      findings_place (i, where);
      asked = offset;
      answer = f->where;
    }
}

/* ---- Loading -------------------------------------------------------------
 */

static void
say (struct user_error *err, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  vsnprintf (err->line, sizeof err->line, format, args);
  va_end (args);
}

/* NAME is no pager: say which one was probably meant.  */
static void
unknown_name (const char *name, struct user_error *err)
{
  static const char *const known[] = { "perpage", "chunk", "extent",
                                       "adaptive" };
  const char *near
      = text_nearest (name, known, sizeof known / sizeof known[0]);
  say (err, "no pager '%s'%s%s%s (see: pagersim list pagers)", name,
       near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

/* What is loaded in place of others.  */
static struct replacement
{
  struct replacement *next;
  char *name, *path;
} *replacements;

bool
pager_replace (const char *name, const char *file, struct user_error *err)
{
  char path[PATH_MAX];
  if (!pager_locate (name, path, err) || !pager_locate (file, path, err))
    return false;
  for (const struct replacement *r = replacements; r != NULL; r = r->next)
    if (strcmp (r->name, name) == 0 || strcmp (r->path, path) == 0)
      {
        say (err, "'%.80s' or '%.300s' is named twice", name, file);
        return false;
      }
  struct replacement *r = malloc (sizeof *r);
  CHECK (r != NULL);
  *r = (struct replacement){ replacements, strdup (name), strdup (path) };
  CHECK (r->name != NULL && r->path != NULL);
  replacements = r;
  return true;
}

char *
pager_base_name (const char *path)
{
  for (const struct replacement *r = replacements; r != NULL; r = r->next)
    if (strcmp (r->path, path) == 0)
      path = r->name;
  const char *base = strrchr (path, '/');
  char *name = strdup (base ? base + 1 : path);
  CHECK (name != NULL);
  char *dot = strrchr (name, '.');
  if (dot != NULL && strcmp (dot, ".so") == 0)
    *dot = '\0';
  return name;
}

/* Whether SERVER has what a run needs; its parts are for other tests.  */
static bool
server_is_whole (const struct hurd_server *s)
{
  return s->file_system && s->configure && s->format && s->start && s->stop
         && s->sync_loop && s->root && s->lookup && s->create && s->mkdir
         && s->rename && s->unlink && s->release && s->write && s->read
         && s->truncate && s->file_sync && s->syncfs && s->map && s->file_size
         && s->alloc_size && s->inode_number && s->block_of;
}

static bool
open_object (struct pager *p, struct user_error *err)
{
  p->heap = heap_create ();
  heap_select (p->heap);
  hurd_api = &api_table;
  p->handle = dlopen (p->path, RTLD_NOW | RTLD_LOCAL);
  if (p->handle == NULL)
    {
      say (err, "%s", dlerror ());
      return false;
    }
  p->server = dlsym (p->handle, "hurd_server");
  if (p->server == NULL)
    {
      say (err, "%s: not a pager: it has no symbol hurd_server", p->path);
      return false;
    }
  if (p->server->version != HURD_API_VERSION)
    {
      say (err, "%s: built for version %u of the pager interface, not %u",
           p->path, p->server->version, HURD_API_VERSION);
      return false;
    }
  if (!server_is_whole (p->server))
    {
      say (err, "%s: not a whole pager: its hurd_server lacks a member",
           p->path);
      return false;
    }
  *(void **)&p->checked = dlsym (p->handle, "hurd_access_checked");
  struct link_map *map;
  CHECK (dlinfo (p->handle, RTLD_DI_LINKMAP, &map) == 0);
  heap_mark (p->heap);
  p->base = (const char *)map->l_addr;
  struct search search = { p, map->l_addr };
  CHECK (dl_iterate_phdr (visit_object, &search) == 1);
  return true;
}

static void
discard (struct pager *p)
{
  if (p->handle != NULL)
    dlclose (p->handle);
  if (p->heap != NULL)
    heap_destroy (p->heap);
  free (p->name);
  free (p->path);
  free (p);
}

bool
pager_locate (const char *name, char *path, struct user_error *err)
{
  for (const struct replacement *r = replacements; r != NULL; r = r->next)
    if (strcmp (r->name, name) == 0)
      {
        strcpy (path, r->path);
        return true;
      }
  bool is_path = strchr (name, '/') != NULL
                 || (strlen (name) > 3
                     && strcmp (name + strlen (name) - 3, ".so") == 0);
  int n = is_path ? snprintf (path, PATH_MAX, "%s%s",
                              strchr (name, '/') ? "" : "./", name)
                  : snprintf (path, PATH_MAX, "%s/%s.so", pager_directory (),
                              name);
  if (n >= PATH_MAX)
    errno = ENAMETOOLONG;
  else if (access (path, R_OK) == 0)
    return true;
  if (is_path)
    say (err, "%.400s: %s", name, strerror (errno));
  else
    unknown_name (name, err);
  return false;
}

struct pager *
pager_load (const char *name, struct user_error *err)
{
  char path[PATH_MAX];
  bool there = pager_locate (name, path, err);
  for (struct pager *p = loaded; p != NULL; p = p->next)
    if (strcmp (p->path, path) == 0)
      return p;
  if (!there)
    return NULL;
  struct pager *p = calloc (1, sizeof *p);
  CHECK (p != NULL);
  p->path = strdup (path);
  p->name = pager_base_name (path);
  if (!open_object (p, err))
    {
      discard (p);
      return NULL;
    }
  p->next = loaded;
  loaded = p;
  return p;
}
