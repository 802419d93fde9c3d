/* Copies between clients and memory objects: what io_write, io_read and a
   client's own mapping do to pages.  See vm.h.

   A client's data is not kept: it is the next version of a page, as a stamp or
   as bytes that follow from it.  A store is one step in time, at the moment
   its fault is done; a writer preempted in the middle of a page is not
   modelled (docs/model.md 9.6).

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <errno.h>
#include <string.h>

#include "../base/check.h"
#include "costs.h"
#include "faults.h"
#include "vm.h"

vm_stored_fn *vm_stored;

/* Fill LEN bytes at OFFSET of P with what its stamp stands for: 64-bit words
   that name the file, version, page and place.  */
static void
fill_bytes (struct page *p, size_t offset, size_t len)
{
  uint64_t word = (uint64_t)p->stamp.file << 40 ^ p->stamp.page << 12;
  word ^= (uint64_t)p->stamp.version * UINT64_C (0x9e3779b97f4a7c15);
  if (p->bytes == NULL)
    {
      p->bytes = memory_bytes (p);
      memset (p->bytes, 0, SIM_PAGE_SIZE);
    }
  if (offset == 0 && len == SIM_PAGE_SIZE)
    {
      uint64_t *to = (uint64_t *)p->bytes;
      for (unsigned i = 0; i < SIM_PAGE_SIZE / 8; i++)
        to[i] = word + i;
      return;
    }
  for (size_t i = offset; i < offset + len; i++)
    p->bytes[i] = (word + i / 8) >> i % 8 * 8;
}

/* Store to bytes [OFFSET, OFFSET + LEN) of P, which is busy and ours.  */
static void
store (struct page *p, size_t offset, size_t len, uint32_t file)
{
  struct stamp before = p->stamp;
  bool same = before.magic == STAMP_MAGIC && before.file == file
              && before.page == p->index;
  p->stamp = (struct stamp){ .magic = STAMP_MAGIC,
                             .file = file,
                             .page = p->index,
                             .version = same ? before.version + 1 : 1 };
  /* What a torn write left is gone.  */
  if (before.magic == STAMP_TORN && len == SIM_PAGE_SIZE
      && !memory_config.real_contents && p->object->home == NULL)
    p->bytes = NULL;
  if (memory_config.real_contents || p->bytes != NULL)
    fill_bytes (p, offset, len);
  if (__builtin_expect (vm_stored != NULL, 0))
    vm_stored (p, offset, len, &before);
  page_make_dirty (p);
}

/* Fault page INDEX of O in for a store and do it.  */
static int
store_page (struct memobj *o, uint64_t index, size_t offset, size_t len,
            uint32_t file, bool mapping)
{
  struct page *p;
  int access = mapping || len < SIM_PAGE_SIZE ? PROT_BIT_READ | PROT_BIT_WRITE
                                              : PROT_BIT_WRITE;
  engine_kernel_enter (); /* until the page is not busy any more  */
  int error = memobj_fault (o, index, access, mapping, &p);
  if (error == 0)
    {
      store (p, offset, len, file);
      cost_charge (COST_COPY_PAGE);
      if (mapping)
        p->mapped |= PROT_BIT_READ | PROT_BIT_WRITE;
      page_release (p);
    }
  engine_kernel_leave ();
  return error;
}

int
vm_copy_to (uintptr_t address, const struct client_buffer *from, size_t len,
            bool by_page, size_t *done)
{
  *done = 0;
  struct memobj *o;
  uint64_t index;
  if (len == 0)
    return 0;
  if (!vm_lookup (address, &o, &index))
    return EFAULT;
  size_t offset = address % SIM_PAGE_SIZE;
  while (*done < len)
    {
      size_t n = SIM_PAGE_SIZE - offset;
      if (n > len - *done)
        n = len - *done;
      int error = store_page (o, index, offset, n, from->file, !by_page);
      if (error)
        return EIO;
      *done += n;
      index++;
      offset = 0;
    }
  return 0;
}

static int
zero_page (struct memobj *o, uint64_t index, size_t offset, size_t len)
{
  struct page *p;
  engine_kernel_enter ();
  int error
      = memobj_fault (o, index, PROT_BIT_READ | PROT_BIT_WRITE, true, &p);
  if (error == 0)
    {
      struct stamp before = p->stamp;
      if (p->bytes != NULL)
        memset (p->bytes + offset, 0, len);
      if (len == SIM_PAGE_SIZE)
        p->stamp = (struct stamp){ .magic = STAMP_MAGIC };
      else
        p->stamp.version++;
      if (__builtin_expect (vm_stored != NULL, 0))
        vm_stored (p, offset, len, &before);
      page_make_dirty (p);
      page_release (p);
    }
  engine_kernel_leave ();
  return error;
}

int
vm_zero (uintptr_t address, size_t len)
{
  while (len > 0)
    {
      struct memobj *o;
      uint64_t index;
      if (!vm_lookup (address, &o, &index))
        return EFAULT;
      size_t offset = address % SIM_PAGE_SIZE;
      size_t n = SIM_PAGE_SIZE - offset;
      if (n > len)
        n = len;
      if (zero_page (o, index, offset, n))
        return EIO;
      address += n;
      len -= n;
    }
  return 0;
}

static int
load_page (struct memobj *o, uint64_t index)
{
  struct page *p;
  engine_kernel_enter ();
  int error = memobj_fault (o, index, PROT_BIT_READ, true, &p);
  if (error == 0)
    {
      p->mapped |= PROT_BIT_ALL & ~p->lock;
      page_release (p);
    }
  engine_kernel_leave ();
  if (error == 0)
    cost_charge (COST_COPY_PAGE);
  return error;
}

int
vm_copy_from (uintptr_t address, size_t len, size_t *done)
{
  *done = 0;
  struct memobj *o;
  uint64_t index;
  if (len == 0)
    return 0;
  if (!vm_lookup (address, &o, &index))
    return EFAULT;
  size_t offset = address % SIM_PAGE_SIZE;
  while (*done < len)
    {
      if (load_page (o, index++))
        return EIO;
      size_t n = SIM_PAGE_SIZE - offset;
      *done += n > len - *done ? len - *done : n;
      offset = 0;
    }
  return 0;
}

/* A page that the client has mapped well enough costs it nothing.  */
static bool
mapped_for (const struct memobj *o, uint64_t index, bool storing,
            struct page **out)
{
  struct page *p = memobj_page (o, index);
  int want = storing ? PROT_BIT_WRITE : PROT_BIT_READ;
  *out = p;
  return p != NULL && !p->busy && (p->mapped & want) && !(p->lock & want);
}

int
vm_client_access (struct memobj *o, uint64_t offset, uint64_t len,
                  bool storing, uint32_t file)
{
  while (len > 0)
    {
      if (faults_killed ())
        return EINTR;
      uint64_t index = offset >> SIM_PAGE_SHIFT;
      size_t at = offset % SIM_PAGE_SIZE;
      size_t n = SIM_PAGE_SIZE - at;
      if (n > len)
        n = len;
      struct page *p;
      int error = 0;
      if (!mapped_for (o, index, storing, &p))
        error = storing ? store_page (o, index, at, n, file, true)
                        : load_page (o, index);
      else if (storing)
        store (p, at, n, file);
      if (error)
        return EIO;
      offset += n;
      len -= n;
    }
  return 0;
}
