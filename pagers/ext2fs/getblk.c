/* The block map of a file: looking blocks up and allocating them.

   Model of docs/model.md 3.7 and 3.8.  Needed indirect blocks are looked up or
   allocated from the top down before the data block, so that a sequentially
   written file has each of them inline, right before the first block it maps.
   A regular file takes up to eight blocks at a time from the bitmap and hands
   them out one by one (preallocation).  The Hurd does it in ext2fs/getblk.c.

   The caller holds the file's alloc_lock, for writing if CREATE.  A look-up
   that creates nothing moves i_next_alloc_block and its goal all the same.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "ext2fs.h"
#include "fixed.h"
#include "hurd_api.h"

/* A thread may lose the processor anywhere; here it matters, for what it has
   read of NODE's preallocation may be another thing when it goes on.  */
static void
may_be_preempted (struct node *node)
{
  if (hurd_api->may_preempt != NULL)
    hurd_api->may_preempt (node->cache_id);
}

/* Not under alloc_lock: docs/model.md 3.1 and 6.5 R6.  */
void
ext2_discard_prealloc (struct node *node)
{
  struct ext2_inode_info *info = &diskfs_node_disknode (node)->info;
  block_t block;
  uint32_t count;

  if (ext2_fixed)
    {
      count = ext2_prealloc_take_all (info, &block);
      if (count > 0)
        ext2_free_blocks (block, count);
      return;
    }
  count = info->i_prealloc_count;
  if (count == 0)
    return;
  may_be_preempted (node);
  info->i_prealloc_count = 0;
  ext2_free_blocks (info->i_prealloc_block, count);
}

/* How many blocks to take from the bitmap at a time for NODE.  */
static block_t
prealloc_goal (struct node *node)
{
  unsigned n = 0;

  if (S_ISREG (node->dn_stat.st_mode))
    n = sblock->s_prealloc_blocks;
  else if (S_ISDIR (node->dn_stat.st_mode)
           && EXT2_HAS_COMPAT_FEATURE (sblock,
                                       EXT2_FEATURE_COMPAT_DIR_PREALLOC))
    n = sblock->s_prealloc_dir_blocks;
  else
    return 0;
  return n != 0 ? n : EXT2_DEFAULT_PREALLOC_BLOCKS;
}

/* A block near GOAL: one of NODE's preallocated ones, or a new one with others
   behind it to be preallocated.  */
static block_t
take_block (struct node *node, block_t goal)
{
  struct ext2_inode_info *info = &diskfs_node_disknode (node)->info;

  if (info->i_prealloc_count > 0
      && (info->i_prealloc_block == goal
          || info->i_prealloc_block == goal + 1))
    {
      block_t block = info->i_prealloc_block++;

      may_be_preempted (node);
      info->i_prealloc_count--;
      return block;
    }
  ext2_discard_prealloc (node);
  return ext2_new_block (goal, prealloc_goal (node), &info->i_prealloc_count,
                         &info->i_prealloc_block);
}

/* The same with the setting ext2fs.fixed.  */
static block_t
take_block_locked (struct node *node, block_t goal)
{
  struct ext2_inode_info *info = &diskfs_node_disknode (node)->info;
  block_t block = ext2_prealloc_take (info, goal), first = 0, count = 0;

  if (block != 0)
    return block;
  ext2_discard_prealloc (node);
  block = ext2_new_block (goal, prealloc_goal (node), &count, &first);
  ext2_prealloc_give (info, first, count);
  return block;
}

/* A block for NODE near GOAL; 0 if the disk is full.  ZERO: an indirect
   block, which must not hold what was there before.  */
static block_t
ext2_alloc_block (struct node *node, block_t goal, int zero)
{
  block_t block = ext2_fixed ? take_block_locked (node, goal)
                             : take_block (node, goal);

  if (block != 0 && zero)
    {
      char *contents = disk_cache_block_ref (block);

      memset (contents, 0, block_size);
      record_indir_poke (node, contents);
    }
  return block;
}

/* BLOCK was allocated for the file's block NEW_BLOCK, or for an indirect block
   on the way to it.  */
static void
note_allocation (struct node *node, block_t new_block, block_t block)
{
  struct ext2_inode_info *info = &diskfs_node_disknode (node)->info;

  info->i_next_alloc_block = new_block;
  info->i_next_alloc_goal = block;
  node->dn_set_ctime = node->dn_set_mtime = 1;
  node->dn_stat.st_blocks += 1 << log2_stat_blocks_per_fs_block;
  node->dn_stat_dirty = 1;
}

