/* References to nodes.

   A hard reference is a user's, a light one the file's pager's.  When the last
   hard one of a file without a link goes, its pager is asked to let go; when
   none of either kind is left the node leaves the cache, and without a link
   the file is freed (docs/model.md, end of section 4).  In the Hurd:
   libdiskfs/node-nref.c and its neighbours, drop-node.c.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <hurd/diskfs.h>
#include <time.h>

#include "hurd_api.h"

/* How many nodes have left the cache and are not gone yet.  */
static unsigned dropping;

void
diskfs_nref (struct node *np)
{
  int first;

  pthread_spin_lock (&np->ref_lock);
  assert_backtrace (np->hard_refs + np->weak_refs > 0);
  first = np->hard_refs++ == 0;
  pthread_spin_unlock (&np->ref_lock);
  if (!first)
    return;
  pthread_mutex_lock (&np->lock);
  diskfs_new_hardrefs (np);
  pthread_mutex_unlock (&np->lock);
}

void
diskfs_nref_light (struct node *np)
{
  pthread_spin_lock (&np->ref_lock);
  assert_backtrace (np->hard_refs + np->weak_refs > 0);
  np->weak_refs++;
  pthread_spin_unlock (&np->ref_lock);
}

/* Whether the node differs from its inode.  */
static int
is_dirty (struct node *np)
{
  return np->dn_stat_dirty || np->dn_set_atime || np->dn_set_mtime
         || np->dn_set_ctime;
}

void
diskfs_nrele_light (struct node *np)
{
  for (;;)
    {
      int last;

      node_cache_lock ();
      pthread_spin_lock (&np->ref_lock);
      assert_backtrace (np->weak_refs > 0);
      last = np->hard_refs == 0 && np->weak_refs == 1;
      if (!last)
        np->weak_refs--;
      pthread_spin_unlock (&np->ref_lock);
      if (!last)
        {
          node_cache_unlock ();
          return;
        }
      /* As long as the node is in the cache, nobody reads the inode.  */
      if (np->dn_stat.st_nlink == 0 || !is_dirty (np))
        {
          node_cache_remove (np);
          __atomic_add_fetch (&dropping, 1, __ATOMIC_SEQ_CST);
          node_cache_unlock ();
          diskfs_drop_node (np);
          __atomic_sub_fetch (&dropping, 1, __ATOMIC_SEQ_CST);
          return;
        }
      node_cache_unlock ();
      pthread_mutex_lock (&np->lock);
      diskfs_node_update (np, 0);
      pthread_mutex_unlock (&np->lock);
    }
}

void
diskfs_nrele (struct node *np)
{
  int last;

  pthread_spin_lock (&np->ref_lock);
  assert_backtrace (np->hard_refs > 0);
  np->hard_refs--;
  np->weak_refs++;
  last = np->hard_refs == 0;
  pthread_spin_unlock (&np->ref_lock);
  if (last && np->dn_stat.st_nlink == 0)
    {
      pthread_mutex_lock (&np->lock);
      diskfs_try_dropping_softrefs (np);
      pthread_mutex_unlock (&np->lock);
    }
  diskfs_nrele_light (np);
}

void
diskfs_nput (struct node *np)
{
  pthread_mutex_unlock (&np->lock);
  diskfs_nrele (np);
}

void
diskfs_drop_node (struct node *np)
{
  mode_t mode = np->dn_stat.st_mode;

  pthread_mutex_lock (&np->lock);
  /* Of mode 0: an inode that could not be read.  */
  if (np->dn_stat.st_nlink == 0 && mode != 0)
    {
      if (np->allocsize != 0)
        diskfs_truncate (np, 0);
      np->dn_stat.st_mode = 0;
      np->dn_set_ctime = 1;
      diskfs_node_update (np, diskfs_synchronous);
      diskfs_free_node (np, mode);
    }
  pthread_mutex_unlock (&np->lock);
  diskfs_node_norefs (np);
}

int
diskfs_drops_going_on (void)
{
  return __atomic_load_n (&dropping, __ATOMIC_SEQ_CST) != 0;
}

void
diskfs_wait_for_drops (void)
{
  const struct timespec pause = { .tv_nsec = 1000000 };

  while (diskfs_drops_going_on ())
    hurd_api->nanosleep (&pause, NULL);
}
