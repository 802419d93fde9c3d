/* Finished rows in a file: see sweep.h.

   DIR/rows.journal is a line that says what it is, then records, each with its
   length and a checksum before it, that are only ever appended.  Whatever is
   after the last record that is whole is cut off when the file is opened: it
   was being written when the sweep was stopped.  So a sweep can be killed at
   any moment.  Rows of other sweeps stay, as an id says all that a row depends
   on.

   A header of CSV is a record of its own, once, and rows refer to it by its
   number among these.

   A record lock of the whole file keeps other sweeps out.  It is of the
   process alone: a worker that outlives it for a moment does not hold it.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "sweep.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "../base/check.h"
#include "../base/digest.h"

static const char magic[] = "pagersim sweep rows 1\n";

enum
{
  RECORD_MAX = 1 << 30
};

struct prefix
{
  uint64_t sum;
  uint32_t len;  /* of what follows  */
  uint32_t kind; /* 'H' or 'R'  */
};

/* What a row's record begins with; then the CSV and the JSON.  */
struct row_prefix
{
  uint8_t id[SWEEP_ID_BYTES];
  uint32_t header, csv, json;
};

/* A row in memory: header and row as one text, as a worker gives it.  */
struct entry
{
  uint8_t id[SWEEP_ID_BYTES];
  char *text; /* CSV, then JSON  */
  size_t csv, json;
};

struct sweep_store
{
  char path[PATH_MAX];
  int fd;
  off_t len;                  /* of what is good  */
  struct sweep_field *header; /* each a line  */
  size_t headers;
  struct entry **slot; /* a hash table, open; a power of two  */
  size_t slots, entries;
};

static bool
fail (const struct sweep_store *s, struct user_error *err)
{
  snprintf (err->line, sizeof err->line, "%.400s: %s", s->path,
            strerror (errno));
  return false;
}

/* ---- In memory -----------------------------------------------------------
 */

/* Where ID is, or would be.  */
static struct entry **
place (const struct sweep_store *s, const uint8_t *id)
{
  size_t i;
  memcpy (&i, id, sizeof i);
  for (;; i++)
    {
      struct entry **slot = &s->slot[i & (s->slots - 1)];
      if (!*slot || memcmp ((*slot)->id, id, SWEEP_ID_BYTES) == 0)
        return slot;
    }
}

static void
make_room (struct sweep_store *s)
{
  if (2 * s->entries < s->slots)
    return;
  struct entry **old = s->slot;
  size_t n = s->slots;
  s->slots = n ? 2 * n : 256;
  s->slot = calloc (s->slots, sizeof *s->slot);
  CHECK (s->slot);
  for (size_t i = 0; i < n; i++)
    if (old[i])
      *place (s, old[i]->id) = old[i];
  free (old);
}

static void
free_entry (struct entry *e)
{
  if (e)
    free (e->text);
  free (e);
}

/* Remember a row: its CSV and JSON are at TEXT.  */
static void
remember (struct sweep_store *s, const uint8_t *id,
          const struct sweep_field *header, const char *text, size_t csv_len,
          size_t json_len)
{
  struct entry *e = calloc (1, sizeof *e);
  CHECK (e);
  memcpy (e->id, id, SWEEP_ID_BYTES);
  e->csv = header->len + csv_len;
  e->json = json_len;
  e->text = malloc (e->csv + e->json + 1);
  CHECK (e->text);
  memcpy (e->text, header->text, header->len);
  memcpy (e->text + header->len, text, csv_len + json_len);
  make_room (s);
  struct entry **slot = place (s, id);
  if (*slot)
    free_entry (*slot);
  else
    s->entries++;
  *slot = e;
}

bool
sweep_store_find (const struct sweep_store *s,
                  const uint8_t id[SWEEP_ID_BYTES], bool with_json,
                  const char **csv, size_t *csv_len, const char **json,
                  size_t *json_len)
{
  const struct entry *e = s->slots ? *place (s, id) : NULL;
  if (!e || (with_json && !e->json))
    return false;
  *csv = e->text;
  *csv_len = e->csv;
  *json = e->text + e->csv;
  *json_len = e->json;
  return true;
}

/* ---- Reading -------------------------------------------------------------
 */

static uint64_t
checksum (uint32_t kind, const char *data, size_t len)
{
  uint64_t d = digest_word (DIGEST_K0, (uint64_t)kind << 32 | len);
  for (; len >= 8; data += 8, len -= 8)
    {
      uint64_t word;
      memcpy (&word, data, 8);
      d = digest_word (d, word);
    }
  uint64_t rest = 0;
  memcpy (&rest, data, len);
  return digest_finish (digest_word (d, rest));
}

static void
add_header (struct sweep_store *s, const char *text, size_t len)
{
  char *copy = malloc (len);
  s->header = realloc (s->header, (s->headers + 1) * sizeof *s->header);
  CHECK (copy && s->header);
  memcpy (copy, text, len);
  s->header[s->headers++] = (struct sweep_field){ copy, len };
}

/* Take the record at DATA, of which LEFT bytes are there.  Returns its length,
   or 0 when it is not whole.  */
static size_t
take (struct sweep_store *s, const char *data, size_t left)
{
  struct prefix p;
  struct row_prefix r;
  if (left < sizeof p)
    return 0;
  memcpy (&p, data, sizeof p);
  data += sizeof p;
  left -= sizeof p;
  if (p.len == 0 || p.len > RECORD_MAX || p.len > left
      || checksum (p.kind, data, p.len) != p.sum)
    return 0;
  if (p.kind == 'H')
    add_header (s, data, p.len);
  else
    {
      if (p.len < sizeof r)
        return 0;
      memcpy (&r, data, sizeof r);
      if ((uint64_t)r.csv + r.json + sizeof r != p.len
          || r.header >= s->headers)
        return 0;
      remember (s, r.id, &s->header[r.header], data + sizeof r, r.csv, r.json);
    }
  return sizeof p + p.len;
}

