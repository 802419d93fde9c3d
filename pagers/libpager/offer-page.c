/* Give the kernel a page that it did not ask for.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "priv.h"

void
pager_offer_page (struct pager *p, int precious, int writelock,
                  vm_offset_t offset, vm_address_t buf)
{
  vm_address_t page = offset / __vm_page_size;

  pthread_mutex_lock (&p->interlock);
  if (_pager_pagemap_resize (p, offset + __vm_page_size) == 0)
    {
      /* The kernel would drop it if it had one there.  */
      while (p->pagemapsize > page && (p->pagemap[page] & PM_INCORE))
        {
          pthread_mutex_unlock (&p->interlock);
          pager_flush_some (p, offset, __vm_page_size, 1);
          pthread_mutex_lock (&p->interlock);
        }
      if (p->pagemapsize > page)
        {
          p->pagemap[page] |= PM_INCORE;
          memory_object_data_supply (p->memobjcntl, offset, buf,
                                     __vm_page_size, 0,
                                     writelock ? VM_PROT_WRITE : VM_PROT_NONE,
                                     precious, MACH_PORT_NULL);
        }
    }
  pthread_mutex_unlock (&p->interlock);
}
