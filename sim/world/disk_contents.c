/* What is on the store.

   Sparse, by block of 4 KiB, in a table of two levels.  A block that was never
   written reads as zeros.  One that was written whole with a stamp in front is
   kept as that stamp, 16 bytes; any other is 4 KiB of bytes from a pool.  A
   write of a part of a block makes bytes of it: a stamp becomes its own 24
   bytes followed by zeros, since what it stands for is not known here.

   Left out: the volatile write cache.  What is written is on the disk.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "disk_contents.h"

#include "device.h"
#include "reserve.h"

#include <string.h>

enum
{
  LEAF_SHIFT = 10, /* blocks of a leaf, which covers 4 MiB  */
  LEAF_BLOCKS = 1 << LEAF_SHIFT,
  LEAVES_BITS_MAX = 24 /* 64 TiB; ext2 with 4 KiB blocks ends at 16  */
};

/* Pools of leaves and of blocks, in address space.  */
#define LEAVES_MAX ((size_t)1 << LEAVES_BITS_MAX)
#define BLOCKS_MAX ((size_t)1 << 22)

enum block_kind
{
  BLOCK_ZERO,
  BLOCK_STAMP,
  BLOCK_BYTES
};

union block
{
  struct
  {
    uint32_t file, version;
    uint64_t page;
  } stamp;
  uint32_t bytes; /* index into the pool  */
};

struct leaf
{
  uint8_t kind[LEAF_BLOCKS];
  union block block[LEAF_BLOCKS];
};

/* For every 4 MiB: 0, or the number of its leaf and 1.  */
static uint32_t *table;
static uint64_t table_used; /* entries for the store's size  */
/* Leaf i covers what number leaf_covers[i] of the table is for.  */
static struct leaf *leaves;
static uint32_t *leaf_covers;
static uint32_t leaves_used;

/* Free blocks are chained through their first word; 0 ends the chain.  */
static char (*pool)[SIM_PAGE_SIZE];
static uint32_t pool_used, pool_free;

void
disk_contents_init (uint64_t size)
{
  CHECK (size >> (SIM_PAGE_SHIFT + LEAF_SHIFT) < LEAVES_MAX);
  if (table == NULL)
    {
      table = reserve (LEAVES_MAX * sizeof *table);
      leaves = reserve (LEAVES_MAX / 64 * sizeof *leaves);
      leaf_covers = reserve (LEAVES_MAX / 64 * sizeof *leaf_covers);
      pool = reserve (BLOCKS_MAX * sizeof *pool);
    }
  for (uint32_t i = 0; i < leaves_used; i++)
    table[leaf_covers[i]] = 0;
  table_used = (size >> (SIM_PAGE_SHIFT + LEAF_SHIFT)) + 1;
  leaves_used = 0;
  pool_used = 1;
  pool_free = 0;
}

static struct leaf *
leaf_find (uint64_t block)
{
  uint32_t n = table[block >> LEAF_SHIFT];
  return n != 0 ? &leaves[n - 1] : NULL;
}

static struct leaf *
leaf_make (uint64_t block)
{
  struct leaf *leaf = leaf_find (block);
  if (leaf != NULL)
    return leaf;
  CHECK (leaves_used < LEAVES_MAX / 64);
  uint32_t n = leaves_used++;
  leaf_covers[n] = block >> LEAF_SHIFT;
  table[leaf_covers[n]] = n + 1;
  memset (leaves[n].kind, BLOCK_ZERO, sizeof leaves[n].kind);
  return &leaves[n];
}

/* ---- One block ---------------------------------------------------------- */

static char *
bytes_make (struct leaf *leaf, unsigned i)
{
  uint32_t n = pool_free;
  if (n != 0)
    memcpy (&pool_free, pool[n], sizeof pool_free);
  else
    {
      CHECK (pool_used < BLOCKS_MAX);
      n = pool_used++;
    }
  leaf->kind[i] = BLOCK_BYTES;
  leaf->block[i].bytes = n;
  return pool[n];
}

static void
bytes_free (struct leaf *leaf, unsigned i)
{
  uint32_t n = leaf->block[i].bytes;
  memcpy (pool[n], &pool_free, sizeof pool_free);
  pool_free = n;
}

static void
stamp_copy_out (const union block *b, void *to)
{
  struct stamp s
      = { STAMP_MAGIC, b->stamp.file, b->stamp.version, b->stamp.page };
  memcpy (to, &s, sizeof s);
}

