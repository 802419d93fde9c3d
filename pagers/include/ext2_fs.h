/* The layout of an ext2 file system on the store.

   The fixed part of revision 1 as the format's public description gives it:
   superblock, group descriptor, inode and directory entry, with the constants
   that go with them.  Everything is little endian.  Left out: journal, extent
   and encryption structures, which the servers here never write.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef _EXT2_FS_H
#define _EXT2_FS_H

#include <endian.h>
#include <stdint.h>

typedef unsigned char __u8;
typedef unsigned short __u16;
typedef unsigned int __u32;
typedef unsigned long long __u64;
typedef signed char __s8;
typedef short __s16;
typedef int __s32;

/* Balloc takes several blocks at a time for a regular file.  */
#define EXT2_PREALLOCATE
#define EXT2_DEFAULT_PREALLOC_BLOCKS 8

#define EXT2_BAD_INO 1
#define EXT2_ROOT_INO 2
#define EXT2_GOOD_OLD_FIRST_INO 11
#define EXT2_GOOD_OLD_INODE_SIZE 128
#define EXT2_SUPER_MAGIC 0xEF53
#define EXT2_LINK_MAX 32000

#define EXT2_MIN_BLOCK_SIZE 1024
#define EXT2_MAX_BLOCK_SIZE 4096
#define EXT2_MIN_BLOCK_LOG_SIZE 10
#define EXT2_MAX_BLOCK_LOG_SIZE 12
#define EXT2_BLOCK_SIZE_BITS(s)                                               \
  (le32toh ((s)->s_log_block_size) + EXT2_MIN_BLOCK_LOG_SIZE)
#define EXT2_BLOCK_SIZE(s)                                                    \
  (EXT2_MIN_BLOCK_SIZE << le32toh ((s)->s_log_block_size))
#define EXT2_ADDR_PER_BLOCK(s) (EXT2_BLOCK_SIZE (s) / sizeof (__u32))
#define EXT2_INODE_SIZE(s)                                                    \
  (le32toh ((s)->s_rev_level) == EXT2_GOOD_OLD_REV                            \
       ? EXT2_GOOD_OLD_INODE_SIZE                                             \
       : le16toh ((s)->s_inode_size))
#define EXT2_FIRST_INO(s)                                                     \
  (le32toh ((s)->s_rev_level) == EXT2_GOOD_OLD_REV                            \
       ? EXT2_GOOD_OLD_FIRST_INO                                              \
       : le32toh ((s)->s_first_ino))
#define EXT2_INODES_PER_BLOCK(s)                                              \
  ((unsigned)(EXT2_BLOCK_SIZE (s) / EXT2_INODE_SIZE (s)))
#define EXT2_BLOCKS_PER_GROUP(s) (le32toh ((s)->s_blocks_per_group))
#define EXT2_INODES_PER_GROUP(s) (le32toh ((s)->s_inodes_per_group))
#define EXT2_DESC_PER_BLOCK(s)                                                \
  (EXT2_BLOCK_SIZE (s) / sizeof (struct ext2_group_desc))

#define EXT2_NDIR_BLOCKS 12
#define EXT2_IND_BLOCK EXT2_NDIR_BLOCKS
#define EXT2_DIND_BLOCK (EXT2_IND_BLOCK + 1)
#define EXT2_TIND_BLOCK (EXT2_DIND_BLOCK + 1)
#define EXT2_N_BLOCKS (EXT2_TIND_BLOCK + 1)

struct ext2_group_desc
{
  __u32 bg_block_bitmap;
  __u32 bg_inode_bitmap;
  __u32 bg_inode_table;
  __u16 bg_free_blocks_count;
  __u16 bg_free_inodes_count;
  __u16 bg_used_dirs_count;
  __u16 bg_pad;
  __u32 bg_reserved[3];
};

struct ext2_inode
{
  __u16 i_mode;
  __u16 i_uid;
  __u32 i_size;
  __u32 i_atime;
  __u32 i_ctime;
  __u32 i_mtime;
  __u32 i_dtime;
  __u16 i_gid;
  __u16 i_links_count;
  __u32 i_blocks; /* in units of 512 bytes  */
  __u32 i_flags;
  __u32 i_translator; /* the Hurd's use of the word  */
  __u32 i_block[EXT2_N_BLOCKS];
  __u32 i_version; /* generation  */
  __u32 i_file_acl;
  __u32 i_size_high; /* of a regular file  */
  __u32 i_faddr;
  __u8 i_frag;
  __u8 i_fsize;
  __u16 i_mode_high;
  __u16 i_uid_high;
  __u16 i_gid_high;
  __u32 i_author;
};

