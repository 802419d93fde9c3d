/* The superblock and the groups of an image, see image_judge.h.

   Every feature has a name here, so that one that is refused is named.  Those
   taken change nothing that the servers need to know, or only little: a
   hashed directory is a linear one with more in it; a journal that is clean
   is a file; blocks kept for growing belong to an inode.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <string.h>
#include "image_ext2.h"

enum
{
  MAGIC = 0xef53,
  BLOCK_LOG = 2, /* 1024 << 2  */
  VALID = 1,
  ERRORS = 2,
  OS_HURD = 1,
  GROUP_MIN = 256,
  DESC_BYTES_MAX = 1024,
  FLAGS_UNINIT = 3 /* of a descriptor: bitmaps that are not there  */
};

/* Offsets in the superblock.  */
enum
{
  S_INODES = 0,
  S_BLOCKS = 4,
  S_RESERVED = 8,
  S_FIRST_BLOCK = 20,
  S_BLOCK_LOG = 24,
  S_FRAGMENT_LOG = 28,
  S_BLOCKS_PER_GROUP = 32,
  S_FRAGMENTS_PER_GROUP = 36,
  S_INODES_PER_GROUP = 40,
  S_MAGIC = 56,
  S_STATE = 58,
  S_OS = 72,
  S_REVISION = 76,
  S_FIRST_INODE = 84,
  S_INODE_BYTES = 88,
  S_COMPAT = 92,
  S_JOURNAL_UUID = 208,
  S_JOURNAL_INODE = 224,
  S_JOURNAL_DEVICE = 228,
  S_LAST_ORPHAN = 232,
  S_DESC_BYTES = 254
};

struct feature
{
  unsigned bit;
  bool taken;
  const char *name;
};

/* Writing without knowing these harms nobody.  */
static const struct feature compatible[]
    = { { 0, true, "dir_prealloc" },  { 1, false, "imagic_inodes" },
        { 2, true, "has_journal" },   { 3, true, "ext_attr" },
        { 4, true, "resize_inode" },  { 5, true, "dir_index" },
        { 6, false, "lazy_bg" },      { 7, false, "exclude_inode" },
        { 8, false, "snapshot" },     { 9, false, "sparse_super2" },
        { 10, false, "fast_commit" }, { 11, false, "stable_inodes" },
        { 12, false, "orphan_file" }, { 0, false, NULL } };
/* Nobody may read without knowing these.  */
static const struct feature incompatible[]
    = { { 0, false, "compression" },
        { 1, true, "filetype" },
        { 2, false, "needs_recovery" },
        { 3, false, "journal_dev" },
        { 4, false, "meta_bg" },
        { 6, false, "extent" },
        { 7, false, "64bit" },
        { 8, false, "mmp" },
        { 9, false, "flex_bg" },
        { 10, false, "ea_inode" },
        { 12, false, "dirdata" },
        { 13, false, "metadata_csum_seed" },
        { 14, false, "large_dir" },
        { 15, false, "inline_data" },
        { 16, false, "encrypt" },
        { 17, false, "casefold" },
        { 0, false, NULL } };
/* Nobody may write without knowing these.  */
static const struct feature read_only[]
    = { { 0, true, "sparse_super" },     { 1, true, "large_file" },
        { 2, false, "btree_dir" },       { 3, false, "huge_file" },
        { 4, false, "uninit_bg" },       { 5, false, "dir_nlink" },
        { 6, false, "extra_isize" },     { 7, false, "has_snapshot" },
        { 8, false, "quota" },           { 9, false, "bigalloc" },
        { 10, false, "metadata_csum" },  { 11, false, "replica" },
        { 12, false, "read-only" },      { 13, false, "project" },
        { 14, false, "shared_blocks" },  { 15, false, "verity" },
        { 16, false, "orphan_present" }, { 0, false, NULL } };

static bool
refuse (struct ext2 *fs, unsigned kind, unsigned bit, const char *name)
{
  static const char *const kinds[]
      = { "compatible", "incompatible", "read-only" };
  if (name == NULL)
    return ext2_wrong (fs, "ext2 feature %u (%s) is not known", bit,
                       kinds[kind]);
  if (strcmp (name, "needs_recovery") == 0)
    return ext2_wrong (fs, "its journal needs recovery (%s): run e2fsck",
                       name);
  return ext2_wrong (fs, "the feature %s is not supported", name);
}

