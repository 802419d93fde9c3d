/* Directories: real ext2 ones, of linear blocks.

   A directory's blocks are the contents of its pager's memory object, read
   and written through a mapping that stays (docs/model.md 3.9: they are file
   data to the pager).  Entries fill a block without gaps; a removed one is
   joined to the one before it, or keeps its place with inode 0 as the first.
   A hashed directory is read linearly, which its format allows, and is a
   linear one once it was changed.  Left out: a cache of names.  In the Hurd:
   ext2fs/dir.c, which maps the directory anew for every look-up.

   The directory is locked throughout.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "ext2fs.h"
#include "hurd_api.h"

/* Address space for one directory, which therefore has at most so many bytes;
   a hundred thousand names.  */
#define DIR_IMAGE_SIZE (4UL << 20)

static error_t
map_directory (struct node *dir)
{
  struct disknode *dn = diskfs_node_disknode (dir);
  unsigned long address = 0;
  mach_port_t memobj;
  error_t err;

  if (!S_ISDIR (dir->dn_stat.st_mode))
    return ENOTDIR;
  if (dn->dir_image != NULL)
    return 0;
  if ((uint64_t)dir->dn_stat.st_size > DIR_IMAGE_SIZE)
    return EFBIG;
  memobj = diskfs_get_filemap (dir, VM_PROT_READ | VM_PROT_WRITE);
  if (memobj == MACH_PORT_NULL)
    return ENOMEM;
  err = hurd_api->vm_map_object (memobj, 0, DIR_IMAGE_SIZE, 1, &address);
  mach_port_deallocate (mach_task_self (), memobj);
  if (!err)
    dn->dir_image = (char *)address;
  return err;
}

static struct ext2_dir_entry_2 *
entry_at (struct node *dir, loff_t offset)
{
  return (struct ext2_dir_entry_2 *)(diskfs_node_disknode (dir)->dir_image
                                     + offset);
}

/* How far the entry at OFFSET reaches; 0 if that makes no sense.  */
static unsigned
entry_length (struct node *dir, loff_t offset)
{
  struct ext2_dir_entry_2 *entry = entry_at (dir, offset);
  unsigned left = block_size - (offset & (block_size - 1));
  unsigned rec_len
      = left < (unsigned)EXT2_DIR_REC_LEN (1) ? 0 : le16toh (entry->rec_len);

  if (rec_len < EXT2_DIR_REC_LEN (1) || rec_len % EXT2_DIR_PAD != 0
      || rec_len > left
      || (unsigned)EXT2_DIR_REC_LEN (entry->name_len) > rec_len)
    {
      ext2_error ("directory %lu: bad entry at %ld",
                  (unsigned long)dir->cache_id, (long)offset);
      return 0;
    }
  return rec_len;
}

static error_t
check_name (const char *name)
{
  size_t length = strlen (name);

  if (length == 0)
    return ENOENT;
  return length > EXT2_NAME_LEN ? ENAMETOOLONG : 0;
}

/* Find NAME: its entry's offset, and that of the one before it in the same
   block or -1.  */
static error_t
find_entry (struct node *dir, const char *name, loff_t *offset,
            loff_t *previous)
{
  size_t length = strlen (name);
  error_t err = check_name (name);
  loff_t before = -1;

  if (!err)
    err = map_directory (dir);
  if (err)
    return err;
  for (loff_t at = 0; at < dir->dn_stat.st_size;)
    {
      struct ext2_dir_entry_2 *entry = entry_at (dir, at);
      unsigned rec_len = entry_length (dir, at);

      if (rec_len == 0)
        return EIO;
      if ((at & (block_size - 1)) == 0)
        before = -1;
      if (entry->inode != 0 && entry->name_len == length
          && memcmp (entry->name, name, length) == 0)
        {
          *offset = at;
          *previous = before;
          return 0;
        }
      before = at;
      at += rec_len;
    }
  return ENOENT;
}

/* DIR's contents have changed.  */
static error_t
note_change (struct node *dir)
{
  diskfs_node_disknode (dir)->info.i_flags &= ~EXT2_INDEX_FL;
  dir->dn_set_mtime = dir->dn_set_ctime = 1;
  if (diskfs_synchronous)
    diskfs_file_update (dir, 1);
  return 0;
}

/* Whether INUM, that DIR has for NAME, is an inode that can have a name.  */
static int
inode_makes_sense (struct node *dir, const char *name, ino64_t inum)
{
  int dots = strcmp (name, ".") == 0 || strcmp (name, "..") == 0;

  return inum <= le32toh (sblock->s_inodes_count)
         && (inum >= EXT2_FIRST_INO (sblock) || inum == EXT2_ROOT_INO)
         && (dots || (inum != dir->cache_id && inum != EXT2_ROOT_INO));
}

error_t
diskfs_dir_lookup (struct node *dir, const char *name, ino64_t *inum)
{
  loff_t offset, previous;
  error_t err = find_entry (dir, name, &offset, &previous);

  if (err)
    return err;
  *inum = le32toh (entry_at (dir, offset)->inode);
  if (inode_makes_sense (dir, name, *inum))
    return 0;
  ext2_error ("directory %lu: an entry for inode %lu",
              (unsigned long)dir->cache_id, (unsigned long)*inum);
  return EIO;
}

/* The type of an entry for a file of MODE.  */
static unsigned
entry_type (mode_t mode)
{
  switch (mode & S_IFMT)
    {
    case S_IFREG:
      return EXT2_FT_REG_FILE;
    case S_IFDIR:
      return EXT2_FT_DIR;
    case S_IFCHR:
      return EXT2_FT_CHRDEV;
    case S_IFBLK:
      return EXT2_FT_BLKDEV;
    case S_IFIFO:
      return EXT2_FT_FIFO;
    case S_IFSOCK:
      return EXT2_FT_SOCK;
    case S_IFLNK:
      return EXT2_FT_SYMLINK;
    default:
      return EXT2_FT_UNKNOWN;
    }
}

