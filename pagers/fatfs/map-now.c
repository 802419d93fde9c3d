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
  out->node = np;
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
fat_run_at (struct node *np, uint32_t block, uint32_t n, uint32_t *disk_block)
{
  uint32_t run;

  if (hurd_api->look == NULL)
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

struct check
{
  hurd_complain *complain;
  void *arg;
  int complaints;
  unsigned char *owned; /* a bit for each cluster that follows another  */
  uint32_t free;
};

/* Block AT of the table, or a copy.  */
static const void *
table_block (block_t at, void *copy)
{
  const void *fat = hurd_api->look ((unsigned long)image_block (at));

  if (fat != NULL)
    return fat;
  hurd_api->store_peek ((uint64_t)at << FAT_BLOCK_LOG, copy, FAT_BLOCK);
  return copy;
}

/* A cluster is followed by NEXT.  */
static void
follow (struct check *c, cluster_t next)
{
  cluster_t number = next - FAT_FIRST_CLUSTER;
  char what[80];

  if ((c->owned[number / 8] & 1 << number % 8)
      && c->complaints++ < COMPLAINTS_MAX)
    {
      snprintf (what, sizeof what, "cluster %u follows two others", next);
      c->complain (c->arg, what);
    }
  c->owned[number / 8] |= 1 << number % 8;
}

/* The entries of clusters FIRST .. END - 1, which are in block FAT.  */
static void
check_entries (struct check *c, const void *fat, cluster_t first,
               cluster_t end)
{
  static const char nothing[FAT_BLOCK];

  /* Most of a table is free.  */
  if (memcmp (fat, nothing, FAT_BLOCK) == 0)
    {
      c->free += end - first;
      return;
    }
  for (cluster_t i = first; i < end; i++)
    {
      cluster_t next = entry (fat, i);

      if (next == 0)
        c->free++;
      else if (is_cluster (next))
        follow (c, next);
    }
}

void
fat_check_blocks (hurd_complain *complain, void *arg)
{
  struct check c = { .complain = complain, .arg = arg };
  cluster_t per_block = FAT_BLOCK / (volume.fat32 ? 4 : 2);
  cluster_t end = FAT_FIRST_CLUSTER + volume.clusters;
  unsigned char copy[FAT_BLOCK];
  uint32_t free_clusters;
  char what[80];

  if (volume.clusters == 0)
    return;
  c.owned = hurd_api->calloc (volume.clusters / 8 + 1, 1);
  if (c.owned == NULL)
    return;
  for (cluster_t i = FAT_FIRST_CLUSTER, next; i < end; i = next)
    {
      next = (i / per_block + 1) * per_block;
      check_entries (&c, table_block (block_of_entry (i), copy), i,
                     next < end ? next : end);
    }
  hurd_api->free (c.owned);
  free_clusters = fat_free_now ();
  if (c.free != free_clusters)
    {
      snprintf (what, sizeof what,
                "%u clusters are free in the table, %u by the count", c.free,
                free_clusters);
      complain (arg, what);
    }
}
