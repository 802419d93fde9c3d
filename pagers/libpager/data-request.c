/* The kernel asks for a page (docs/model.md 2.4).

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "priv.h"
#include "memory_object_S.h"

#include <stdbool.h>
#include <stdio.h>

/* Whether a request for LENGTH bytes at OFFSET is one that P can serve; the
   interlock is held.  */
static bool
acceptable (struct pager *p, mach_port_t control, vm_offset_t offset,
            vm_size_t length)
{
  if (control != p->memobjcntl)
    printf ("data request: not the memory object's control port\n");
  else if (offset % __vm_page_size || length != __vm_page_size)
    printf ("data request: not one page: %lu bytes at %lu\n", length, offset);
  else if (p->pager_state != NORMAL)
    printf ("data request: the pager is not in use\n");
  else
    return true;
  return false;
}

/* Read the page at OFFSET and give it to the kernel.  */
static error_t
supply (struct pager *p, vm_offset_t offset)
{
  vm_address_t page = 0;
  int write_lock = 0;
  error_t err = pager_read_page (p->upi, offset, &page, &write_lock);

  if (err)
    return err;
  memory_object_data_supply (p->memobjcntl, offset, page, __vm_page_size, 1,
                             write_lock ? VM_PROT_WRITE : VM_PROT_NONE,
                             p->notify_on_evict, MACH_PORT_NULL);
  return 0;
}

kern_return_t
_pager_S_memory_object_data_request (struct pager *p, mach_port_t control,
                                     vm_offset_t offset, vm_size_t length,
                                     vm_prot_t access)
{
  enum
  {
    READ,
    FAIL,
    LEAVE /* answered already, or data-return.c will  */
  } answer
      = READ;
  error_t err;
  short *entry;

  if (!p || p->port.class != _pager_class)
    return EOPNOTSUPP;

  pthread_mutex_lock (&p->interlock);
  if (!acceptable (p, control, offset, length))
    {
      pthread_mutex_unlock (&p->interlock);
      return 0;
    }

  _pager_block_termination (p);
  err = _pager_pagemap_resize (p, offset + length);
  if (err)
    answer = LEAVE;
  else
    {
      entry = &p->pagemap[offset / __vm_page_size];

      if (*entry & PM_INVALID)
        answer = FAIL;
      if (*entry & PM_PAGINGOUT)
        {
          /* What is being written is newer than what could be read.  */
          *entry |= PM_PAGEINWAIT;
          answer = LEAVE;
        }
      *entry |= PM_INCORE;

      if (PM_NEXTERROR (*entry) != PAGE_NOERR && (access & VM_PROT_WRITE))
        {
          /* The write that data-unlock.c could not allow.  */
          err = _pager_page_errors[PM_NEXTERROR (*entry)];
          memory_object_data_error (control, offset, length, err);
          _pager_mark_object_error (p, offset, length, err);
          *entry = SET_PM_NEXTERROR (*entry, PAGE_NOERR);
          answer = LEAVE;
        }
    }
  _pager_request_begun (p);
  pthread_mutex_unlock (&p->interlock);

  if (answer == READ && supply (p, offset) != 0)
    answer = FAIL;
  if (answer == FAIL)
    memory_object_data_error (p->memobjcntl, offset, length, EIO);

  pthread_mutex_lock (&p->interlock);
  if (answer != LEAVE)
    _pager_mark_object_error (p, offset, length, answer == FAIL ? EIO : 0);
  _pager_allow_termination (p);
  pthread_mutex_unlock (&p->interlock);
  return 0;
}
