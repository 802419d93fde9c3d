/* Judging an ext2 file system, see image_judge.h.

   The superblock, the groups, every inode in use with its blocks, every
   directory; then what the bitmaps and counts say against what was found.
   What is not judged: the copies of superblock and descriptors, inodes that
   are not in use, the order of a hashed directory, what is in attributes.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "image_judge.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../base/check.h"
#include "image_ext2.h"

bool
ext2_wrong (struct ext2 *fs, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  vsnprintf (fs->line, IMAGE_LINE_BYTES, format, args);
  va_end (args);
  return false;
}

void *
ext2_array (size_t n, size_t size)
{
  void *p = calloc (n, size);
  CHECK (p != NULL);
  return p;
}

void
ext2_read (struct ext2 *fs, uint32_t block, uint8_t *to)
{
  CHECK (block < fs->blocks);
  fs->source->read ((uint64_t)block * EXT2_BLOCK, to, EXT2_BLOCK,
                    fs->source->arg);
}

bool
ext2_own (struct ext2 *fs, uint32_t block)
{
  if (block == 0 || block >= fs->blocks || ext2_bit (fs->owned, block))
    return false;
  fs->owned[block / 8] |= 1 << block % 8;
  return true;
}

void
ext2_inode (struct ext2 *fs, uint32_t ino, uint8_t to[128])
{
  const struct ext2_group *g = &fs->group[(ino - 1) / fs->inodes_per_group];
  uint64_t at = (uint64_t)((ino - 1) % fs->inodes_per_group) * fs->inode_bytes;
  fs->source->read ((uint64_t)g->table * EXT2_BLOCK + at, to, 128,
                    fs->source->arg);
}

/* ---- A file's blocks -----------------------------------------------------
 */

struct walk
{
  struct ext2 *fs;
  uint32_t ino;
  ext2_visit *visit;
  void *arg;
};

/* BLOCK maps what begins at INDEX, an entry of it SPAN blocks.  It has been
   visited, so that it is there.  */
static bool
walk_indirect (const struct walk *w, uint32_t block, uint64_t index,
               uint64_t span)
{
  uint8_t map[EXT2_BLOCK];
  ext2_read (w->fs, block, map);
  for (unsigned i = 0; i < EXT2_POINTERS; i++)
    {
      uint32_t to = ext2_le32 (map + 4 * i);
      uint64_t first = index + i * span;
      if (to == 0)
        continue;
      if (!w->visit (w->fs, w->ino, first, to, span == 1, w->arg)
          || (span > 1
              && !walk_indirect (w, to, first, span / EXT2_POINTERS)))
        return false;
    }
  return true;
}

bool
ext2_walk (struct ext2 *fs, uint32_t ino, const uint8_t *inode,
           ext2_visit *visit, void *arg)
{
  struct walk w = { fs, ino, visit, arg };
  uint64_t index = 0, span = 1;
  for (unsigned i = 0; i < EXT2_SLOTS; i++)
    {
      uint32_t to = ext2_le32 (inode + 40 + 4 * i);
      bool data = i < EXT2_DIRECT;
      if (to != 0
          && (!visit (fs, ino, index, to, data, arg)
              || (!data && !walk_indirect (&w, to, index, span))))
        return false;
      if (!data)
        span *= EXT2_POINTERS;
      index += span;
    }
  return true;
}

/* ---- Bitmaps and counts --------------------------------------------------
 */

static bool
check_padding (struct ext2 *fs, const uint8_t *map, uint32_t from,
               const char *what, uint32_t group)
{
  for (uint32_t i = from; i < EXT2_GROUP_MAX; i++)
    if (!ext2_bit (map, i))
      return ext2_wrong (fs, "damaged: group %u: the end of the %s bitmap",
                         group, what);
  return true;
}

static bool
check_group_blocks (struct ext2 *fs, uint32_t n, uint64_t *free)
{
  uint8_t map[EXT2_BLOCK];
  uint32_t first = n * fs->blocks_per_group, found = 0;
  uint32_t length = fs->blocks - first;
  if (length > fs->blocks_per_group)
    length = fs->blocks_per_group;
  ext2_read (fs, fs->group[n].block_bitmap, map);
  for (uint32_t i = 0; i < length; i++)
    {
      bool owned = ext2_bit (fs->owned, (uint64_t)first + i);
      if (owned != ext2_bit (map, i))
        return ext2_wrong (fs, "damaged: block %u %s", first + i,
                           owned ? "is in use, but marked as free"
                                 : "belongs to nobody, but is marked as used");
      found += !owned;
    }
  if (found != fs->group[n].free_blocks)
    return ext2_wrong (fs, "damaged: group %u: %u free blocks, not %u", n,
                       found, fs->group[n].free_blocks);
  *free += found;
  return check_padding (fs, map, length, "block", n);
}

static bool
check_group_inodes (struct ext2 *fs, uint32_t n, uint64_t *free)
{
  uint8_t map[EXT2_BLOCK];
  uint32_t found = 0, directories = 0;
  ext2_read (fs, fs->group[n].inode_bitmap, map);
  for (uint32_t i = 0; i < fs->inodes_per_group; i++)
    if (!ext2_bit (map, i))
      found++;
    else if (fs->type[n * fs->inodes_per_group + i + 1] == EXT2_DIRECTORY)
      directories++;
  if (found != fs->group[n].free_inodes)
    return ext2_wrong (fs, "damaged: group %u: %u free inodes, not %u", n,
                       found, fs->group[n].free_inodes);
  if (directories != fs->group[n].directories)
    return ext2_wrong (fs, "damaged: group %u: %u directories, not %u", n,
                       directories, fs->group[n].directories);
  *free += found;
  return check_padding (fs, map, fs->inodes_per_group, "inode", n);
}

static bool
check_counts (struct ext2 *fs)
{
  uint64_t blocks = 0, inodes = 0;
  for (uint32_t n = 0; n < fs->groups; n++)
    if (!check_group_blocks (fs, n, &blocks)
        || !check_group_inodes (fs, n, &inodes))
      return false;
  if (blocks != ext2_le32 (fs->super + 12))
    return ext2_wrong (fs, "damaged: %llu free blocks, not %u",
                       (unsigned long long)blocks,
                       ext2_le32 (fs->super + 12));
  if (inodes != ext2_le32 (fs->super + 16))
    return ext2_wrong (fs, "damaged: %llu free inodes, not %u",
                       (unsigned long long)inodes,
                       ext2_le32 (fs->super + 16));
  return true;
}

bool
image_judge (const struct image_source *s, char line[IMAGE_LINE_BYTES])
{
  struct ext2 fs = { .source = s, .line = line };
  bool good = ext2_superblock (&fs) && ext2_groups (&fs) && ext2_inodes (&fs)
              && ext2_names (&fs) && check_counts (&fs);
  free (fs.group);
  free (fs.owned);
  free (fs.type);
  free (fs.links);
  free (fs.names);
  free (fs.dotdot);
  free (fs.parent);
  free (fs.shared);
  free (fs.hashes);
  return good;
}
