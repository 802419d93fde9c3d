/* What the parts of the ext2 server share.

   The names, types and layouts of the Hurd's header of this name, as code
   written for it uses them: a file of a user's own (pager.c, getblk.c,
   balloc.c, truncate.c, pokel.c) may take the place of ours and is compiled
   against this.  The block size is the page size (docs/model.md, "Hard fact").

   References to disk cache blocks: disk_cache_block_ref takes one and
   disk_cache_block_deref gives it up.  record_global_poke, record_indir_poke
   and sync_global_ptr CONSUME the caller's reference.  A poke holds one
   reference per block that it covers: pokel_add takes it over from its caller
   (a block already covered has its extra one dropped), and pokel_sync and
   pokel_flush give all up after the pager was told.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef _EXT2FS_H
#define _EXT2FS_H

#include <assert-backtrace.h>
#include <endian.h>
#include <errno.h>
#include <hurd.h>
#include <hurd/diskfs.h>
#include <hurd/fshelp.h>
#include <hurd/ihash.h>
#include <hurd/iohelp.h>
#include <hurd/pager.h>
#include <hurd/ports.h>
#include <hurd/store.h>
#include <inttypes.h>
#include <mach.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "ext2_fs.h"

typedef uint32_t block_t;

/* ---- Reports ---- */

#define ext2_debug(f, a...) ((void)0)

void _ext2_error (const char *function, const char *fmt, ...)
    __attribute__ ((format (printf, 2, 3)));
void _ext2_panic (const char *function, const char *fmt, ...)
    __attribute__ ((format (printf, 2, 3), noreturn));
void ext2_warning (const char *fmt, ...)
    __attribute__ ((format (printf, 1, 2)));
#define ext2_error(fmt, args...) _ext2_error (__FUNCTION__, fmt, ##args)
#define ext2_panic(fmt, args...) _ext2_panic (__FUNCTION__, fmt, ##args)

/* ---- Pokes: lists of ranges that await being written ---- */

struct poke
{
  vm_offset_t offset;
  vm_size_t length;
  struct poke *next;
};

struct pokel
{
  struct poke *pokes, *free_pokes;
  pthread_spinlock_t lock;
  struct pager *pager;
  void *image; /* what pager is mapped at  */
};

/* Defined by pokel.c.  */
void pokel_init (struct pokel *pl, struct pager *pager, void *image);
void pokel_finalize (struct pokel *pl);
/* LENGTH bytes at LOC, in the image, have changed.  */
void pokel_add (struct pokel *pl, void *loc, vm_size_t length);
void pokel_sync (struct pokel *pl, int wait);
void pokel_flush (struct pokel *pl);
/* Move all pokes of FROM to PL.  */
void pokel_inherit (struct pokel *pl, struct pokel *from);

/* ---- Pagers and nodes ---- */

struct user_pager_info
{
  enum pager_type
  {
    DISK,
    FILE_DATA,
  } type;
  struct node *node;
  vm_prot_t max_prot;
};

#include <hurd/diskfs-pager.h>

/* What is kept in memory of an inode.  */
struct ext2_inode_info
{
  uint32_t i_data[EXT2_N_BLOCKS]; /* as on the store  */
  uint32_t i_flags;
  uint32_t i_faddr;
  uint8_t i_frag_no;
  uint8_t i_frag_size;
  uint16_t i_osync; /* write metadata at once  */
  uint32_t i_file_acl;
  uint32_t i_dir_acl;
  uint32_t i_dtime;
  uint32_t i_version;
  uint32_t i_block_group;
  /* The last block that was allocated or looked up in sequence, and where
     the next one should go.  */
  uint32_t i_next_alloc_block;
  uint32_t i_next_alloc_goal;
  /* Blocks marked in the bitmap that are not in the file yet.  */
  uint32_t i_prealloc_block;
  uint32_t i_prealloc_count;
  unsigned i_new_inode : 1;
};

