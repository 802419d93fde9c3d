/* Renaming, within a directory or across.

   One rename at a time, so that the tree of directories holds still while it
   is looked at.  Two directories are locked by holding one only while trying
   for the other, since lookups lock from parent to child.  In the Hurd:
   libdiskfs/dir-rename.c, dir-renamed.c.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <hurd/diskfs.h>

static pthread_mutex_t rename_lock = PTHREAD_MUTEX_INITIALIZER;

static void
lock_both (struct node *a, struct node *b)
{
  pthread_mutex_lock (&a->lock);
  while (a != b && pthread_mutex_trylock (&b->lock) != 0)
    {
      struct node *other = a;

      pthread_mutex_unlock (&a->lock);
      a = b;
      b = other;
      pthread_mutex_lock (&a->lock);
    }
}

static void
unlock_both (struct node *a, struct node *b)
{
  pthread_mutex_unlock (&a->lock);
  if (a != b)
    pthread_mutex_unlock (&b->lock);
}

/* Whether DIR is, or is below, the directory with inode number INUM.  On a
   damaged disk, parents may go round in a circle: LANDMARK is one that was
   passed, a new one each time the way has doubled.  */
static error_t
check_below (struct node *dir, ino64_t inum)
{
  ino64_t landmark = dir->cache_id;
  unsigned long steps = 0, next = 1;
  error_t err = 0;

  diskfs_nref (dir);
  while (!err && dir != diskfs_root_node)
    {
      struct node *parent = NULL;

      if (steps++ == next)
        {
          next *= 2;
          landmark = dir->cache_id;
        }
      else if (steps > 1 && dir->cache_id == landmark)
        err = EIO;
      if (dir->cache_id == inum)
        err = EINVAL;
      if (!err)
        err = diskfs_lookup (dir, "..", &parent);
      if (!err)
        {
          diskfs_nrele (dir);
          dir = parent;
        }
    }
  if (!err && dir->cache_id == inum)
    err = EINVAL;
  diskfs_nrele (dir);
  return err;
}

/* The name TO stands for OLD so far; both directories and NP are locked.  */
static error_t
replace (struct node *to_dir, const char *to, struct node *np,
         struct node *old)
{
  int is_dir = S_ISDIR (np->dn_stat.st_mode);
  int old_is_dir = S_ISDIR (old->dn_stat.st_mode);
  error_t err;

  if (is_dir != old_is_dir)
    return is_dir ? ENOTDIR : EISDIR;
  if (old_is_dir && !diskfs_dirempty (old))
    return ENOTEMPTY;
  err = diskfs_dir_rewrite (to_dir, to, np);
  if (err)
    return err;
  old->dn_stat.st_nlink -= 1 + old_is_dir;
  old->dn_set_ctime = 1;
  if (old_is_dir)
    {
      to_dir->dn_stat.st_nlink--; /* its ".."  */
      to_dir->dn_set_ctime = 1;
    }
  return 0;
}

/* NP, a directory, has moved.  */
static error_t
change_parent (struct node *np, struct node *from_dir, struct node *to_dir)
{
  error_t err = diskfs_dir_rewrite (np, "..", to_dir);

  if (err)
    return err;
  from_dir->dn_stat.st_nlink--;
  to_dir->dn_stat.st_nlink++;
  from_dir->dn_set_ctime = to_dir->dn_set_ctime = 1;
  return 0;
}

/* Everything is locked but what TO stands for.  */
static error_t
move (struct node *from_dir, const char *from, struct node *to_dir,
      const char *to, struct node *np)
{
  struct node *old = NULL;
  ino64_t inum;
  error_t err = diskfs_dir_lookup (to_dir, to, &inum);

  if (err && err != ENOENT)
    return err;
  if (!err)
    {
      if (inum == np->cache_id)
        return 0;
      err = diskfs_cached_lookup (inum, &old);
      if (!err)
        {
          err = replace (to_dir, to, np, old);
          diskfs_nput (old);
        }
    }
  else
    err = diskfs_dir_enter (to_dir, to, np);
  if (!err)
    err = diskfs_dir_remove (from_dir, from);
  if (!err && from_dir != to_dir && S_ISDIR (np->dn_stat.st_mode))
    err = change_parent (np, from_dir, to_dir);
  np->dn_set_ctime = 1;
  diskfs_node_update (np, diskfs_synchronous);
  diskfs_node_update (from_dir, diskfs_synchronous);
  diskfs_node_update (to_dir, diskfs_synchronous);
  return err;
}

/* A directory that FROM_DIR is in cannot be replaced; it is found out before
   it would be locked, child before parent.  */
static error_t
check_target (struct node *from_dir, struct node *to_dir, const char *to)
{
  struct node *old;
  error_t err = diskfs_lookup (to_dir, to, &old);

  if (err)
    return err == ENOENT ? 0 : err;
  if (S_ISDIR (old->dn_stat.st_mode))
    err = check_below (from_dir, old->cache_id);
  diskfs_nrele (old);
  return err == EINVAL ? ENOTEMPTY : err;
}

static int
is_dot (const char *name)
{
  return strcmp (name, ".") == 0 || strcmp (name, "..") == 0;
}

error_t
diskfs_dir_rename (struct node *from_dir, const char *from,
                   struct node *to_dir, const char *to)
{
  struct node *np = NULL;
  error_t err;

  if (diskfs_check_readonly ())
    return EROFS;
  if (is_dot (from) || is_dot (to))
    return EINVAL;
  pthread_mutex_lock (&rename_lock);
  err = diskfs_lookup (from_dir, from, &np);
  if (!err && S_ISDIR (np->dn_stat.st_mode))
    err = check_below (to_dir, np->cache_id);
  if (!err)
    err = check_target (from_dir, to_dir, to);
  if (!err)
    {
      ino64_t inum;

      lock_both (from_dir, to_dir);
      err = diskfs_dir_lookup (from_dir, from, &inum);
      /* Meanwhile someone may have unlinked it, and even made another.  */
      if (!err && inum != np->cache_id)
        err = ENOENT;
      if (!err)
        {
          pthread_mutex_lock (&np->lock);
          err = move (from_dir, from, to_dir, to, np);
          pthread_mutex_unlock (&np->lock);
        }
      unlock_both (from_dir, to_dir);
    }
  if (np != NULL)
    diskfs_nrele (np);
  pthread_mutex_unlock (&rename_lock);
  return err;
}
