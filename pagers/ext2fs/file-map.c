/* A file's pager: made when the file is first mapped, dropped with its object.

   A node points to its pager by a weak reference, guarded by
   node_to_page_lock; the pager holds a light reference to its node.  The
   kernel's right to the object keeps the pager; when that goes, the weak
   reference is dropped too and the node's light reference with the pager.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "ext2fs-pager.h"
#include "flush.h"

/* The kernel may keep a file's object after the last user is gone.  */
#define MAY_CACHE 1

/* NODE's pager with a reference to be given up, or NULL.  */
static struct pager *
get_pager (struct node *node)
{
  struct pager *pager;

  pthread_spin_lock (&node_to_page_lock);
  pager = diskfs_node_disknode (node)->pager;
  if (pager)
    ports_port_ref (pager);
  pthread_spin_unlock (&node_to_page_lock);
  return pager;
}

/* Make a pager for NODE, with a reference to be given up; or return the one
   that somebody else made meanwhile.  A pager is made without the lock, for
   that may have to wait (ports_count_bucket).  */
static struct pager *
make_pager (struct node *node)
{
  struct disknode *dn = diskfs_node_disknode (node);
  struct user_pager_info *upi;
  struct pager *pager, *other;

  pager = pager_create_alloc (sizeof *upi, file_pager_bucket, MAY_CACHE,
                              MEMORY_OBJECT_COPY_DELAY, 0);
  if (!pager)
    return 0;
  diskfs_nref_light (node);
  upi = pager_get_upi (pager);
  upi->node = node;
  upi->max_prot = 0;
  upi->type = FILE_DATA;

  pthread_spin_lock (&node_to_page_lock);
  other = dn->pager;
  if (other)
    ports_port_ref (other);
  else
    {
      ports_port_ref_weak (pager);
      dn->pager = pager;
    }
  pthread_spin_unlock (&node_to_page_lock);

  if (other)
    ports_port_deref (pager);
  return other ? other : pager;
}

mach_port_t
diskfs_get_filemap (struct node *node, vm_prot_t prot)
{
  struct pager *pager = get_pager (node);
  mach_port_t right;

  if (!pager)
    pager = make_pager (node);
  if (!pager)
    return MACH_PORT_NULL;

  pthread_spin_lock (&node_to_page_lock);
  pager_get_upi (pager)->max_prot |= prot;
  pthread_spin_unlock (&node_to_page_lock);
  right = ports_get_send_right (pager);
  ports_port_deref (pager);
  return right;
}

/* For callers that know that the file is mapped; no reference is given.  */
struct pager *
diskfs_get_filemap_pager_struct (struct node *node)
{
  return diskfs_node_disknode (node)->pager;
}

/* PAGER's lower half of the count: only weak references are left if 0.  */
static uint32_t
hard_references (struct pager *pager)
{
  return (uint32_t)((struct port_info *)pager)->references;
}

void
pager_dropweak (struct user_pager_info *upi)
{
  struct pager *pager;

  if (upi->type == DISK)
    return;

  pthread_spin_lock (&node_to_page_lock);
  pager = diskfs_node_disknode (upi->node)->pager;
  /* Whoever took a reference meanwhile brings us here again.  */
  if (pager && pager_get_upi (pager) == upi && hard_references (pager) == 0)
    diskfs_node_disknode (upi->node)->pager = 0;
  else
    pager = 0;
  pthread_spin_unlock (&node_to_page_lock);
  if (pager)
    ports_port_deref_weak (pager);
}

void
pager_clear_user_data (struct user_pager_info *upi)
{
  if (upi->type == DISK)
    return;

  pthread_spin_lock (&node_to_page_lock);
  assert_backtrace (!diskfs_node_disknode (upi->node)->pager
                    || pager_get_upi (diskfs_node_disknode (upi->node)->pager)
                           != upi);
  pthread_spin_unlock (&node_to_page_lock);
  diskfs_nrele_light (upi->node);
}

void
diskfs_file_update (struct node *node, int wait)
{
  struct pager *pager = get_pager (node);

  if (pager)
    {
      pager_sync (pager, wait);
      ports_port_deref (pager);
    }
  pokel_sync (&diskfs_node_disknode (node)->indir_pokel, wait);
  diskfs_node_update (node, wait);
  flush_store (wait);
}

/* Discard what the kernel has of NODE, dirty or not.  */
void
flush_node_pager (struct node *node)
{
  struct pager *pager = get_pager (node);

  if (pager)
    {
      pager_flush (pager, 1);
      ports_port_deref (pager);
    }
}

void
drop_pager_softrefs (struct node *node)
{
  struct pager *pager = get_pager (node);

  if (pager)
    {
      pager_sync (pager, 0);
      pager_change_attributes (pager, 0, MEMORY_OBJECT_COPY_DELAY, 0);
      ports_port_deref (pager);
    }
}

void
allow_pager_softrefs (struct node *node)
{
  struct pager *pager = get_pager (node);

  if (pager)
    {
      pager_change_attributes (pager, MAY_CACHE, MEMORY_OBJECT_COPY_DELAY, 0);
      ports_port_deref (pager);
    }
}
