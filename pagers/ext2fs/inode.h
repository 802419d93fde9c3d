/* What inode.c and node-cache.c share.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef INODE_H
#define INODE_H

#include "ext2fs.h"

/* Fill in NP, which is locked, from its inode.  */
error_t read_node (struct node *np);

#endif /* INODE_H */
