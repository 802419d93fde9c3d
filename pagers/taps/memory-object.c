/* Mach's calls, as far as a pager makes them, on hurd_api.

   In the Hurd: what MIG generates, and the kernel.  Calls of the memory object
   interface go to the kernel's model as they are.  Port rights are not
   counted: handles stay good until their object is gone.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#define HURD_API_NO_REDIRECT

#include <hurd_message.h>
#include <mach.h>

vm_size_t __vm_page_size = 4096;
vm_size_t vm_page_size = 4096;

/* ---- Memory objects ---- */

kern_return_t
memory_object_data_supply (memory_object_control_t control, vm_offset_t offset,
                           vm_offset_t data, mach_msg_type_number_t len,
                           boolean_t dealloc, vm_prot_t lock,
                           boolean_t precious, mach_port_t reply_to)
{
  return hurd_api->memory_object_data_supply (
      control, offset, data, len, dealloc, lock, precious, reply_to);
}

kern_return_t
memory_object_data_error (memory_object_control_t control, vm_offset_t offset,
                          vm_size_t size, kern_return_t error)
{
  return hurd_api->memory_object_data_error (control, offset, size, error);
}

kern_return_t
memory_object_lock_request (memory_object_control_t control,
                            vm_offset_t offset, vm_size_t size,
                            memory_object_return_t should_return,
                            boolean_t flush, vm_prot_t lock,
                            mach_port_t reply_to)
{
  return hurd_api->memory_object_lock_request (
      control, offset, size, should_return, flush, lock, reply_to);
}

kern_return_t
memory_object_ready (memory_object_control_t control, boolean_t may_cache,
                     memory_object_copy_strategy_t copy_strategy)
{
  return hurd_api->memory_object_ready (control, may_cache, copy_strategy);
}

kern_return_t
memory_object_change_attributes (memory_object_control_t control,
                                 boolean_t may_cache,
                                 memory_object_copy_strategy_t copy_strategy,
                                 mach_port_t reply_to)
{
  return hurd_api->memory_object_change_attributes (control, may_cache,
                                                    copy_strategy, reply_to);
}

kern_return_t
memory_object_destroy (memory_object_control_t control, kern_return_t reason)
{
  return hurd_api->memory_object_destroy (control, reason);
}

/* ---- Ports ---- */

mach_port_t
mach_task_self (void)
{
  return 1;
}

kern_return_t
mach_port_deallocate (task_t task, mach_port_t port)
{
  (void)task;
  (void)port;
  return KERN_SUCCESS;
}

kern_return_t
mach_port_destroy (task_t task, mach_port_t port)
{
  (void)task;
  (void)port;
  return KERN_SUCCESS;
}

mach_msg_return_t
mach_msg (mach_msg_header_t *message, mach_msg_option_t option,
          mach_msg_size_t send_size, mach_msg_size_t receive_size,
          mach_port_t receive, mach_msg_timeout_t timeout, mach_port_t notify)
{
  (void)message;
  (void)option;
  (void)send_size;
  (void)receive_size;
  (void)receive;
  (void)timeout;
  (void)notify;
  return MACH_MSG_SUCCESS;
}

void
mach_msg_destroy (mach_msg_header_t *message)
{
  struct hurd_mach_message *m = (struct hurd_mach_message *)message;

  if (message->msgh_size != sizeof *m || m->body.data == 0)
    return;
  hurd_api->munmap ((void *)m->body.data, m->body.length);
  m->body.data = 0;
}
