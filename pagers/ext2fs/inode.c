/* Inodes: between the disk cache and the nodes in memory.

   The inode table is reached through the disk cache; a changed inode dirties
   its block there, which goes out with the global pokes (docs/model.md 3.9).
   Every write of a node gives its preallocated blocks back first (3.7), under
   node->lock at most (3.1).  The Hurd does it in ext2fs/inode.c.  A file
   system that is given may hold symbolic links and devices: they can be named
   and removed.  Left out: following and making them, translators, users.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "ext2fs.h"
#include "flush.h"

struct ext2_inode *
dino_ref (ino_t inum)
{
  unsigned long i = (inum - 1) / EXT2_INODES_PER_GROUP (sblock);
  unsigned long at = (inum - 1) % EXT2_INODES_PER_GROUP (sblock);
  block_t block
      = le32toh (group_desc (i)->bg_inode_table) + at / inodes_per_block;
  char *table = disk_cache_block_ref (block);

  return (struct ext2_inode *)(table
                               + at % inodes_per_block
                                     * EXT2_INODE_SIZE (sblock));
}

void
_dino_deref (struct ext2_inode *inode)
{
  _disk_cache_block_deref (
      (char *)disk_cache
      + ((vm_offset_t)bptr_index (inode) << log2_block_size));
}

error_t
diskfs_user_make_node (struct node *np)
{
  struct disknode *dn = calloc (1, sizeof *dn);

  if (dn == NULL)
    return ENOMEM;
  np->dn = dn;
  pthread_rwlock_init (&dn->alloc_lock, NULL);
  pokel_init (&dn->indir_pokel, diskfs_disk_pager, disk_cache);
  return 0;
}

/* Whether the inode's words are a map of blocks; a short symbolic link has
   its target there, a device its number.  */
static int
has_block_map (struct node *np)
{
  struct ext2_inode_info *info = &diskfs_node_disknode (np)->info;
  io_statbuf_t *st = &np->dn_stat;
  unsigned long others
      = info->i_file_acl != 0 ? 1UL << log2_stat_blocks_per_fs_block : 0;

  return S_ISREG (st->st_mode) || S_ISDIR (st->st_mode)
         || (S_ISLNK (st->st_mode) && (unsigned long)st->st_blocks != others);
}

/* The size that three levels of blocks can hold.  */
static off_t
max_size (void)
{
  uint64_t n = addr_per_block;

  return boffs (EXT2_NDIR_BLOCKS) + (off_t)((n + n * n + n * n * n)
                                            << log2_block_size);
}

static int
size_is_wrong (const io_statbuf_t *st)
{
  return (S_ISDIR (st->st_mode) && (st->st_size & (block_size - 1)) != 0)
         || st->st_size < 0 || st->st_size > max_size ();
}

error_t
diskfs_user_read_node (struct node *np)
{
  struct ext2_inode_info *info = &diskfs_node_disknode (np)->info;
  io_statbuf_t *st = &np->dn_stat;
  struct ext2_inode *di;

  if (np->cache_id == 0 || np->cache_id > le32toh (sblock->s_inodes_count))
    return EINVAL;
  di = dino_ref (np->cache_id);
  st->st_ino = np->cache_id;
  st->st_nlink = le16toh (di->i_links_count);
  /* A file without a name is none, or it would be deleted once more.  */
  st->st_mode = st->st_nlink != 0 ? le16toh (di->i_mode) : 0;
  st->st_size = le32toh (di->i_size);
  if (S_ISREG (st->st_mode))
    st->st_size |= (off_t)((uint64_t)le32toh (di->i_size_high) << 32);
  st->st_blocks = le32toh (di->i_blocks);
  st->st_blksize = vm_page_size * 2;
  st->st_atim.tv_sec = le32toh (di->i_atime);
  st->st_mtim.tv_sec = le32toh (di->i_mtime);
  st->st_ctim.tv_sec = le32toh (di->i_ctime);

  info->i_flags = le32toh (di->i_flags);
  info->i_faddr = le32toh (di->i_faddr);
  info->i_frag_no = di->i_frag;
  info->i_frag_size = di->i_fsize;
  info->i_file_acl = le32toh (di->i_file_acl);
  info->i_dtime = le32toh (di->i_dtime);
  info->i_version = le32toh (di->i_version);
  info->i_block_group = (np->cache_id - 1) / EXT2_INODES_PER_GROUP (sblock);
  memcpy (info->i_data, di->i_block, sizeof info->i_data);
  dino_deref (di);

  if (has_block_map (np) && size_is_wrong (st))
    {
      ext2_error ("inode %lu: no size: %ld", (unsigned long)np->cache_id,
                  (long)st->st_size);
      st->st_mode = 0;
      st->st_nlink = 0;
      return EIO;
    }
  np->allocsize = has_block_map (np) ? round_block (st->st_size) : 0;
  return 0;
}

