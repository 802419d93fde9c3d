/* A thread wants to write to a page that is locked against it (docs/model.md
   2.5).

   A request that asks for anything else, or comes when the pager is not in
   use, gets no answer.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "priv.h"
#include "memory_object_S.h"

#include <stdbool.h>
#include <stdio.h>

static bool
acceptable (struct pager *p, mach_port_t control, vm_offset_t offset,
            vm_size_t length, vm_prot_t access)
{
  if (control != p->memobjcntl)
    printf ("data unlock: not the memory object's control port\n");
  else if (p->pager_state != NORMAL)
    printf ("data unlock: the pager is not in use\n");
  else if (!(access & VM_PROT_WRITE))
    printf ("data unlock: not for writing\n");
  else if (offset % __vm_page_size || length != __vm_page_size)
    printf ("data unlock: not one page: %lu bytes at %lu\n", length, offset);
  else
    return true;
  return false;
}

static void
fail_next_request (struct pager *p, vm_offset_t offset, vm_size_t length,
                   error_t err)
{
  pthread_mutex_lock (&p->interlock);
  _pager_mark_next_request_error (p, offset, length, err);
  pthread_mutex_unlock (&p->interlock);
}

kern_return_t
_pager_S_memory_object_data_unlock (struct pager *p, mach_port_t control,
                                    vm_offset_t offset, vm_size_t length,
                                    vm_prot_t access)
{
  error_t err;
  bool beside;

  if (!p || p->port.class != _pager_class)
    return EOPNOTSUPP;
  if (!acceptable (p, control, offset, length, access))
    return 0;

  beside = _pager_request_begun (p);
  err = pager_unlock_page (p->upi, offset);
  if (!err)
    {
      _pager_lock_object (p, offset, length, MEMORY_OBJECT_RETURN_NONE, 0,
                          VM_PROT_NONE, 0);
      return 0;
    }

  /* With the page gone the thread asks for it again, and then gets the error:
     that request comes after this one, or else the error has to be there
     before it.  */
  if (beside)
    fail_next_request (p, offset, length, err);
  _pager_lock_object (p, offset, length, MEMORY_OBJECT_RETURN_NONE, 1,
                      VM_PROT_WRITE, 0);
  if (!beside)
    fail_next_request (p, offset, length, err);
  return 0;
}
