/* Cutting a file off.

   Model of docs/model.md 3.10, step by step, as in June 2026 but without a
   journal.  The order matters: dirty pages beyond the new end are discarded by
   a flush that is waited for, before alloc_lock is taken, so that every
   earlier return of a page of this file has been served by then; what faults
   in between flush and lock is the subject of 6.5.  The Hurd does it in
   ext2fs/truncate.c.  With the setting ext2fs.fixed nothing does: cut-pages.c.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "ext2fs.h"
#include "fixed.h"
#include "write-errors.h"

/* Pages touched through one mapping.  */
#define POKE_PAGES 8

/* ---- Freeing blocks in runs ---- */

struct free_run
{
  struct node *node;
  block_t first;
  unsigned long count;
  /* How many indirect blocks there still can be: on a damaged disk they may
     point to one another.  */
  unsigned long indirects;
};

static void
flush_run (struct free_run *run)
{
  if (run->count == 0)
    return;
  ext2_free_blocks (run->first, run->count);
  run->node->dn_stat.st_blocks -= run->count << log2_stat_blocks_per_fs_block;
  run->node->dn_stat_dirty = 1;
  run->count = 0;
}

/* Free what *POINTER points to, and clear it.  */
static void
free_pointer (struct free_run *run, uint32_t *pointer)
{
  block_t block = le32toh (*pointer);

  if (block == 0)
    return;
  *pointer = 0;
  if (run->count > 0 && run->first + run->count == block)
    {
      run->count++;
      return;
    }
  flush_run (run);
  run->first = block;
  run->count = 1;
}

/* ---- The block map ---- */

/* *POINTER is an indirect block whose entries stand for SPAN blocks each, the
   first of them for block BASE of the file.  Free what is at END or beyond,
   and the indirect block if nothing is left.  */
static void
truncate_indirect (struct free_run *run, uint32_t *pointer, uint64_t base,
                   uint64_t span, uint64_t end)
{
  int keep = base < end;
  uint32_t *map;

  if (*pointer == 0 || base + span * addr_per_block <= end)
    return;
  if (!ext2_block_valid (le32toh (*pointer)) || run->indirects == 0)
    {
      ext2_error ("inode %lu: no indirect block %u",
                  (unsigned long)run->node->cache_id, le32toh (*pointer));
      *pointer = 0;
      return;
    }
  run->indirects--;
  map = disk_cache_block_ref (le32toh (*pointer));
  for (unsigned long i = 0; i < addr_per_block; i++)
    {
      uint64_t first = base + i * span;

      if (first + span <= end)
        continue;
      if (span > 1)
        truncate_indirect (run, &map[i], first, span / addr_per_block, end);
      else
        free_pointer (run, &map[i]);
    }
  if (keep)
    {
      record_indir_poke (run->node, map);
      return;
    }
  /* What the page holds must not be written over the block's next use.  */
  pager_flush_some (diskfs_disk_pager,
                    (vm_address_t)bptr_index (map) << log2_block_size,
                    block_size, 1);
  disk_cache_block_deref (map);
  free_pointer (run, pointer);
}

static void
truncate_map (struct node *node, uint64_t end)
{
  struct free_run run = { .node = node, .indirects = blocks_count };
  uint32_t *data = diskfs_node_disknode (node)->info.i_data;
  uint64_t base = EXT2_NDIR_BLOCKS, span = 1;

  for (uint64_t i = end; i < EXT2_NDIR_BLOCKS; i++)
    free_pointer (&run, &data[i]);
  for (int n = EXT2_IND_BLOCK; n <= EXT2_TIND_BLOCK; n++)
    {
      truncate_indirect (&run, &data[n], base, span, end);
      base += span * addr_per_block;
      span *= addr_per_block;
    }
  flush_run (&run);
}

/* ---- The pages in memory ---- */

/* Store to every page of the object from START to END, so that each is
   resident and no delayed copy needs it.  */