/* Where to look for a free block: where the last allocation left off, or near
   the nearest of the N siblings in MAP before it, or at OTHERWISE.  */
static block_t
choose_goal (struct node *node, block_t new_block, const uint32_t *map, int n,
             block_t otherwise)
{
  struct ext2_inode_info *info = &diskfs_node_disknode (node)->info;

  if (info->i_next_alloc_block == new_block && info->i_next_alloc_goal != 0)
    return info->i_next_alloc_goal;
  while (--n >= 0)
    if (map[n] != 0)
      return le32toh (map[n]);
  return otherwise;
}

/* Entry NR of the inode.  */
static error_t
inode_getblk (struct node *node, int nr, int create, int zero,
              block_t new_block, block_t *result)
{
  struct ext2_inode_info *info = &diskfs_node_disknode (node)->info;

  *result = le32toh (info->i_data[nr]);
  if (*result != 0)
    return 0;
  if (!create)
    return EINVAL;
  *result = ext2_alloc_block (
      node,
      choose_goal (node, new_block, info->i_data, nr,
                   info->i_block_group * EXT2_BLOCKS_PER_GROUP (sblock)
                       + le32toh (sblock->s_first_data_block)),
      zero);
  if (*result == 0)
    return ENOSPC;
  info->i_data[nr] = htole32 (*result);
  note_allocation (node, new_block, *result);
  if (diskfs_synchronous || info->i_osync)
    diskfs_node_update (node, 1);
  return 0;
}

/* Entry NR of the indirect block INDIRECT.  */
static error_t
block_getblk (struct node *node, block_t indirect, int nr, int create,
              int zero, block_t new_block, block_t *result)
{
  uint32_t *map;

  if (!ext2_block_valid (indirect))
    {
      ext2_error ("inode %lu: no indirect block %u",
                  (unsigned long)node->cache_id, indirect);
      return EIO;
    }
  map = disk_cache_block_ref (indirect);
  *result = le32toh (map[nr]);
  if (*result != 0 || !create)
    {
      disk_cache_block_deref (map);
      return *result != 0 ? 0 : EINVAL;
    }
  *result = ext2_alloc_block (
      node, choose_goal (node, new_block, map, nr, indirect), zero);
  if (*result == 0)
    {
      disk_cache_block_deref (map);
      return ENOSPC;
    }
  map[nr] = htole32 (*result);
  if (diskfs_synchronous || diskfs_node_disknode (node)->info.i_osync)
    sync_global_ptr (map, 1);
  else
    record_indir_poke (node, map);
  note_allocation (node, new_block, *result);
  return 0;
}

/* As ext2_getblk, but the result may be a block that is not there.  */
static error_t
find_or_allocate (struct node *node, block_t block, int create,
                  block_t *disk_block)
{
  struct ext2_inode_info *info = &diskfs_node_disknode (node)->info;
  uint64_t left = block, span = 1;
  block_t indirect;
  int levels = 0;
  error_t err;

  /* A sequential look-up moves the goal along.  */
  if (block == info->i_next_alloc_block + 1)
    {
      info->i_next_alloc_block++;
      info->i_next_alloc_goal++;
    }

  if (left < EXT2_NDIR_BLOCKS)
    return inode_getblk (node, left, create, 0, block, disk_block);
  left -= EXT2_NDIR_BLOCKS;
  /* SPAN: how many blocks an entry of the top indirect block stands for.  */
  for (levels = 1; left >= span * addr_per_block; levels++)
    {
      if (levels == 3)
        return EIO;
      left -= span * addr_per_block;
      span *= addr_per_block;
    }

  err = inode_getblk (node, EXT2_IND_BLOCK + levels - 1, create, 1, block,
                      &indirect);
  for (; !err; span /= addr_per_block)
    {
      err = block_getblk (node, indirect, left / span, create, span > 1, block,
                          &indirect);
      left %= span;
      if (span == 1)
        break;
    }
  if (!err)
    *disk_block = indirect;
  return err;
}

error_t
ext2_getblk (struct node *node, block_t block, int create, block_t *disk_block)
{
  error_t err = find_or_allocate (node, block, create, disk_block);

  if (err || ext2_block_valid (*disk_block))
    return err;
  ext2_error ("inode %lu: no block %u", (unsigned long)node->cache_id,
              *disk_block);
  return EIO;
}