static void
stamp_write (struct leaf *leaf, unsigned i, const struct stamp *s)
{
  if (leaf->kind[i] == BLOCK_BYTES)
    bytes_free (leaf, i);
  leaf->kind[i] = s->file ? BLOCK_STAMP : BLOCK_ZERO;
  leaf->block[i].stamp.file = s->file;
  leaf->block[i].stamp.version = s->version;
  leaf->block[i].stamp.page = s->page;
}

static void
block_write (uint64_t block, const char *data)
{
  struct leaf *leaf = leaf_make (block);
  unsigned i = block % LEAF_BLOCKS;
  struct stamp s;
  memcpy (&s, data, sizeof s);
  if (s.magic == STAMP_MAGIC)
    {
      stamp_write (leaf, i, &s);
      return;
    }
  char *to = leaf->kind[i] == BLOCK_BYTES ? pool[leaf->block[i].bytes]
                                          : bytes_make (leaf, i);
  memcpy (to, data, SIM_PAGE_SIZE);
}

static void
block_write_part (uint64_t block, unsigned at, const char *data, unsigned len)
{
  struct leaf *leaf = leaf_make (block);
  unsigned i = block % LEAF_BLOCKS;
  if (leaf->kind[i] != BLOCK_BYTES)
    {
      bool stamped = leaf->kind[i] == BLOCK_STAMP;
      union block old = leaf->block[i];
      char *bytes = bytes_make (leaf, i);
      memset (bytes, 0, SIM_PAGE_SIZE);
      if (stamped)
        stamp_copy_out (&old, bytes);
    }
  memcpy (pool[leaf->block[i].bytes] + at, data, len);
}

static void
block_read_part (uint64_t block, unsigned at, char *data, unsigned len)
{
  const struct leaf *leaf = leaf_find (block);
  unsigned i = block % LEAF_BLOCKS;
  switch (leaf != NULL ? leaf->kind[i] : BLOCK_ZERO)
    {
    case BLOCK_BYTES:
      memcpy (data, pool[leaf->block[i].bytes] + at, len);
      break;
    case BLOCK_STAMP:
      /* The rest of a whole block is undefined (device.h), and costs nothing.
       */
      if (len < SIM_PAGE_SIZE)
        memset (data, 0, len);
      if (at == 0)
        stamp_copy_out (&leaf->block[i], data);
      break;
    default:
      memset (data, 0, len);
    }
}

/* ---- The interface ------------------------------------------------------ */

/* How much of a request for LEN bytes at OFFSET lies in its first block.  */
static unsigned
part_of (uint64_t offset, size_t len)
{
  unsigned left = SIM_PAGE_SIZE - offset % SIM_PAGE_SIZE;
  return len < left ? len : left;
}

const struct device_watch *device_watch;

/* They changed.  */
static inline void
tell (uint64_t offset, size_t len)
{
  if (__builtin_expect (device_watch != NULL, 0))
    device_watch->written (offset, len);
}

void
disk_contents_write (uint64_t offset, const void *data, size_t len)
{
  const char *from = data;
  uint64_t begin = offset;
  size_t all = len;
  while (len > 0)
    {
      unsigned part = part_of (offset, len);
      if (part == SIM_PAGE_SIZE)
        block_write (offset >> SIM_PAGE_SHIFT, from);
      else
        block_write_part (offset >> SIM_PAGE_SHIFT, offset % SIM_PAGE_SIZE,
                          from, part);
      offset += part;
      from += part;
      len -= part;
    }
  tell (begin, all);
}

void
disk_contents_write_stamps (uint64_t offset, const struct stamp *stamps,
                            size_t blocks)
{
  uint64_t block = offset >> SIM_PAGE_SHIFT;
  for (size_t i = 0; i < blocks; i++, block++)
    stamp_write (leaf_make (block), block % LEAF_BLOCKS, &stamps[i]);
  tell (offset, blocks << SIM_PAGE_SHIFT);
}

void
disk_contents_read (uint64_t offset, void *data, size_t len)
{
  char *to = data;
  while (len > 0)
    {
      unsigned part = part_of (offset, len);
      block_read_part (offset >> SIM_PAGE_SHIFT, offset % SIM_PAGE_SIZE, to,
                       part);
      offset += part;
      to += part;
      len -= part;
    }
}

uint64_t
disk_contents_next (uint64_t offset)
{
  uint64_t block = (offset + SIM_PAGE_SIZE - 1) >> SIM_PAGE_SHIFT;
  for (; block >> LEAF_SHIFT < table_used; block++)
    {
      const struct leaf *leaf = leaf_find (block);
      if (leaf == NULL)
        block |= LEAF_BLOCKS - 1;
      else if (leaf->kind[block % LEAF_BLOCKS] != BLOCK_ZERO)
        return block << SIM_PAGE_SHIFT;
    }
  return UINT64_MAX;
}
