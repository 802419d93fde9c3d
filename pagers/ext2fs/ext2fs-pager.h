/* What the files of the pager half of ext2fs share.

   Nothing outside these files uses the names below but ext2fs_pager_configure
   and ext2fs_writer, so that a pager of another hand can take the place of all
   of them.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef EXT2FS_PAGER_H
#define EXT2FS_PAGER_H

#include "ext2fs.h"
#include "fixed.h"

/* ---- pager-settings.c ---- */
extern long pager_chunk_blocks; /* blocks per lock hold (write-chunk.c)  */
extern long pager_cap_blocks;   /* longest run in blocks (write-extent.c)  */
extern int pager_disk_bulk;     /* the disk pager has a bulk path  */
/* Read the settings anew.  */
void ext2fs_pager_configure (void);
void ext2fs_read_chunk_blocks (void);
void ext2fs_read_cap_blocks (void);

/* ---- write-*.c: exactly one of them is linked ---- */
extern const char ext2fs_writer[];
/* Read the settings that this writer uses, and no others: what a sweep varies
   is run once where it is not asked for.  */
void ext2fs_writer_configure (void);

/* ---- page-bufs.c ---- */
/* One zeroed page in a mapping of its own; 0 if there is no memory.  */
void *get_page_buf (void);
void free_page_buf (void *buf);

/* ---- find-block.c ---- */
/* Look up the block of the byte OFFSET of NODE, whose alloc_lock is held.
 *BLOCK is 0 for a hole.  EIO if the block does not end within allocsize.  */
error_t find_block (struct node *node, vm_offset_t offset, block_t *block);
/* The same for a dirty page: with the setting ext2fs.fixed, EIO for a hole.  */
error_t find_block_to_write (struct node *node, vm_offset_t offset,
                             block_t *block);

/* ---- pending-blocks.c ---- */
struct pending_blocks
{
  block_t block; /* first one  */
  int num;       /* how many are queued  */
  int offs;      /* where their data begins in BUF, in bytes  */
  char *buf;
};
void pending_blocks_init (struct pending_blocks *pb, void *buf);
/* Queue BLOCK, after writing what is queued if it does not follow that.  */
error_t pending_blocks_add (struct pending_blocks *pb, block_t block);
/* Write what is queued.  */
error_t pending_blocks_write (struct pending_blocks *pb);

/* ---- file-pager.c, write-page.c ---- */
error_t file_pager_read_page (struct node *node, vm_offset_t page,
                              vm_address_t *buf, int *write_lock);
error_t file_pager_write_page (struct node *node, vm_offset_t page,
                               vm_address_t buf);

/* ---- read-blocks.c ---- */
/* Read LEN bytes that begin at BLOCK into the page *PAGE at OFFS.  Without a
   page (*PAGE is 0) one is obtained.  */
error_t read_blocks (block_t block, size_t offs, size_t len,
                     vm_address_t *page);

/* ---- disk-pager.c ---- */
error_t disk_pager_read_page (vm_offset_t page, vm_address_t *buf,
                              int *write_lock);
error_t disk_pager_write_page (vm_offset_t page, vm_address_t buf);
/* EOPNOTSUPP unless pager_disk_bulk is set.  */
error_t disk_pager_write_pages (vm_offset_t offset, vm_address_t data,
                                vm_size_t length, vm_size_t *written);

/* ---- disk-cache.c ---- */
/* Mark the slot of the page at OFFSET as read in and return its block.  */
block_t disk_cache_page_read (vm_offset_t offset);
/* The block of the slot at OFFSET now.  */
block_t disk_cache_page_block (vm_offset_t offset);
/* The page of the slot at OFFSET left memory.  */
void disk_cache_page_evicted (vm_offset_t offset);
/* Make the slots, once the cache is mapped.  */
void disk_cache_init (void);

#endif /* EXT2FS_PAGER_H */
