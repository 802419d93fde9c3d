/* Block allocation in the groups' bitmaps.

   Model of docs/model.md 3.7: the goal itself, else a free block within the
   next 32, else a wholly free bitmap byte further on, else any free block
   behind the goal in its group, else the following groups in a ring.  Behind
   the block found, free neighbours are taken along as preallocation.  All of
   it under global_lock, a spin lock that is held even while a bitmap is read
   in, as in the Hurd (ext2fs/balloc.c).

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "ext2fs.h"

#include "bitmap.c"

/* How far behind an occupied goal a single free block is good enough.  */
#define NEAR_GOAL 32

/* How many blocks group I has that the bitmap stands for.  */
static unsigned long
blocks_in_group (unsigned long i)
{
  unsigned long per_group = EXT2_BLOCKS_PER_GROUP (sblock);
  unsigned long left = le32toh (sblock->s_blocks_count)
                       - le32toh (sblock->s_first_data_block) - i * per_group;

  return left < per_group ? left : per_group;
}

static block_t
group_first_block (unsigned long i)
{
  return le32toh (sblock->s_first_data_block)
         + i * EXT2_BLOCKS_PER_GROUP (sblock);
}

/* Whether any of COUNT blocks from BLOCK on belongs to group I itself.  */
static int
in_system_zone (unsigned long i, block_t block, unsigned long count)
{
  struct ext2_group_desc *gdp = group_desc (i);
  block_t end = block + count;
  block_t block_bitmap = le32toh (gdp->bg_block_bitmap);
  block_t inode_bitmap = le32toh (gdp->bg_inode_bitmap);
  block_t table = le32toh (gdp->bg_inode_table);

  return (block_bitmap >= block && block_bitmap < end)
         || (inode_bitmap >= block && inode_bitmap < end)
         || (table < end && table + itb_per_group > block);
}

/* Add N, which may be negative, to what is free in group I.  */
static void
count_blocks (unsigned long i, long n)
{
  struct ext2_group_desc *gdp = group_desc (i);

  gdp->bg_free_blocks_count
      = htole16 (le16toh (gdp->bg_free_blocks_count) + n);
  sblock->s_free_blocks_count
      = htole32 (le32toh (sblock->s_free_blocks_count) + n);
}

/* BITMAP of group I and the group's descriptor have changed.  */
static void
record_group (unsigned long i, unsigned char *bitmap)
{
  struct ext2_group_desc *gdp = group_desc (i);

  record_global_poke (bitmap);
  disk_cache_block_ref_ptr (gdp);
  record_global_poke (gdp);
  sblock_dirty = 1;
}

/* How many threads are about to free blocks that are nobody's any more.  */
static unsigned freeing;

int
ext2_frees_going_on (void)
{
  return __atomic_load_n (&freeing, __ATOMIC_SEQ_CST) != 0;
}

static void
free_blocks (block_t block, unsigned long count)
{
  pthread_spin_lock (&global_lock);
  if (block < le32toh (sblock->s_first_data_block)
      || (uint64_t)block + count > le32toh (sblock->s_blocks_count))
    {
      pthread_spin_unlock (&global_lock);
      ext2_error ("blocks %u to %lu are not on the disk", block,
                  block + count - 1);
      return;
    }
  while (count > 0)
    {
      block_t relative = block - le32toh (sblock->s_first_data_block);
      unsigned long i = relative / EXT2_BLOCKS_PER_GROUP (sblock);
      unsigned long bit = relative % EXT2_BLOCKS_PER_GROUP (sblock);
      unsigned long n = EXT2_BLOCKS_PER_GROUP (sblock) - bit;
      unsigned char *bitmap;

      if (n > count)
        n = count;
      if (in_system_zone (i, block, n))
        ext2_panic ("freeing metadata: block %u, count %lu", block, n);
      bitmap
          = disk_cache_block_ref (le32toh (group_desc (i)->bg_block_bitmap));
      for (unsigned long k = 0; k < n; k++)
        if (clear_bit (bit + k, bitmap))
          count_blocks (i, 1);
        else
          ext2_warning ("block %lu was free already", block + k);
      record_group (i, bitmap);
      block += n;
      count -= n;
    }
  pthread_spin_unlock (&global_lock);
}

void
ext2_free_blocks (block_t block, unsigned long count)
{
  __atomic_add_fetch (&freeing, 1, __ATOMIC_SEQ_CST);
  free_blocks (block, count);
  __atomic_sub_fetch (&freeing, 1, __ATOMIC_SEQ_CST);
  alloc_sync (NULL);
}

