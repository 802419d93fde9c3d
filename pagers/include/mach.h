/* Mach's types and the calls of its memory management interface.

   What a pager needs of them, no more (docs: the provided part of the Hurd's
   interface).  Ports are handles: 32-bit numbers, never pointers.  The calls
   are defined in ../taps/memory-object.c.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef _MACH_H_
#define _MACH_H_

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Three names of one integer type: declarations and definitions of code
   written for the Hurd mix them.  */
typedef uintptr_t vm_offset_t;
typedef uintptr_t vm_address_t;
typedef uintptr_t vm_size_t;
/* An integer, for code does arithmetic on it.  */
typedef vm_address_t pointer_t;

typedef int boolean_t;
typedef int kern_return_t;
typedef int vm_prot_t;
typedef int vm_inherit_t;
typedef int integer_t;
typedef unsigned int natural_t;

typedef uint32_t mach_port_t;
typedef mach_port_t mach_port_name_t;
typedef uint32_t mach_port_mscount_t;
typedef uint32_t mach_port_seqno_t;
typedef mach_port_t task_t;
typedef mach_port_t memory_object_t;
typedef mach_port_t memory_object_control_t;
typedef mach_port_t memory_object_name_t;
typedef int memory_object_copy_strategy_t;
typedef int memory_object_return_t;

#define KERN_SUCCESS 0
#ifndef TRUE
#define TRUE 1
#define FALSE 0
#endif

#define MACH_PORT_NULL ((mach_port_t)0)
#define MACH_PORT_DEAD ((mach_port_t)~0U)
#define MACH_PORT_VALID(name)                                                 \
  ((mach_port_t)(name) != MACH_PORT_NULL                                      \
   && (mach_port_t)(name) != MACH_PORT_DEAD)

#define VM_PROT_NONE 0
#define VM_PROT_READ 1
#define VM_PROT_WRITE 2
#define VM_PROT_EXECUTE 4
#define VM_PROT_NO_CHANGE 8 /* lock requests: leave the locks as they are  */
#define VM_PROT_ALL (VM_PROT_READ | VM_PROT_WRITE | VM_PROT_EXECUTE)

#define VM_INHERIT_SHARE 0
#define VM_INHERIT_COPY 1
#define VM_INHERIT_NONE 2

#define MEMORY_OBJECT_COPY_NONE 0
#define MEMORY_OBJECT_COPY_CALL 1
#define MEMORY_OBJECT_COPY_DELAY 2
#define MEMORY_OBJECT_COPY_TEMPORARY 3

#define MEMORY_OBJECT_RETURN_NONE 0
#define MEMORY_OBJECT_RETURN_DIRTY 1
#define MEMORY_OBJECT_RETURN_ALL 2

/* Two symbols with one value; neither changes after the start.  */
extern vm_size_t __vm_page_size;
extern vm_size_t vm_page_size;

#define trunc_page(x) ((vm_offset_t)(x) & ~(vm_page_size - 1))
#define round_page(x)                                                         \
  (((vm_offset_t)(x) + vm_page_size - 1) & ~(vm_page_size - 1))

/* ---- Messages ---- */

typedef uint32_t mach_msg_type_number_t;
typedef uint32_t mach_msg_size_t;
typedef uint32_t mach_msg_bits_t;
typedef int mach_msg_id_t;
typedef int mach_msg_return_t;
typedef int mach_msg_option_t;
typedef natural_t mach_msg_timeout_t;

typedef struct
{
  mach_msg_bits_t msgh_bits;
  mach_msg_size_t msgh_size;
  mach_port_t msgh_remote_port;
  mach_port_t msgh_local_port;
  mach_port_seqno_t msgh_seqno;
  mach_msg_id_t msgh_id;
} mach_msg_header_t;

typedef struct
{
  unsigned int msgt_name : 8, msgt_size : 8, msgt_number : 12;
  unsigned int msgt_inline : 1, msgt_longform : 1;
  unsigned int msgt_deallocate : 1, msgt_unused : 1;
} mach_msg_type_t;

#define MACH_MSG_TYPE_INTEGER_32 2
#define MACH_MSG_TYPE_MOVE_SEND 17
#define MACH_MSG_TYPE_MOVE_SEND_ONCE 18
#define MACH_MSG_TYPE_COPY_SEND 19
#define MACH_MSG_TYPE_MAKE_SEND 20
#define MACH_MSG_TYPE_MAKE_SEND_ONCE 21

#define MACH_MSGH_BITS(remote, local) ((remote) | ((local) << 8))
#define MACH_MSGH_BITS_REMOTE(bits) ((bits)&0xffU)
#define MACH_MSGH_BITS_LOCAL(bits) (((bits) >> 8) & 0xffU)
#define MACH_MSGH_BITS_COMPLEX 0x80000000U

#define MACH_MSG_SUCCESS 0
#define MACH_MSG_OPTION_NONE 0
#define MACH_MSG_TIMEOUT_NONE 0
#define MACH_SEND_MSG 1
#define MACH_RCV_MSG 2
#define MACH_SEND_INVALID_DEST 0x10000003

/* No message of a memory object has a reply: sending one succeeds and does
   nothing.  */
mach_msg_return_t mach_msg (mach_msg_header_t *, mach_msg_option_t,
                            mach_msg_size_t send_size,
                            mach_msg_size_t receive_size, mach_port_t receive,
                            mach_msg_timeout_t, mach_port_t notify);
/* Release what a received message carries.  */
void mach_msg_destroy (mach_msg_header_t *);

/* ---- Ports and memory ---- */

mach_port_t mach_task_self (void);
kern_return_t mach_port_deallocate (task_t, mach_port_t);
kern_return_t mach_port_destroy (task_t, mach_port_t);

kern_return_t vm_map (task_t, vm_address_t *, vm_size_t, vm_address_t mask,
                      boolean_t anywhere, memory_object_t, vm_offset_t,
                      boolean_t copy, vm_prot_t current, vm_prot_t maximum,
                      vm_inherit_t);
kern_return_t vm_allocate (task_t, vm_address_t *, vm_size_t,
                           boolean_t anywhere);
kern_return_t vm_deallocate (task_t, vm_address_t, vm_size_t);

/* ---- Memory objects: a pager's requests to the kernel ---- */

kern_return_t memory_object_data_supply (memory_object_control_t, vm_offset_t,
                                         vm_offset_t data,
                                         mach_msg_type_number_t len,
                                         boolean_t dealloc, vm_prot_t lock,
                                         boolean_t precious,
                                         mach_port_t reply_to);
kern_return_t memory_object_data_error (memory_object_control_t, vm_offset_t,
                                        vm_size_t, kern_return_t);
kern_return_t memory_object_lock_request (memory_object_control_t, vm_offset_t,
                                          vm_size_t, memory_object_return_t,
                                          boolean_t flush, vm_prot_t lock,
                                          mach_port_t reply_to);
kern_return_t memory_object_ready (memory_object_control_t,
                                   boolean_t may_cache,
                                   memory_object_copy_strategy_t);
kern_return_t memory_object_change_attributes (memory_object_control_t,
                                               boolean_t may_cache,
                                               memory_object_copy_strategy_t,
                                               mach_port_t reply_to);
kern_return_t memory_object_destroy (memory_object_control_t, kern_return_t);

#endif /* _MACH_H_ */
