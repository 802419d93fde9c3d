/* Formatting: write an empty ext2 file system to the store.

   What mke2fs would make of a store of this size: revision 1, blocks of one
   page, groups of 32768 blocks, one inode for 16 KiB, 256-byte inodes, sparse
   superblock copies, file types in directory entries, a root directory and
   lost+found; no journal, no blocks reserved.  The group metadata stand at the
   start of each group.  e2fsck finds nothing to complain about.

   A file system that has been lived in ("ageing.h") is made by giving part of
   the blocks to files of a directory /.aged, which hold exactly those.

   Only what is not zero is written: an unwritten store reads as zeros.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <errno.h>
#include <string.h>

#include "ageing.h"
#include "ext2_fs.h"
#include "hurd_server.h"
#include "mke2fs.h"

enum
{
  BLOCK = 4096,
  BLOCK_LOG = 12,
  SECTOR = 512,
  GROUP_BLOCKS = 8 * BLOCK, /* as many as a bitmap has bits  */
  INODE_SIZE = 256,
  INODE_BLOCKS = 4, /* one inode for so many blocks: mke2fs.conf  */
  INODES_PER_BLOCK = BLOCK / INODE_SIZE,
  DESCS = BLOCK / (int)sizeof (struct ext2_group_desc),
  PTRS = BLOCK / 4,
  /* mke2fs leaves a last group of fewer data blocks away.  */
  GROUP_MIN_DATA = 50,
  LOST_FOUND_BLOCKS = 4,
  LOST_FOUND_INO = EXT2_GOOD_OLD_FIRST_INO,
  AGED_INO,
  AGED_FIRST_INO,
  /* Blocks of one aged file: 1 GiB, below what needs a third level of
     indirect blocks or the large file feature.  */
  AGED_FILE_BLOCKS = 1 << 18,
  AGED_FILES_MAX = 300, /* entries of /.aged in one block  */
  /* 2020-01-01, where the file system's clock starts.  */
  EPOCH = EXT2_FORMAT_EPOCH
};

/* The aged file being written.  */
struct aged
{
  unsigned files; /* complete or begun  */
  int open;
  uint32_t length; /* data blocks so far  */
  uint32_t leaf_block, double_block;
  struct ext2_inode inode;
  uint32_t leaf[PTRS], pointers[PTRS];
};

struct format
{
  uint32_t blocks, groups, desc_blocks;
  uint32_t inodes_per_group, table_blocks;
  uint64_t free_blocks;
  uint32_t special_inodes; /* in use in group 0  */
  int ageing;
  struct ageing age;
  /* One block of descriptors at a time; the first is completed last, when
     it is known how many inodes are in use.  */
  struct ext2_group_desc first_descs[DESCS], descs[DESCS];
  unsigned char bitmap[BLOCK];
  struct aged aged;
};

static void
poke_block (uint32_t block, const void *data)
{
  hurd_api->store_poke ((uint64_t)block << BLOCK_LOG, data, BLOCK);
}

static int
power_of (uint32_t n, uint32_t base)
{
  while (n % base == 0)
    n /= base;
  return n == 1;
}

/* Sparse_super: the groups that have a copy of superblock and
   descriptors.  */
static int
has_super (uint32_t group)
{
  return group <= 1 || power_of (group, 3) || power_of (group, 5)
         || power_of (group, 7);
}

static uint32_t
group_start (uint32_t group)
{
  return group * GROUP_BLOCKS;
}

static uint32_t
group_length (const struct format *f, uint32_t group)
{
  uint32_t left = f->blocks - group_start (group);

  return left < GROUP_BLOCKS ? left : GROUP_BLOCKS;
}

/* Where the bitmaps of GROUP begin: the block bitmap, the inode bitmap and
   the inode table follow each other.  */
static uint32_t
group_bitmaps (const struct format *f, uint32_t group)
{
  return group_start (group) + (has_super (group) ? 1 + f->desc_blocks : 0);
}

