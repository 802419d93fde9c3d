/* Clusters that were allocated and never written.

   A cluster holds what its last file left there until the pages of its new
   one come; so until then it reads as zeros, and the store is not asked.  What
   a client leaves out when it writes behind the end or makes a file longer is
   written as zeros at once (server.c).  What is still fresh when the file is
   put away, because a call failed half way, is cleared on the store then.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "fatfs.h"

error_t
fresh_reserve (struct disknode *dn, uint32_t clusters)
{
  uint32_t size = dn->fresh_size ? dn->fresh_size : 256;
  unsigned char *bits, *old;

  if (clusters <= dn->fresh_size)
    return 0;
  while (size < clusters)
    size *= 2;
  bits = calloc (size / 8, 1);
  if (bits == NULL)
    return ENOMEM;
  pthread_spin_lock (&dn->chain_lock);
  old = dn->fresh;
  if (old != NULL)
    memcpy (bits, old, dn->fresh_size / 8);
  dn->fresh = bits;
  dn->fresh_size = size;
  pthread_spin_unlock (&dn->chain_lock);
  free (old);
  return 0;
}

void
fresh_set (struct disknode *dn, uint32_t first, uint32_t count)
{
  pthread_spin_lock (&dn->chain_lock);
  for (uint32_t n = first; n < first + count; n++)
    {
      dn->fresh_count += !(dn->fresh[n / 8] >> n % 8 & 1);
      dn->fresh[n / 8] |= 1 << n % 8;
    }
  pthread_spin_unlock (&dn->chain_lock);
}

void
fresh_clear (struct disknode *dn, uint32_t first, uint32_t count)
{
  if (dn->fresh_count == 0)
    return;
  pthread_spin_lock (&dn->chain_lock);
  for (uint32_t n = first; n < first + count && n < dn->fresh_size; n++)
    {
      dn->fresh_count -= dn->fresh[n / 8] >> n % 8 & 1;
      dn->fresh[n / 8] &= ~(1 << n % 8);
    }
  pthread_spin_unlock (&dn->chain_lock);
}

int
fresh_test (struct disknode *dn, uint32_t n)
{
  int fresh;

  if (dn->fresh_count == 0)
    return 0;
  pthread_spin_lock (&dn->chain_lock);
  fresh = n < dn->fresh_size && dn->fresh[n / 8] >> n % 8 & 1;
  pthread_spin_unlock (&dn->chain_lock);
  return fresh;
}

void
fresh_write_zeros (struct node *node)
{
  struct disknode *dn = diskfs_node_disknode (node);
  uint32_t end = round_page (node->dn_stat.st_size) >> FAT_BLOCK_LOG;
  vm_address_t zeros = 0;
  cluster_t c;

  if (dn->fresh_count == 0)
    return;
  zeros = zero_page ();
  if (zeros == 0)
    return;
  pthread_rwlock_wrlock (&dn->alloc_lock);
  for (uint32_t n = 0; n < end; n++)
    if (fresh_test (dn, n) && chain_lookup (node, n, &c) == 0
        && write_blocks (cluster_block (c), (void *)zeros, FAT_BLOCK) == 0)
      fresh_clear (dn, n, 1);
  pthread_rwlock_unlock (&dn->alloc_lock);
  munmap ((void *)zeros, vm_page_size);
}