static void
poke_pages (memory_object_t memobj, vm_offset_t start, vm_offset_t end)
{
  while (start < end)
    {
      vm_size_t size = POKE_PAGES * vm_page_size;
      vm_address_t window = 0;
      error_t err;

      if (size > end - start)
        size = end - start;
      err = vm_map (mach_task_self (), &window, size, 0, 1, memobj, start, 0,
                    VM_PROT_READ | VM_PROT_WRITE, VM_PROT_READ | VM_PROT_WRITE,
                    VM_INHERIT_NONE);
      if (!err)
        {
          for (vm_size_t at = 0; at < size; at += vm_page_size)
            {
              volatile int *word = (volatile int *)(window + at);

              *word = *word;
            }
          vm_deallocate (mach_task_self (), window, size);
        }
      start += size;
    }
}

/* NODE's pager with a reference, or NULL.  */
static struct pager *
node_pager (struct node *node)
{
  struct pager *pager;

  pthread_spin_lock (&node_to_page_lock);
  pager = diskfs_node_disknode (node)->pager;
  if (pager != NULL)
    ports_port_ref (pager);
  pthread_spin_unlock (&node_to_page_lock);
  return pager;
}

/* Let the kernel make its delayed copies of what goes away at LENGTH, then
   throw that away, dirty or not.  */
static void
force_delayed_copies (struct node *node, loff_t length)
{
  struct pager *pager = node_pager (node);
  mach_port_t memobj;

  if (pager == NULL)
    return;
  pager_change_attributes (pager, 1, MEMORY_OBJECT_COPY_NONE, 1);
  memobj = diskfs_get_filemap (node, VM_PROT_READ | VM_PROT_WRITE);
  if (memobj != MACH_PORT_NULL)
    {
      poke_pages (memobj, round_page (length), round_page (node->allocsize));
      mach_port_deallocate (mach_task_self (), memobj);
      /* As in the original: the size does not take the rounding of the
         beginning into account.  */
      if (!ext2_fixed)
        pager_flush_some (pager, round_page (length),
                          node->allocsize - length, 1);
    }
  ports_port_deref (pager);
}

static void
allow_delayed_copies (struct node *node)
{
  struct pager *pager = node_pager (node);

  if (pager == NULL)
    return;
  pager_change_attributes (pager, 1, MEMORY_OBJECT_COPY_DELAY, 0);
  ports_port_deref (pager);
}

error_t
diskfs_truncate (struct node *node, loff_t length)
{
  struct disknode *dn = diskfs_node_disknode (node);
  loff_t rest = length & (block_size - 1);
  loff_t before = node->allocsize;
  error_t err;

  if (diskfs_check_readonly ())
    return EROFS;
  if (length >= node->dn_stat.st_size)
    return 0;

  if (rest != 0)
    {
      err = diskfs_node_rdwr (node, (char *)zeroblock, length,
                              block_size - rest, 1, NULL, NULL);
      if (err)
        return err;
      diskfs_file_update (node, 1);
    }
  ext2_discard_prealloc (node);
  force_delayed_copies (node, length);
  if (ext2_fixed)
    ext2_cut_pages (node, length);

  pthread_rwlock_wrlock (&dn->alloc_lock);
  node->dn_stat.st_size = length;
  node->dn_set_mtime = node->dn_set_ctime = 1;
  diskfs_node_update (node, diskfs_synchronous);
  err = diskfs_catch_exception ();
  if (!err)
    {
      truncate_map (node, boffs_block (round_block (length)));
      node->allocsize = round_block (length);
      write_errors_cut (node->cache_id, length);
      diskfs_end_catch_exception ();
    }
  else
    node->allocsize = before;
  node->dn_set_mtime = node->dn_set_ctime = 1;
  node->dn_stat_dirty = 1;
  allow_delayed_copies (node);
  pthread_rwlock_unlock (&dn->alloc_lock);
  diskfs_node_update (node, diskfs_synchronous);
  return err;
}
