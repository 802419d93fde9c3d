/* Copy between a client's buffer and a file (docs/model.md 4).

   Through windows onto the object, one mapping each: by vm_copy where both
   sides are page aligned and there is enough of it, else by touching the
   window.  The buffer is opaque, and taken to begin on a page: so the two
   sides are aligned alike exactly when the file offset is, and a misaligned
   request is copied by touching throughout.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "priv.h"
#include <hurd_api.h>

#include <stdbool.h>

/* A window's pages, and the fewest that are worth a vm_copy.  */
#define WINDOW_PAGES 32
#define VMCOPY_MIN_PAGES 8

/* Copy LEN bytes, within one window of MEMOBJ; *DONE is how far it came.  */
static error_t
copy_window (memory_object_t memobj, vm_offset_t offset, void *buffer,
             size_t buffer_offset, size_t len, bool to_object, bool vm_copy,
             size_t *done)
{
  vm_offset_t start = trunc_page (offset);
  vm_size_t size = round_page (offset + len) - start;
  vm_address_t window, at;
  error_t err;

  *done = 0;
  err = hurd_api->vm_map_object (memobj, start, size, 0, &window);
  if (err)
    return err;
  at = window + (offset - start);
  if (to_object)
    err = hurd_api->copy_to_mapping (at, buffer, buffer_offset, len, vm_copy,
                                     done);
  else
    err = hurd_api->copy_from_mapping (buffer, buffer_offset, at, len, done);
  hurd_api->vm_unmap_object (window, size);
  return err;
}

error_t
pager_memcpy (struct pager *p, memory_object_t memobj, vm_offset_t offset,
              void *buffer, size_t *size, vm_prot_t prot)
{
  const size_t window = WINDOW_PAGES * vm_page_size;
  const bool to_object = prot & VM_PROT_WRITE;
  size_t copied = 0, done;
  error_t err = 0;

  while (!err && copied < *size)
    {
      size_t left = *size - copied;
      bool aligned = (offset | copied) % vm_page_size == 0;
      bool vm_copy = aligned && left >= VMCOPY_MIN_PAGES * vm_page_size;
      /* The first window is cut at a page, so that the next begins there. */
      size_t len = window - (offset + copied) % vm_page_size;

      if (len > left)
        len = vm_copy ? trunc_page (left) : left;
      err = copy_window (memobj, offset + copied, buffer, copied, len,
                         to_object, vm_copy, &done);
      copied += done;
    }

  *size = copied;
  if (err == EIO && p)
    {
      /* The kernel says no more than that a page could not be had.  */
      error_t why = pager_get_error (p, offset + copied);

      if (why)
        err = why;
    }
  return err;
}
