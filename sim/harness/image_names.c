/* The directories of an image, see image_judge.h.

   Read linearly, which a hashed directory allows: its inner nodes look like
   entries that are not in use.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <stdlib.h>
#include <string.h>
#include "../base/check.h"
#include "image_ext2.h"

enum
{
  ENTRY_BYTES = 8,               /* without the name  */
  DIRECTORY_MAX_BYTES = 4 << 20, /* what the servers map  */
  LINKS_MAX = UINT16_MAX
};

/* What an entry's type must be, by that of its file.  */
static const uint8_t entry_type[16]
    = { [EXT2_FIFO] = 5,         [EXT2_CHARACTER] = 3, [EXT2_DIRECTORY] = 2,
        [EXT2_BLOCK_DEVICE] = 4, [EXT2_REGULAR] = 1,   [EXT2_SYMLINK] = 7,
        [EXT2_SOCKET] = 6 };

static bool
bad (struct ext2 *fs, uint32_t dir, uint64_t offset, const char *what)
{
  return ext2_wrong (fs, "damaged: directory %u: %s at %llu", dir, what,
                     (unsigned long long)offset);
}

static void
note_name (struct ext2 *fs, const uint8_t *name, unsigned length)
{
  uint64_t hash = UINT64_C (0xcbf29ce484222325);
  for (unsigned i = 0; i < length; i++)
    hash = (hash ^ name[i]) * UINT64_C (0x100000001b3);
  if (fs->hashes_count == fs->hashes_room)
    {
      fs->hashes_room = 2 * fs->hashes_room + 64;
      fs->hashes = realloc (fs->hashes, fs->hashes_room * sizeof *fs->hashes);
      CHECK (fs->hashes != NULL);
    }
  fs->hashes[fs->hashes_count++] = hash;
}

static int
by_value (const void *a, const void *b)
{
  const uint64_t *x = a, *y = b;
  return (*x > *y) - (*x < *y);
}

static bool
names_differ (struct ext2 *fs)
{
  if (fs->hashes_count > 1)
    qsort (fs->hashes, fs->hashes_count, sizeof *fs->hashes, by_value);
  for (size_t i = 1; i < fs->hashes_count; i++)
    if (fs->hashes[i] == fs->hashes[i - 1])
      return false;
  return true;
}

static bool
is_dots (const uint8_t *name, unsigned length)
{
  return length <= 2 && memcmp (name, "..", length) == 0;
}

/* The entry at OFFSET of DIR names INO.  */
static bool
take_entry (struct ext2 *fs, uint32_t dir, uint64_t offset,
            const uint8_t *entry, uint32_t ino)
{
  const uint8_t *name = entry + ENTRY_BYTES;
  unsigned length = entry[6];
  if (length == 0 || memchr (name, '/', length) || memchr (name, 0, length))
    return bad (fs, dir, offset, "a name that cannot be");
  if (ino > fs->inodes || fs->type[ino] == EXT2_NONE)
    return bad (fs, dir, offset, "an entry for an inode that is not in use");
  if (entry[7] != (fs->filetype ? entry_type[fs->type[ino]] : 0))
    return bad (fs, dir, offset, "an entry of another type than its file");
  if (fs->names[ino] == LINKS_MAX)
    return bad (fs, dir, offset, "too many names of one inode");
  fs->names[ino]++;
  if (offset == 0)
    return (length == 1 && *name == '.' && ino == dir)
           || bad (fs, dir, offset, "no entry for itself");
  if (is_dots (name, length))
    {
      if (length != 2 || fs->dotdot[dir] != 0)
        return bad (fs, dir, offset, "an entry for itself");
      if (fs->type[ino] != EXT2_DIRECTORY)
        return bad (fs, dir, offset, "a parent that is not a directory");
      fs->dotdot[dir] = ino;
      return true;
    }
  if (fs->dotdot[dir] == 0)
    return bad (fs, dir, offset, "no entry for its parent");
  if (fs->type[ino] == EXT2_DIRECTORY)
    {
      if (ino == EXT2_ROOT || fs->parent[ino] != 0)
        return bad (fs, dir, offset, "a second name of a directory");
      fs->parent[ino] = dir;
    }
  note_name (fs, name, length);
  return true;
}