/* A file this long needs a feature that says so, which revision 0 has not.  */
static void
note_large_file (void)
{
  if (EXT2_HAS_RO_COMPAT_FEATURE (sblock, EXT2_FEATURE_RO_COMPAT_LARGE_FILE))
    return;
  if (le32toh (sblock->s_rev_level) == EXT2_GOOD_OLD_REV)
    {
      sblock->s_first_ino = htole32 (EXT2_GOOD_OLD_FIRST_INO);
      sblock->s_inode_size = htole16 (EXT2_GOOD_OLD_INODE_SIZE);
      sblock->s_rev_level = htole32 (EXT2_DYNAMIC_REV);
    }
  sblock->s_feature_ro_compat |= htole32 (EXT2_FEATURE_RO_COMPAT_LARGE_FILE);
  sblock_dirty = 1;
}

/* What a file that had the inode before has left in it.  */
static void
clear_inode (struct ext2_inode *di)
{
  memset (di, 0, EXT2_INODE_SIZE (sblock));
}

/* Copy NP to its inode, if it has changed; a reference to that is returned,
   or NULL.  */
static struct ext2_inode *
write_node (struct node *np)
{
  struct ext2_inode_info *info = &diskfs_node_disknode (np)->info;
  io_statbuf_t *st = &np->dn_stat;
  struct ext2_inode *di;

  ext2_discard_prealloc (np);
  if (!np->dn_stat_dirty)
    return NULL;
  assert_backtrace (!diskfs_readonly);
  if (st->st_mode == 0 && info->i_file_acl != 0)
    ext2_free_xattr (np);

  di = dino_ref (np->cache_id);
  if (info->i_new_inode)
    clear_inode (di);
  info->i_new_inode = 0;
  di->i_mode = htole16 (st->st_mode);
  di->i_links_count = htole16 (st->st_nlink);
  di->i_size = htole32 (st->st_size);
  if (S_ISREG (st->st_mode))
    di->i_size_high = htole32 ((uint64_t)st->st_size >> 32);
  if (st->st_size > INT32_MAX)
    note_large_file ();
  di->i_blocks = htole32 (st->st_blocks);
  di->i_atime = htole32 (st->st_atim.tv_sec);
  di->i_mtime = htole32 (st->st_mtim.tv_sec);
  di->i_ctime = htole32 (st->st_ctim.tv_sec);
  /* e2fsck wants to see when an inode was deleted.  */
  di->i_dtime = htole32 (st->st_nlink == 0 ? st->st_ctim.tv_sec : 0);
  di->i_flags = htole32 (info->i_flags);
  di->i_version = htole32 (info->i_version);
  di->i_file_acl = htole32 (info->i_file_acl);
  memcpy (di->i_block, info->i_data, sizeof info->i_data);
  np->dn_stat_dirty = 0;
  return di;
}

void
diskfs_write_disknode (struct node *np, int wait)
{
  struct ext2_inode *di = write_node (np);

  if (di == NULL && flush_wanted (wait))
    di = dino_ref (np->cache_id);
  if (di == NULL)
    return;
  if (wait)
    sync_global_ptr (di, 1);
  else
    record_global_poke (di);
}

static error_t
write_one_disknode (struct node *np)
{
  struct ext2_inode *di;

  /* Indirect blocks go out before any inode.  */
  pokel_sync (&diskfs_node_disknode (np)->indir_pokel, 1);
  diskfs_set_node_times (np);
  di = write_node (np);
  if (di != NULL)
    record_global_poke (di);
  return 0;
}

void
write_all_disknodes (void)
{
  diskfs_node_iterate (write_one_disknode);
}

error_t
diskfs_alloc_node (struct node *dir, mode_t mode, struct node **npp)
{
  ino_t inum = ext2_alloc_inode (dir->cache_id, mode);
  struct node *np;
  struct disknode *dn;
  error_t err;

  if (inum == 0)
    return ENOSPC;
  err = diskfs_cached_lookup (inum, &np);
  if (err)
    {
      ext2_free_inode (inum, mode);
      return err;
    }
  dn = diskfs_node_disknode (np);
  memset (dn->info.i_data, 0, sizeof dn->info.i_data);
  dn->info.i_flags = dn->info.i_file_acl = 0;
  dn->info.i_version++;
  dn->info.i_new_inode = 1;
  np->dn_stat.st_mode = mode;
  np->dn_stat.st_nlink = 0;
  np->dn_stat.st_size = np->dn_stat.st_blocks = 0;
  np->allocsize = 0;
  np->dn_set_atime = np->dn_set_mtime = np->dn_set_ctime = 1;
  *npp = np;
  return 0;
}

void
diskfs_free_node (struct node *np, mode_t mode)
{
  ext2_free_inode (np->cache_id, mode);
}

/* NP has left the cache.  Its indirect blocks may still await being
   written.  */
void
diskfs_node_norefs (struct node *np)
{
  struct disknode *dn = diskfs_node_disknode (np);

  pokel_inherit (&global_pokel, &dn->indir_pokel);
  pokel_finalize (&dn->indir_pokel);
  pthread_rwlock_destroy (&dn->alloc_lock);
  pthread_mutex_destroy (&np->lock);
  free (dn);
  free (np);
}

void
diskfs_new_hardrefs (struct node *np)
{
  allow_pager_softrefs (np);
}

void
diskfs_try_dropping_softrefs (struct node *np)
{
  drop_pager_softrefs (np);
}
