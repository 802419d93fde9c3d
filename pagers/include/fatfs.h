/* What the parts of the FAT server share.

   The second file system on libpager's bulk hook, written for this project:
   docs/fatfs.md.  Two kinds of pager: the disk's, for the FAT and directories,
   and one for each file.  A file's clusters are a chain through the FAT, and
   allocated as soon as the file grows, for there are no holes.

   Locks, in the order in which they are taken: a node's lock; its alloc_lock;
   dirent_lock (names.c), fat_lock (fat.c), image_lock (disk-image.c); spin
   locks.  A thread may fault on the disk's pages with all of them but spin
   locks: the disk's pager has workers of its own and takes none but
   image_lock, which is never held over a fault.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef FATFS_H
#define FATFS_H

#include <assert-backtrace.h>
#include <endian.h>
#include <errno.h>
#include <hurd.h>
#include <hurd/diskfs.h>
#include <hurd/ihash.h>
#include <hurd/pager.h>
#include <hurd/ports.h>
#include <hurd/store.h>
#include <inttypes.h>
#include <mach.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "fat_fs.h"

typedef uint32_t block_t;   /* of the store, 4 KiB  */
typedef uint32_t cluster_t; /* as the FAT counts; 0: none  */

struct user_pager_info
{
  enum pager_type
  {
    DISK,
    FILE_DATA,
  } type;
  struct node *node;
};

#include <hurd/diskfs-pager.h>

/* Part of a file's chain, for cluster after cluster on the store.  */
struct extent
{
  uint32_t first;    /* number in the file  */
  uint32_t count;    /* 0: not in use  */
  cluster_t cluster; /* of the first  */
};

enum
{
  CHAIN_CACHE = 8
};

struct disknode
{
  /* Taken for reading while the file's clusters are looked up and used, for
     writing while they or allocsize change.  */
  pthread_rwlock_t alloc_lock;

  cluster_t first, last; /* of the chain; last may be 0: not known  */
  /* Guards what follows up to fresh_count.  */
  pthread_spinlock_t chain_lock;
  struct extent cache[CHAIN_CACHE];
  unsigned victim; /* which one is replaced next  */
  /* A bit for each cluster that has not been written since it was allocated:
     what it holds is somebody else's.  */
  unsigned char *fresh;
  uint32_t fresh_size; /* bits there is room for  */
  uint32_t fresh_count;

  /* The file's pager, or NULL; guarded by node_to_page_lock.  */
  struct pager *pager;

  /* A directory's blocks, and where they are in the disk's image.  */
  struct dir_block *dir_block;
  uint32_t dir_blocks;
};

struct dir_block
{
  block_t block;
  char *address;
};

/* Where a file's name stands: the block of the directory and the entry in
   it; 0 is nowhere.  */
typedef uint64_t position_t;

/* What FAT has no inode for.  Guarded by dirent_lock.  */
struct identity
{
  ino64_t number;
  ino64_t parent; /* of a directory  */
  position_t position;
};

#define FAT_ROOT_INO 2

/* ---- hyper.c: the volume ---- */

struct volume
{
  int fat32;
  uint32_t clusters;
  block_t fat, fat_blocks;   /* the first FAT; the second follows it  */
  block_t root, root_blocks; /* FAT16 only  */
  block_t data;              /* where the first cluster is  */
  cluster_t root_cluster;    /* FAT32 only  */
};
extern struct volume volume;
extern struct store *store;

/* Read the boot sector; EINVAL if there is no FAT file system.  */
error_t read_volume (void);
/* Learn from the image what is free.  */
void read_free_count (void);

static inline block_t
cluster_block (cluster_t c)
{
  return volume.data + (c - FAT_FIRST_CLUSTER);
}

/* ---- disk-image.c: the FAT and directories in memory ---- */

/* Make the disk's pager and map it; and the bucket of the files' pagers.  */
error_t create_pagers (void);
/* The address of BLOCK, which stands before the second FAT.  */
char *image_block (block_t block);
/* The address of BLOCK of a directory; NULL if there is no room.  FRESH: do
   not read it, it is zeros.  */
char *image_dir_block (block_t block, int fresh);
/* BLOCK is no directory's any more: drop it, unwritten.  */
void image_forget (block_t block);
/* Write back what was changed; all of it, what belongs to the FAT, or the page
   at ADDRESS.  */
void image_sync (int wait);
void image_sync_fat (int wait);
void image_sync_page (void *address, int wait);
/* The bytes that the disk's object has.  */
vm_size_t image_size (void);
error_t disk_pager_read_page (vm_offset_t page, vm_address_t *buf);
error_t disk_pager_write_page (vm_offset_t page, vm_address_t buf);
/* EOPNOTSUPP unless pager_disk_bulk is set.  */
error_t disk_pager_write_pages (vm_offset_t offset, vm_address_t data,
                                vm_size_t length, vm_size_t *written);

extern struct port_bucket *file_pager_bucket;

/* ---- fat.c: the table ---- */

