/* The ext2 server, as its shared object offers it ("hurd_server.h").

   Nodes stand for ports: there is no bootstrap, no protid, no translator.  In
   the Hurd: ext2fs/ext2fs.c and libdiskfs's init files.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "priv.h"

#include "block-in-use.h"
#include "block-of.h"
#include "ext2fs.h"
#include "fixed.h"
#include "flush.h"
#include "hurd_server.h"
#include "map-now.h"
#include "mke2fs.h"
#include "pager_check.h"
#include "write-errors.h"

/* Device blocks, as of a disk.  */
#define LOG2_SECTOR_SIZE 9

/* A pager from elsewhere has no settings of ours.  */
void ext2fs_pager_configure (void) __attribute__ ((weak));

/* Defined by libpager/data-return.c, declared by no header.  */
error_t _pager_do_write_request (struct pager *, mach_port_t, vm_offset_t,
                                 pointer_t, vm_size_t, int dirty, int kcopy,
                                 int initializing);

static struct store device;

static void
server_configure (void)
{
  flush_store_configure ();
  ext2_fixed_configure ();
  if (ext2fs_pager_configure != NULL)
    ext2fs_pager_configure ();
}

static int
server_start (void)
{
  error_t err;

  pthread_rwlock_init (&diskfs_fsys_lock, NULL);
  store_open_device (&device, LOG2_SECTOR_SIZE);
  store = &device;
  create_disk_pager ();
  map_hypermetadata ();
  pokel_init (&global_pokel, diskfs_disk_pager, disk_cache);
  node_cache_init ();
  err = diskfs_cached_lookup (EXT2_ROOT_INO, &diskfs_root_node);
  if (!err)
    pthread_mutex_unlock (&diskfs_root_node->lock);
  return err;
}

/* Truncate NP, which nobody will touch any more, as if it had no pager: no
   page of it is poked, which would allocate every hole, or fail to.  */
static void
truncate_unmapped (struct node *np)
{
  struct disknode *dn = diskfs_node_disknode (np);
  struct pager *pager;

  flush_node_pager (np);
  pthread_spin_lock (&node_to_page_lock);
  pager = dn->pager;
  if (pager != NULL)
    ports_port_ref (pager);
  dn->pager = NULL;
  pthread_spin_unlock (&node_to_page_lock);

  diskfs_truncate (np, 0);

  pthread_spin_lock (&node_to_page_lock);
  dn->pager = pager;
  pthread_spin_unlock (&node_to_page_lock);
  if (pager != NULL)
    ports_port_deref (pager);
}

/* A file without a link that is still in use goes now, for there will be no
   later.  */
static error_t
delete_unlinked (struct node *np)
{
  mode_t mode = np->dn_stat.st_mode;

  if (np->dn_stat.st_nlink != 0 || mode == 0)
    return 0;
  if (np->allocsize != 0)
    truncate_unmapped (np);
  np->dn_stat.st_mode = 0;
  np->dn_set_ctime = 1;
  diskfs_node_update (np, 0);
  diskfs_free_node (np, mode);
  return 0;
}

static int
server_stop (void)
{
  error_t err, kept;

  pthread_rwlock_wrlock (&diskfs_fsys_lock);
  diskfs_node_iterate (delete_unlinked);
  diskfs_wait_for_drops ();
  diskfs_sync_everything (1);
  /* What is not on the store is a reason to look at it: it is not clean.  */
  kept = write_errors_any ();
  err = diskfs_set_hypermetadata (1, !kept);
  if (!err)
    {
      err = store_sync (store);
      if (err == EOPNOTSUPP || err == D_INVALID_OPERATION)
        err = 0;
    }
  /* Or a periodic sync would mark it as in use again.  */
  diskfs_diskdirty = 0;
  pthread_rwlock_unlock (&diskfs_fsys_lock);
  return err ? err : write_errors_any ();
}

static struct node *
server_root (void)
{
  return diskfs_root_node;
}

static int
server_write (struct node *np, const void *buffer, int64_t offset, size_t len,
              size_t *amount)
{
  return diskfs_io_write (np, buffer, offset, len, amount);
}

static int
server_read (struct node *np, void *buffer, int64_t offset, size_t len,
             size_t *amount)
{
  return diskfs_io_read (np, buffer, offset, len, amount);
}

static int
server_truncate (struct node *np, int64_t length)
{
  return diskfs_file_set_size (np, length);
}

static uint32_t
server_map (struct node *np, int prot)
{
  mach_port_t memobj;

  if (diskfs_check_regular (np))
    return MACH_PORT_NULL;
  pthread_mutex_lock (&np->lock);
  memobj = diskfs_get_filemap (np, prot);
  pthread_mutex_unlock (&np->lock);
  return memobj;
}

static int64_t
server_file_size (struct node *np)
{
  return np->dn_stat.st_size;
}

static int64_t
server_alloc_size (struct node *np)
{
  return np->allocsize;
}

static uint64_t
server_inode_number (struct node *np)
{
  return np->cache_id;
}

static int
part_do_write_request (void *pager, uint32_t control, unsigned long offset,
                       unsigned long data, unsigned long length, int dirty,
                       int kcopy, int initializing)
{
  return _pager_do_write_request (pager, control, offset, data, length, dirty,
                                  kcopy, initializing);
}

static void *
part_pager_class (void)
{
  return _pager_class;
}

static void
part_set_block_size (unsigned log2)
{
  store_open_device (&device, LOG2_SECTOR_SIZE);
  store = &device;
  log2_block_size = log2;
  block_size = 1U << log2;
  log2_dev_blocks_per_fs_block = log2 - LOG2_SECTOR_SIZE;
  log2_stat_blocks_per_fs_block = log2 - 9;
  addr_per_block = block_size / sizeof (uint32_t);
}

/* Calls of pager_write_page and pager_write_pages through these go the way
   that libpager's go.  */
static int
part_write_page (struct user_pager_info *upi, unsigned long page,
                 unsigned long buf)
{
  return pager_write_page (upi, page, buf);
}

static int
part_write_pages (struct user_pager_info *upi, unsigned long offset,
                  unsigned long data, unsigned long length,
                  unsigned long *written)
{
  return pager_write_pages (upi, offset, data, length, written);
}

const struct hurd_server hurd_server = {
  .version = HURD_API_VERSION,
  .file_system = "ext2fs",
  .configure = server_configure,
  .format = ext2_format,
  .start = server_start,
  .stop = server_stop,
  .sync_loop = diskfs_sync_loop,
  .root = server_root,
  .lookup = diskfs_lookup,
  .create = diskfs_create_file,
  .mkdir = diskfs_dir_mkdir,
  .rename = diskfs_dir_rename,
  .unlink = diskfs_dir_unlink,
  .release = diskfs_nrele,
  .write = server_write,
  .read = server_read,
  .truncate = server_truncate,
  .file_sync = ext2_file_sync,
  .syncfs = ext2_syncfs,
  .map = server_map,
  .file_size = server_file_size,
  .alloc_size = server_alloc_size,
  .inode_number = server_inode_number,
  .block_of = ext2_block_of,
  .part_write_page = part_write_page,
  .part_write_pages = part_write_pages,
  .part_do_write_request = part_do_write_request,
  .part_pager_class = part_pager_class,
  .part_set_block_size = part_set_block_size,
  .gap = ext2_gap,
  .port_inode = ext2_port_inode,
  .block_in_use = ext2_block_in_use,
  .file_state = ext2_file_state,
  .run_at = ext2_run_at,
  .check_pager = _pager_check,
  .check_blocks = ext2_check_blocks,
};
