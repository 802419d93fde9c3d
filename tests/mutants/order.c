/* A mutant: every other message waits before it is worked on, and those of the
   same object pass it.  For libpager.serial=no.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "priv.h"
#include "memory_object_S.h"
#include <time.h>

kern_return_t
_pager_S_memory_object_data_return (struct pager *p, mach_port_t control,
                                    vm_offset_t offset, pointer_t data,
                                    mach_msg_type_number_t length,
                                    boolean_t dirty, boolean_t kcopy)
{
  static int late;

  _pager_request_begun (p);
  late = !late;
  if (late)
    nanosleep (&(struct timespec){ .tv_nsec = 50000000 }, NULL);
  return _pager_do_write_request (p, control, offset, data, length, dirty,
                                  kcopy, 0);
}
