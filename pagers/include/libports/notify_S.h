/* libports' server of notifications.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef _LIBPORTS_NOTIFY_S_
#define _LIBPORTS_NOTIFY_S_

#include <mach/mig_errors.h>

/* The routine for IN, or NULL.  Notifications are never sent here: always
   NULL (no-senders is part of terminate, ports_no_senders).  */
mig_routine_t ports_notify_server_routine (const mach_msg_header_t *in);

#endif /* _LIBPORTS_NOTIFY_S_ */
