/* An ext2 image in memory, seen from outside: see ext2_view.h.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "ext2_view.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../base/check.h"

/* Offsets in the superblock, which is 1024 bytes from the start.  */
enum
{
  SUPER = 1024,
  SUPER_INODES = 0,
  SUPER_BLOCKS = 4,
  SUPER_FIRST_BLOCK = 20,
  SUPER_LOG_BLOCK = 24,
  SUPER_BLOCKS_PER_GROUP = 32,
  SUPER_INODES_PER_GROUP = 40,
  SUPER_MAGIC = 56,
  SUPER_REVISION = 76,
  SUPER_INODE_BYTES = 88,
  LOG_BLOCK = 2,
  MAGIC = 0xef53,
  DESCRIPTOR_BYTES = 32,
  DESCRIPTOR_TABLE = 8
};

/* Offsets in an inode.  */
enum
{
  INODE_SIZE = 4,
  INODE_LINKS = 26,
  INODE_BLOCK = 40,
  INODE_SIZE_HIGH = 108,
  MODE_KIND = 0xf000,
  MODE_REGULAR = 0x8000,
  MODE_DIRECTORY = 0x4000,
  DIRECT = 12,
  PER_BLOCK = EXT2_VIEW_BLOCK / 4,
  DEPTH_MAX = 64
};

static uint16_t
half (const uint8_t *at)
{
  return at[0] | at[1] << 8;
}

static uint32_t
word (const uint8_t *at)
{
  return half (at) | (uint32_t)half (at + 2) << 16;
}

bool
ext2_view_open (struct ext2_view *v, const uint8_t *data, uint64_t size)
{
  if (size < 2 * EXT2_VIEW_BLOCK)
    return false;
  const uint8_t *super = data + SUPER;
  uint32_t per_group = word (super + SUPER_BLOCKS_PER_GROUP);
  *v = (struct ext2_view){
    .data = data,
    .blocks = word (super + SUPER_BLOCKS),
    .inodes = word (super + SUPER_INODES),
    .inodes_per_group = word (super + SUPER_INODES_PER_GROUP),
    .inode_bytes = word (super + SUPER_REVISION) == 0
                       ? 128
                       : half (super + SUPER_INODE_BYTES),
    .descriptors = 1,
  };
  if (half (super + SUPER_MAGIC) != MAGIC
      || word (super + SUPER_LOG_BLOCK) != LOG_BLOCK
      || word (super + SUPER_FIRST_BLOCK) != 0 || per_group == 0
      || v->inodes_per_group == 0 || v->inode_bytes < 128
      || EXT2_VIEW_BLOCK % v->inode_bytes != 0
      || v->blocks > size / EXT2_VIEW_BLOCK)
    return false;
  v->groups = (v->blocks + (uint64_t)per_group - 1) / per_group;
  return (v->descriptors * (uint64_t)EXT2_VIEW_BLOCK
          + (uint64_t)v->groups * DESCRIPTOR_BYTES)
         <= (uint64_t)v->blocks * EXT2_VIEW_BLOCK;
}

static const uint8_t *
block_at (const struct ext2_view *v, uint64_t block)
{
  return block > 0 && block < v->blocks ? v->data + block * EXT2_VIEW_BLOCK
                                        : NULL;
}

bool
ext2_view_inode (const struct ext2_view *v, uint32_t number,
                 struct ext2_view_inode *inode)
{
  if (number == 0 || number > v->inodes)
    return false;
  uint32_t group = (number - 1) / v->inodes_per_group;
  uint64_t offset
      = (uint64_t)((number - 1) % v->inodes_per_group) * v->inode_bytes;
  if (group >= v->groups)
    return false;
  const uint8_t *descriptor = v->data
                              + (uint64_t)v->descriptors * EXT2_VIEW_BLOCK
                              + (uint64_t)group * DESCRIPTOR_BYTES;
  const uint8_t *block = block_at (v, word (descriptor + DESCRIPTOR_TABLE)
                                          + offset / EXT2_VIEW_BLOCK);
  if (!block)
    return false;
  const uint8_t *at = block + offset % EXT2_VIEW_BLOCK;
  inode->mode = half (at);
  inode->links = half (at + INODE_LINKS);
  inode->size = word (at + INODE_SIZE);
  if (ext2_view_regular (inode))
    inode->size |= (uint64_t)word (at + INODE_SIZE_HIGH) << 32;
  for (unsigned i = 0; i < EXT2_VIEW_POINTERS; i++)
    inode->block[i] = word (at + INODE_BLOCK + 4 * i);
  return true;
}

bool
ext2_view_regular (const struct ext2_view_inode *inode)
{
  return (inode->mode & MODE_KIND) == MODE_REGULAR;
}

