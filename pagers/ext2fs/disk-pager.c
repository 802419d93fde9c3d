/* The pager of the disk: its pages are the slots of the disk cache.

   Which block a page holds is looked up when the request is served, not when
   the kernel sent it (docs/model.md 3.6, 6.5 R8).  Left out: blocks smaller
   than a page, with the map of modified blocks that they need; ext2fs refuses
   to run so.  Ours: a bulk path, off unless the setting pager.disk_bulk asks
   for it.  Neighbours in the cache go out together when they are neighbours on
   the disk as well; docs/disk-bulk.md has how often that is.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "ext2fs-pager.h"

error_t
disk_pager_read_page (vm_offset_t page, vm_address_t *buf, int *write_lock)
{
  block_t block = disk_cache_page_read (page);

  *buf = 0;
  *write_lock = 0;
  if (block == DC_NO_BLOCK)
    return EIO;
  return read_blocks (block, 0, vm_page_size, buf);
}

/* Write LENGTH bytes of BUF from BLOCK on; *AMOUNT is what the store took.  */
static error_t
write_blocks (block_t block, vm_address_t buf, vm_size_t length,
              size_t *amount)
{
  store_offset_t dev_block = (store_offset_t)block
                             << log2_dev_blocks_per_fs_block;
  error_t err;

  *amount = 0;
  assert_backtrace (block != DC_NO_BLOCK);
  err = store_write (store, dev_block, (void *)buf, length, amount);
  if (err)
    *amount = 0;
  else if (*amount != length)
    err = EIO;
  return err;
}

error_t
disk_pager_write_page (vm_offset_t page, vm_address_t buf)
{
  size_t amount;

  return write_blocks (disk_cache_page_block (page), buf, vm_page_size,
                       &amount);
}

/* How many of the LENGTH bytes at OFFSET go out in one write: pages whose
   blocks follow one another.  *BLOCK is the first.  */
static vm_size_t
run_length (vm_offset_t offset, vm_size_t length, block_t *block)
{
  vm_size_t run = vm_page_size;

  *block = disk_cache_page_block (offset);
  while (run < length
         && disk_cache_page_block (offset + run)
                == *block + (run >> log2_block_size))
    run += vm_page_size;
  return run;
}

error_t
disk_pager_write_pages (vm_offset_t offset, vm_address_t data,
                        vm_size_t length, vm_size_t *written)
{
  error_t err = 0;

  *written = 0;
  if (!pager_disk_bulk)
    return EOPNOTSUPP;

  while (*written < length && !err)
    {
      block_t block;
      vm_size_t run
          = run_length (offset + *written, length - *written, &block);
      size_t amount;

      /* Only what is on the store counts: the caller tries every other page
         again by itself, and so comes to know its error.  */
      err = write_blocks (block, data + *written, run, &amount);
      *written += trunc_page (amount);
    }
  return err;
}
