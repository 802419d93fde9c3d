/* Which pages and blocks the store did not take.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef WRITE_ERRORS_H
#define WRITE_ERRORS_H

#include "ext2fs.h"

/* Whether errors are kept (the setting ext2fs.fixed).  A writer whose results
   can be relied on calls this when it is configured.  */
void write_errors_configure (void);
/* LENGTH bytes at OFFSET of file INO, whole pages, were written, or not: ERR.
 */
void write_errors_note (ino_t ino, uint64_t offset, uint64_t length,
                        error_t err);
/* The same of what the slots of the disk cache from OFFSET on hold.  */
void write_errors_note_slots (vm_offset_t offset, vm_size_t length,
                              error_t err);
/* INO ends at LENGTH now.  */
void write_errors_cut (ino_t ino, uint64_t length);
/* The first error that is kept, of any file and of metadata; or 0.  */
error_t write_errors_any (void);

/* As the requests of these names, but with the errors that are kept: of NP and
   of metadata; of all.  */
error_t ext2_file_sync (struct node *np, int wait);
error_t ext2_syncfs (int wait);

#endif /* WRITE_ERRORS_H */
