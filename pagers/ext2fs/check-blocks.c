/* Whose every block is: no block has two owners, and the bitmaps say the same
   as the owners.

   For observers, while nobody allocates or frees (hurd_server's check_blocks).
   A node in memory counts as it is there, other inodes as the disk cache or
   the store has them.  Blocks that a node has taken in advance are its own.

   Left out: the counts in descriptors and superblock, which e2fsck compares,
   and stores of more than 64 GiB.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "priv.h"

#include "hurd_api.h"
#include "map-now.h"

#include <stdio.h>

#define BLOCKS_MAX (1UL << 24)
#define COMPLAINTS_MAX 8

/* Superblock and descriptors are copies: to touch them where they are might
   fault.  */
struct check
{
  struct ext2_super_block super;
  struct ext2_group_desc *group;
  hurd_complain *complain;
  void *arg;
  int complaints;
  block_t blocks;
  unsigned char *owned; /* a bit for each block  */
  ino_t inode;          /* whose blocks are being walked  */
};

static void wrong (struct check *c, const char *format, ...)
    __attribute__ ((format (printf, 2, 3)));

static void
wrong (struct check *c, const char *format, ...)
{
  char what[120];
  va_list args;

  if (c->complaints++ >= COMPLAINTS_MAX)
    return;
  va_start (args, format);
  vsnprintf (what, sizeof what, format, args);
  va_end (args);
  c->complain (c->arg, what);
}

/* A copy of BLOCK, or where it is in memory.  */
static const void *
contents (block_t block, void *copy)
{
  const void *at = ext2_look (block);

  if (at != NULL)
    return at;
  /* In halves: of a file's block the store may know but what it stands for,
     and leaves the rest of the whole as it is.  */
  hurd_api->store_peek (boffs (block), copy, block_size / 2);
  hurd_api->store_peek (boffs (block) + block_size / 2,
                        (char *)copy + block_size / 2, block_size / 2);
  return copy;
}

/* ---- Owners ---- */

/* As ext2_block_valid.  */
static int
is_valid (const struct check *c, block_t block)
{
  return block >= group_desc_block_end && block < c->blocks;
}

/* BLOCK is the present inode's; SHARED: others may have it too.  */
static void
own (struct check *c, block_t block, int shared)
{
  if (!is_valid (c, block))
    wrong (c, "inode %lu has block %u, which is none", (unsigned long)c->inode,
           block);
  else if (set_bit (block, c->owned) && !shared)
    wrong (c, "block %u is inode %lu's and somebody else's, too", block,
           (unsigned long)c->inode);
}

static void
own_system (struct check *c, block_t block, unsigned long count)
{
  for (; count > 0 && block < c->blocks; count--, block++)
    {
      if (block % 8 == 0 && count >= 8 && block + 8 <= c->blocks)
        {
          c->owned[block / 8] = 0xff;
          count -= 7;
          block += 7;
        }
      else
        set_bit (block, c->owned);
    }
}

/* BLOCK maps others, over LEVELS more levels.  */
static void
own_map (struct check *c, block_t block, int levels)
{
  uint32_t copy[EXT2_MAX_BLOCK_SIZE / sizeof (uint32_t)];
  const uint32_t *map;

  own (c, block, 0);
  if (levels == 0 || !is_valid (c, block))
    return;
  map = contents (block, copy);
  for (unsigned long i = 0; i < addr_per_block; i++)
    if (map[i] != 0)
      {
        if (levels == 1)
          own (c, le32toh (map[i]), 0);
        else
          own_map (c, le32toh (map[i]), levels - 1);
      }
}

static void
own_all (struct check *c, const uint32_t *data)
{
  for (int i = 0; i < EXT2_N_BLOCKS; i++)
    if (data[i] != 0)
      own_map (c, le32toh (data[i]),
               i < EXT2_NDIR_BLOCKS ? 0 : i - EXT2_IND_BLOCK + 1);
}

/* ---- Inodes ---- */

/* As in has_block_map: whether the words of an inode are a map.  */
static int
maps_blocks (mode_t mode, int has_blocks)
{
  return S_ISREG (mode) || S_ISDIR (mode) || (S_ISLNK (mode) && has_blocks);
}

static void
own_node (struct check *c, struct node *np)
{
  struct ext2_inode_info *info = &diskfs_node_disknode (np)->info;
  unsigned long others
      = info->i_file_acl ? 1UL << log2_stat_blocks_per_fs_block : 0;

  if (info->i_prealloc_count > c->blocks)
    wrong (c, "inode %lu has allocated %u blocks ahead",
           (unsigned long)c->inode, info->i_prealloc_count);
  else
    for (uint32_t i = 0; i < info->i_prealloc_count; i++)
      own (c, info->i_prealloc_block + i, 0);
  if (info->i_file_acl)
    own (c, info->i_file_acl, 1);
  if (maps_blocks (np->dn_stat.st_mode,
                   (unsigned long)np->dn_stat.st_blocks != others))
    own_all (c, info->i_data);
}

static void
own_inode (struct check *c, const struct ext2_inode *di)
{
  uint32_t others = di->i_file_acl ? 1U << log2_stat_blocks_per_fs_block : 0;
  uint32_t data[EXT2_N_BLOCKS];

  /* One of the reserved inodes that mean nothing, whatever it holds.  */
  if (di->i_mode == 0 && di->i_links_count == 0 && c->inode != EXT2_BAD_INO)
    return;
  if (di->i_file_acl)
    own (c, le32toh (di->i_file_acl), 1);
  memcpy (data, di->i_block, sizeof data);
  if (c->inode == EXT2_BAD_INO
      || maps_blocks (le16toh (di->i_mode), le32toh (di->i_blocks) != others))
    own_all (c, data);
}

