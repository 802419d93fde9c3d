/* What a server says of itself, see api_look.h.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "api_look.h"

#include "../../pagers/include/hurd_server.h"

bool
look_file (const struct hurd_server *server, port_name port,
           struct file_now *out)
{
  struct hurd_file_state s;
  if (server->file_state == NULL || !server->file_state (port, &s))
    return false;
  *out = (struct file_now){ s.node, s.inode, s.alloc_size, s.alloc_lock };
  return true;
}

uint32_t
look_run (const struct hurd_server *server, const struct file_now *file,
          uint32_t block, uint32_t n, uint32_t *at)
{
  return server->run_at ? server->run_at (file->node, block, n, at) : 0;
}

void
look_at_pager (const struct hurd_server *server, port_name port,
               look_complain *complain, void *arg)
{
  if (server->check_pager)
    server->check_pager (port, complain, arg);
}

void
look_at_blocks (const struct hurd_server *server, look_complain *complain,
                void *arg)
{
  if (server->check_blocks)
    server->check_blocks (complain, arg);
}
