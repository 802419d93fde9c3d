/* Write back what is dirty.  (docs/model.md 2.6)

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "priv.h"

void
pager_sync (struct pager *p, int wait)
{
  vm_address_t offset;
  vm_size_t length;

  if (pager_report_extent (p->upi, &offset, &length) == 0)
    pager_sync_some (p, offset, length, wait);
}

void
pager_sync_some (struct pager *p, vm_address_t offset, vm_size_t size,
                 int wait)
{
  _pager_lock_object (p, offset, size, MEMORY_OBJECT_RETURN_ALL, 0,
                      VM_PROT_NO_CHANGE, wait);
}
