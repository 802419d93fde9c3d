/* Whether a block of the store is in use: what its bitmap says.

   For observers; the answer is that of the moment.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "block-in-use.h"

int
ext2_block_in_use (block_t block)
{
  uint32_t first = le32toh (sblock->s_first_data_block);
  uint32_t per_group = EXT2_BLOCKS_PER_GROUP (sblock);
  unsigned char *bitmap;
  int used;

  if (block < first || block >= blocks_count)
    return block < first;
  bitmap = disk_cache_block_ref (
      le32toh (group_desc ((block - first) / per_group)->bg_block_bitmap));
  used = test_bit ((block - first) % per_group, bitmap);
  disk_cache_block_deref (bitmap);
  return used;
}
