/* The nodes in memory, by inode number.

   A hash table whose hash function is drawn for each run, so that a walk over
   all nodes (the first step of every sync) has an arbitrary order that one
   seed repeats: the Hurd's order is arbitrary too, and code must not rely on
   it.  A node stays while there is a reference of a user or of its pager.
   The Hurd does it in libdiskfs/node-cache.c.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <hurd/diskfs.h>
#include <stdlib.h>

#include "hurd_api.h"

#define BUCKETS 256

static struct node *buckets[BUCKETS];
static size_t nodes_count;
static uint64_t salt;
static pthread_mutex_t nodecache_lock;

void
node_cache_init (void)
{
  pthread_mutex_init (&nodecache_lock, NULL);
  salt = hurd_api->random (HURD_RANDOM_NODE_ORDER, (uint64_t)1 << 32);
}

static struct node **
bucket (ino64_t inum)
{
  uint64_t hash = (inum ^ salt) * 0x9e3779b97f4a7c15;

  return &buckets[hash >> 56];
}

_Static_assert(BUCKETS == 1 << (64 - 56), "bits of the hash");

/* A node that is locked, referenced once and not read yet.  */
static struct node *
make_node (ino64_t inum)
{
  struct node *np = calloc (1, sizeof *np);

  if (np == NULL)
    return NULL;
  np->cache_id = inum;
  np->hard_refs = 1;
  pthread_mutex_init (&np->lock, NULL);
  pthread_spin_init (&np->ref_lock, 0);
  if (diskfs_user_make_node (np))
    {
      pthread_mutex_destroy (&np->lock);
      free (np);
      return NULL;
    }
  pthread_mutex_lock (&np->lock);
  return np;
}

static struct node *
find_node (ino64_t inum)
{
  struct node *np = *bucket (inum);

  while (np != NULL && np->cache_id != inum)
    np = np->next;
  return np;
}

struct node *
node_cache_peek (ino64_t inum)
{
  return find_node (inum);
}

error_t
diskfs_cached_lookup (ino64_t inum, struct node **npp)
{
  struct node *np;
  int first = 0;
  error_t err;

  pthread_mutex_lock (&nodecache_lock);
  np = find_node (inum);
  if (np != NULL)
    {
      pthread_spin_lock (&np->ref_lock);
      first = np->hard_refs++ == 0;
      pthread_spin_unlock (&np->ref_lock);
      pthread_mutex_unlock (&nodecache_lock);
      pthread_mutex_lock (&np->lock);
      if (first)
        diskfs_new_hardrefs (np);
      *npp = np;
      return 0;
    }
  np = make_node (inum);
  if (np == NULL)
    {
      pthread_mutex_unlock (&nodecache_lock);
      return ENOMEM;
    }
  np->next = *bucket (inum);
  *bucket (inum) = np;
  nodes_count++;
  pthread_mutex_unlock (&nodecache_lock);

  err = diskfs_user_read_node (np);
  if (err)
    {
      diskfs_nput (np);
      return err;
    }
  *npp = np;
  return 0;
}

void
node_cache_lock (void)
{
  pthread_mutex_lock (&nodecache_lock);
}

void
node_cache_unlock (void)
{
  pthread_mutex_unlock (&nodecache_lock);
}

void
node_cache_remove (struct node *np)
{
  struct node **link = bucket (np->cache_id);

  while (*link != np)
    link = &(*link)->next;
  *link = np->next;
  nodes_count--;
}

error_t
diskfs_node_iterate (error_t (*fun) (struct node *))
{
  struct node **nodes, *np;
  size_t n = 0, count;
  error_t err = 0;

  pthread_mutex_lock (&nodecache_lock);
  count = nodes_count;
  nodes = malloc (count * sizeof *nodes);
  if (nodes == NULL && count > 0)
    {
      pthread_mutex_unlock (&nodecache_lock);
      return ENOMEM;
    }
  for (int i = 0; i < BUCKETS; i++)
    for (np = buckets[i]; np != NULL; np = np->next)
      {
        diskfs_nref_light (np);
        nodes[n++] = np;
      }
  pthread_mutex_unlock (&nodecache_lock);
  assert_backtrace (n == count);

  for (size_t i = 0; i < n; i++)
    {
      if (!err)
        {
          pthread_mutex_lock (&nodes[i]->lock);
          err = fun (nodes[i]);
          pthread_mutex_unlock (&nodes[i]->lock);
        }
      diskfs_nrele_light (nodes[i]);
    }
  free (nodes);
  return err;
}
