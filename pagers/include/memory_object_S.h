/* The server side of the memory object interface, prefix _pager_.

   In the Hurd MIG's output; here ../libpager/memory-object-server.c calls
   these.  The first argument is translated from a port already.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef _PAGER_MEMORY_OBJECT_S_
#define _PAGER_MEMORY_OBJECT_S_

#include <mach.h>
#include <mach/mig_errors.h>
#include <hurd/pager.h>

kern_return_t _pager_S_memory_object_init (struct pager *, mach_port_t control,
                                           mach_port_t name,
                                           vm_size_t page_size);
kern_return_t _pager_S_memory_object_terminate (struct pager *,
                                                mach_port_t control,
                                                mach_port_t name);
kern_return_t _pager_S_memory_object_data_request (struct pager *,
                                                   mach_port_t control,
                                                   vm_offset_t, vm_size_t,
                                                   vm_prot_t access);
kern_return_t _pager_S_memory_object_data_unlock (struct pager *,
                                                  mach_port_t control,
                                                  vm_offset_t, vm_size_t,
                                                  vm_prot_t access);
kern_return_t _pager_S_memory_object_data_return (
    struct pager *, mach_port_t control, vm_offset_t, pointer_t data,
    mach_msg_type_number_t len, boolean_t dirty, boolean_t kcopy);
kern_return_t _pager_S_memory_object_lock_completed (struct pager *,
                                                     mach_port_t control,
                                                     vm_offset_t, vm_size_t);
kern_return_t
_pager_S_memory_object_change_completed (struct pager *, boolean_t may_cache,
                                         memory_object_copy_strategy_t);

/* The routine for IN, or NULL.  */
mig_routine_t
_pager_memory_object_server_routine (const mach_msg_header_t *in);

#endif /* _PAGER_MEMORY_OBJECT_S_ */
