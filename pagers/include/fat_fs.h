/* What a FAT file system looks like on the store.

   FAT16 and FAT32 as every system reads them, with long names (VFAT).  All
   numbers are little endian.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef FAT_FS_H
#define FAT_FS_H

#include <stdint.h>

/* A cluster is a block of 4 KiB throughout.  */
enum
{
  FAT_BLOCK_LOG = 12,
  FAT_BLOCK = 1 << FAT_BLOCK_LOG,
  FAT_SECTOR_LOG = 9,
  FAT_SECTOR = 1 << FAT_SECTOR_LOG,
  FAT_SECTORS_PER_BLOCK = FAT_BLOCK / FAT_SECTOR
};

/* The number of clusters alone says which of the two it is.  */
#define FAT16_CLUSTERS_MIN 4085
#define FAT32_CLUSTERS_MIN 65525
#define FAT32_CLUSTERS_MAX 0x0ffffff5

/* Where clusters begin to be counted.  */
#define FAT_FIRST_CLUSTER 2

/* A file's length is a number of 32 bits.  */
#define FAT_FILE_MAX 0xffffffffULL

#define FAT16_END 0xffff
#define FAT32_END 0x0fffffff
#define FAT32_MASK 0x0fffffff /* the upper bits of an entry are kept  */

struct fat_boot_sector
{
  uint8_t jump[3];
  char oem[8];
  uint16_t bytes_per_sector;
  uint8_t sectors_per_cluster;
  uint16_t reserved_sectors;
  uint8_t fats;
  uint16_t root_entries; /* FAT32: 0  */
  uint16_t sectors_16;
  uint8_t media;
  uint16_t fat_sectors_16; /* FAT32: 0  */
  uint16_t sectors_per_track, heads;
  uint32_t hidden_sectors;
  uint32_t sectors_32;
  union
  {
    struct
    {
      uint8_t drive, state, signature;
      uint32_t serial;
      char label[11], type[8];
      uint8_t code[448];
    } __attribute__ ((packed)) fat16;
    struct
    {
      uint32_t fat_sectors;
      uint16_t flags, version;
      uint32_t root_cluster;
      uint16_t info_sector, backup_sector;
      uint8_t reserved[12];
      uint8_t drive, state, signature;
      uint32_t serial;
      char label[11], type[8];
      uint8_t code[420];
    } __attribute__ ((packed)) fat32;
  };
  uint16_t magic;
} __attribute__ ((packed));

#define FAT_MAGIC 0xaa55
#define FAT_SIGNATURE 0x29
#define FAT_MEDIA_DISK 0xf8
#define FAT_STATE_DIRTY 1 /* not unmounted  */

/* FAT32: what is free, in a sector of its own.  */
struct fat_info
{
  uint32_t lead;
  uint8_t reserved[480];
  uint32_t signature;
  uint32_t free_clusters;
  uint32_t next_free; /* where to look  */
  uint8_t reserved_2[12];
  uint32_t trail;
} __attribute__ ((packed));

#define FAT_INFO_LEAD 0x41615252
#define FAT_INFO_SIGNATURE 0x61417272
#define FAT_INFO_TRAIL 0xaa550000

_Static_assert(sizeof (struct fat_boot_sector) == FAT_SECTOR, "boot sector");
_Static_assert(sizeof (struct fat_info) == FAT_SECTOR, "info sector");

enum
{
  FAT_ALIAS = 11 /* bytes of a short name  */
};

/* An entry of a directory.  */
struct fat_entry
{
  uint8_t name[FAT_ALIAS]; /* 8 and 3, padded with spaces  */
  uint8_t attributes;
  uint8_t lower; /* which part is to be shown in small letters  */
  uint8_t birth_tenths;
  uint16_t birth_time, birth_date;
  uint16_t access_date;
  uint16_t cluster_high;
  uint16_t time, date;
  uint16_t cluster_low;
  uint32_t size; /* directories: 0  */
};

/* A part of a long name; those before an entry, the last part first.  */
struct fat_long_entry
{
  uint8_t order; /* 1, 2, ...  */
  uint16_t part_1[5];
  uint8_t attributes; /* FAT_LONG_NAME  */
  uint8_t type;
  uint8_t checksum; /* of the short name  */
  uint16_t part_2[6];
  uint16_t cluster; /* 0  */
  uint16_t part_3[2];
} __attribute__ ((packed));

#define FAT_ENTRIES_PER_BLOCK (FAT_BLOCK / sizeof (struct fat_entry))
_Static_assert(FAT_ENTRIES_PER_BLOCK == 128, "entries");
_Static_assert(sizeof (struct fat_long_entry) == sizeof (struct fat_entry),
               "parts of long names stand between entries");

/* The first byte of a name.  */
#define FAT_NAME_END 0x00 /* nothing follows  */
#define FAT_NAME_FREE 0xe5

/* attributes  */
#define FAT_VOLUME 0x08
#define FAT_DIRECTORY 0x10
#define FAT_ARCHIVE 0x20
#define FAT_LONG_NAME 0x0f
#define FAT_LONG_MASK 0x3f

/* lower  */
#define FAT_LOWER_BASE 0x08
#define FAT_LOWER_EXTENSION 0x10

#define FAT_LONG_LAST 0x40 /* in order  */
#define FAT_LONG_UNITS 13  /* of UTF-16 in a part  */
#define FAT_NAME_UNITS 255

/* Entries of a directory: 2 MiB.  */
#define FAT_DIRECTORY_ENTRIES 65536

#endif /* FAT_FS_H */