static bool
check_features (struct ext2 *fs)
{
  static const struct feature *const kinds[]
      = { compatible, incompatible, read_only };
  /* What cannot even be read first.  */
  static const unsigned order[] = { 1, 2, 0 };
  for (unsigned k = 0; k < 3; k++)
    {
      uint32_t set = ext2_le32 (fs->super + S_COMPAT + 4 * order[k]);
      for (unsigned bit = 0; bit < 32; bit++)
        {
          const struct feature *f = kinds[order[k]];
          if (!(set >> bit & 1))
            continue;
          while (f->name != NULL && f->bit != bit)
            f++;
          if (!f->taken)
            return refuse (fs, order[k], bit, f->name);
        }
    }
  fs->attributes = fs->super[S_COMPAT] & 1 << 3;
  fs->hashed = fs->super[S_COMPAT] & 1 << 5;
  fs->filetype = fs->super[S_COMPAT + 4] & 1 << 1;
  fs->sparse = fs->super[S_COMPAT + 8] & 1 << 0;
  fs->large_file = fs->super[S_COMPAT + 8] & 1 << 1;
  return true;
}

static bool
power_of_two (uint32_t n)
{
  return n != 0 && (n & (n - 1)) == 0;
}

/* A journal is a file of the file system's own, or there is none.  */
static bool
check_journal (struct ext2 *fs)
{
  const uint8_t *s = fs->super;
  bool journal = s[S_COMPAT] & 1 << 2;
  static const uint8_t nobody[16];
  if (ext2_le32 (s + S_JOURNAL_DEVICE) != 0
      || memcmp (s + S_JOURNAL_UUID, nobody, sizeof nobody) != 0)
    return ext2_wrong (fs, "a journal elsewhere is not supported");
  return ext2_le32 (s + S_JOURNAL_INODE) == (journal ? EXT2_JOURNAL : 0)
         || ext2_wrong (fs, "damaged: the superblock's journal");
}

/* What kind of file system it is.  */
static bool
check_kind (struct ext2 *fs)
{
  const uint8_t *s = fs->super;
  uint32_t log = ext2_le32 (s + S_BLOCK_LOG);
  uint32_t state = ext2_le16 (s + S_STATE);
  if (ext2_le16 (s + S_MAGIC) != MAGIC)
    return ext2_wrong (fs, "not ext2: it has no superblock");
  if (log > 6)
    return ext2_wrong (fs, "damaged: the superblock's block size");
  if (ext2_le32 (s + S_REVISION) > 1)
    return ext2_wrong (fs, "revision %u of ext2 is not supported",
                       ext2_le32 (s + S_REVISION));
  if (!check_features (fs))
    return false;
  if (log != BLOCK_LOG)
    return ext2_wrong (fs, "blocks of %u bytes: only %d will do (mke2fs -b)",
                       1024u << log, EXT2_BLOCK);
  if (state & ERRORS)
    return ext2_wrong (fs, "marked as having errors: run e2fsck");
  if (state != VALID || ext2_le32 (s + S_LAST_ORPHAN) != 0)
    return ext2_wrong (fs, "not unmounted cleanly: run e2fsck");
  return check_journal (fs);
}

static bool
check_sizes (struct ext2 *fs)
{
  const uint8_t *s = fs->super;
  uint32_t desc = ext2_le16 (s + S_DESC_BYTES);
  bool old = ext2_le32 (s + S_REVISION) == 0;
  fs->hurd = ext2_le32 (s + S_OS) == OS_HURD;
  fs->blocks = ext2_le32 (s + S_BLOCKS);
  fs->inodes = ext2_le32 (s + S_INODES);
  fs->blocks_per_group = ext2_le32 (s + S_BLOCKS_PER_GROUP);
  fs->inodes_per_group = ext2_le32 (s + S_INODES_PER_GROUP);
  fs->inode_bytes = old ? 128 : ext2_le16 (s + S_INODE_BYTES);
  fs->first_inode = old ? 11 : ext2_le32 (s + S_FIRST_INODE);
  if (fs->blocks > fs->source->size / EXT2_BLOCK)
    return ext2_wrong (fs, "cut short: %llu of %llu bytes are there",
                       (unsigned long long)fs->source->size,
                       (unsigned long long)fs->blocks * EXT2_BLOCK);
  if (fs->blocks_per_group < GROUP_MIN || fs->blocks_per_group % 8 != 0
      || fs->blocks_per_group > EXT2_GROUP_MAX
      || ext2_le32 (s + S_FRAGMENTS_PER_GROUP) != fs->blocks_per_group
      || ext2_le32 (s + S_FRAGMENT_LOG) != BLOCK_LOG
      || ext2_le32 (s + S_FIRST_BLOCK) != 0 || fs->blocks == 0
      || ext2_le32 (s + S_RESERVED) > fs->blocks
      || (desc != 0 && !power_of_two (desc)) || desc > DESC_BYTES_MAX)
    return ext2_wrong (fs, "damaged: the superblock's blocks");
  fs->groups = (fs->blocks - 1) / fs->blocks_per_group + 1;
  if (!power_of_two (fs->inode_bytes) || fs->inode_bytes < 128
      || fs->inode_bytes > EXT2_BLOCK || fs->inodes_per_group % 8 != 0
      || fs->inodes_per_group == 0 || fs->inodes_per_group > EXT2_GROUP_MAX
      || (uint64_t)fs->groups * fs->inodes_per_group != fs->inodes
      || fs->first_inode < 11 || fs->first_inode > fs->inodes)
    return ext2_wrong (fs, "damaged: the superblock's inodes");
  return true;
}

