/* What is on the store, by block of 4 KiB.  Private to device.c.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_WORLD_DISK_CONTENTS_H
#define SIM_WORLD_DISK_CONTENTS_H

#include "device.h"

enum
{
  SECTOR_SHIFT = 9,
  SECTOR_SIZE = 1 << SECTOR_SHIFT
};

/* All blocks to zeros; SIZE is in bytes.  Memory of an earlier run is used
   again.  */
void disk_contents_init (uint64_t size);
/* OFFSET and LEN are multiples of a sector and within the size.  */
void disk_contents_write (uint64_t offset, const void *data, size_t len);
/* OFFSET is a whole block's.  */
void disk_contents_write_stamps (uint64_t offset, const struct stamp *stamps,
                                 size_t blocks);
void disk_contents_read (uint64_t offset, void *data, size_t len);
/* The first block's offset from OFFSET on that may hold anything but zeros;
   UINT64_MAX if there is none.  */
uint64_t disk_contents_next (uint64_t offset);

#endif /* SIM_WORLD_DISK_CONTENTS_H */
