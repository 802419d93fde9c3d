/* The queue of consecutive blocks that go out in one store write.

   Model of docs/model.md 3.5, defects kept: after an error or a short write
   the queued segment stays, the block that add was given is lost, and the next
   add or write tries the same segment again.  A segment that does not begin at
   the start of the buffer is copied into a buffer of one page first, however
   long it is.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "ext2fs-pager.h"

void
pending_blocks_init (struct pending_blocks *pb, void *buf)
{
  pb->block = 0;
  pb->num = 0;
  pb->offs = 0;
  pb->buf = buf;
}

error_t
pending_blocks_write (struct pending_blocks *pb)
{
  store_offset_t dev_block = (store_offset_t)pb->block
                             << log2_dev_blocks_per_fs_block;
  size_t length = (size_t)pb->num << log2_block_size;
  size_t amount = 0;
  error_t err;

  if (pb->num == 0)
    return 0;

  if (pb->offs > 0)
    {
      /* The original's buffer is one page too: D6 of the known defects,
         docs/findings.md 1.  */
      void *bounce = get_page_buf ();

      memcpy (bounce, pb->buf + pb->offs, length);
      err = store_write (store, dev_block, bounce, length, &amount);
      free_page_buf (bounce);
    }
  else
    err = store_write (store, dev_block, pb->buf, length, &amount);

  if (err)
    return err;
  if (amount != length)
    return EIO;

  pb->offs += length;
  pb->num = 0;
  return 0;
}

error_t
pending_blocks_add (struct pending_blocks *pb, block_t block)
{
  if (block != pb->block + pb->num)
    {
      error_t err = pending_blocks_write (pb);

      if (err)
        return err;
      pb->block = block;
    }
  pb->num++;
  return 0;
}
