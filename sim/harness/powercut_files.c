/* What clients did, and what a cut may not take from them: see powercut.h.

   A promise begins when a sync returns: what the file was when that sync began
   is on the medium, or what was written to it later.  It ends with the next
   one, or when somebody begins to remove the file.  What setup left, which was
   synced, is the first promise of each file.

   A file is followed by its inode: its name may be lost with a directory that
   nobody synced, and e2fsck then puts it into lost+found.

   Left out: hard links, which no client makes; directories, of which only
   names count.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "powercut.h"

#include <stdlib.h>
#include <string.h>
#include "../base/check.h"
#include "../world/vm.h"
#include "client.h"
#include "explain.h"
#include "ext2_view.h"

/* A directory in which a name was about to change.  */
struct dirt
{
  char *path; /* with a slash behind, or empty: the root  */
  uint32_t at;
};

static struct
{
  struct powercut_log *log;
  const struct hurd_server *server;
  uint64_t seq;
  uint32_t *current; /* of each inode, the number of its file and 1  */
  size_t inodes;
  struct dirt *dirt;
  size_t dirts;
  vm_stored_fn *other; /* somebody else who looks on, or NULL  */
  size_t file_room, version_room, name_room, promise_room, dirt_room;
} files;

#define ADD(array, count, room)                                               \
  (make_room ((void **)&(array), &(room), (count), sizeof *(array)),          \
   &(array)[(count)++])

static void
make_room (void **array, size_t *room, size_t count, size_t size)
{
  if (count < *room)
    return;
  *room = *room ? 2 * *room : 64;
  *array = realloc (*array, *room * size);
  CHECK (*array);
}

static uint32_t
position (void)
{
  return files.log->writes;
}

/* ---- Files ---------------------------------------------------------------
 */

static struct powercut_file *
file_of (uint32_t inode)
{
  uint32_t n = inode < files.inodes ? files.current[inode] : 0;
  return n ? &files.log->file[n - 1] : NULL;
}

static uint32_t
number_of (const struct powercut_file *f)
{
  return f - files.log->file;
}

static struct powercut_file *
new_file (uint32_t inode)
{
  if (inode >= files.inodes)
    {
      size_t n = 2 * (size_t)inode + 64;
      files.current = realloc (files.current, n * sizeof *files.current);
      CHECK (files.current);
      memset (files.current + files.inodes, 0,
              (n - files.inodes) * sizeof *files.current);
      files.inodes = n;
    }
  struct powercut_file *f
      = ADD (files.log->file, files.log->files, files.file_room);
  *f = (struct powercut_file){ .inode = inode,
                               .touched = POWERCUT_NEVER,
                               .names_until = POWERCUT_NEVER };
  files.current[inode] = files.log->files;
  return f;
}

static void
touch (struct powercut_file *f)
{
  if (f->touched == POWERCUT_NEVER)
    f->touched = position ();
}

static void
add_resize (struct powercut_file *f, uint64_t size, bool cut, bool over)
{
  f->resize = realloc (f->resize, (f->resizes + 1) * sizeof *f->resize);
  CHECK (f->resize);
  f->resize[f->resizes++] = (struct powercut_resize){
    .at = position (), .seq = files.seq, .size = size, .cut = cut, .over = over
  };
}

/* The size of F as of SEQ.  */
static uint64_t
size_at (const struct powercut_file *f, uint64_t seq)
{
  uint64_t size = 0;
  for (size_t i = 0; i < f->resizes && f->resize[i].seq <= seq; i++)
    {
      const struct powercut_resize *r = &f->resize[i];
      if (r->over && (r->cut || r->size > size))
        size = r->size;
    }
  return size;
}

/* Page PAGE of the file has BLOCK from now on; NULL is zeros.  */
static void
add_version (uint32_t file, uint32_t page, const uint8_t *block)
{
  static const uint8_t zeros[POWERCUT_BLOCK];
  struct powercut_version *v
      = ADD (files.log->version, files.log->versions, files.version_room);
  block = block ? block : zeros;
  *v = (struct powercut_version){ .file = file,
                                  .page = page,
                                  .at = position (),
                                  .seq = files.seq,
                                  .digest = powercut_block_digest (block) };
  powercut_sector_digests (block, v->sector);
}

/* ---- Promises ------------------------------------------------------------
 */

