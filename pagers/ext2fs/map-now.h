/* Looking at the file system as it is at this moment, without waiting for
   anything.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef MAP_NOW_H
#define MAP_NOW_H

#include "ext2fs.h"
#include "hurd_server.h"

/* What BLOCK holds, in the disk cache; NULL if it is not in memory.  */
const void *ext2_look (block_t block);

/* As hurd_server's members of these names.  */
int ext2_file_state (uint32_t port, struct hurd_file_state *);
uint32_t ext2_run_at (struct node *np, uint32_t block, uint32_t n,
                      uint32_t *disk_block);
void ext2_check_blocks (hurd_complain *, void *arg);

#endif /* MAP_NOW_H */
