/* The table: what follows each cluster in its file's chain, and allocation.

   The table is read and changed in the disk's image, so a look may fault.  New
   clusters are the first free ones from where the last allocation ended, and
   all of a request are linked before anybody sees them.  In the Hurd:
   fatfs/fat.c.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "fatfs.h"
#include "hurd_api.h"

/* Guards which clusters are free, and the following.  */
static pthread_mutex_t fat_lock;
static uint32_t free_count;
static cluster_t next_free;

static cluster_t
last_cluster (void)
{
  return FAT_FIRST_CLUSTER + volume.clusters - 1;
}

/* ---- Entries ---- */

enum
{
  ENTRIES_16 = FAT_BLOCK / sizeof (uint16_t),
  ENTRIES_32 = FAT_BLOCK / sizeof (uint32_t)
};

static uint16_t *
entry_16 (cluster_t c)
{
  return (uint16_t *)image_block (volume.fat + c / ENTRIES_16)
         + c % ENTRIES_16;
}

static uint32_t *
entry_32 (cluster_t c)
{
  return (uint32_t *)image_block (volume.fat + c / ENTRIES_32)
         + c % ENTRIES_32;
}

/* 0 is free; what is no cluster ends a chain.  */
static uint32_t
get (cluster_t c)
{
  return volume.fat32 ? le32toh (*entry_32 (c)) & FAT32_MASK
                      : le16toh (*entry_16 (c));
}

static void
set (cluster_t c, uint32_t value)
{
  if (volume.fat32)
    {
      uint32_t *entry = entry_32 (c);
      uint32_t kept = le32toh (*entry) & ~FAT32_MASK;

      *entry = htole32 (kept | value);
    }
  else
    *entry_16 (c) = htole16 (value);
}

static int
is_cluster (cluster_t c)
{
  return c >= FAT_FIRST_CLUSTER && c <= last_cluster ();
}

error_t
fat_next (cluster_t c, cluster_t *next)
{
  uint32_t value;

  if (!is_cluster (c))
    return EIO;
  value = get (c);
  if (is_cluster (value))
    *next = value;
  else if (value >= (volume.fat32 ? FAT32_END : FAT16_END) - 7U)
    *next = 0;
  else
    return EIO;
  return 0;
}

void
fat_link (cluster_t c, cluster_t next)
{
  set (c, next != 0 ? next : volume.fat32 ? FAT32_END : FAT16_END);
}

/* ---- What is free ---- */

void
fat_state (uint32_t *free_clusters, cluster_t *next)
{
  pthread_mutex_lock (&fat_lock);
  *free_clusters = free_count;
  *next = next_free;
  pthread_mutex_unlock (&fat_lock);
}

uint32_t
fat_free_now (void)
{
  return free_count;
}

void
fat_set_state (uint32_t free_clusters, cluster_t next)
{
  pthread_mutex_init (&fat_lock, NULL);
  free_count = free_clusters;
  next_free = is_cluster (next) ? next : FAT_FIRST_CLUSTER;
}

uint32_t
fat_count_free (void)
{
  uint32_t count = 0;

  for (cluster_t c = FAT_FIRST_CLUSTER; c <= last_cluster (); c++)
    count += get (c) == 0;
  return count;
}

/* ---- Chains ---- */

/* Free the chain that begins at C; fat_lock is held.  */
static void
free_chain (cluster_t c)
{
  while (c != 0)
    {
      cluster_t next;

      if (fat_next (c, &next))
        next = 0;
      set (c, 0);
      free_count++;
      c = next;
    }
}

void
fat_free_chain (cluster_t c)
{
  pthread_mutex_lock (&fat_lock);
  free_chain (c);
  pthread_mutex_unlock (&fat_lock);
}

/* Take up to COUNT free clusters and link them.  Returns how many.  */
static uint32_t
take (uint32_t count, cluster_t *first, cluster_t *last)
{
  cluster_t c = next_free;
  uint32_t got = 0;

  *first = *last = 0;
  for (uint32_t seen = 0; got < count && seen < volume.clusters; seen++)
    {
      if (get (c) == 0)
        {
          hurd_api->charge_lookup ();
          fat_link (c, 0);
          if (*last != 0)
            fat_link (*last, c);
          else
            *first = c;
          *last = c;
          got++;
        }
      c = c == last_cluster () ? FAT_FIRST_CLUSTER : c + 1;
    }
  next_free = c;
  free_count -= got;
  return got;
}

error_t
fat_allocate (uint32_t count, cluster_t *first, cluster_t *last)
{
  error_t err = 0;

  pthread_mutex_lock (&fat_lock);
  if (count > free_count)
    err = ENOSPC;
  else if (take (count, first, last) < count)
    {
      /* The count was wrong.  */
      free_chain (*first);
      err = ENOSPC;
    }
  pthread_mutex_unlock (&fat_lock);
  return err;
}