static void
end_promise (struct powercut_file *f)
{
  if (f->promised)
    files.log->promise[f->promised - 1].to = position ();
  f->promised = 0;
}

/* What F was at SEQ is safe now.  */
static void
promise (struct powercut_file *f, uint64_t seq)
{
  end_promise (f);
  *ADD (files.log->promise, files.log->promises, files.promise_room)
      = (struct powercut_promise){ .file = number_of (f),
                                   .from = position (),
                                   .to = POWERCUT_NEVER,
                                   .seq = seq,
                                   .size = size_at (f, seq) };
  f->promised = files.log->promises;
}

/* ---- Names ---------------------------------------------------------------
 */

/* PATH with single slashes, and none at its ends.  */
static char *
clean (const char *path)
{
  char *copy = malloc (strlen (path) + 1), *to = copy;
  CHECK (copy);
  for (;;)
    {
      path += strspn (path, "/");
      size_t n = strcspn (path, "/");
      if (n == 0)
        break;
      if (to != copy)
        *to++ = '/';
      memcpy (to, path, n);
      to += n;
      path += n;
    }
  *to = '\0';
  return copy;
}

static void
soil (const char *path)
{
  const char *slash = strrchr (path, '/');
  char *dir = strndup (path, slash ? slash + 1 - path : 0);
  CHECK (dir);
  *ADD (files.dirt, files.dirts, files.dirt_room)
      = (struct dirt){ dir, position () };
}

/* PATH is, or is in, the directory or file AT.  */
static bool
under (const char *path, const char *at)
{
  size_t n = strlen (at);
  return strncmp (path, at, n) == 0 && (path[n] == '\0' || path[n] == '/');
}

static void
add_name (uint32_t file, char *path)
{
  *ADD (files.log->name, files.log->names, files.name_room)
      = (struct powercut_name){
          .file = file, .at = position (), .gone = POWERCUT_NEVER, .path = path
        };
}

/* The names at PATH and below it may be elsewhere from now on.  */
static void
begin_move (const char *path)
{
  struct powercut_log *log = files.log;
  for (size_t i = 0; i < log->names; i++)
    if (log->name[i].gone == POWERCUT_NEVER && under (log->name[i].path, path))
      log->name[i].gone = position ();
}

/* A name at PATH, and the file with it.  */
static void
begin_unlink (const char *path)
{
  struct powercut_log *log = files.log;
  for (size_t i = 0; i < log->names; i++)
    if (log->name[i].gone == POWERCUT_NEVER
        && strcmp (log->name[i].path, path) == 0)
      {
        struct powercut_file *f = &log->file[log->name[i].file];
        log->name[i].gone = position ();
        touch (f);
        end_promise (f);
        files.current[f->inode] = 0;
      }
}

/* Names below FROM, since SINCE on their way, are below TO now.  */
static void
end_move (const char *from, const char *to, uint32_t since)
{
  struct powercut_log *log = files.log;
  size_t n = log->names;
  for (size_t i = 0; i < n; i++)
    {
      const struct powercut_file *f = &log->file[log->name[i].file];
      char *path;
      if (log->name[i].gone != since || !under (log->name[i].path, from)
          || file_of (f->inode) != f)
        continue;
      CHECK (asprintf (&path, "%s%s", to, log->name[i].path + strlen (from))
             >= 0);
      add_name (log->name[i].file, path);
    }
}

static void
on_create (const struct client_event *e, const char *path)
{
  if (!e->over)
    soil (path);
  else if (e->error == 0 && file_of (e->inode) == NULL)
    {
      struct powercut_file *f = new_file (e->inode);
      touch (f);
      add_name (number_of (f), clean (path));
    }
}

static void
on_rename (struct client_event *e, const char *from, const char *to)
{
  if (e->over)
    {
      if (e->error == 0)
        end_move (from, to, e->mark);
      return;
    }
  soil (from);
  soil (to);
  if (strcmp (from, to) != 0)
    begin_unlink (to);
  e->mark = position ();
  begin_move (from);
}

static void
on_name (struct client_event *e)
{
  char *path = clean (e->path), *to = e->to ? clean (e->to) : NULL;
  if (e->what == CLIENT_CREATE)
    on_create (e, path);
  else if (e->what == CLIENT_RENAME)
    on_rename (e, path, to);
  else if (!e->over)
    {
      soil (path);
      if (e->what == CLIENT_UNLINK)
        begin_unlink (path);
    }
  free (path);
  free (to);
}

