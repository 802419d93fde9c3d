/* Looking a name up.

   The directory stays locked until the node is, from parent to child
   everywhere; for ".." it is let go first.  In the Hurd:
   libdiskfs/dir-lookup.c, lookup.c.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <hurd/diskfs.h>

error_t
diskfs_lookup (struct node *dir, const char *name, struct node **np)
{
  ino64_t inum;
  error_t err;

  if (strcmp (name, ".") == 0)
    {
      diskfs_nref (dir);
      *np = dir;
      return 0;
    }
  pthread_mutex_lock (&dir->lock);
  err = diskfs_dir_lookup (dir, name, &inum);
  if (!diskfs_check_readonly ())
    dir->dn_set_atime = 1;
  if (!err && strcmp (name, "..") == 0)
    {
      pthread_mutex_unlock (&dir->lock);
      err = diskfs_cached_lookup (inum, np);
      if (!err)
        pthread_mutex_unlock (&(*np)->lock);
      return err;
    }
  if (!err)
    err = diskfs_cached_lookup (inum, np);
  if (!err)
    pthread_mutex_unlock (&(*np)->lock);
  pthread_mutex_unlock (&dir->lock);
  return err;
}