bool
ext2_superblock (struct ext2 *fs)
{
  uint32_t per_block;
  if (fs->source->size < EXT2_BLOCK)
    return ext2_wrong (fs, "not ext2: too short");
  fs->source->read (sizeof fs->super, fs->super, sizeof fs->super,
                    fs->source->arg);
  if (!check_kind (fs) || !check_sizes (fs))
    return false;
  per_block = EXT2_BLOCK / fs->inode_bytes;
  fs->table_blocks = (fs->inodes_per_group + per_block - 1) / per_block;
  fs->descriptor_blocks = (fs->groups + EXT2_BLOCK / EXT2_DESC_BYTES - 1)
                          / (EXT2_BLOCK / EXT2_DESC_BYTES);
  fs->owned = ext2_array (fs->blocks / 8 + 1, 1);
  fs->group = ext2_array (fs->groups, sizeof *fs->group);
  return true;
}

/* ---- Groups --------------------------------------------------------------
 */

static bool
power_of (uint32_t n, uint32_t base)
{
  while (n % base == 0)
    n /= base;
  return n == 1;
}

/* Whether group N has a copy of the superblock.  */
static bool
has_copy (const struct ext2 *fs, uint32_t n)
{
  return !fs->sparse || n <= 1 || power_of (n, 3) || power_of (n, 5)
         || power_of (n, 7);
}

static void
take_descriptor (struct ext2_group *g, const uint8_t *at)
{
  g->block_bitmap = ext2_le32 (at);
  g->inode_bitmap = ext2_le32 (at + 4);
  g->table = ext2_le32 (at + 8);
  g->free_blocks = ext2_le16 (at + 12);
  g->free_inodes = ext2_le16 (at + 14);
  g->directories = ext2_le16 (at + 16);
}

/* COUNT blocks of group N's own, from BLOCK on.  */
static bool
own_metadata (struct ext2 *fs, uint32_t n, uint32_t block, uint32_t count)
{
  uint64_t first = (uint64_t)n * fs->blocks_per_group;
  if (block < first || (uint64_t)block + count > first + fs->blocks_per_group)
    return false;
  while (count-- > 0)
    if (!ext2_own (fs, block++))
      return false;
  return true;
}

static bool
own_group (struct ext2 *fs, uint32_t n)
{
  const struct ext2_group *g = &fs->group[n];
  uint32_t first = n * fs->blocks_per_group;
  uint32_t copies = has_copy (fs, n) ? 1 + fs->descriptor_blocks : 0;
  if (n == 0)
    {
      /* Block 0 can be nobody else's.  */
      fs->owned[0] |= 1;
      first++;
      copies--;
    }
  return own_metadata (fs, n, first, copies)
         && own_metadata (fs, n, g->block_bitmap, 1)
         && own_metadata (fs, n, g->inode_bitmap, 1)
         && own_metadata (fs, n, g->table, fs->table_blocks);
}

bool
ext2_groups (struct ext2 *fs)
{
  uint8_t block[EXT2_BLOCK];
  for (uint32_t n = 0; n < fs->groups; n++)
    {
      uint32_t at = n % (EXT2_BLOCK / EXT2_DESC_BYTES) * EXT2_DESC_BYTES;
      uint32_t where = 1 + n / (EXT2_BLOCK / EXT2_DESC_BYTES);
      if (where >= fs->blocks)
        return ext2_wrong (fs, "damaged: no room for the group descriptors");
      if (at == 0)
        ext2_read (fs, where, block);
      take_descriptor (&fs->group[n], block + at);
      if (ext2_le16 (block + at + 18) & FLAGS_UNINIT
          || ext2_le16 (block + at + 28) != 0)
        return ext2_wrong (fs, "damaged: group %u is not initialized", n);
      if (!own_group (fs, n))
        return ext2_wrong (fs,
                           "damaged: group %u: its metadata are where they "
                           "cannot be",
                           n);
    }
  return true;
}
