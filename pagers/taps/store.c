/* libstore: the device in blocks, on the byte offsets of hurd_api.

   In the Hurd: libstore with a device store.  One request goes to the device
   as it is: its end, cutting a request to what the device takes at once, time
   and faults are the device's matter.  Left out: runs, layered stores, names.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#define HURD_API_NO_REDIRECT

#include <hurd_api.h>
#include <hurd/store.h>

#include <stdbool.h>
#include <sys/mman.h>

void
store_open_device (struct store *store, unsigned log2_block_size)
{
  *store = (struct store){
    .size = (store_offset_t)hurd_api->store_size (),
    .block_size = (size_t)1 << log2_block_size,
    .log2_block_size = log2_block_size,
  };
  store->blocks = store->size >> log2_block_size;
  store->end = store->blocks;
  while ((store->block_size << store->log2_blocks_per_page) < vm_page_size)
    store->log2_blocks_per_page++;
}

error_t
store_write (struct store *store, store_offset_t block, const void *buf,
             size_t len, size_t *amount)
{
  return hurd_api->store_write ((uint64_t)block << store->log2_block_size, buf,
                                len, amount);
}

error_t
store_read (struct store *store, store_offset_t block, size_t amount,
            void **buf, size_t *len)
{
  bool mapped = *len < amount;
  void *to = mapped ? NULL : *buf;
  error_t err;

  if (mapped)
    {
      to = hurd_api->mmap (NULL, amount, PROT_READ | PROT_WRITE,
                           MAP_ANON | MAP_PRIVATE, -1, 0);
      if (to == MAP_FAILED)
        return ENOMEM;
    }
  err = hurd_api->store_read ((uint64_t)block << store->log2_block_size, to,
                              amount, len);
  if (!mapped)
    return err;
  if (err)
    hurd_api->munmap (to, amount);
  else
    *buf = to;
  return err;
}

error_t
store_sync (struct store *store)
{
  (void)store;
  return hurd_api->store_sync ();
}
