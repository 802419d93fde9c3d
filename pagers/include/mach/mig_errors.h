/* Results of MIG's server routines.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef _MACH_MIG_ERRORS_H_
#define _MACH_MIG_ERRORS_H_

#include <mach.h>

#define MIG_BAD_ID (-303)
#define MIG_NO_REPLY (-305)

typedef struct
{
  mach_msg_header_t Head;
  mach_msg_type_t RetCodeType;
  kern_return_t RetCode;
} mig_reply_header_t;

typedef void (*mig_routine_t) (mach_msg_header_t *, mach_msg_header_t *);

#endif /* _MACH_MIG_ERRORS_H_ */
