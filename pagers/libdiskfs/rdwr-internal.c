/* Reading and writing a file through its memory object.

   The copy faults like any access to a mapped file; node->lock is held
   throughout (docs/model.md 4).  In the Hurd: libdiskfs/rdwr-internal.c,
   node-rdwr.c.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <hurd/diskfs.h>
#include <sys/mman.h>

#include "hurd_api.h"

error_t
_diskfs_rdwr_internal (struct node *np, void *buffer, loff_t offset,
                       size_t *amt, int dir)
{
  vm_prot_t prot = dir ? VM_PROT_READ | VM_PROT_WRITE : VM_PROT_READ;
  mach_port_t memobj;
  error_t err;

  if (*amt == 0)
    return 0;
  memobj = diskfs_get_filemap (np, prot);
  if (memobj == MACH_PORT_NULL)
    return ENOMEM;
  err = pager_memcpy (diskfs_get_filemap_pager_struct (np), memobj, offset,
                      buffer, amt, prot);
  mach_port_deallocate (mach_task_self (), memobj);
  if (!diskfs_check_readonly ())
    {
      if (dir)
        np->dn_set_mtime = 1;
      else
        np->dn_set_atime = 1;
    }
  return err;
}

/* The one caller clears the tail of a block, so writing zeros will do; the
   contents that a simulated file has need not be bytes.  */
error_t
diskfs_node_rdwr (struct node *np, char *data __attribute__ ((unused)),
                  loff_t off, size_t amt, int dir,
                  struct protid *cred __attribute__ ((unused)),
                  size_t *amtread)
{
  vm_offset_t start = trunc_page (off), end = round_page (off + amt);
  unsigned long address = 0;
  mach_port_t memobj;
  error_t err = 0;

  if (!dir)
    return EOPNOTSUPP;
  if (off + (loff_t)amt > np->allocsize)
    err = diskfs_grow (np, off + amt, cred);
  if (err)
    return err;
  memobj = diskfs_get_filemap (np, VM_PROT_READ | VM_PROT_WRITE);
  if (memobj == MACH_PORT_NULL)
    return ENOMEM;
  err = hurd_api->vm_map_object (memobj, start, end - start, 0, &address);
  if (!err)
    {
      err = hurd_api->zero_mapping (address + (off - start), amt);
      hurd_api->vm_unmap_object (address, end - start);
    }
  mach_port_deallocate (mach_task_self (), memobj);
  np->dn_set_mtime = 1;
  if (!err && amtread != NULL)
    *amtread = amt;
  return err;
}
