/* Where a byte of a file is on the disk: model of docs/model.md 3.5.

   The size test comes before the look-up, so a block that allocsize cuts is
   refused without one.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "ext2fs-pager.h"

error_t
find_block (struct node *node, vm_offset_t offset, block_t *block)
{
  error_t err;

  if (offset + block_size > (vm_offset_t)node->allocsize)
    return EIO;

  err = ext2_getblk (node, offset >> log2_block_size, 0, block);
  if (err == EINVAL)
    {
      *block = 0;
      err = 0;
    }
  return err;
}

error_t
find_block_to_write (struct node *node, vm_offset_t offset, block_t *block)
{
  error_t err = find_block (node, offset, block);

  return !err && *block == 0 && ext2_fixed ? EIO : err;
}