struct disknode
{
  /* Taken for reading while the file's blocks are looked up and used, for
     writing while they or allocsize change.  */
  pthread_rwlock_t alloc_lock;
  /* The file's indirect blocks that await being written.  */
  struct pokel indir_pokel;
  struct ext2_inode_info info;
  uint32_t info_i_translator;
  /* The file's pager, or NULL; guarded by node_to_page_lock.  */
  struct pager *pager;
  /* Always 0 where a block is a page.  */
  int last_page_partially_writable;
  /* A directory's contents are mapped here, once it was used.  */
  char *dir_image;
  int dir_idx; /* where the last entry was put  */
};

/* ---- The store and what is derived from the superblock ---- */

extern struct store *store;
extern unsigned int block_size;
extern unsigned int log2_block_size;
extern unsigned int log2_dev_blocks_per_fs_block;
extern unsigned int log2_stat_blocks_per_fs_block;
extern vm_address_t zeroblock; /* a block of zeros  */
extern unsigned long addr_per_block;
extern unsigned long itb_per_group;
extern unsigned long inodes_per_block;
extern unsigned long desc_per_block;
extern block_t blocks_count; /* as in the superblock  */
extern unsigned long groups_count;
extern struct ext2_super_block *sblock;
extern int sblock_dirty;
extern unsigned int sblock_block; /* in units of 1 KiB  */
extern struct ext2_group_desc *group_desc_image;
extern unsigned long group_desc_block_end; /* first block behind them  */

#define SBLOCK_OFFS (sblock_block << 10)
#define SBLOCK_SIZE (sizeof (struct ext2_super_block))
#define group_desc(num) (&group_desc_image[num])

/* Read the superblock from the store and derive the above; does nothing when
   that was done.  */
void get_hypermetadata (void);
/* From now on use superblock and descriptors in the disk cache, which must
   exist; their blocks keep a reference each.  */
void map_hypermetadata (void);

/* Guards bitmaps, descriptors, counts of the superblock.  */
extern pthread_spinlock_t global_lock;
/* NULL where a block is a page: all of a page is written.  */
extern unsigned char *modified_global_blocks;
extern pthread_spinlock_t modified_global_blocks_lock;
/* Metadata outside of files.  */
extern struct pokel global_pokel;

/* ---- The disk cache; defined by pager.c ---- */

#define DISK_CACHE_BLOCKS 65536

struct disk_cache_info
{
  block_t block;
  uint16_t flags;
  uint16_t ref_count;
  struct disk_cache_info *next; /* in the list of free slots  */
};

#define DC_INCORE 0x01
#define DC_UNTOUCHED 0x02
#define DC_FIXED 0x04
#define DC_DONT_REUSE (DC_INCORE | DC_UNTOUCHED | DC_FIXED)
#define DC_NO_BLOCK ((block_t)-1)

extern void *disk_cache;
extern store_offset_t disk_cache_size;
extern int disk_cache_blocks;
extern hurd_ihash_t disk_cache_bptr;
extern struct disk_cache_info *disk_cache_info;
extern pthread_mutex_t disk_cache_lock;
extern pthread_cond_t disk_cache_reassociation;

extern pthread_spinlock_t node_to_page_lock;
extern struct port_bucket *disk_pager_bucket;
extern struct port_bucket *file_pager_bucket;
extern struct pager_requests *file_pager_requests;

void *disk_cache_block_ref (block_t block);
void disk_cache_block_ref_ptr (void *ptr);
void _disk_cache_block_deref (void *ptr);
int disk_cache_block_is_ref (block_t block);

/* Also forgets the pointer.  */
#define disk_cache_block_deref(PTR)                                           \
  do                                                                          \
    {                                                                         \
      _disk_cache_block_deref (PTR);                                          \
      (PTR) = NULL;                                                           \
    }                                                                         \
  while (0)

void create_disk_pager (void);
error_t inhibit_ext2_pager (void);
void resume_ext2_pager (void);
/* Let the kernel drop NODE's memory object: write it back and do not cache. */
void drop_pager_softrefs (struct node *node);
/* Discard what the kernel has of NODE, dirty or not.  */
void flush_node_pager (struct node *node);
/* Let it cache the object again.  */
void allow_pager_softrefs (struct node *node);

/* ---- Offsets, blocks and pointers into the disk cache ---- */

