/* Looking at a file's block map without touching it.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef BLOCK_OF_H
#define BLOCK_OF_H

#include "ext2fs.h"
#include <hurd_server.h>

/* Where BLOCK of NODE is; 0 is a hole.  */
error_t ext2_block_of (struct node *node, block_t block, block_t *disk_block);

/* As hurd_server's members of these names.  */
enum hurd_gap ext2_gap (uint64_t logical, uint64_t before, uint64_t after);
uint64_t ext2_port_inode (uint32_t port);

#endif /* BLOCK_OF_H */