static uint32_t
group_overhead (const struct format *f, uint32_t group)
{
  return (has_super (group) ? 1 + f->desc_blocks : 0) + 2 + f->table_blocks;
}

/* Sizes of everything; -1 if the store is too small or too large.  */
static int
lay_out (struct format *f, uint64_t size)
{
  uint64_t blocks = size >> BLOCK_LOG;
  uint32_t inodes;

  if (blocks > UINT32_MAX - GROUP_BLOCKS)
    return -1;
  f->blocks = blocks;
  for (;;)
    {
      uint32_t last;

      if (f->blocks == 0)
        return -1;
      f->groups = (f->blocks + GROUP_BLOCKS - 1) / GROUP_BLOCKS;
      f->desc_blocks = (f->groups + DESCS - 1) / DESCS;
      inodes = f->blocks / INODE_BLOCKS / f->groups;
      f->table_blocks = (inodes + INODES_PER_BLOCK - 1) / INODES_PER_BLOCK;
      if (f->table_blocks < 2)
        f->table_blocks = 2; /* the special inodes and a few  */
      f->inodes_per_group = f->table_blocks * INODES_PER_BLOCK;
      last = f->groups - 1;
      if (group_length (f, last) >= group_overhead (f, last) + GROUP_MIN_DATA)
        return 0;
      f->blocks = group_start (last);
    }
}

/* Set N bits from FIRST on.  */
static void
set_bits (unsigned char *map, uint32_t first, uint32_t n)
{
  for (; n > 0 && first % 8 != 0; first++, n--)
    map[first / 8] |= 1 << first % 8;
  memset (map + first / 8, 0xff, n / 8);
  first += n & ~7u;
  if (n % 8 != 0)
    map[first / 8] |= (1 << n % 8) - 1;
}

/* Inodes share a sector, which is what the store takes.  */
static void
poke_inode (const struct format *f, uint32_t ino,
            const struct ext2_inode *inode)
{
  uint64_t table = group_bitmaps (f, 0) + 2;
  uint64_t at = (table << BLOCK_LOG) + (uint64_t)(ino - 1) * INODE_SIZE;
  unsigned char sector[SECTOR];

  hurd_api->store_peek (at - at % SECTOR, sector, SECTOR);
  memcpy (sector + at % SECTOR, inode, sizeof *inode);
  hurd_api->store_poke (at - at % SECTOR, sector, SECTOR);
}

static void
start_inode (struct ext2_inode *inode, unsigned mode, unsigned links)
{
  memset (inode, 0, sizeof *inode);
  inode->i_mode = htole16 (mode);
  inode->i_links_count = htole16 (links);
  inode->i_atime = inode->i_ctime = inode->i_mtime = htole32 (EPOCH);
}

/* ---- The files of /.aged ---- */

static void
aged_flush_leaf (struct aged *a)
{
  if (a->leaf_block != 0)
    poke_block (a->leaf_block, a->leaf);
  a->leaf_block = 0;
}

static void
aged_close (struct format *f)
{
  struct aged *a = &f->aged;

  if (!a->open)
    return;
  aged_flush_leaf (a);
  if (a->double_block != 0)
    poke_block (a->double_block, a->pointers);
  a->inode.i_size = htole32 (a->length << BLOCK_LOG);
  poke_inode (f, AGED_FIRST_INO + a->files - 1, &a->inode);
  a->open = 0;
}

static void
aged_open (struct aged *a)
{
  start_inode (&a->inode, 0100600, 1);
  a->files++;
  a->length = a->leaf_block = a->double_block = 0;
  a->open = 1;
}

/* Give BLOCK to the file: as an indirect block where the next data block
   needs one first, else as that data block.  */
