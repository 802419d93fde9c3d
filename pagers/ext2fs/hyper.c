/* The superblock and the group descriptors.

   They are read from the store once, to learn what the file system is like,
   and live in the disk cache afterwards, in slots that are never given to
   another block (docs/model.md 3.6).  The Hurd does it in ext2fs/hyper.c.
   Left out: features of later file systems, and blocks smaller than a page,
   for which the Hurd would keep modified_global_blocks.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "ext2fs.h"

struct store *store;
unsigned int block_size;
unsigned int log2_block_size;
unsigned int log2_dev_blocks_per_fs_block;
unsigned int log2_stat_blocks_per_fs_block;
vm_address_t zeroblock;
unsigned long addr_per_block;
unsigned long itb_per_group;
unsigned long inodes_per_block;
unsigned long desc_per_block;
block_t blocks_count;
unsigned long groups_count;
struct ext2_super_block *sblock;
int sblock_dirty;
unsigned int sblock_block = 1;
struct ext2_group_desc *group_desc_image;
unsigned long group_desc_block_end;

pthread_spinlock_t global_lock = PTHREAD_SPINLOCK_INITIALIZER;
unsigned char *modified_global_blocks;
pthread_spinlock_t modified_global_blocks_lock = PTHREAD_SPINLOCK_INITIALIZER;
struct pokel global_pokel;

static struct ext2_super_block first_sblock;

static unsigned
log2_of (unsigned long n)
{
  unsigned log2 = 0;

  while (n >>= 1)
    log2++;
  return log2;
}

static void
read_superblock (void)
{
  void *buf = NULL;
  size_t read = 0;
  error_t err = store_read (store, SBLOCK_OFFS >> store->log2_block_size,
                            SBLOCK_SIZE, &buf, &read);

  if (err || read < SBLOCK_SIZE)
    ext2_panic ("cannot read the superblock: %s", strerror (err ? err : EIO));
  memcpy (&first_sblock, buf, SBLOCK_SIZE);
  munmap (buf, round_page (read));
}

/* What is divided by, or is an index, from now on.  */
static void
check_geometry (void)
{
  unsigned long inode_size = EXT2_INODE_SIZE (sblock);
  uint32_t bits = 8 * block_size;

  if (inode_size < EXT2_GOOD_OLD_INODE_SIZE || inode_size > block_size
      || (inode_size & (inode_size - 1)) != 0
      || le32toh (sblock->s_first_data_block) != 0
      || le32toh (sblock->s_blocks_count) == 0
      || EXT2_BLOCKS_PER_GROUP (sblock) == 0
      || EXT2_BLOCKS_PER_GROUP (sblock) > bits
      || EXT2_INODES_PER_GROUP (sblock) == 0
      || EXT2_INODES_PER_GROUP (sblock) > bits
      || EXT2_FIRST_INO (sblock) < EXT2_GOOD_OLD_FIRST_INO)
    ext2_panic ("the superblock makes no sense");
}

/* Whether COUNT blocks from BLOCK on can be a group's metadata.  */
static int
can_be_metadata (block_t block, unsigned long count)
{
  return ext2_block_valid (block) && block + (uint64_t)count <= blocks_count;
}

static void
check_descriptors (void)
{
  uint64_t inodes = (uint64_t)groups_count * EXT2_INODES_PER_GROUP (sblock);

  if (le32toh (sblock->s_inodes_count) > inodes)
    ext2_panic ("more inodes than there is room for");
  for (unsigned long i = 0; i < groups_count; i++)
    {
      struct ext2_group_desc *gdp = group_desc (i);

      if (!can_be_metadata (le32toh (gdp->bg_block_bitmap), 1)
          || !can_be_metadata (le32toh (gdp->bg_inode_bitmap), 1)
          || !can_be_metadata (le32toh (gdp->bg_inode_table), itb_per_group))
        ext2_panic ("group %lu: the descriptor makes no sense", i);
    }
}