static void
write_entry (struct node *dir, loff_t offset, unsigned rec_len,
             const char *name, struct node *np)
{
  struct ext2_dir_entry_2 *entry = entry_at (dir, offset);

  entry->inode = htole32 (np->cache_id);
  entry->rec_len = htole16 (rec_len);
  entry->name_len = strlen (name);
  entry->file_type
      = EXT2_HAS_INCOMPAT_FEATURE (sblock, EXT2_FEATURE_INCOMPAT_FILETYPE)
            ? entry_type (np->dn_stat.st_mode)
            : EXT2_FT_UNKNOWN;
  memcpy (entry->name, name, strlen (name));
}

/* Make DIR one block longer: an entry of a whole block, not in use, at its
   end.  */
static error_t
add_block (struct node *dir)
{
  loff_t offset = dir->dn_stat.st_size;
  struct ext2_dir_entry_2 *entry;
  error_t err;

  if ((uint64_t)offset + block_size > DIR_IMAGE_SIZE)
    return ENOSPC;
  err = diskfs_grow (dir, offset + block_size, NULL);
  /* The first touch allocates the block, which may fail; no other touch of a
     directory's mapping does.  */
  if (!err)
    err = hurd_api->zero_mapping (
        (unsigned long)diskfs_node_disknode (dir)->dir_image + offset,
        block_size);
  if (err)
    return err == EIO ? ENOSPC : err;
  entry = entry_at (dir, offset);
  entry->inode = 0;
  entry->rec_len = htole16 (block_size);
  entry->name_len = 0;
  dir->dn_stat.st_size = offset + block_size;
  dir->dn_set_ctime = 1;
  return 0;
}

/* Put the entry into the free part of the one at OFFSET.  Returns whether
   there is room.  */
static int
enter_at (struct node *dir, loff_t offset, unsigned rec_len, const char *name,
          struct node *np)
{
  struct ext2_dir_entry_2 *entry = entry_at (dir, offset);
  unsigned need = EXT2_DIR_REC_LEN (strlen (name));
  unsigned used = entry->inode == 0 ? 0 : EXT2_DIR_REC_LEN (entry->name_len);

  if (rec_len < used + need)
    return 0;
  if (used > 0)
    entry->rec_len = htole16 (used);
  write_entry (dir, offset + used, rec_len - used, name, np);
  return 1;
}

error_t
diskfs_dir_enter (struct node *dir, const char *name, struct node *np)
{
  struct disknode *dn = diskfs_node_disknode (dir);
  error_t err = check_name (name);
  loff_t at;

  if (!err)
    err = map_directory (dir);
  if (err)
    return err;
  /* Blocks before this one had no room the last time.  */
  at = boffs (dn->dir_idx);
  for (;;)
    {
      unsigned rec_len;

      if (at >= dir->dn_stat.st_size)
        {
          err = add_block (dir);
          if (err)
            return err;
        }
      rec_len = entry_length (dir, at);
      if (rec_len == 0)
        return EIO;
      if (enter_at (dir, at, rec_len, name, np))
        break;
      at += rec_len;
    }
  dn->dir_idx = boffs_block (at);
  return note_change (dir);
}

error_t
diskfs_dir_rewrite (struct node *dir, const char *name, struct node *np)
{
  loff_t offset, previous;
  error_t err = find_entry (dir, name, &offset, &previous);

  if (err)
    return err;
  write_entry (dir, offset, le16toh (entry_at (dir, offset)->rec_len), name,
               np);
  return note_change (dir);
}

error_t
diskfs_dir_remove (struct node *dir, const char *name)
{
  struct disknode *dn = diskfs_node_disknode (dir);
  loff_t offset, previous;
  error_t err = find_entry (dir, name, &offset, &previous);

  if (err)
    return err;
  if (previous < 0)
    entry_at (dir, offset)->inode = 0;
  else
    {
      struct ext2_dir_entry_2 *before = entry_at (dir, previous);

      before->rec_len = htole16 (le16toh (before->rec_len)
                                 + le16toh (entry_at (dir, offset)->rec_len));
    }
  if (boffs_block (offset) < dn->dir_idx)
    dn->dir_idx = boffs_block (offset);
  return note_change (dir);
}

/* The first entries of DP, new, in PARENT.  */
error_t
diskfs_dir_init (struct node *dp, struct node *parent)
{
  error_t err;

  if (parent->dn_stat.st_nlink >= EXT2_LINK_MAX)
    return EMLINK;
  err = diskfs_dir_enter (dp, ".", dp);
  if (!err)
    err = diskfs_dir_enter (dp, "..", parent);
  if (err)
    return err;
  dp->dn_stat.st_nlink++;
  dp->dn_set_ctime = 1;
  parent->dn_stat.st_nlink++;
  parent->dn_set_ctime = 1;
  return 0;
}

int
diskfs_dirempty (struct node *dp)
{
  if (map_directory (dp))
    return 0;
  for (loff_t at = 0; at < dp->dn_stat.st_size;)
    {
      struct ext2_dir_entry_2 *entry = entry_at (dp, at);
      unsigned rec_len = entry_length (dp, at);

      if (rec_len == 0)
        return 0;
      if (entry->inode != 0
          && !(entry->name[0] == '.'
               && (entry->name_len == 1
                   || (entry->name_len == 2 && entry->name[1] == '.'))))
        return 0;
      at += rec_len;
    }
  return 1;
}
