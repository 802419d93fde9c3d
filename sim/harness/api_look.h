/* What a server says of itself to an observer, at this moment: nothing waits,
   is locked, counted or changed by it.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_HARNESS_API_LOOK_H
#define SIM_HARNESS_API_LOOK_H

#include <pthread.h>
#include "../base/types.h"
#include "../world/port.h"

struct hurd_server;
struct node;

struct file_now
{
  struct node *node;
  uint64_t inode;
  int64_t alloc_size;
  const pthread_rwlock_t *alloc_lock; /* held by who writes to its blocks  */
};

/* The file whose pager receives on PORT; false if there is none, or it is not
   known.  */
bool look_file (const struct hurd_server *server, port_name port,
                struct file_now *out);
/* Blocks of FILE from BLOCK on that are neighbours on the store, at most
   N; *AT is where they begin, 0 for holes.  0: not known.  */
uint32_t look_run (const struct hurd_server *server,
                   const struct file_now *file, uint32_t block, uint32_t n,
                   uint32_t *at);

/* Call COMPLAIN for each thing that is wrong: with what the pager that
   receives on PORT has kept, while nobody works for it; with the owners of
   blocks, while nobody allocates.  */
typedef void look_complain (void *arg, const char *what);
void look_at_pager (const struct hurd_server *server, port_name port,
                    look_complain *complain, void *arg);
void look_at_blocks (const struct hurd_server *server, look_complain *complain,
                     void *arg);

#endif /* SIM_HARNESS_API_LOOK_H */