void
get_hypermetadata (void)
{
  unsigned long inode_size;

  if (sblock != NULL)
    return;
  read_superblock ();
  sblock = &first_sblock;
  if (le16toh (sblock->s_magic) != EXT2_SUPER_MAGIC)
    ext2_panic ("no ext2 file system on the store");
  if (EXT2_HAS_INCOMPAT_FEATURE (sblock, ~EXT2_FEATURE_INCOMPAT_FILETYPE)
      || EXT2_HAS_RO_COMPAT_FEATURE (sblock,
                                     ~(EXT2_FEATURE_RO_COMPAT_SPARSE_SUPER
                                       | EXT2_FEATURE_RO_COMPAT_LARGE_FILE)))
    ext2_panic ("features that this server does not know");

  if (le32toh (sblock->s_log_block_size)
      > EXT2_MAX_BLOCK_LOG_SIZE - EXT2_MIN_BLOCK_LOG_SIZE)
    ext2_panic ("no block size");
  block_size = EXT2_BLOCK_SIZE (sblock);
  if (block_size != vm_page_size)
    ext2_panic ("the block size is %u, the page size %lu", block_size,
                (unsigned long)vm_page_size);
  check_geometry ();
  log2_block_size = log2_of (block_size);
  log2_dev_blocks_per_fs_block = log2_block_size - store->log2_block_size;
  log2_stat_blocks_per_fs_block = log2_block_size - 9;
  blocks_count = le32toh (sblock->s_blocks_count);
  if ((uint64_t)store->size >> log2_block_size < blocks_count)
    ext2_panic ("the store is smaller than the file system");

  inode_size = EXT2_INODE_SIZE (sblock);
  addr_per_block = EXT2_ADDR_PER_BLOCK (sblock);
  desc_per_block = EXT2_DESC_PER_BLOCK (sblock);
  inodes_per_block = block_size / inode_size;
  itb_per_group = (EXT2_INODES_PER_GROUP (sblock) + inodes_per_block - 1)
                  / inodes_per_block;
  groups_count = (blocks_count - le32toh (sblock->s_first_data_block)
                  + EXT2_BLOCKS_PER_GROUP (sblock) - 1)
                 / EXT2_BLOCKS_PER_GROUP (sblock);
  group_desc_block_end
      = boffs_block (SBLOCK_OFFS) + 1
        + (groups_count + desc_per_block - 1) / desc_per_block;
  if (group_desc_block_end > blocks_count
      || group_desc_block_end > DISK_CACHE_BLOCKS / 2)
    ext2_panic ("no room for the group descriptors");
  /* Only blocks smaller than a page need it.  */
  modified_global_blocks = NULL;

  zeroblock = (vm_address_t)mmap (NULL, block_size, PROT_READ | PROT_WRITE,
                                  MAP_ANON, -1, 0);
  assert_backtrace ((void *)zeroblock != MAP_FAILED);
}

void
map_hypermetadata (void)
{
  block_t block;

  for (block = boffs_block (SBLOCK_OFFS); block < group_desc_block_end;
       block++)
    disk_cache_block_ref (block);
  sblock = (struct ext2_super_block *)boffs_ptr (SBLOCK_OFFS);
  group_desc_image
      = (struct ext2_group_desc *)bptr (boffs_block (SBLOCK_OFFS) + 1);
  check_descriptors ();
}

error_t
diskfs_set_hypermetadata (int wait, int clean)
{
  uint16_t state = le16toh (sblock->s_state);
  uint16_t wanted = clean ? state | EXT2_VALID_FS : state & ~EXT2_VALID_FS;

  if (wanted != state)
    {
      sblock->s_state = htole16 (wanted);
      sblock_dirty = 1;
    }
  if (sblock_dirty)
    {
      sblock_dirty = 0;
      disk_cache_block_ref_ptr (sblock);
      record_global_poke (sblock);
    }
  sync_global (wait);
  return 0;
}
