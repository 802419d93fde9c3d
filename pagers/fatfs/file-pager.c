/* Pages of files, one at a time; and what libpager calls.

   A page's cluster is looked up under alloc_lock, which is held until the
   store has answered.  There are no holes, so no page has a lock against
   writing; a page that was never written reads as zeros (fresh.c).  What the
   store says is passed on.  A page behind allocsize has been cut off since it
   was sent: there is nothing to write, and that is no error.  In the Hurd:
   fatfs/pager.c.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "fatfs.h"

/* ---- The store ---- */

vm_address_t
zero_page (void)
{
  void *buf = mmap (0, vm_page_size, PROT_READ | PROT_WRITE, MAP_ANON, -1, 0);

  return buf == MAP_FAILED ? 0 : (vm_address_t)buf;
}

error_t
read_block (block_t block, vm_address_t *page)
{
  void *data = NULL;
  size_t len = 0;
  error_t err
      = store_read (store, (store_offset_t)block * FAT_SECTORS_PER_BLOCK,
                    FAT_BLOCK, &data, &len);

  if (err)
    return err;
  if (len < FAT_BLOCK)
    {
      munmap (data, FAT_BLOCK);
      return EIO;
    }
  *page = (vm_address_t)data;
  return 0;
}

error_t
write_blocks (block_t block, const void *data, size_t length)
{
  size_t amount = 0;
  error_t err
      = store_write (store, (store_offset_t)block * FAT_SECTORS_PER_BLOCK,
                     data, length, &amount);

  return !err && amount != length ? EIO : err;
}

/* ---- Files ---- */

/* alloc_lock is held.  */
static error_t
read_cluster (struct node *node, vm_offset_t page, vm_address_t *buf)
{
  struct disknode *dn = diskfs_node_disknode (node);
  uint32_t n = page >> FAT_BLOCK_LOG;
  cluster_t c;
  error_t err;

  if (page >= (vm_offset_t)node->allocsize)
    return EIO;
  if (fresh_test (dn, n))
    {
      *buf = zero_page ();
      return *buf ? 0 : ENOMEM;
    }
  err = chain_lookup (node, n, &c);
  return err ? err : read_block (cluster_block (c), buf);
}

static error_t
write_cluster (struct node *node, vm_offset_t page, vm_address_t buf)
{
  uint32_t n = page >> FAT_BLOCK_LOG;
  cluster_t c;
  error_t err;

  if (page >= (vm_offset_t)node->allocsize)
    return 0;
  err = chain_lookup (node, n, &c);
  if (!err)
    err = write_blocks (cluster_block (c), (void *)buf, FAT_BLOCK);
  if (!err)
    fresh_clear (diskfs_node_disknode (node), n, 1);
  return err;
}

/* ---- Called by libpager; pager_write_pages is in write-*.c ---- */

error_t
pager_read_page (struct user_pager_info *upi, vm_offset_t page,
                 vm_address_t *buf, int *write_lock)
{
  pthread_rwlock_t *lock;
  error_t err;

  *buf = 0;
  *write_lock = 0;
  if (upi->type == DISK)
    return disk_pager_read_page (page, buf);
  lock = &diskfs_node_disknode (upi->node)->alloc_lock;
  pthread_rwlock_rdlock (lock);
  err = read_cluster (upi->node, page, buf);
  pthread_rwlock_unlock (lock);
  return err;
}

error_t
pager_write_page (struct user_pager_info *upi, vm_offset_t page,
                  vm_address_t buf)
{
  pthread_rwlock_t *lock;
  error_t err;

  if (upi->type == DISK)
    return disk_pager_write_page (page, buf);
  lock = &diskfs_node_disknode (upi->node)->alloc_lock;
  pthread_rwlock_rdlock (lock);
  err = write_cluster (upi->node, page, buf);
  pthread_rwlock_unlock (lock);
  return err;
}

/* No page is ever supplied with a lock.  */
error_t
pager_unlock_page (struct user_pager_info *upi __attribute__ ((unused)),
                   vm_offset_t page __attribute__ ((unused)))
{
  return 0;
}

/* No pager asks for it.  */
void
pager_notify_evict (struct user_pager_info *upi __attribute__ ((unused)),
                    vm_offset_t page __attribute__ ((unused)))
{
}

/* Read without alloc_lock.  */
error_t
pager_report_extent (struct user_pager_info *upi, vm_address_t *offset,
                     vm_size_t *size)
{
  *offset = 0;
  *size = upi->type == DISK ? image_size () : (vm_size_t)upi->node->allocsize;
  return 0;
}
