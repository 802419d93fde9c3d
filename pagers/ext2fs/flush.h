/* Emptying the store's write cache where a sync wants it: flush.c.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef EXT2FS_FLUSH_H
#define EXT2FS_FLUSH_H

/* Read the setting anew.  */
void flush_store_configure (void);
/* A sync ends, and its caller waits for it.  */
void flush_store (int wait);
/* Whether a sync that waits, or does not, writes an inode that has not
   changed, since somebody else may not be done with it.  */
int flush_wanted (int wait);

#endif /* EXT2FS_FLUSH_H */
