/* Extended attributes: not to lose the block that holds them.

   Nothing here reads or writes attributes, but the files of a file system that
   another program made may have them, in a block that several files share and
   that counts its users.  The Hurd has all of it in ext2fs/xattr.c.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "ext2fs.h"

#define XATTR_MAGIC 0xEA020000

struct xattr_header
{
  uint32_t magic, users, blocks;
};

void
ext2_free_xattr (struct node *np)
{
  struct ext2_inode_info *info = &diskfs_node_disknode (np)->info;
  block_t block = info->i_file_acl;
  struct xattr_header *header;

  info->i_file_acl = 0;
  if (!ext2_block_valid (block))
    {
      ext2_error ("inode %lu: no attributes in block %u",
                  (unsigned long)np->cache_id, block);
      return;
    }
  np->dn_stat.st_blocks -= 1 << log2_stat_blocks_per_fs_block;
  header = disk_cache_block_ref (block);
  if (le32toh (header->magic) == XATTR_MAGIC && le32toh (header->users) > 1)
    {
      header->users = htole32 (le32toh (header->users) - 1);
      record_global_poke (header);
      return;
    }
  if (le32toh (header->magic) == XATTR_MAGIC)
    {
      disk_cache_block_deref (header);
      ext2_free_blocks (block, 1);
      return;
    }
  disk_cache_block_deref (header);
  ext2_error ("inode %lu: no attributes in block %u",
              (unsigned long)np->cache_id, block);
}
