/* Copies between clients and live memory objects: what io_write, io_read and a
   client's own mapping do to pages.  See kernel.h.

   A client's data is a pattern that names the file, the page, and how often it
   was stored to since it came into memory; with run.contents=bytes a simulated
   run writes the same.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "kernel.h"

#include <errno.h>
#include <string.h>

enum copy_kind
{
  COPY_STORE,
  COPY_LOAD,
  COPY_ZERO
};

static void
fill (uint8_t *bytes, uint64_t word, size_t offset, size_t len)
{
  if (offset == 0 && len == SIM_PAGE_SIZE)
    for (uint64_t i = 0; i < SIM_PAGE_SIZE / 8; i++)
      {
        uint64_t now = word + i;
        memcpy (bytes + 8 * i, &now, sizeof now);
      }
  else
    for (size_t i = offset; i < offset + len; i++)
      bytes[i] = (word + i / 8) >> i % 8 * 8;
}

static void
store (struct object *o, struct live_page *p, uint64_t index, size_t offset,
       size_t len, uint32_t file)
{
  p->version++;
  uint64_t word = (uint64_t)file << 40 ^ index << SIM_PAGE_SHIFT;
  word ^= p->version * UINT64_C (0x9e3779b97f4a7c15);
  fill (object_bytes (o, index), word, offset, len);
  p->dirty = true;
}

static int
fault_and_store (struct object *o, uint64_t index, size_t offset, size_t len,
                 uint32_t file, bool mapping)
{
  bool whole = !mapping && len == SIM_PAGE_SIZE;
  struct live_page *p;
  int error = object_fault (
      o, index, whole ? ACCESS_WRITE : ACCESS_READ | ACCESS_WRITE, &p);
  if (error == 0)
    {
      store (o, p, index, offset, len, file);
      if (mapping)
        p->mapped |= ACCESS_READ | ACCESS_WRITE;
    }
  object_done (o);
  return error;
}

static int
fault_and_load (struct object *o, uint64_t index)
{
  struct live_page *p;
  int error = object_fault (o, index, ACCESS_READ, &p);
  if (error == 0)
    p->mapped |= ACCESS_ALL & ~p->lock;
  object_done (o);
  return error;
}

static int
fault_and_zero (struct object *o, uint64_t index, size_t offset, size_t len)
{
  struct live_page *p;
  int error = object_fault (o, index, ACCESS_READ | ACCESS_WRITE, &p);
  if (error == 0)
    {
      memset (object_bytes (o, index) + offset, 0, len);
      p->version = len == SIM_PAGE_SIZE ? 0 : p->version + 1;
      p->dirty = true;
    }
  object_done (o);
  return error;
}

/* How much of LEN bytes at OFFSET is in its first page.  */
static size_t
in_page (size_t offset, size_t len)
{
  size_t left = SIM_PAGE_SIZE - offset % SIM_PAGE_SIZE;
  return len < left ? len : left;
}

/* Page by page; the kernel may be left in between.  */
static int
copy (unsigned long address, size_t len, enum copy_kind kind, uint32_t file,
      bool mapping, size_t *done)
{
  int error = 0;
  *done = 0;
  while (*done < len && error == 0)
    {
      struct object *o;
      uint64_t index;
      size_t offset = (address + *done) % SIM_PAGE_SIZE;
      size_t n = in_page (offset, len - *done);
      kernel_enter ();
      if (!window_find (address + *done, &o, &index))
        error = EFAULT;
      else if (kind == COPY_STORE)
        error = fault_and_store (o, index, offset, n, file, mapping);
      else if (kind == COPY_LOAD)
        error = fault_and_load (o, index);
      else
        error = fault_and_zero (o, index, offset, n);
      kernel_leave ();
      if (error == 0)
        *done += n;
    }
  return error;
}

int
live_copy_to_mapping (unsigned long address, const void *buffer,
                      size_t buffer_offset, size_t len, int vm_copy,
                      size_t *done)
{
  const struct live_buffer *from = buffer;
  (void)buffer_offset; /* the pattern is the same from anywhere  */
  return copy (address, len, COPY_STORE, from->file, !vm_copy, done);
}

int
live_copy_from_mapping (void *buffer, size_t buffer_offset,
                        unsigned long address, size_t len, size_t *done)
{
  (void)buffer, (void)buffer_offset;
  return copy (address, len, COPY_LOAD, 0, true, done);
}

int
live_zero_mapping (unsigned long address, size_t len)
{
  size_t done;
  return copy (address, len, COPY_ZERO, 0, true, &done);
}

/* ---- A client's own mapping ----------------------------------------------
 */

/* A page that it has mapped well enough costs nothing.  */
static bool
mapped_for (struct object *o, uint64_t index, bool storing)
{
  const struct live_page *p = object_page (o, index);
  int want = storing ? ACCESS_WRITE : ACCESS_READ;
  return p->state == PAGE_HERE && p->mapped & want && !(p->lock & want);
}

int
live_client_access (struct object *o, uint64_t offset, uint64_t len,
                    bool storing, uint32_t file)
{
  int error = 0;
  while (len > 0 && error == 0)
    {
      uint64_t index = offset >> SIM_PAGE_SHIFT;
      size_t at = offset % SIM_PAGE_SIZE;
      size_t n = in_page (at, len);
      kernel_enter ();
      if (!mapped_for (o, index, storing))
        error = storing ? fault_and_store (o, index, at, n, file, true)
                        : fault_and_load (o, index);
      else if (storing)
        store (o, object_page (o, index), index, at, n, file);
      kernel_leave ();
      offset += n;
      len -= n;
    }
  return error ? EIO : 0;
}