/* What follows C in its chain; 0 at the end.  EIO if that makes no sense.  */
error_t fat_next (cluster_t c, cluster_t *next);
/* Let NEXT follow C; 0 ends the chain.  */
void fat_link (cluster_t c, cluster_t next);
/* Allocate COUNT clusters, linked; ENOSPC takes none.  */
error_t fat_allocate (uint32_t count, cluster_t *first, cluster_t *last);
/* Free the chain that begins at C; 0 is none.  */
void fat_free_chain (cluster_t c);
/* What is free, and where to look for it next.  */
void fat_state (uint32_t *free_clusters, cluster_t *next);
/* The count alone, for an observer, who takes no lock.  */
uint32_t fat_free_now (void);
void fat_set_state (uint32_t free_clusters, cluster_t next);
uint32_t fat_count_free (void);

/* ---- chain.c: a file's clusters; alloc_lock is held ---- */

/* Cluster number N of the file.  EIO: it has none.  */
error_t chain_lookup (struct node *node, uint32_t n, cluster_t *cluster);
/* Make the chain of HAVE clusters COUNT longer; the new ones are fresh.  */
error_t chain_extend (struct node *node, uint32_t have, uint32_t count);
/* Free all but the first KEEP of its HAVE clusters.  */
error_t chain_cut (struct node *node, uint32_t keep, uint32_t have);

/* ---- fresh.c: clusters never written ---- */

/* From FIRST on COUNT clusters are new; room for them was made before.  */
error_t fresh_reserve (struct disknode *dn, uint32_t clusters);
void fresh_set (struct disknode *dn, uint32_t first, uint32_t count);
void fresh_clear (struct disknode *dn, uint32_t first, uint32_t count);
int fresh_test (struct disknode *dn, uint32_t n);
/* Write zeros to what is left of them below the file's end.  */
void fresh_write_zeros (struct node *node);

/* ---- file-pager.c, write-*.c ---- */

extern int pager_disk_bulk; /* the disk pager has a bulk path  */
/* Read the writer's settings; in each write-*.c, of which one is linked.  */
void writer_configure (void);
error_t read_block (block_t block, vm_address_t *page);
error_t write_blocks (block_t block, const void *data, size_t length);
/* A zeroed page in a mapping of its own; 0: no memory.  */
vm_address_t zero_page (void);

/* ---- file-map.c: a file's pager ---- */

extern pthread_spinlock_t node_to_page_lock;
/* Discard what the kernel has of NODE from OFFSET on, dirty or not.  */
void flush_file (struct node *node, vm_offset_t offset);
void drop_pager_softrefs (struct node *node);
void allow_pager_softrefs (struct node *node);

/* ---- identity.c: numbers of files ---- */

void identities_init (void);
/* The number of the file whose entry is at POSITION of directory PARENT, made
   if need be; 0: no memory.  */
ino64_t identity_at (position_t position, ino64_t parent);
/* A new file, or a known one; NULL: no memory, or none.  */
struct identity *identity_new (void);
struct identity *identity_find (ino64_t number);
/* The name of ID is at POSITION of PARENT now.  What POSITION stood for, if it
   is another, has no name any more; ID's old position stays known until that
   is cleared.  */
error_t identity_move (struct identity *id, position_t position,
                       ino64_t parent);
void identity_clear (position_t position);
void identity_remove (ino64_t number);

/* ---- inode.c ---- */

void write_all_disknodes (void);
/* Copy NP, whose directory entry this is, to it.  */
void fill_entry (struct fat_entry *entry, struct node *np);

/* ---- names.c: one name ---- */

enum
{
  LONG_PARTS_MAX = (FAT_NAME_UNITS + FAT_LONG_UNITS - 1) / FAT_LONG_UNITS
};

struct name
{
  uint16_t unit[LONG_PARTS_MAX * FAT_LONG_UNITS]; /* UTF-16  */
  unsigned length;
  int fits;     /* but for small letters, it is a short name: ALIAS  */
  int has_long; /* ALIAS and LOWER do not say all  */
  uint8_t alias[FAT_ALIAS];
  uint8_t lower;
};

/* Take NAME apart.  EINVAL if no file can be called so.  */
error_t name_parse (struct name *n, const char *name);
/* Make ALIAS the short name number TRY, of a name that does not fit.  */
void name_make_alias (struct name *n, unsigned try);
uint8_t name_checksum (const uint8_t *alias);
/* The entries that N takes.  */
unsigned name_entries (const struct name *n);
/* Whether N is UNIT, small letters being like capital ones.  */
int name_equals (const struct name *n, const uint16_t *unit, unsigned length);
/* Make *PART the one number ORDER, from 1, of N's long name.  */
void name_get_part (const struct name *n, unsigned order,
                    struct fat_long_entry *part);
/* Put the units of PART to where they belong in UNIT.  */
void name_put_part (const struct fat_long_entry *part, unsigned order,
                    uint16_t *unit);

/* ---- dir.c ---- */

extern pthread_mutex_t dirent_lock;
/* Entry number I of DIR; or the one at a position.  */
struct fat_entry *dir_entry (struct node *dir, uint32_t i);
struct fat_entry *entry_at (position_t position);
position_t position_of (struct node *dir, uint32_t i);
/* Map the blocks of a directory that has BLOCKS.  */
error_t dir_load (struct node *dir, uint32_t blocks);
uint32_t dir_count_subdirectories (struct node *dir);
cluster_t entry_cluster (const struct fat_entry *entry);

/* ---- mkfatfs.c ---- */

struct hurd_format;
int fat_format (const struct hurd_format *how);

#endif /* FATFS_H */
