/* Making files and directories.

   The inode is made first and written before the name is entered, so that a
   name never leads to nothing.  In the Hurd: libdiskfs/node-create.c,
   dir-mkdir.c.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <hurd/diskfs.h>

/* Give NP, new, locked and referenced, the name NAME in DIR, or drop it.  */
static error_t
enter_new (struct node *dir, const char *name, struct node *np)
{
  error_t err = 0;

  np->dn_stat.st_nlink = 1;
  if (S_ISDIR (np->dn_stat.st_mode))
    err = diskfs_dir_init (np, dir);
  if (!err)
    {
      diskfs_node_update (np, diskfs_synchronous);
      err = diskfs_dir_enter (dir, name, np);
      if (err && S_ISDIR (np->dn_stat.st_mode))
        dir->dn_stat.st_nlink--;
    }
  if (err)
    {
      np->dn_stat.st_nlink = 0;
      np->dn_set_ctime = 1;
      diskfs_nput (np);
      return err;
    }
  diskfs_node_update (dir, diskfs_synchronous);
  return 0;
}

static error_t
create (struct node *dir, const char *name, mode_t mode, struct node **npp)
{
  struct node *np;
  ino64_t inum;
  error_t err;

  if (diskfs_check_readonly ())
    return EROFS;
  pthread_mutex_lock (&dir->lock);
  err = diskfs_dir_lookup (dir, name, &inum);
  if (!err)
    err = EEXIST;
  else if (err == ENOENT)
    err = dir->dn_stat.st_nlink == 0 ? ENOENT : 0;
  if (!err)
    err = diskfs_alloc_node (dir, mode, &np);
  if (!err)
    err = enter_new (dir, name, np);
  if (!err)
    {
      pthread_mutex_unlock (&np->lock);
      *npp = np;
    }
  pthread_mutex_unlock (&dir->lock);
  return err;
}

error_t
diskfs_create_file (struct node *dir, const char *name, struct node **np)
{
  return create (dir, name, S_IFREG | 0644, np);
}

error_t
diskfs_dir_mkdir (struct node *dir, const char *name, struct node **np)
{
  return create (dir, name, S_IFDIR | 0755, np);
}