static void
aged_take (struct format *f, uint32_t block)
{
  struct aged *a = &f->aged;
  uint32_t n, le = htole32 (block);

  if (!a->open)
    aged_open (a);
  a->inode.i_blocks = htole32 (le32toh (a->inode.i_blocks) + BLOCK / 512);
  n = a->length;
  if (n < EXT2_NDIR_BLOCKS)
    a->inode.i_block[n] = le;
  else
    {
      n -= EXT2_NDIR_BLOCKS;
      if (n >= PTRS && a->double_block == 0)
        {
          a->inode.i_block[EXT2_DIND_BLOCK] = le;
          a->double_block = block;
          memset (a->pointers, 0, sizeof a->pointers);
          return;
        }
      if (a->leaf_block == 0)
        {
          if (n >= PTRS)
            a->pointers[n / PTRS - 1] = le;
          else
            a->inode.i_block[EXT2_IND_BLOCK] = le;
          a->leaf_block = block;
          memset (a->leaf, 0, sizeof a->leaf);
          return;
        }
      a->leaf[n % PTRS] = le;
      if (n % PTRS == PTRS - 1)
        aged_flush_leaf (a);
    }
  if (++a->length == AGED_FILE_BLOCKS)
    aged_close (f);
}

/* Mark what is in use among the blocks [FIRST, END) of the group that starts
   at START.  Returns how many.  */
static uint32_t
age_group (struct format *f, uint32_t start, uint32_t first, uint32_t end)
{
  uint32_t used = 0;

  if (f->age.mean == 0)
    {
      uint32_t n = (uint64_t)(end - first) * f->age.fill / 100;

      for (used = 0; used < n; used++)
        aged_take (f, start + first + used);
      set_bits (f->bitmap, first, n);
      return n;
    }
  while (first < end)
    {
      uint64_t run;

      first += ageing_free_run (&f->age, end - first);
      if (first == end)
        break;
      run = ageing_used_run (&f->age, end - first);
      set_bits (f->bitmap, first, run);
      used += run;
      for (; run > 0; run--)
        aged_take (f, start + first++);
    }
  return used;
}

/* ---- Groups ---- */

static void
poke_inode_bitmap (struct format *f, uint32_t group, uint32_t used)
{
  memset (f->bitmap, 0, BLOCK);
  set_bits (f->bitmap, 0, used);
  /* Inodes that do not exist count as used.  */
  set_bits (f->bitmap, f->inodes_per_group,
            GROUP_BLOCKS - f->inodes_per_group);
  poke_block (group_bitmaps (f, group) + 1, f->bitmap);
}

static void
poke_descriptors (struct format *f, uint32_t index)
{
  for (uint32_t group = 0; group < f->groups; group++)
    if (has_super (group))
      poke_block (group_start (group) + 1 + index,
                  index == 0 ? f->first_descs : f->descs);
  memset (f->descs, 0, sizeof f->descs);
}

static int
make_group (struct format *f, uint32_t group)
{
  uint32_t length = group_length (f, group);
  uint32_t used = group_overhead (f, group);
  uint32_t bitmaps = group_bitmaps (f, group);
  struct ext2_group_desc *desc
      = &(group < DESCS ? f->first_descs : f->descs)[group % DESCS];

  if (group == 0)
    used += 1 + LOST_FOUND_BLOCKS + f->ageing;
  if (used > length)
    return -1;
  memset (f->bitmap, 0, BLOCK);
  set_bits (f->bitmap, 0, used);
  if (f->ageing)
    used += age_group (f, group_start (group), used, length);
  if (f->aged.files > AGED_FILES_MAX)
    return -1;
  /* Blocks behind the end count as used.  */
  set_bits (f->bitmap, length, GROUP_BLOCKS - length);
  poke_block (bitmaps, f->bitmap);
  f->free_blocks += length - used;

  desc->bg_block_bitmap = htole32 (bitmaps);
  desc->bg_inode_bitmap = htole32 (bitmaps + 1);
  desc->bg_inode_table = htole32 (bitmaps + 2);
  desc->bg_free_blocks_count = htole16 (length - used);
  desc->bg_free_inodes_count = htole16 (f->inodes_per_group);
  if (group != 0)
    poke_inode_bitmap (f, group, 0);
  return 0;
}

