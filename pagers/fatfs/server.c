/* The FAT server, as its shared object offers it ("hurd_server.h").

   Nodes stand for ports.  In the Hurd: fatfs/main.c and libdiskfs's init
   files.  A FAT file has no holes: what a client leaves out when it writes
   behind the end, or makes a file longer, is written as zeros first.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "priv.h"

#include "fatfs.h"
#include "hurd_server.h"
#include "map-now.h"
#include "pager_check.h"

/* Zeros that are stored through one mapping.  */
#define ZERO_WINDOW ((loff_t)1 << 20)

int pager_disk_bulk = 0;

static struct store device;

static void
server_configure (void)
{
  writer_configure ();
  pager_disk_bulk = hurd_api->setting ("pager.disk_bulk", 0) != 0;
}

static int
server_start (void)
{
  error_t err;

  pthread_rwlock_init (&diskfs_fsys_lock, NULL);
  pthread_mutex_init (&dirent_lock, NULL);
  store_open_device (&device, FAT_SECTOR_LOG);
  store = &device;
  err = read_volume ();
  if (!err)
    err = create_pagers ();
  if (err)
    return err;
  read_free_count ();
  node_cache_init ();
  identities_init ();
  err = diskfs_cached_lookup (FAT_ROOT_INO, &diskfs_root_node);
  if (!err)
    pthread_mutex_unlock (&diskfs_root_node->lock);
  return err;
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
    diskfs_truncate (np, 0);
  np->dn_stat.st_mode = 0;
  diskfs_free_node (np, mode);
  return 0;
}

static error_t
write_zeros (struct node *np)
{
  if (S_ISREG (np->dn_stat.st_mode))
    fresh_write_zeros (np);
  return 0;
}

static int
server_stop (void)
{
  error_t err;

  pthread_rwlock_wrlock (&diskfs_fsys_lock);
  diskfs_node_iterate (delete_unlinked);
  diskfs_wait_for_drops ();
  diskfs_sync_everything (1);
  diskfs_node_iterate (write_zeros);
  err = diskfs_set_hypermetadata (1, 1);
  if (!err)
    {
      err = store_sync (store);
      if (err == EOPNOTSUPP || err == D_INVALID_OPERATION)
        err = 0;
    }
  /* Or a periodic sync would mark it as in use again.  */
  diskfs_diskdirty = 0;
  pthread_rwlock_unlock (&diskfs_fsys_lock);
  return err;
}

static struct node *
server_root (void)
{
  return diskfs_root_node;
}

/* Make NP, locked, SIZE bytes long if it is shorter, with zeros.  */
static error_t
extend (struct node *np, loff_t size)
{
  loff_t at = np->dn_stat.st_size;
  error_t err = size > at ? diskfs_grow (np, size, NULL) : 0;

  if (err || size <= at)
    return err;
  np->dn_stat.st_size = size;
  np->dn_set_ctime = 1;
  while (at < size && !err)
    {
      loff_t n = size - at < ZERO_WINDOW ? size - at : ZERO_WINDOW;

      err = diskfs_node_rdwr (np, NULL, at, n, 1, NULL, NULL);
      at += n;
    }
  return err;
}

/* The same, of a file that is not locked.  Whoever cuts it off meanwhile
   leaves clusters that are fresh (fresh.c).  */
static error_t
fill_gap (struct node *np, loff_t size)
{
  error_t err = 0;

  pthread_mutex_lock (&np->lock);
  if (S_ISREG (np->dn_stat.st_mode) && !diskfs_check_readonly ())
    err = extend (np, size);
  pthread_mutex_unlock (&np->lock);
  return err;
}

static int
server_write (struct node *np, const void *buffer, int64_t offset, size_t len,
              size_t *amount)
{
  error_t err = 0;

  *amount = 0;
  if (offset > np->dn_stat.st_size)
    err = fill_gap (np, offset);
  return err ? err : diskfs_io_write (np, buffer, offset, len, amount);
}

static int
server_truncate (struct node *np, int64_t length)
{
  error_t err = 0;

  if (length > np->dn_stat.st_size)
    err = fill_gap (np, length);
  return err ? err : diskfs_file_set_size (np, length);
}

static uint32_t
server_map (struct node *np, int prot)
{
  mach_port_t memobj = MACH_PORT_NULL;

  pthread_mutex_lock (&np->lock);
  if (S_ISREG (np->dn_stat.st_mode))
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

/* An observer's look: for the answer of the moment.  */
static int
server_block_of (struct node *np, uint32_t block, uint32_t *disk_block)
{
  cluster_t c = diskfs_node_disknode (np)->first;
  error_t err = 0;

  for (; block > 0 && c != 0 && !err; block--)
    err = fat_next (c, &c);
  *disk_block = c != 0 ? cluster_block (c) : 0;
  return err;
}

/* There is nothing of the file's own between its clusters, and no group.  */
static enum hurd_gap
server_gap (uint64_t logical __attribute__ ((unused)),
            uint64_t before __attribute__ ((unused)),
            uint64_t after __attribute__ ((unused)))
{
  return HURD_GAP_FRAGMENT;
}

static uint64_t
server_port_inode (uint32_t port)
{
  struct pager *p = ports_lookup_port (NULL, port, _pager_class);
  struct user_pager_info *upi;
  uint64_t ino = 0;

  if (p == NULL)
    return 0;
  upi = pager_get_upi (p);
  if (upi->type == FILE_DATA)
    ino = upi->node->cache_id;
  ports_port_deref (p);
  return ino;
}

const struct hurd_server hurd_server = {
  .version = HURD_API_VERSION,
  .file_system = "fatfs",
  .configure = server_configure,
  .format = fat_format,
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
  .read = diskfs_io_read,
  .truncate = server_truncate,
  .file_sync = diskfs_file_sync,
  .syncfs = diskfs_fsys_syncfs,
  .map = server_map,
  .file_size = server_file_size,
  .alloc_size = server_alloc_size,
  .inode_number = server_inode_number,
  .block_of = server_block_of,
  .gap = server_gap,
  .port_inode = server_port_inode,
  .file_state = fat_file_state,
  .run_at = fat_run_at,
  .check_pager = _pager_check,
  .check_blocks = fat_check_blocks,
};