static bool
write_at_end (struct sweep_store *s, const char *data, size_t len)
{
  size_t done = 0;
  while (done < len)
    {
      ssize_t n = pwrite (s->fd, data + done, len - done, s->len + done);
      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        {
          int error = n < 0 ? errno : ENOSPC;
          /* What is there of it would be cut off later, too.  */
          int cut = ftruncate (s->fd, s->len);
          (void)cut;
          errno = error;
          return false;
        }
      done += n;
    }
  s->len += len;
  return true;
}

/* Begin the file anew.  */
static bool
begin (struct sweep_store *s)
{
  s->len = 0; /* and nothing has been read  */
  return ftruncate (s->fd, 0) == 0
         && write_at_end (s, magic, sizeof magic - 1);
}

static bool
read_all (struct sweep_store *s, struct user_error *err)
{
  struct stat st;
  if (fstat (s->fd, &st) != 0)
    return fail (s, err);
  size_t size = st.st_size, at = sizeof magic - 1;
  if (size == 0)
    return begin (s) || fail (s, err);
  const char *data = mmap (NULL, size, PROT_READ, MAP_PRIVATE, s->fd, 0);
  if (data == MAP_FAILED)
    return fail (s, err);
  bool ours = memcmp (data, magic, size < at ? size : at) == 0;
  if (ours && size >= at)
    for (size_t n; (n = take (s, data + at, size - at)); at += n)
      ;
  munmap ((void *)data, size);
  if (!ours)
    {
      snprintf (err->line, sizeof err->line,
                "%.400s: not rows of a sweep (--fresh begins anew)", s->path);
      return false;
    }
  if (size < sizeof magic - 1)
    return begin (s) || fail (s, err);
  s->len = at;
  return at == size || ftruncate (s->fd, at) == 0 || fail (s, err);
}

struct sweep_store *
sweep_store_open (const char *dir, bool fresh, struct user_error *err)
{
  struct sweep_store *s = calloc (1, sizeof *s);
  CHECK (s);
  struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
  int n = snprintf (s->path, sizeof s->path, "%s/rows.journal", dir);
  errno = ENAMETOOLONG;
  s->fd = n < (int)sizeof s->path
              ? open (s->path, O_RDWR | O_CREAT | O_CLOEXEC, 0666)
              : -1;
  bool good = s->fd >= 0 || fail (s, err);
  if (good && fcntl (s->fd, F_SETLK, &lock) != 0)
    {
      good = fail (s, err);
      if (errno == EAGAIN || errno == EACCES)
        snprintf (err->line, sizeof err->line,
                  "%.400s: another sweep works there", dir);
    }
  if (good && fresh)
    good = begin (s) || fail (s, err);
  else if (good)
    good = read_all (s, err);
  if (good)
    return s;
  sweep_store_close (s);
  return NULL;
}

void
sweep_store_close (struct sweep_store *s)
{
  if (s->fd >= 0)
    close (s->fd);
  for (size_t i = 0; i < s->slots; i++)
    free_entry (s->slot[i]);
  for (size_t i = 0; i < s->headers; i++)
    free ((char *)s->header[i].text);
  free (s->slot);
  free (s->header);
  free (s);
}

/* ---- Writing -------------------------------------------------------------
 */

/* A record of KIND with the COUNT parts, as one write.  */
static bool
append (struct sweep_store *s, uint32_t kind, const struct sweep_field *part,
        unsigned count)
{
  size_t len = 0;
  for (unsigned i = 0; i < count; i++)
    len += part[i].len;
  CHECK (len <= RECORD_MAX);
  char *data = malloc (sizeof (struct prefix) + len), *at;
  CHECK (data);
  at = data + sizeof (struct prefix);
  for (unsigned i = 0; i < count; at += part[i++].len)
    memcpy (at, part[i].text, part[i].len);
  at = data + sizeof (struct prefix);
  struct prefix p = { checksum (kind, at, len), len, kind };
  memcpy (data, &p, sizeof p);
  bool good = write_at_end (s, data, sizeof p + len);
  free (data);
  return good;
}

bool
sweep_store_add (struct sweep_store *s, const uint8_t id[SWEEP_ID_BYTES],
                 const char *csv, size_t csv_len, const char *json,
                 size_t json_len, struct user_error *err)
{
  const char *end = memchr (csv, '\n', csv_len);
  CHECK (end);
  size_t header_len = end + 1 - csv, h = 0;
  while (h < s->headers
         && (s->header[h].len != header_len
             || memcmp (csv, s->header[h].text, header_len) != 0))
    h++;
  if (h == s->headers)
    {
      const struct sweep_field header = { csv, header_len };
      if (!append (s, 'H', &header, 1))
        return fail (s, err);
      add_header (s, csv, header_len);
    }
  struct row_prefix r
      = { .header = h, .csv = csv_len - header_len, .json = json_len };
  memcpy (r.id, id, SWEEP_ID_BYTES);
  const struct sweep_field part[] = { { (const char *)&r, sizeof r },
                                      { end + 1, csv_len - header_len },
                                      { json, json_len } };
  return append (s, 'R', part, 3) || fail (s, err);
}

bool
sweep_store_sync (struct sweep_store *s, struct user_error *err)
{
  return fdatasync (s->fd) == 0 || fail (s, err);
}
