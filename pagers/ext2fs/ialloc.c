/* Inode allocation in the groups' bitmaps.

   A file goes to its directory's group, or to one found by steps of growing
   size from there, or to any that has an inode; a directory goes to the
   group with most free blocks among those with at least their share of free
   inodes.  Under global_lock, like blocks.  The Hurd does it in
   ext2fs/ialloc.c.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "ext2fs.h"

#include "bitmap.c"

static int
has_inodes (unsigned long i)
{
  return le16toh (group_desc (i)->bg_free_inodes_count) != 0;
}

/* Returns groups_count if there is none.  */
static unsigned long
group_for_directory (void)
{
  unsigned long share = le32toh (sblock->s_free_inodes_count) / groups_count;
  unsigned long best = groups_count;

  for (unsigned long i = 0; i < groups_count; i++)
    {
      struct ext2_group_desc *gdp = group_desc (i);

      if (has_inodes (i) && le16toh (gdp->bg_free_inodes_count) >= share
          && (best == groups_count
              || le16toh (gdp->bg_free_blocks_count)
                     > le16toh (group_desc (best)->bg_free_blocks_count)))
        best = i;
    }
  return best;
}

static unsigned long
group_for_file (unsigned long parent)
{
  unsigned long i = parent;

  if (has_inodes (parent))
    return parent;
  for (unsigned long step = 1; step < groups_count; step <<= 1)
    {
      i = (i + step) % groups_count;
      if (has_inodes (i))
        return i;
    }
  for (i = 0; i < groups_count; i++)
    if (has_inodes (i))
      return i;
  return groups_count;
}

/* Add N, which may be negative, to what is free in group I.  */
static void
count_inodes (unsigned long i, int n, int directory)
{
  struct ext2_group_desc *gdp = group_desc (i);

  gdp->bg_free_inodes_count
      = htole16 (le16toh (gdp->bg_free_inodes_count) + n);
  if (directory)
    gdp->bg_used_dirs_count = htole16 (le16toh (gdp->bg_used_dirs_count) - n);
  sblock->s_free_inodes_count
      = htole32 (le32toh (sblock->s_free_inodes_count) + n);
}

static void
record_group (unsigned long i, unsigned char *bitmap)
{
  struct ext2_group_desc *gdp = group_desc (i);

  record_global_poke (bitmap);
  disk_cache_block_ref_ptr (gdp);
  record_global_poke (gdp);
  sblock_dirty = 1;
}

void
ext2_free_inode (ino_t inum, mode_t mode)
{
  unsigned long i = (inum - 1) / EXT2_INODES_PER_GROUP (sblock);
  unsigned long bit = (inum - 1) % EXT2_INODES_PER_GROUP (sblock);
  unsigned char *bitmap;

  assert_backtrace (inum >= EXT2_FIRST_INO (sblock) && i < groups_count);
  pthread_spin_lock (&global_lock);
  bitmap = disk_cache_block_ref (le32toh (group_desc (i)->bg_inode_bitmap));
  if (clear_bit (bit, bitmap))
    count_inodes (i, 1, S_ISDIR (mode));
  else
    ext2_warning ("inode %lu was free already", (unsigned long)inum);
  record_group (i, bitmap);
  pthread_spin_unlock (&global_lock);
  alloc_sync (NULL);
}

/* An inode for a file of MODE in the directory DIR_INUM; 0 if there is none.
 */
ino_t
ext2_alloc_inode (ino_t dir_inum, mode_t mode)
{
  unsigned long size = EXT2_INODES_PER_GROUP (sblock), bit, i;
  unsigned char *bitmap;

  pthread_spin_lock (&global_lock);
  i = S_ISDIR (mode) ? group_for_directory ()
                     : group_for_file ((dir_inum - 1) / size);
  if (i == groups_count)
    {
      pthread_spin_unlock (&global_lock);
      return 0;
    }
  bitmap = disk_cache_block_ref (le32toh (group_desc (i)->bg_inode_bitmap));
  bit = find_first_zero_bit (bitmap, size);
  if (bit == size)
    ext2_panic ("group %lu has no free inode, though it says so", i);
  set_bit (bit, bitmap);
  count_inodes (i, -1, S_ISDIR (mode));
  record_group (i, bitmap);
  pthread_spin_unlock (&global_lock);
  alloc_sync (NULL);
  return i * size + bit + 1;
}