/* ---- Contents ------------------------------------------------------------
 */

static void
stored (const struct page *p, size_t offset, size_t len,
        const struct stamp *before)
{
  struct powercut_file *f = file_of (explain_inode (files.server, p->object));
  if (files.other)
    files.other (p, offset, len, before);
  if (f == NULL)
    return;
  files.seq++;
  touch (f);
  add_version (number_of (f), p->index, p->bytes);
}

static void
on_resize (const struct client_event *e)
{
  struct powercut_file *f = file_of (e->inode);
  bool cut = e->what == CLIENT_TRUNCATE;
  if (f == NULL)
    return;
  touch (f);
  if (e->error == 0)
    add_resize (f, cut ? e->length : e->offset + e->length, cut, e->over);
}

static void
on_sync (struct client_event *e)
{
  if (!e->over)
    {
      e->mark = files.seq;
      return;
    }
  if (e->error)
    return;
  if (e->what == CLIENT_FSYNC)
    {
      struct powercut_file *f = file_of (e->inode);
      if (f != NULL)
        promise (f, e->mark);
      return;
    }
  for (size_t i = 0; i < files.log->files; i++)
    {
      struct powercut_file *f = &files.log->file[i];
      if (file_of (f->inode) == f)
        promise (f, e->mark);
    }
}

static void
watch (struct client_event *e)
{
  files.seq++;
  switch (e->what)
    {
    case CLIENT_WRITE:
    case CLIENT_TRUNCATE:
      on_resize (e);
      break;
    case CLIENT_FSYNC:
    case CLIENT_SYNC:
      on_sync (e);
      break;
    default:
      on_name (e);
    }
}

/* ---- Begin and end -------------------------------------------------------
 */

/* A file that setup left.  */
static void
add_base_file (void *arg, const char *path, uint32_t inode)
{
  const struct ext2_view *v = arg;
  struct ext2_view_inode i;
  if (file_of (inode) != NULL || !ext2_view_inode (v, inode, &i))
    return;
  struct powercut_file *f = new_file (inode);
  uint32_t number = number_of (f);
  f->there_before = true;
  add_name (number, clean (path));
  add_resize (f, i.size, true, true);
  for (uint32_t n = 0; (uint64_t)n * POWERCUT_BLOCK < i.size; n++)
    add_version (number, n, ext2_view_block (v, &i, n));
  promise (f, files.seq);
}

void
powercut_files_begin (struct powercut_log *log,
                      const struct hurd_server *server)
{
  struct ext2_view v;
  memset (&files, 0, sizeof files);
  files.log = log;
  files.server = server;
  if (ext2_view_open (&v, log->base, log->size))
    ext2_view_walk (&v, add_base_file, &v);
  client_watch = watch;
  files.other = vm_stored;
  vm_stored = stored;
}

static int
compare_versions (const void *left, const void *right)
{
  const struct powercut_version *a = left, *b = right;
  if (a->file != b->file)
    return a->file < b->file ? -1 : 1;
  if (a->page != b->page)
    return a->page < b->page ? -1 : 1;
  return a->seq < b->seq ? -1 : a->seq > b->seq;
}

/* When the names of files that setup left need not last any longer.  */
static void
spread_dirt (struct powercut_log *log)
{
  for (size_t i = 0; i < log->names; i++)
    {
      const struct powercut_name *n = &log->name[i];
      struct powercut_file *f = &log->file[n->file];
      for (size_t k = 0; f->there_before && k < files.dirts; k++)
        if (strncmp (n->path, files.dirt[k].path, strlen (files.dirt[k].path))
                == 0
            && files.dirt[k].at < f->names_until)
          f->names_until = files.dirt[k].at;
    }
}

void
powercut_files_end (void)
{
  struct powercut_log *log = files.log;
  client_watch = NULL;
  vm_stored = files.other;
  spread_dirt (log);
  if (log->versions > 0)
    qsort (log->version, log->versions, sizeof *log->version,
           compare_versions);
  for (size_t i = 0; i < log->versions; i++)
    {
      struct powercut_file *f = &log->file[log->version[i].file];
      if (f->versions++ == 0)
        f->first = i;
    }
  for (size_t i = 0; i < files.dirts; i++)
    free (files.dirt[i].path);
  free (files.dirt);
  free (files.current);
  files.log = NULL;
}
