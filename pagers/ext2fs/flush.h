/* Emptying the store's write cache where a sync wants it: flush.c.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef EXT2FS_FLUSH_H
#define EXT2FS_FLUSH_H

/* Read the setting anew.  */
void flush_store_configure (void);
/* A sync ends, and its caller waits for it.  */
void flush_store (int wait);

#endif /* EXT2FS_FLUSH_H */
