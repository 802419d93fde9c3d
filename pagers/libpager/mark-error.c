/* What went wrong with a page, and what is to go wrong at its next request.

   An entry of the pagemap has room for three errors; any other becomes EIO.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "priv.h"

int _pager_page_errors[] = { KERN_SUCCESS, ENOSPC, EIO, EDQUOT };

static int
page_error (error_t error)
{
  switch (error)
    {
    case 0:
      return PAGE_NOERR;
    case ENOSPC:
      return PAGE_ENOSPC;
    case EDQUOT:
      return PAGE_EDQUOT;
    default:
      return PAGE_EIO;
    }
}

void
_pager_mark_next_request_error (struct pager *p, vm_address_t offset,
                                vm_size_t length, error_t error)
{
  vm_address_t end = (offset + length) / __vm_page_size;

  if (_pager_pagemap_resize (p, offset + length) != 0)
    return;
  for (vm_address_t i = offset / __vm_page_size; i < end; i++)
    p->pagemap[i] = SET_PM_NEXTERROR (p->pagemap[i], page_error (error));
}

void
_pager_mark_object_error (struct pager *p, vm_address_t offset,
                          vm_size_t length, error_t error)
{
  vm_address_t end = (offset + length) / __vm_page_size;

  if (_pager_pagemap_resize (p, offset + length) != 0)
    return;
  for (vm_address_t i = offset / __vm_page_size; i < end; i++)
    p->pagemap[i] = SET_PM_ERROR (p->pagemap[i], page_error (error));
}

error_t
pager_get_error (struct pager *p, vm_address_t address)
{
  error_t err;

  pthread_mutex_lock (&p->interlock);
  err = _pager_pagemap_resize (p, trunc_page (address) + __vm_page_size);
  if (!err)
    err = _pager_page_errors[PM_ERROR (p->pagemap[address / __vm_page_size])];
  pthread_mutex_unlock (&p->interlock);
  return err;
}
