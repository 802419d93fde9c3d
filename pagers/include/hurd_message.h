/* A message as this project's libports hands it to a demuxer.

   In the Hurd MIG decodes messages by their layout; here the decoded values
   follow the header, and msgh_size is the size of the whole.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef HURD_MESSAGE_H
#define HURD_MESSAGE_H

#include "hurd_api.h"
#include <hurd/ports.h>

/* MIG's ids of the calls in memory_object.defs.  */
enum
{
  MEMORY_OBJECT_INIT = 2200,
  MEMORY_OBJECT_TERMINATE = 2201,
  MEMORY_OBJECT_DATA_REQUEST = 2203,
  MEMORY_OBJECT_DATA_UNLOCK = 2204,
  MEMORY_OBJECT_LOCK_COMPLETED = 2206,
  MEMORY_OBJECT_CHANGE_COMPLETED = 2209,
  MEMORY_OBJECT_DATA_RETURN = 2210
};

struct hurd_mach_message
{
  mach_msg_header_t head;
  struct hurd_message body;
};

/* ports_manage_port_operations_one_thread with a context for DEMUXER, which
   thus need not be a nested function (and the stack not executable).  */
void ports_manage_with_context (struct port_bucket *,
                                void (*demuxer) (void *context,
                                                 mach_msg_header_t *in),
                                void *context) __attribute__ ((__noreturn__));

#endif /* HURD_MESSAGE_H */