bool
ext2_view_directory (const struct ext2_view_inode *inode)
{
  return (inode->mode & MODE_KIND) == MODE_DIRECTORY;
}

const uint8_t *
ext2_view_block (const struct ext2_view *v,
                 const struct ext2_view_inode *inode, uint64_t n)
{
  if (n < DIRECT)
    return block_at (v, inode->block[n]);
  n -= DIRECT;
  uint64_t covers = PER_BLOCK;
  for (unsigned level = 0; level < EXT2_VIEW_POINTERS - DIRECT; level++)
    {
      if (n >= covers)
        {
          n -= covers;
          covers *= PER_BLOCK;
          continue;
        }
      const uint8_t *at = block_at (v, inode->block[DIRECT + level]);
      while (at && covers > 1)
        {
          covers /= PER_BLOCK;
          at = block_at (v, word (at + 4 * (n / covers)));
          n %= covers;
        }
      return at;
    }
  return NULL;
}

/* ---- Names ---------------------------------------------------------------
 */

struct entry
{
  uint32_t inode;
  const char *name;
  size_t len;
};

/* The next entry of DIR from *AT on.  */
static bool
next_entry (const struct ext2_view *v, const struct ext2_view_inode *dir,
            uint64_t *at, struct entry *e)
{
  uint64_t end = dir->size < (uint64_t)v->blocks * EXT2_VIEW_BLOCK
                     ? dir->size
                     : (uint64_t)v->blocks * EXT2_VIEW_BLOCK;
  while (*at < end)
    {
      const uint8_t *block = ext2_view_block (v, dir, *at / EXT2_VIEW_BLOCK);
      size_t in = *at % EXT2_VIEW_BLOCK;
      uint16_t len = block ? half (block + in + 4) : 0;
      if (!block || len < 8 || len % 4 || in + len > EXT2_VIEW_BLOCK
          || block[in + 6] + 8U > len)
        {
          *at += EXT2_VIEW_BLOCK - in; /* not a directory's block  */
          continue;
        }
      *at += len;
      *e = (struct entry){ word (block + in), (const char *)block + in + 8,
                           block[in + 6] };
      if (e->inode != 0)
        return true;
    }
  return false;
}

uint32_t
ext2_view_lookup (const struct ext2_view *v, const char *path)
{
  uint32_t number = EXT2_VIEW_ROOT;
  for (;;)
    {
      path += strspn (path, "/");
      size_t len = strcspn (path, "/");
      if (len == 0)
        return number;
      struct ext2_view_inode dir;
      struct entry e;
      uint64_t at = 0;
      if (!ext2_view_inode (v, number, &dir) || !ext2_view_directory (&dir))
        return 0;
      number = 0;
      while (number == 0 && next_entry (v, &dir, &at, &e))
        if (e.len == len && memcmp (e.name, path, len) == 0)
          number = e.inode;
      if (number == 0)
        return 0;
      path += len;
    }
}

struct walk
{
  const struct ext2_view *v;
  void (*fn) (void *arg, const char *path, uint32_t inode);
  void *arg;
  uint8_t *seen; /* directories, a bit each  */
  char path[PATH_MAX];
};

static void
walk (struct walk *w, uint32_t number, size_t len, unsigned depth)
{
  struct ext2_view_inode dir, inode;
  struct entry e;
  uint64_t at = 0;
  if (depth > DEPTH_MAX || !ext2_view_inode (w->v, number, &dir)
      || (w->seen[number / 8] & 1 << number % 8))
    return;
  w->seen[number / 8] |= 1 << number % 8;
  while (next_entry (w->v, &dir, &at, &e))
    {
      bool self = e.len <= 2 && memcmp (e.name, "..", e.len) == 0;
      if (self || len + e.len + 2 > sizeof w->path
          || !ext2_view_inode (w->v, e.inode, &inode))
        continue;
      memcpy (w->path + len, e.name, e.len);
      w->path[len + e.len] = '\0';
      if (ext2_view_regular (&inode))
        w->fn (w->arg, w->path, e.inode);
      else if (ext2_view_directory (&inode))
        {
          w->path[len + e.len] = '/';
          walk (w, e.inode, len + e.len + 1, depth + 1);
        }
    }
}

void
ext2_view_walk (const struct ext2_view *v,
                void (*fn) (void *arg, const char *path, uint32_t inode),
                void *arg)
{
  struct walk *w = calloc (1, sizeof *w);
  CHECK (w);
  w->v = v;
  w->fn = fn;
  w->arg = arg;
  w->seen = calloc (v->inodes / 8 + 1, 1);
  CHECK (w->seen);
  walk (w, EXT2_VIEW_ROOT, 0, 0);
  free (w->seen);
  free (w);
}