static inline int
no_bit (const unsigned char *bits, size_t bytes)
{
  static const unsigned char none[8];

  return memcmp (bits, none, bytes) == 0;
}

static void
own_inodes (struct check *c, unsigned long group)
{
  const struct ext2_group_desc *gdp = &c->group[group];
  unsigned char copy[EXT2_MAX_BLOCK_SIZE], table_copy[EXT2_MAX_BLOCK_SIZE];
  unsigned long n = EXT2_INODES_PER_GROUP (&c->super);
  const unsigned char *used = contents (le32toh (gdp->bg_inode_bitmap), copy);
  const char *table = NULL;
  block_t table_block = 0;

  for (unsigned long i = 0; i < n; i++)
    {
      struct node *np;
      block_t block;

      if (i % 64 == 0 && n - i >= 64 && no_bit (used + i / 8, 8))
        {
          i += 63;
          continue;
        }
      if (!(used[i / 8] & 1 << i % 8))
        continue;
      c->inode = group * n + i + 1;
      np = node_cache_peek (c->inode);
      if (np != NULL)
        {
          own_node (c, np);
          continue;
        }
      block = le32toh (gdp->bg_inode_table) + i / inodes_per_block;
      if (block != table_block)
        table = contents (block, table_copy);
      table_block = block;
      own_inode (c, (const void *)(table
                                   + i % inodes_per_block
                                         * EXT2_INODE_SIZE (&c->super)));
    }
}

/* ---- Bitmaps ---- */

/* Whether group I has a copy of superblock and descriptors.  */
static int
has_copies (const struct check *c, unsigned long i)
{
  static const unsigned bases[] = { 3, 5, 7 };

  if (i <= 1
      || !EXT2_HAS_RO_COMPAT_FEATURE (&c->super,
                                      EXT2_FEATURE_RO_COMPAT_SPARSE_SUPER))
    return 1;
  for (size_t b = 0; b < sizeof bases / sizeof *bases; b++)
    {
      unsigned long n = bases[b];

      while (n < i)
        n *= bases[b];
      if (n == i)
        return 1;
    }
  return 0;
}

static void
own_metadata (struct check *c, unsigned long i)
{
  const struct ext2_group_desc *gdp = &c->group[i];
  block_t first = i * EXT2_BLOCKS_PER_GROUP (&c->super);

  own_system (c, le32toh (gdp->bg_block_bitmap), 1);
  own_system (c, le32toh (gdp->bg_inode_bitmap), 1);
  own_system (c, le32toh (gdp->bg_inode_table), itb_per_group);
  if (has_copies (c, i))
    own_system (c, first, group_desc_block_end);
}

static void
compare (struct check *c, unsigned long group)
{
  unsigned char copy[EXT2_MAX_BLOCK_SIZE];
  block_t bitmap = le32toh (c->group[group].bg_block_bitmap);
  const unsigned char *used = contents (bitmap, copy);
  unsigned long per_group = EXT2_BLOCKS_PER_GROUP (&c->super);
  block_t first = group * per_group;
  unsigned long n
      = c->blocks - first < per_group ? c->blocks - first : per_group;

  if (memcmp (used, c->owned + first / 8, n / 8) == 0 && n % 8 == 0)
    return;
  for (unsigned long i = 0; i < n; i++)
    {
      int is_used = used[i / 8] >> i % 8 & 1;

      if (is_used == test_bit (first + i, c->owned))
        continue;
      wrong (c,
             is_used ? "block %lu is marked as used, and is nobody's"
                     : "block %lu is somebody's, and marked as free",
             first + i);
    }
}

/* Copy LEN bytes from AT on, of the disk cache, from where they can be had. */
static void
copy_out (void *to, const void *at, size_t len)
{
  while (len > 0)
    {
      char copy[EXT2_MAX_BLOCK_SIZE];
      size_t in = (uintptr_t)at & (block_size - 1);
      size_t part = len < block_size - in ? len : block_size - in;
      block_t block = disk_cache_info[bptr_index (at)].block;

      memcpy (to, (const char *)contents (block, copy) + in, part);
      to = (char *)to + part;
      at = (const char *)at + part;
      len -= part;
    }
}

void
ext2_check_blocks (hurd_complain *complain, void *arg)
{
  struct check c = { .complain = complain, .arg = arg };
  size_t groups_bytes = groups_count * sizeof *c.group;

  /* A node that has left the cache and is being freed is nowhere to be found:
     its inode says what it once was.  Preallocated blocks are given back
     without a file's lock.  */
  if (disk_cache_info == NULL || diskfs_drops_going_on ()
      || ext2_frees_going_on ())
    return;
  copy_out (&c.super, sblock, sizeof c.super);
  c.blocks = le32toh (c.super.s_blocks_count);
  if (c.blocks > BLOCKS_MAX)
    return;
  c.group = hurd_api->malloc (groups_bytes);
  c.owned = hurd_api->calloc (c.blocks / 8 + 1, 1);
  if (c.group != NULL && c.owned != NULL)
    {
      copy_out (c.group, group_desc_image, groups_bytes);
      for (unsigned long i = 0; i < groups_count; i++)
        own_metadata (&c, i);
      for (unsigned long i = 0; i < groups_count; i++)
        own_inodes (&c, i);
      for (unsigned long i = 0; i < groups_count; i++)
        compare (&c, i);
    }
  hurd_api->free (c.owned);
  hurd_api->free (c.group);
}
