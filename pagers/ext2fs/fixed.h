/* The repairs of what explorations have found: fixed.c says which and why.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef FIXED_H
#define FIXED_H

#include "ext2fs.h"

/* Whether they are in force: the setting ext2fs.fixed.  */
extern int ext2_fixed;
/* Read the setting anew.  */
void ext2_fixed_configure (void);

/* ---- cut-pages.c ---- */

/* NODE, whose lock is held, is about to be cut at LENGTH: from now on nobody
   brings a page behind that in, or makes it writable, and none is left in
   memory or on its way to the pager.  */
void ext2_cut_pages (struct node *node, loff_t length);

/* ---- prealloc.c ---- */

/* The next preallocated block of INFO, if that is GOAL or the one behind it;
   else 0.  */
block_t ext2_prealloc_take (struct ext2_inode_info *info, block_t goal);
/* Take all that INFO has preallocated: how many, from *FIRST on.  */
block_t ext2_prealloc_take_all (struct ext2_inode_info *info, block_t *first);
/* COUNT blocks from FIRST on are INFO's, which has none.  */
void ext2_prealloc_give (struct ext2_inode_info *info, block_t first,
                         block_t count);

#endif /* FIXED_H */
