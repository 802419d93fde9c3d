/* Removing a name.

   The file goes when nobody uses it any more (node-refs.c).  In the Hurd:
   libdiskfs/dir-unlink.c.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <hurd/diskfs.h>

error_t
diskfs_dir_unlink (struct node *dir, const char *name)
{
  struct node *np;
  ino64_t inum;
  error_t err;

  if (diskfs_check_readonly ())
    return EROFS;
  if (strcmp (name, ".") == 0 || strcmp (name, "..") == 0)
    return EISDIR;
  pthread_mutex_lock (&dir->lock);
  err = diskfs_dir_lookup (dir, name, &inum);
  if (!err)
    err = diskfs_cached_lookup (inum, &np);
  if (err)
    {
      pthread_mutex_unlock (&dir->lock);
      return err;
    }
  if (S_ISDIR (np->dn_stat.st_mode))
    err = EISDIR;
  else
    err = diskfs_dir_remove (dir, name);
  if (!err)
    {
      np->dn_stat.st_nlink--;
      np->dn_set_ctime = 1;
      if (diskfs_synchronous)
        diskfs_node_update (np, 1);
    }
  diskfs_nput (np);
  pthread_mutex_unlock (&dir->lock);
  return err;
}
