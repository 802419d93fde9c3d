/* Pointers into the disk cache, and which of its blocks have changed.

   Bitmaps, descriptors, inodes and the superblock are changed in the disk
   cache and poked on global_pokel; indirect blocks on their node's pokel
   (docs/model.md 3.9).  Who passes a block's pointer to a function here gives
   up one reference to the block ("ext2fs.h").

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "ext2fs.h"

char *
boffs_ptr (off_t offset)
{
  char *ptr;

  pthread_mutex_lock (&disk_cache_lock);
  ptr = hurd_ihash_find (disk_cache_bptr, boffs_block (offset));
  pthread_mutex_unlock (&disk_cache_lock);
  assert_backtrace (ptr != NULL);
  return ptr + (offset & (block_size - 1));
}

off_t
bptr_offs (void *ptr)
{
  vm_offset_t at = (char *)ptr - (char *)disk_cache;
  block_t block;

  assert_backtrace (at < (vm_offset_t)disk_cache_size);
  pthread_mutex_lock (&disk_cache_lock);
  block = disk_cache_info[bptr_index (ptr)].block;
  pthread_mutex_unlock (&disk_cache_lock);
  assert_backtrace (block != DC_NO_BLOCK);
  return boffs (block) + (at & (block_size - 1));
}

/* The start of the slot that PTR points into.  */
static void *
slot_start (void *ptr)
{
  return (char *)disk_cache
         + ((vm_offset_t)bptr_index (ptr) << log2_block_size);
}

int
global_block_modified (block_t block)
{
  int before;

  if (modified_global_blocks == NULL)
    return 1;
  pthread_spin_lock (&modified_global_blocks_lock);
  before = set_bit (block, modified_global_blocks);
  pthread_spin_unlock (&modified_global_blocks_lock);
  return !before;
}

void
record_global_poke (void *ptr)
{
  if (modified_global_blocks != NULL)
    global_block_modified (bptr_block (ptr));
  pokel_add (&global_pokel, slot_start (ptr), block_size);
}

void
record_indir_poke (struct node *node, void *ptr)
{
  if (modified_global_blocks != NULL)
    global_block_modified (bptr_block (ptr));
  pokel_add (&diskfs_node_disknode (node)->indir_pokel, slot_start (ptr),
             block_size);
}

void
sync_global (int wait)
{
  pokel_sync (&global_pokel, wait);
}

void
sync_global_ptr (void *ptr, int wait)
{
  char *slot = slot_start (ptr);

  if (modified_global_blocks != NULL)
    global_block_modified (bptr_block (ptr));
  pager_sync_some (diskfs_disk_pager, slot - (char *)disk_cache, block_size,
                   wait);
  _disk_cache_block_deref (slot);
}

void
alloc_sync (struct node *np)
{
  if (!diskfs_synchronous)
    return;
  if (np != NULL)
    {
      diskfs_node_update (np, 1);
      pokel_sync (&diskfs_node_disknode (np)->indir_pokel, 1);
    }
  diskfs_set_hypermetadata (1, 0);
}
