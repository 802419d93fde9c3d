/* A file's clusters: following its chain, and changing its length.

   Cluster number N of a file is found by following the chain from the nearest
   known one before it.  What is known is a cache of a few extents for each
   file, which grow as the walk goes on; so a sequential reader or writer takes
   one step for each cluster, and one in a file without gaps none in the end.
   Every step costs the processor a look-up.  In the Hurd: fatfs/fat.c, whose
   cache is a table of all clusters seen.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "fatfs.h"
#include "hurd_api.h"

/* The extent of DN's cache from which N is nearest, or one that begins with
   the chain.  */
static struct extent
nearest (struct disknode *dn, uint32_t n)
{
  struct extent best = { 0, 1, dn->first };

  pthread_spin_lock (&dn->chain_lock);
  for (int i = 0; i < CHAIN_CACHE; i++)
    if (dn->cache[i].count > 0 && dn->cache[i].first <= n
        && dn->cache[i].first + dn->cache[i].count >= best.first + best.count)
      best = dn->cache[i];
  pthread_spin_unlock (&dn->chain_lock);
  return best;
}

/* Keep E, in place of one that begins at the same cluster or of the oldest. */
static void
keep (struct disknode *dn, struct extent e)
{
  struct extent *to = NULL;

  pthread_spin_lock (&dn->chain_lock);
  for (int i = 0; i < CHAIN_CACHE && to == NULL; i++)
    if (dn->cache[i].count > 0 && dn->cache[i].first == e.first)
      to = &dn->cache[i];
  if (to == NULL)
    {
      to = &dn->cache[dn->victim];
      dn->victim = (dn->victim + 1) % CHAIN_CACHE;
    }
  if (to->first != e.first || to->count < e.count)
    *to = e;
  pthread_spin_unlock (&dn->chain_lock);
}

error_t
chain_lookup (struct node *node, uint32_t n, cluster_t *cluster)
{
  struct disknode *dn = diskfs_node_disknode (node);
  struct extent e = nearest (dn, n);
  int walked = 0;

  hurd_api->charge_lookup ();
  if (e.cluster == 0)
    return EIO;
  while (e.first + e.count <= n)
    {
      cluster_t last = e.cluster + e.count - 1, next;
      error_t err;

      hurd_api->charge_lookup ();
      err = fat_next (last, &next);
      if (!err && next == 0)
        err = EIO;
      if (err)
        return err;
      if (next == last + 1)
        e.count++;
      else
        e = (struct extent){ e.first + e.count, 1, next };
      walked = 1;
    }
  if (walked)
    keep (dn, e);
  *cluster = e.cluster + (n - e.first);
  return 0;
}

/* The last of the HAVE clusters, more than none.  */
static error_t
find_last (struct node *node, uint32_t have)
{
  struct disknode *dn = diskfs_node_disknode (node);

  return dn->last != 0 ? 0 : chain_lookup (node, have - 1, &dn->last);
}

error_t
chain_extend (struct node *node, uint32_t have, uint32_t count)
{
  struct disknode *dn = diskfs_node_disknode (node);
  cluster_t first, last;
  error_t err = fresh_reserve (dn, have + count);

  if (!err && have > 0)
    err = find_last (node, have);
  if (!err)
    err = fat_allocate (count, &first, &last);
  if (err)
    return err;
  if (have > 0)
    fat_link (dn->last, first);
  else
    dn->first = first;
  dn->last = last;
  fresh_set (dn, have, count);
  node->dn_stat_dirty = 1;
  return 0;
}

error_t
chain_cut (struct node *node, uint32_t keep, uint32_t have)
{
  struct disknode *dn = diskfs_node_disknode (node);
  cluster_t last = 0, rest = dn->first;
  error_t err = 0;

  if (keep >= have)
    return 0;
  if (keep > 0)
    err = chain_lookup (node, keep - 1, &last);
  if (!err && keep > 0)
    err = fat_next (last, &rest);
  if (err)
    return err;
  if (keep > 0)
    fat_link (last, 0);
  else
    dn->first = 0;
  dn->last = last;
  pthread_spin_lock (&dn->chain_lock);
  memset (dn->cache, 0, sizeof dn->cache);
  pthread_spin_unlock (&dn->chain_lock);
  fresh_clear (dn, keep, have - keep);
  fat_free_chain (rest);
  node->dn_stat_dirty = 1;
  return 0;
}