/* From the free byte that begins at BIT, back over free bits before it.  */
static unsigned long
search_back (unsigned char *bitmap, unsigned long bit)
{
  for (int k = 0; k < 7 && bit > 0 && !test_bit (bit - 1, bitmap); k++)
    bit--;
  return bit;
}

/* A free bit among SIZE, from the occupied GOAL on; SIZE if there is none. */
static unsigned long
search_goal_group (unsigned char *bitmap, unsigned long size,
                   unsigned long goal)
{
  unsigned long bit;
  unsigned char *byte;

  if (!test_bit (goal, bitmap))
    return goal;
  if (goal != 0)
    {
      unsigned long end = goal + 1 + NEAR_GOAL;

      if (end > size)
        end = size;
      bit = find_next_zero_bit (bitmap, end, goal + 1);
      if (bit < end)
        return bit;
    }
  byte = memscan (bitmap + goal / 8, 0, (size + 7) / 8 - goal / 8);
  bit = (byte - bitmap) * 8UL;
  if (bit < size)
    return search_back (bitmap, bit);
  return find_next_zero_bit (bitmap, size, goal);
}

static unsigned long
search_other_group (unsigned char *bitmap, unsigned long size)
{
  unsigned char *byte = memscan (bitmap, 0, (size + 7) / 8);
  unsigned long bit = (byte - bitmap) * 8UL;

  if (bit < size)
    return search_back (bitmap, bit);
  return find_first_zero_bit (bitmap, size);
}

/* Find a free block near GOAL: its group in *GROUP, that group's bitmap with
   a reference in *BITMAP.  Returns the bit, or -1 if the disk is full.  */
static long
find_free (block_t goal, unsigned long *group, unsigned char **bitmap)
{
  block_t relative = goal - le32toh (sblock->s_first_data_block);
  unsigned long i = relative / EXT2_BLOCKS_PER_GROUP (sblock);

  /* The goal's group comes a second time at the end, for what is before the
     goal.  */
  for (unsigned long k = 0; k <= groups_count; k++, i = (i + 1) % groups_count)
    {
      struct ext2_group_desc *gdp = group_desc (i);
      unsigned long bit, size = blocks_in_group (i);

      if (le16toh (gdp->bg_free_blocks_count) == 0)
        continue;
      *bitmap = disk_cache_block_ref (le32toh (gdp->bg_block_bitmap));
      bit = k == 0 ? search_goal_group (
                *bitmap, size, relative % EXT2_BLOCKS_PER_GROUP (sblock))
                   : search_other_group (*bitmap, size);
      if (bit < size)
        {
          *group = i;
          return bit;
        }
      disk_cache_block_deref (*bitmap);
    }
  return -1;
}

block_t
ext2_new_block (block_t goal, block_t prealloc_goal, block_t *prealloc_count,
                block_t *prealloc_block)
{
  unsigned char *bitmap;
  unsigned long i, size;
  block_t block;
  long bit;

  pthread_spin_lock (&global_lock);
  if (goal < le32toh (sblock->s_first_data_block)
      || goal >= le32toh (sblock->s_blocks_count))
    goal = le32toh (sblock->s_first_data_block);
  bit = find_free (goal, &i, &bitmap);
  if (bit < 0)
    {
      pthread_spin_unlock (&global_lock);
      return 0;
    }
  block = group_first_block (i) + bit;
  if (in_system_zone (i, block, 1))
    ext2_panic ("allocating metadata: block %u", block);
  set_bit (bit, bitmap);
  count_blocks (i, -1);

  if (prealloc_goal > 0)
    {
      size = blocks_in_group (i);
      *prealloc_count = 0;
      *prealloc_block = block + 1;
      for (unsigned long k = 1; k < prealloc_goal && bit + k < size; k++)
        {
          if (set_bit (bit + k, bitmap))
            break;
          (*prealloc_count)++;
          count_blocks (i, -1);
        }
    }
  record_group (i, bitmap);
  pthread_spin_unlock (&global_lock);
  alloc_sync (NULL);
  return block;
}

unsigned long
ext2_count_free_blocks (void)
{
  unsigned long n = 0;

  pthread_spin_lock (&global_lock);
  for (unsigned long i = 0; i < groups_count; i++)
    n += le16toh (group_desc (i)->bg_free_blocks_count);
  pthread_spin_unlock (&global_lock);
  return n;
}
