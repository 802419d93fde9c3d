/* Reading blocks of the store into a page that goes to the kernel.

   A whole page is read into memory that the store obtains, so that no byte is
   copied; parts of a page are put into a page buffer.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "ext2fs-pager.h"

error_t
read_blocks (block_t block, size_t offs, size_t len, vm_address_t *page)
{
  store_offset_t dev_block = (store_offset_t)block
                             << log2_dev_blocks_per_fs_block;
  void *wanted = 0, *data;
  size_t amount = 0;
  error_t err;

  if (*page || len < vm_page_size)
    {
      if (!*page)
        *page = (vm_address_t)get_page_buf ();
      if (!*page)
        return ENOMEM;
      wanted = (char *)*page + offs;
      amount = len;
    }

  data = wanted;
  err = store_read (store, dev_block, len, &data, &amount);
  if (err)
    return err;

  if (amount < len)
    err = EIO;
  else if (wanted && data != wanted)
    memcpy (wanted, data, len);
  if (!wanted && !err)
    *page = (vm_address_t)data;
  else if (data != wanted)
    munmap (data, amount);
  return err;
}