static void
poke_supers (struct format *f)
{
  /* Any but zero would do; fixed, so that every run begins alike.  */
  static const unsigned char uuid[16]
      = "\x70\x61\x67\x65\x72\x73\x4d\x21\x80\x01\x65\x78\x74\x32\x66\x73";
  struct ext2_super_block sb;

  memset (&sb, 0, sizeof sb);
  sb.s_inodes_count = htole32 (f->inodes_per_group * f->groups);
  sb.s_blocks_count = htole32 (f->blocks);
  sb.s_free_blocks_count = htole32 (f->free_blocks);
  sb.s_free_inodes_count
      = htole32 (f->inodes_per_group * f->groups - f->special_inodes);
  sb.s_log_block_size = htole32 (BLOCK_LOG - EXT2_MIN_BLOCK_LOG_SIZE);
  sb.s_log_frag_size = sb.s_log_block_size;
  sb.s_blocks_per_group = sb.s_frags_per_group = htole32 (GROUP_BLOCKS);
  sb.s_inodes_per_group = htole32 (f->inodes_per_group);
  sb.s_wtime = sb.s_lastcheck = sb.s_mkfs_time = htole32 (EPOCH);
  sb.s_max_mnt_count = htole16 (-1);
  sb.s_magic = htole16 (EXT2_SUPER_MAGIC);
  sb.s_state = htole16 (EXT2_VALID_FS);
  sb.s_errors = htole16 (EXT2_ERRORS_DEFAULT);
  sb.s_creator_os = htole32 (EXT2_OS_LINUX);
  sb.s_rev_level = htole32 (EXT2_DYNAMIC_REV);
  sb.s_first_ino = htole32 (EXT2_GOOD_OLD_FIRST_INO);
  sb.s_inode_size = htole16 (INODE_SIZE);
  sb.s_feature_incompat = htole32 (EXT2_FEATURE_INCOMPAT_FILETYPE);
  sb.s_feature_ro_compat = htole32 (EXT2_FEATURE_RO_COMPAT_SPARSE_SUPER);
  memcpy (sb.s_uuid, uuid, sizeof uuid);
  for (uint32_t group = 0; group < f->groups; group++)
    if (has_super (group))
      {
        sb.s_block_group_nr = htole16 (group);
        hurd_api->store_poke (
            group == 0 ? 1024 : (uint64_t)group_start (group) << BLOCK_LOG,
            &sb, sizeof sb);
      }
}

/* ---- Directories ---- */

/* Add an entry at *AT of the block and say where the next one goes.  The last
   entry is stretched to the end afterwards.  */
static void
add_entry (unsigned char *block, uint32_t *at, uint32_t *last, uint32_t ino,
           const char *name, unsigned type)
{
  struct ext2_dir_entry_2 entry;
  size_t length = strlen (name);
  unsigned rec_len = EXT2_DIR_REC_LEN (length);

  memset (&entry, 0, sizeof entry);
  entry.inode = htole32 (ino);
  entry.rec_len = htole16 (rec_len);
  entry.name_len = length;
  entry.file_type = type;
  memcpy (entry.name, name, length);
  memcpy (block + *at, &entry, 8 + length);
  *last = *at;
  *at += rec_len;
}

static void
end_entries (unsigned char *block, uint32_t last)
{
  uint16_t rec_len = htole16 (BLOCK - last);

  memcpy (block + last + 4, &rec_len, sizeof rec_len);
}

static void
make_directory (struct format *f, uint32_t ino, unsigned mode, unsigned links,
                uint32_t block, uint32_t blocks)
{
  struct ext2_inode inode;

  start_inode (&inode, 0040000 | mode, links);
  inode.i_size = htole32 (blocks << BLOCK_LOG);
  inode.i_blocks = htole32 (blocks * (BLOCK / 512));
  for (uint32_t i = 0; i < blocks; i++)
    inode.i_block[i] = htole32 (block + i);
  poke_inode (f, ino, &inode);
}

static void
decimal (char *text, unsigned n)
{
  char digits[12];
  unsigned i = 0;

  do
    digits[i++] = '0' + n % 10;
  while ((n /= 10) != 0);
  while (i > 0)
    *text++ = digits[--i];
  *text = '\0';
}