#define trunc_block(offs)                                                     \
  ((off_t)((offs) >> log2_block_size) << log2_block_size)
#define round_block(offs)                                                     \
  ((off_t)(((offs) + block_size - 1) >> log2_block_size) << log2_block_size)
#define boffs(block) ((off_t)(block) << log2_block_size)
#define boffs_block(offs) ((offs) >> log2_block_size)
#define bptr_index(ptr)                                                       \
  ((int)(((char *)(ptr) - (char *)disk_cache) >> log2_block_size))

/* The address of byte OFFSET of the store, whose block must be referenced.  */
char *boffs_ptr (off_t offset);
/* The byte of the store that PTR, into the disk cache, stands for.  */
off_t bptr_offs (void *ptr);
#define bptr(block) boffs_ptr (boffs (block))
#define bptr_block(ptr) ((block_t)boffs_block (bptr_offs (ptr)))

/* ---- Bitmaps.  Set and clear return whether the bit was set before.  ---- */

static inline int
test_bit (unsigned num, unsigned char *bitmap)
{
  return (bitmap[num / 8] >> (num % 8)) & 1;
}

static inline int
set_bit (unsigned num, unsigned char *bitmap)
{
  int before = test_bit (num, bitmap);

  bitmap[num / 8] |= 1 << (num % 8);
  return before;
}

static inline int
clear_bit (unsigned num, unsigned char *bitmap)
{
  int before = test_bit (num, bitmap);

  bitmap[num / 8] &= ~(1 << (num % 8));
  return before;
}

/* ---- Writing metadata ---- */

/* The block at PTR has changed; it is written at the next sync_global.  */
void record_global_poke (void *ptr);
/* An indirect block of NODE at PTR has changed.  */
void record_indir_poke (struct node *node, void *ptr);
void sync_global (int wait);
void sync_global_ptr (void *ptr, int wait);
/* On a synchronous file system, write what an allocation for NP changed.  */
void alloc_sync (struct node *np);
/* Nothing where a block is a page.  */
int global_block_modified (block_t block);

/* ---- Inodes; a reference to the inode's disk cache block ---- */

struct ext2_inode *dino_ref (ino_t inum);
void _dino_deref (struct ext2_inode *inode);
#define dino_deref(INO)                                                       \
  do                                                                          \
    {                                                                         \
      _dino_deref (INO);                                                      \
      (INO) = NULL;                                                           \
    }                                                                         \
  while (0)

/* Copy every cached inode to the disk cache, its indirect blocks first.  */
void write_all_disknodes (void);

/* Whether BLOCK can belong to a file: it is on the disk, behind superblock and
   descriptors.  A check of ours, that costs the simulated machine nothing: it
   reads no mapped page.  */
static inline int
ext2_block_valid (block_t block)
{
  return block >= group_desc_block_end && block < blocks_count;
}

/* NP, a file that goes away, gives up its extended attributes.  */
void ext2_free_xattr (struct node *np);

/* ---- Allocation ---- */

/* The disk block of BLOCK of NODE, allocated if CREATE, in *DISK_BLOCK.
   EINVAL: there is none (a hole).  */
error_t ext2_getblk (struct node *node, block_t block, int create,
                     block_t *disk_block);
void ext2_discard_prealloc (struct node *node);
/* A free block near GOAL; 0 if there is none.  The free ones that follow it,
   up to PREALLOC_GOAL with it, are taken too and told in the last two
   arguments, which may be NULL if PREALLOC_GOAL is 0.  */
block_t ext2_new_block (block_t goal, block_t prealloc_goal,
                        block_t *prealloc_count, block_t *prealloc_block);
void ext2_free_blocks (block_t block, unsigned long count);
/* Whether somebody is in it, for observers.  */
int ext2_frees_going_on (void);
unsigned long ext2_count_free_blocks (void);
ino_t ext2_alloc_inode (ino_t dir_inum, mode_t mode);
void ext2_free_inode (ino_t inum, mode_t mode);

/* ---- The journal: there is none ("journal.h") ---- */

struct journal;
extern struct journal *ext2_journal;
void journal_sync_everything (void); /* defined by a pager.c that has one  */

#endif /* _EXT2FS_H */