struct ext2_super_block
{
  __u32 s_inodes_count;
  __u32 s_blocks_count;
  __u32 s_r_blocks_count;
  __u32 s_free_blocks_count;
  __u32 s_free_inodes_count;
  __u32 s_first_data_block;
  __u32 s_log_block_size;
  __s32 s_log_frag_size;
  __u32 s_blocks_per_group;
  __u32 s_frags_per_group;
  __u32 s_inodes_per_group;
  __u32 s_mtime;
  __u32 s_wtime;
  __u16 s_mnt_count;
  __s16 s_max_mnt_count;
  __u16 s_magic;
  __u16 s_state;
  __u16 s_errors;
  __u16 s_minor_rev_level;
  __u32 s_lastcheck;
  __u32 s_checkinterval;
  __u32 s_creator_os;
  __u32 s_rev_level;
  __u16 s_def_resuid;
  __u16 s_def_resgid;
  /* Revision 1.  */
  __u32 s_first_ino;
  __u16 s_inode_size;
  __u16 s_block_group_nr; /* of this copy  */
  __u32 s_feature_compat;
  __u32 s_feature_incompat;
  __u32 s_feature_ro_compat;
  __u8 s_uuid[16];
  char s_volume_name[16];
  char s_last_mounted[64];
  __u32 s_algorithm_usage_bitmap;
  __u8 s_prealloc_blocks;
  __u8 s_prealloc_dir_blocks;
  __u16 s_reserved_gdt_blocks;
  __u8 s_journal_uuid[16];
  __u32 s_journal_inum;
  __u32 s_journal_dev;
  __u32 s_last_orphan;
  __u32 s_hash_seed[4];
  __u8 s_def_hash_version;
  __u8 s_jnl_backup_type;
  __u16 s_desc_size;
  __u32 s_default_mount_opts;
  __u32 s_first_meta_bg;
  __u32 s_mkfs_time;
  __u32 s_jnl_blocks[17];
  __u32 s_reserved[172];
};

_Static_assert(sizeof (struct ext2_super_block) == 1024, "superblock");
_Static_assert(sizeof (struct ext2_inode) == 128, "inode");
_Static_assert(sizeof (struct ext2_group_desc) == 32, "group descriptor");

/* s_state  */
#define EXT2_VALID_FS 1
#define EXT2_ERROR_FS 2
/* s_errors  */
#define EXT2_ERRORS_CONTINUE 1
#define EXT2_ERRORS_RO 2
#define EXT2_ERRORS_PANIC 3
#define EXT2_ERRORS_DEFAULT EXT2_ERRORS_CONTINUE
/* s_creator_os  */
#define EXT2_OS_LINUX 0
#define EXT2_OS_HURD 1
/* s_rev_level  */
#define EXT2_GOOD_OLD_REV 0
#define EXT2_DYNAMIC_REV 1

#define EXT2_HAS_COMPAT_FEATURE(sb, mask)                                     \
  ((sb)->s_feature_compat & htole32 (mask))
#define EXT2_HAS_RO_COMPAT_FEATURE(sb, mask)                                  \
  ((sb)->s_feature_ro_compat & htole32 (mask))
#define EXT2_HAS_INCOMPAT_FEATURE(sb, mask)                                   \
  ((sb)->s_feature_incompat & htole32 (mask))

#define EXT2_FEATURE_COMPAT_DIR_PREALLOC 0x0001
#define EXT3_FEATURE_COMPAT_HAS_JOURNAL 0x0004
#define EXT2_FEATURE_COMPAT_EXT_ATTR 0x0008
#define EXT2_FEATURE_RO_COMPAT_SPARSE_SUPER 0x0001
#define EXT2_FEATURE_RO_COMPAT_LARGE_FILE 0x0002
#define EXT2_FEATURE_INCOMPAT_FILETYPE 0x0002

/* i_flags: the directory has an index of hashes.  */
#define EXT2_INDEX_FL 0x1000

/* Directory entries.  */
#define EXT2_NAME_LEN 255
#define EXT2_DIR_PAD 4
#define EXT2_DIR_ROUND (EXT2_DIR_PAD - 1)
#define EXT2_DIR_REC_LEN(name_len)                                            \
  (((name_len) + 8 + EXT2_DIR_ROUND) & ~EXT2_DIR_ROUND)

struct ext2_dir_entry_2
{
  __u32 inode;
  __u16 rec_len;
  __u8 name_len;
  __u8 file_type;
  char name[EXT2_NAME_LEN];
};

#define EXT2_FT_UNKNOWN 0
#define EXT2_FT_REG_FILE 1
#define EXT2_FT_DIR 2
#define EXT2_FT_CHRDEV 3
#define EXT2_FT_BLKDEV 4
#define EXT2_FT_FIFO 5
#define EXT2_FT_SOCK 6
#define EXT2_FT_SYMLINK 7

#endif /* _EXT2_FS_H */
