/* Which server the clients of this run talk to.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_HARNESS_CLIENT_SERVER_H
#define SIM_HARNESS_CLIENT_SERVER_H

#include "../base/types.h"

struct hurd_server;

/* Forget the files of an earlier run; talk to SERVER from now on.  */
void client_init (const struct hurd_server *server);

const struct hurd_server *client_server (void);

/* A path under which a client of this run opened INODE; NULL: none did.  */
const char *client_path (uint64_t inode);
/* Whether a client has INODE open, and none has truncated it.  */
bool client_whole (uint64_t inode);

#endif /* SIM_HARNESS_CLIENT_SERVER_H */