static void
make_directories (struct format *f)
{
  unsigned char block[BLOCK];
  uint32_t at, last, root = group_bitmaps (f, 0) + 2 + f->table_blocks;
  uint32_t lost = root + 1, aged = lost + LOST_FOUND_BLOCKS;

  memset (block, 0, sizeof block);
  at = 0;
  add_entry (block, &at, &last, EXT2_ROOT_INO, ".", EXT2_FT_DIR);
  add_entry (block, &at, &last, EXT2_ROOT_INO, "..", EXT2_FT_DIR);
  add_entry (block, &at, &last, LOST_FOUND_INO, "lost+found", EXT2_FT_DIR);
  if (f->ageing)
    add_entry (block, &at, &last, AGED_INO, ".aged", EXT2_FT_DIR);
  end_entries (block, last);
  poke_block (root, block);
  make_directory (f, EXT2_ROOT_INO, 0755, 3 + f->ageing, root, 1);

  memset (block, 0, sizeof block);
  at = 0;
  add_entry (block, &at, &last, LOST_FOUND_INO, ".", EXT2_FT_DIR);
  add_entry (block, &at, &last, EXT2_ROOT_INO, "..", EXT2_FT_DIR);
  end_entries (block, last);
  poke_block (lost, block);
  memset (block, 0, sizeof block);
  end_entries (block, 0);
  for (uint32_t i = 1; i < LOST_FOUND_BLOCKS; i++)
    poke_block (lost + i, block);
  make_directory (f, LOST_FOUND_INO, 0700, 2, lost, LOST_FOUND_BLOCKS);

  if (!f->ageing)
    return;
  at = 0;
  add_entry (block, &at, &last, AGED_INO, ".", EXT2_FT_DIR);
  add_entry (block, &at, &last, EXT2_ROOT_INO, "..", EXT2_FT_DIR);
  for (unsigned i = 0; i < f->aged.files; i++)
    {
      char name[12];

      decimal (name, i);
      add_entry (block, &at, &last, AGED_FIRST_INO + i, name,
                 EXT2_FT_REG_FILE);
    }
  end_entries (block, last);
  poke_block (aged, block);
  make_directory (f, AGED_INO, 0700, 2, aged, 1);
}

/* ENOSPC: the store is too small for a file system, EFBIG: too large for this
   one, EINVAL: the fill makes no sense.  */
int
ext2_format (const struct hurd_format *how)
{
  static struct format f;

  memset (&f, 0, sizeof f);
  if (how->fill_percent > 99)
    return EINVAL;
  f.age.mean = how->fragmentation;
  if (f.age.mean > GROUP_BLOCKS)
    f.age.mean = GROUP_BLOCKS;
  f.age.fill = how->fill_percent;
  f.ageing = f.age.mean > 0 || f.age.fill > 0;
  if (lay_out (&f, hurd_api->store_size ()) != 0)
    return hurd_api->store_size () >> (BLOCK_LOG + 31) ? EFBIG : ENOSPC;

  for (uint32_t group = 0; group < f.groups; group++)
    {
      if (make_group (&f, group) != 0)
        return f.aged.files > AGED_FILES_MAX ? EFBIG : ENOSPC;
      if (group >= DESCS
          && (group % DESCS == DESCS - 1 || group == f.groups - 1))
        poke_descriptors (&f, group / DESCS);
    }
  aged_close (&f);
  f.special_inodes
      = f.ageing ? AGED_FIRST_INO - 1 + f.aged.files : LOST_FOUND_INO;
  if (f.special_inodes > f.inodes_per_group)
    return ENOSPC;
  poke_inode_bitmap (&f, 0, f.special_inodes);
  f.first_descs[0].bg_free_inodes_count
      = htole16 (f.inodes_per_group - f.special_inodes);
  f.first_descs[0].bg_used_dirs_count = htole16 (2 + f.ageing);
  poke_descriptors (&f, 0);
  make_directories (&f);
  poke_supers (&f);
  return 0;
}