static bool
take_names (struct ext2 *fs, uint32_t dir, uint64_t index, uint32_t block,
            bool data, void *arg)
{
  uint8_t bytes[EXT2_BLOCK];
  unsigned at, length;
  (void)arg;
  if (!data)
    return true;
  ext2_read (fs, block, bytes);
  for (at = 0; at < EXT2_BLOCK; at += length)
    {
      const uint8_t *entry = bytes + at;
      uint64_t offset = index * EXT2_BLOCK + at;
      if (EXT2_BLOCK - at < ENTRY_BYTES + 4)
        return bad (fs, dir, offset, "an entry across blocks");
      length = ext2_le16 (entry + 4);
      if (length < ENTRY_BYTES + 4 || length % 4 != 0
          || length > EXT2_BLOCK - at
          || (unsigned)ENTRY_BYTES + entry[6] > length)
        return bad (fs, dir, offset, "a wrong entry");
      uint32_t ino = ext2_le32 (entry);
      if (ino == 0 && offset == 0)
        return bad (fs, dir, offset, "no entry for itself");
      if (ino != 0 && !take_entry (fs, dir, offset, entry, ino))
        return false;
    }
  return true;
}

static bool
check_directory (struct ext2 *fs, uint32_t dir)
{
  uint8_t inode[128];
  ext2_inode (fs, dir, inode);
  if (ext2_le32 (inode + 4) > DIRECTORY_MAX_BYTES)
    return ext2_wrong (fs, "directory %u is longer than %d MiB", dir,
                       DIRECTORY_MAX_BYTES >> 20);
  fs->hashes_count = 0;
  if (!ext2_walk (fs, dir, inode, take_names, NULL))
    return false;
  if (fs->dotdot[dir] == 0)
    return bad (fs, dir, 0, "no entry for its parent");
  if (!names_differ (fs))
    return ext2_wrong (fs, "damaged: directory %u has a name twice", dir);
  return true;
}

/* Every directory is below the root; those above one that was looked at
   need no second look.  */
static bool
check_tree (struct ext2 *fs)
{
  uint8_t *known = ext2_array ((size_t)fs->inodes + 1, 1);
  bool good = true;
  known[EXT2_ROOT] = 1;
  for (uint32_t i = 1; good && i <= fs->inodes; i++)
    {
      uint32_t at = i;
      if (fs->type[i] != EXT2_DIRECTORY)
        continue;
      for (; at != 0 && !known[at]; at = fs->parent[at])
        known[at] = 2;
      /* In a circle, or without a name.  */
      good = at != 0 && known[at] == 1;
      for (at = i; good && known[at] == 2; at = fs->parent[at])
        known[at] = 1;
      if (!good)
        ext2_wrong (fs, "damaged: directory %u is not in the tree", i);
      else if (i != EXT2_ROOT && fs->dotdot[i] != fs->parent[i])
        good = bad (fs, i, 0, "a wrong parent");
    }
  free (known);
  return good;
}

bool
ext2_names (struct ext2 *fs)
{
  size_t n = (size_t)fs->inodes + 1;
  fs->names = ext2_array (n, sizeof *fs->names);
  fs->dotdot = ext2_array (n, sizeof *fs->dotdot);
  fs->parent = ext2_array (n, sizeof *fs->parent);
  for (uint32_t i = 1; i <= fs->inodes; i++)
    if (fs->type[i] == EXT2_DIRECTORY && !check_directory (fs, i))
      return false;
  if (fs->dotdot[EXT2_ROOT] != EXT2_ROOT)
    return bad (fs, EXT2_ROOT, 0, "a wrong parent");
  for (uint32_t i = 1; i <= fs->inodes; i++)
    if (fs->names[i] != fs->links[i])
      return ext2_wrong (fs, "damaged: inode %u has %u names, not %u", i,
                         fs->names[i], fs->links[i]);
  return check_tree (fs);
}
