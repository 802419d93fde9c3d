/* Whether a block of the store is in use.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef BLOCK_IN_USE_H
#define BLOCK_IN_USE_H

#include "ext2fs.h"

/* As hurd_server's member of this name.  */
int ext2_block_in_use (block_t block);

#endif /* BLOCK_IN_USE_H */
