/* The pager of the disk: its pages are the slots of the disk cache.

   Which block a page holds is looked up when the request is served, not when
   the kernel sent it (docs/model.md 3.6, 6.5 R8).  Left out: blocks smaller
   than a page, with the map of modified blocks that they need; ext2fs refuses
   to run so.  Ours: a bulk path, off unless the setting pager.disk_bulk asks
   for it.

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

/* Write LENGTH bytes of BUF from BLOCK on.  */
static error_t
write_blocks (block_t block, vm_address_t buf, vm_size_t length)
{
  store_offset_t dev_block = (store_offset_t)block
                             << log2_dev_blocks_per_fs_block;
  size_t amount = 0;
  error_t err;

  assert_backtrace (block != DC_NO_BLOCK);
  err = store_write (store, dev_block, (void *)buf, length, &amount);
  if (!err && amount != length)
    err = EIO;
  return err;
}

error_t
disk_pager_write_page (vm_offset_t page, vm_address_t buf)
{
  return write_blocks (disk_cache_page_block (page), buf, vm_page_size);
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
      block_t block = disk_cache_page_block (offset + *written);
      vm_size_t run = vm_page_size;

      while (*written + run < length
             && disk_cache_page_block (offset + *written + run)
                    == block + (run >> log2_block_size))
        run += vm_page_size;

      err = write_blocks (block, data + *written, run);
      if (!err)
        *written += run;
    }
  return err;
}
