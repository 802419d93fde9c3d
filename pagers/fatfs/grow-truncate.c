/* Changing how much a file has.

   Growing allocates at once, for a chain has no holes; all of it or nothing.
   Cutting off discards dirty pages behind the new end by a flush that is
   waited for, before alloc_lock is taken, so that every earlier return of a
   page has been served by then (as docs/model.md 3.10 for ext2).  In the Hurd:
   fatfs/pager.c, fatfs/inode.c.  Left out: delayed copies, which the files'
   objects do not allow.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "fatfs.h"

static uint32_t
clusters_of (loff_t size)
{
  return (uint64_t)(size + FAT_BLOCK - 1) >> FAT_BLOCK_LOG;
}

error_t
diskfs_grow (struct node *node, loff_t size,
             struct protid *cred __attribute__ ((unused)))
{
  struct disknode *dn = diskfs_node_disknode (node);
  uint32_t have = clusters_of (node->allocsize), want = clusters_of (size);
  error_t err;

  if (diskfs_check_readonly ())
    return EROFS;
  if (size <= node->allocsize)
    return 0;
  if ((uint64_t)size > FAT_FILE_MAX)
    return EFBIG;

  pthread_rwlock_wrlock (&dn->alloc_lock);
  err = chain_extend (node, have, want - have);
  if (!err)
    node->allocsize = (loff_t)want << FAT_BLOCK_LOG;
  pthread_rwlock_unlock (&dn->alloc_lock);
  return err;
}

/* The directory DIR is deleted: none of its pages is written any more.  */
static void
forget_directory (struct node *dir)
{
  struct disknode *dn = diskfs_node_disknode (dir);

  for (uint32_t i = 0; i < dn->dir_blocks; i++)
    image_forget (dn->dir_block[i].block);
  dn->dir_blocks = 0;
}

error_t
diskfs_truncate (struct node *node, loff_t length)
{
  struct disknode *dn = diskfs_node_disknode (node);
  loff_t end = (loff_t)clusters_of (length) << FAT_BLOCK_LOG;
  error_t err;

  if (diskfs_check_readonly ())
    return EROFS;
  if (length >= node->dn_stat.st_size && end >= node->allocsize)
    return 0;

  if (length < end && length < node->dn_stat.st_size)
    {
      err = diskfs_node_rdwr (node, NULL, length, end - length, 1, NULL, NULL);
      if (err)
        return err;
      diskfs_file_update (node, 1);
    }
  if (S_ISDIR (node->dn_stat.st_mode))
    forget_directory (node);
  else
    flush_file (node, end);

  pthread_rwlock_wrlock (&dn->alloc_lock);
  err = chain_cut (node, clusters_of (length), clusters_of (node->allocsize));
  if (!err)
    {
      node->dn_stat.st_size = length;
      node->allocsize = end;
    }
  pthread_rwlock_unlock (&dn->alloc_lock);
  node->dn_set_mtime = node->dn_set_ctime = 1;
  diskfs_node_update (node, diskfs_synchronous);
  return err;
}
