/* A file's chain, and whose every cluster is, at this moment.

   For observers: no lock is taken, no page faulted in, no cache of a chain
   changed.  Of a table that is not wholly in memory, the store has the rest.

   Left out: chains that no name leads to.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "priv.h"

#include "fatfs.h"
#include "hurd_api.h"
#include "map-now.h"

#include <stdio.h>

enum
{
  STEPS_MAX = 64, /* from what is cached of a chain; then it is not known  */
  COMPLAINTS_MAX = 8
};

static uint32_t
entry (const void *block, cluster_t c)
{
  if (volume.fat32)
    return le32toh (((const uint32_t *)block)[c % (FAT_BLOCK / 4)])
           & FAT32_MASK;
  return le16toh (((const uint16_t *)block)[c % (FAT_BLOCK / 2)]);
}

static block_t
block_of_entry (cluster_t c)
{
  return volume.fat + c / (FAT_BLOCK / (volume.fat32 ? 4 : 2));
}

static int
is_cluster (cluster_t c)
{
  return c >= FAT_FIRST_CLUSTER && c - FAT_FIRST_CLUSTER < volume.clusters;
}

/* ---- One file ---- */

static struct node *
node_of_port (uint32_t port)
{
  struct pager *p = hurd_api->port_receiver (port);
  struct user_pager_info *upi;

  if (p == NULL || p->port.class != _pager_class || p->pager_state != NORMAL)
    return NULL;
  upi = p->upi;
  return upi->type == FILE_DATA ? upi->node : NULL;
}

int
fat_file_state (uint32_t port, struct hurd_file_state *out)
{
  struct node *np = node_of_port (port);

  if (np == NULL)
    return 0;
  out->inode = np->cache_id;
  out->alloc_size = np->allocsize;
  out->alloc_lock = &diskfs_node_disknode (np)->alloc_lock;
  return 1;
}

/* Cluster N of DN's chain, 0 if it is not known.  */
static cluster_t
find_cluster (const struct disknode *dn, uint32_t n)
{
  struct extent best = { 0, 1, dn->first };

  for (int i = 0; i < CHAIN_CACHE; i++)
    if (dn->cache[i].count > 0 && dn->cache[i].first <= n
        && dn->cache[i].first + dn->cache[i].count > best.first + best.count)
      best = dn->cache[i];
  if (best.cluster == 0)
    return 0;
  if (best.first + best.count > n)
    return best.cluster + (n - best.first);

  cluster_t c = best.cluster + best.count - 1;
  uint32_t at = best.first + best.count - 1;
  for (int steps = 0; at < n && steps < STEPS_MAX; at++, steps++)
    {
      const void *fat
          = hurd_api->look ((unsigned long)image_block (block_of_entry (c)));

      c = fat != NULL ? entry (fat, c) : 0;
      if (!is_cluster (c))
        return 0;
    }
  return at == n ? c : 0;
}

uint32_t
fat_run_at (uint32_t port, uint32_t block, uint32_t n, uint32_t *disk_block)
{
  struct node *np = node_of_port (port);
  uint32_t run;

  if (np == NULL || hurd_api->look == NULL)
    return 0;
  for (run = 0; run < n; run++)
    {
      cluster_t c = find_cluster (diskfs_node_disknode (np), block + run);

      if (c == 0)
        break;
      if (run == 0)
        *disk_block = cluster_block (c);
      if (cluster_block (c) != *disk_block + run)
        break;
    }
  return run;
}

/* ---- All of them ---- */

void
fat_check_blocks (hurd_complain *complain, void *arg)
{
  unsigned char *owned, copy[FAT_BLOCK];
  const void *fat = NULL;
  block_t at = 0;
  uint32_t free_now = 0, free_clusters;
  int complaints = 0;
  char what[80];

  if (volume.clusters == 0)
    return;
  owned = hurd_api->calloc (volume.clusters / 8 + 1, 1);
  if (owned == NULL)
    return;
  for (uint32_t i = 0; i < volume.clusters; i++)
    {
      cluster_t c = FAT_FIRST_CLUSTER + i, next, number;

      if (block_of_entry (c) != at)
        {
          at = block_of_entry (c);
          fat = hurd_api->look ((unsigned long)image_block (at));
          if (fat == NULL)
            hurd_api->store_peek ((uint64_t)at << FAT_BLOCK_LOG, copy,
                                  FAT_BLOCK);
          if (fat == NULL)
            fat = copy;
        }
      next = entry (fat, c);
      free_now += next == 0;
      number = next - FAT_FIRST_CLUSTER;
      if (!is_cluster (next) || complaints >= COMPLAINTS_MAX)
        continue;
      if (owned[number / 8] & 1 << number % 8)
        {
          snprintf (what, sizeof what, "cluster %u follows two others", next);
          complain (arg, what);
          complaints++;
        }
      owned[number / 8] |= 1 << number % 8;
    }
  hurd_api->free (owned);
  free_clusters = fat_free_now ();
  if (free_now != free_clusters)
    {
      snprintf (what, sizeof what,
                "%u clusters are free in the table, %u by the count", free_now,
                free_clusters);
      complain (arg, what);
    }
}
