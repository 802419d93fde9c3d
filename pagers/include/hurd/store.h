/* libstore: a device in blocks.  Defined in ../../taps/store.c on the byte
   offsets of hurd_api.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef _HURD_STORE_H
#define _HURD_STORE_H

#include <errno.h>
#include <sys/types.h>
#include <mach.h>

typedef off64_t store_offset_t;

#define D_INVALID_OPERATION 2505 /* of <device/device_types.h>  */

struct store
{
  char *name;
  store_offset_t size;   /* bytes  */
  store_offset_t blocks; /* of block_size  */
  store_offset_t end;    /* blocks, here the same  */
  size_t block_size;     /* bytes; the unit of the calls below  */
  unsigned log2_block_size;
  unsigned log2_blocks_per_page;
  int flags;
  void *hook;
};

/* Write LEN bytes at device block BLOCK; *AMOUNT is set on success only.  */
error_t store_write (struct store *, store_offset_t block, const void *buf,
                     size_t len, size_t *amount);
/* Read AMOUNT bytes.  If *LEN is less, memory from mmap takes the place of
 *BUF.  *LEN is how much was read.  */
error_t store_read (struct store *, store_offset_t block, size_t amount,
                    void **buf, size_t *len);
error_t store_sync (struct store *);

/* Fill in *STORE for the whole device, in blocks of 1 << LOG2_BLOCK_SIZE
   (this project's way to open one).  */
void store_open_device (struct store *store, unsigned log2_block_size);

#endif /* _HURD_STORE_H */
