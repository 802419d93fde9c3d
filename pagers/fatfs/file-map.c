/* A file's pager: made when the file is first mapped, dropped with its object.

   A node points to its pager by a weak reference, guarded by
   node_to_page_lock; the pager holds a light reference to its node.  The
   kernel's right to the object keeps the pager; when that goes, the weak
   reference is dropped too and the node's light reference with the pager.  In
   the Hurd: fatfs/pager.c.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "fatfs.h"

/* The kernel may keep a file's object after the last user is gone, and copies
   it at once, not when it changes.  */
#define MAY_CACHE 1
#define COPY MEMORY_OBJECT_COPY_NONE

pthread_spinlock_t node_to_page_lock = PTHREAD_SPINLOCK_INITIALIZER;

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

/* Make a pager for NODE, or return the one that somebody else made meanwhile;
   with a reference to be given up.  */
static struct pager *
make_pager (struct node *node)
{
  struct disknode *dn = diskfs_node_disknode (node);
  struct user_pager_info *upi;
  struct pager *pager, *other;

  pager = pager_create_alloc (sizeof *upi, file_pager_bucket, MAY_CACHE, COPY,
                              0);
  if (!pager)
    return NULL;
  diskfs_nref_light (node);
  upi = pager_get_upi (pager);
  upi->node = node;
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
diskfs_get_filemap (struct node *node, vm_prot_t prot __attribute__ ((unused)))
{
  struct pager *pager = get_pager (node);
  mach_port_t right;

  if (!pager)
    pager = make_pager (node);
  if (!pager)
    return MACH_PORT_NULL;
  right = ports_get_send_right (pager);
  ports_port_deref (pager);
  return right;
}

struct pager *
diskfs_get_filemap_pager_struct (struct node *node)
{
  return diskfs_node_disknode (node)->pager;
}

void
pager_dropweak (struct user_pager_info *upi)
{
  struct pager *pager;

  if (upi->type == DISK)
    return;
  pthread_spin_lock (&node_to_page_lock);
  pager = diskfs_node_disknode (upi->node)->pager;
  /* Whoever took a reference meanwhile, a hard one in the lower half of the
     count, brings us here again.  */
  if (pager && pager_get_upi (pager) == upi
      && (uint32_t)((struct port_info *)pager)->references == 0)
    diskfs_node_disknode (upi->node)->pager = NULL;
  else
    pager = NULL;
  pthread_spin_unlock (&node_to_page_lock);
  if (pager)
    ports_port_deref_weak (pager);
}

void
pager_clear_user_data (struct user_pager_info *upi)
{
  if (upi->type == FILE_DATA)
    diskfs_nrele_light (upi->node);
}

void
flush_file (struct node *node, vm_offset_t offset)
{
  struct pager *pager = get_pager (node);

  if (!pager)
    return;
  if (offset < (vm_offset_t)node->allocsize)
    pager_flush_some (pager, offset, node->allocsize - offset, 1);
  ports_port_deref (pager);
}

void
drop_pager_softrefs (struct node *node)
{
  struct pager *pager = get_pager (node);

  if (!pager)
    return;
  pager_sync (pager, 0);
  pager_change_attributes (pager, 0, COPY, 0);
  ports_port_deref (pager);
}

void
allow_pager_softrefs (struct node *node)
{
  struct pager *pager = get_pager (node);

  if (!pager)
    return;
  pager_change_attributes (pager, MAY_CACHE, COPY, 0);
  ports_port_deref (pager);
}

/* ---- Writing back ---- */

/* The file's data, its chain, its entry.  */
void
diskfs_file_update (struct node *node, int wait)
{
  struct pager *pager = get_pager (node);

  if (pager)
    {
      pager_sync (pager, wait);
      ports_port_deref (pager);
    }
  image_sync_fat (wait);
  diskfs_node_update (node, wait);
}

static error_t
sync_and_wait (void *pager)
{
  pager_sync (pager, 1);
  return 0;
}

static error_t
start_sync (void *pager)
{
  pager_sync (pager, 0);
  return 0;
}

/* Entries go to the disk's image first, then each file's pages, then the
   image to the disk.  Without WAIT all that is only queued.  */
void
diskfs_sync_everything (int wait)
{
  write_all_disknodes ();
  ports_bucket_iterate (file_pager_bucket, wait ? sync_and_wait : start_sync);
  image_sync (wait);
}
