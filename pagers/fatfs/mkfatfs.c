/* Formatting: write an empty FAT file system to the store.

   What mkfs.fat would make of a store of this size with clusters of 4 KiB:
   FAT16 below 65525 clusters, with a root directory of 512 entries, FAT32
   above; two FATs.  All parts begin on a page.  fsck.fat finds nothing to
   complain about.

   A file system that has been lived in ("ageing.h") is made by giving part of
   the clusters to files of a directory AGED, which hold exactly those.

   Only what is not zero is written: an unwritten store reads as zeros.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "ageing.h"
#include "fatfs.h"
#include "hurd_server.h"

enum
{
  RESERVED_16 = 1, /* blocks before the first FAT  */
  RESERVED_32 = 4,
  ROOT_ENTRIES = 512,
  ROOT_BLOCKS = ROOT_ENTRIES * sizeof (struct fat_entry) / FAT_BLOCK,
  INFO_SECTOR = 1,
  BACKUP_SECTOR = 6,
  AGED_FILE_CLUSTERS = (1 << 20) - 1, /* the longest file  */
  DATE = 40 << 9 | 1 << 5 | 1         /* 2020-01-01  */
};

struct format
{
  int fat32;
  uint32_t clusters;
  block_t fat, fat_blocks, data;
  cluster_t next; /* not given to anything yet  */
  uint32_t used;
  struct ageing age;
  /* One block of the FAT at a time, in ascending order.  */
  block_t open;
  unsigned char block[FAT_BLOCK];
  /* The aged files: the last cluster of the one being made, or 0.  */
  cluster_t aged_dir, last;
  unsigned files;
  uint32_t length;
  struct fat_entry entry;
};

/* ---- Layout ---- */

/* Blocks of a FAT for all of LEFT blocks but two FATs of that length.  */
static uint32_t
fat_length (uint32_t left, uint32_t entry_size)
{
  uint32_t per_block = FAT_BLOCK / entry_size, blocks = 1;

  while (blocks * per_block < left - 2 * blocks + FAT_FIRST_CLUSTER)
    {
      uint32_t need = (left - 2 * blocks + FAT_FIRST_CLUSTER + per_block - 1)
                      / per_block;

      /* The last step may be to fewer: then one more than needed is right. */
      blocks = need > blocks ? need : blocks + 1;
    }
  return blocks;
}

/* 0, or what is wrong with a store of SIZE bytes.  */
static error_t
lay_out (struct format *f, uint64_t size)
{
  uint64_t blocks = size >> FAT_BLOCK_LOG;
  uint32_t left;

  if (blocks > FAT32_CLUSTERS_MAX)
    return EFBIG;
  if (blocks < FAT16_CLUSTERS_MIN)
    return ENOSPC;
  f->fat32 = 1;
  f->fat = RESERVED_32;
  left = blocks - RESERVED_32;
  f->fat_blocks = fat_length (left, sizeof (uint32_t));
  f->clusters = left - 2 * f->fat_blocks;
  f->data = f->fat + 2 * f->fat_blocks;
  if (f->clusters >= FAT32_CLUSTERS_MIN)
    return 0;

  f->fat32 = 0;
  f->fat = RESERVED_16;
  left = blocks - RESERVED_16 - ROOT_BLOCKS;
  f->fat_blocks = fat_length (left, sizeof (uint16_t));
  f->clusters = left - 2 * f->fat_blocks;
  f->data = f->fat + 2 * f->fat_blocks + ROOT_BLOCKS;
  if (f->clusters >= FAT32_CLUSTERS_MIN)
    f->clusters = FAT32_CLUSTERS_MIN - 1;
  return f->clusters >= FAT16_CLUSTERS_MIN ? 0 : ENOSPC;
}

static void
poke_block (block_t block, const void *data)
{
  hurd_api->store_poke ((uint64_t)block << FAT_BLOCK_LOG, data, FAT_BLOCK);
}

/* ---- The FAT ---- */

static void
flush_fat (struct format *f)
{
  poke_block (f->fat + f->open, f->block);
  poke_block (f->fat + f->fat_blocks + f->open, f->block);
  memset (f->block, 0, sizeof f->block);
}

/* Entries are set in ascending order.  */
static void
set_entry (struct format *f, cluster_t c, uint32_t value)
{
  unsigned size = f->fat32 ? sizeof (uint32_t) : sizeof (uint16_t);
  unsigned per_block = FAT_BLOCK / size;
  uint32_t le = htole32 (value);

  if (c / per_block != f->open)
    {
      flush_fat (f);
      f->open = c / per_block;
    }
  memcpy (f->block + c % per_block * size, &le, size);
}

static void
end_chain (struct format *f, cluster_t c)
{
  set_entry (f, c, f->fat32 ? FAT32_END : FAT16_END);
}

/* Take the next COUNT clusters as a chain; returns the first.  */
static cluster_t
take_chain (struct format *f, uint32_t count)
{
  cluster_t first = f->next;

  for (; count > 1; count--, f->next++)
    set_entry (f, f->next, f->next + 1);
  end_chain (f, f->next++);
  f->used += f->next - first;
  return first;
}

/* ---- Directories ---- */

static void
fill (struct fat_entry *entry, const char *name, unsigned attributes,
      cluster_t first, uint32_t size)
{
  memset (entry, 0, sizeof *entry);
  memset (entry->name, ' ', FAT_ALIAS);
  memcpy (entry->name, name, strlen (name));
  entry->attributes = attributes;
  entry->date = entry->birth_date = entry->access_date = htole16 (DATE);
  entry->cluster_high = htole16 (first >> 16);
  entry->cluster_low = htole16 (first);
  entry->size = htole32 (size);
}

/* Entry number I of the directory whose blocks begin at BLOCK.  */
static void
poke_entry (block_t block, uint32_t i, const struct fat_entry *entry)
{
  uint64_t at = ((uint64_t)block << FAT_BLOCK_LOG) + i * sizeof *entry;
  unsigned char sector[FAT_SECTOR];

  hurd_api->store_peek (at - at % FAT_SECTOR, sector, FAT_SECTOR);
  memcpy (sector + at % FAT_SECTOR, entry, sizeof *entry);
  hurd_api->store_poke (at - at % FAT_SECTOR, sector, FAT_SECTOR);
}

/* ---- Ageing ---- */

static block_t
block_of (const struct format *f, cluster_t c)
{
  return f->data + (c - FAT_FIRST_CLUSTER);
}

static void
close_file (struct format *f)
{
  if (f->last == 0)
    return;
  end_chain (f, f->last);
  f->entry.size = htole32 (f->length << FAT_BLOCK_LOG);
  poke_entry (block_of (f, f->aged_dir), 2 + f->files++, &f->entry);
  f->last = 0;
}

static void
open_file (struct format *f, cluster_t first)
{
  char name[FAT_ALIAS + 1] = "00000000";
  unsigned n = f->files;

  for (char *digit = name + 7; n > 0; n /= 10)
    *digit-- = '0' + n % 10;
  fill (&f->entry, name, FAT_ARCHIVE, first, 0);
  f->length = 0;
}

/* Give the next COUNT clusters to aged files.  */
static void
age_run (struct format *f, uint32_t count)
{
  f->used += count;
  for (; count > 0; count--, f->next++)
    {
      if (f->last != 0)
        set_entry (f, f->last, f->next);
      else
        open_file (f, f->next);
      f->last = f->next;
      if (++f->length == AGED_FILE_CLUSTERS)
        close_file (f);
    }
}

static void
age (struct format *f, block_t root, uint32_t root_entry)
{
  cluster_t end = FAT_FIRST_CLUSTER + f->clusters;
  uint32_t files = f->clusters / AGED_FILE_CLUSTERS + 1;
  struct fat_entry entry;

  f->aged_dir = take_chain (f, (files + 2) / FAT_ENTRIES_PER_BLOCK + 1);
  fill (&entry, "AGED", FAT_DIRECTORY, f->aged_dir, 0);
  poke_entry (root, root_entry, &entry);
  fill (&entry, ".", FAT_DIRECTORY, f->aged_dir, 0);
  poke_entry (block_of (f, f->aged_dir), 0, &entry);
  fill (&entry, "..", FAT_DIRECTORY, 0, 0);
  poke_entry (block_of (f, f->aged_dir), 1, &entry);

  if (f->age.mean == 0)
    age_run (f, (uint64_t)(end - f->next) * f->age.fill / 100);
  else
    while (f->next < end)
      {
        f->next += ageing_free_run (&f->age, end - f->next);
        if (f->next < end)
          age_run (f, ageing_used_run (&f->age, end - f->next));
      }
  close_file (f);
}

/* ---- Sectors ---- */

static void
poke_sector (unsigned sector, const void *data)
{
  hurd_api->store_poke (sector * FAT_SECTOR, data, FAT_SECTOR);
}

static void
poke_boot_sectors (const struct format *f)
{
  uint32_t sectors = (f->data + f->clusters) * FAT_SECTORS_PER_BLOCK;
  uint32_t fat_sectors = f->fat_blocks * FAT_SECTORS_PER_BLOCK;
  struct fat_boot_sector b = {
    .jump = { 0xeb, f->fat32 ? 0x58 : 0x3c, 0x90 },
    .bytes_per_sector = htole16 (FAT_SECTOR),
    .sectors_per_cluster = FAT_SECTORS_PER_BLOCK,
    .reserved_sectors = htole16 (f->fat * FAT_SECTORS_PER_BLOCK),
    .fats = 2,
    .media = FAT_MEDIA_DISK,
    .sectors_per_track = htole16 (63),
    .heads = htole16 (255),
    .sectors_16 = htole16 (sectors < 65536 ? sectors : 0),
    .sectors_32 = htole32 (sectors < 65536 ? 0 : sectors),
    .magic = htole16 (FAT_MAGIC),
  };

  memcpy (b.oem, "HURDFAT ", sizeof b.oem);
  if (!f->fat32)
    {
      b.root_entries = htole16 (ROOT_ENTRIES);
      b.fat_sectors_16 = htole16 (fat_sectors);
      b.fat16.drive = 0x80;
      b.fat16.signature = FAT_SIGNATURE;
      b.fat16.serial = htole32 (DATE);
      memcpy (b.fat16.label, "NO NAME    FAT16   ", 19);
      poke_sector (0, &b);
      return;
    }
  b.fat32.fat_sectors = htole32 (fat_sectors);
  b.fat32.root_cluster = htole32 (FAT_FIRST_CLUSTER);
  b.fat32.info_sector = htole16 (INFO_SECTOR);
  b.fat32.backup_sector = htole16 (BACKUP_SECTOR);
  b.fat32.drive = 0x80;
  b.fat32.signature = FAT_SIGNATURE;
  b.fat32.serial = htole32 (DATE);
  memcpy (b.fat32.label, "NO NAME    FAT32   ", 19);
  poke_sector (0, &b);
  poke_sector (BACKUP_SECTOR, &b);
}

static void
poke_info (const struct format *f, cluster_t next)
{
  struct fat_info info = {
    .lead = htole32 (FAT_INFO_LEAD),
    .signature = htole32 (FAT_INFO_SIGNATURE),
    .free_clusters = htole32 (f->clusters - f->used),
    .next_free = htole32 (next),
    .trail = htole32 (FAT_INFO_TRAIL),
  };

  poke_sector (INFO_SECTOR, &info);
  poke_sector (BACKUP_SECTOR + INFO_SECTOR, &info);
}

/* ENOSPC: the store is too small for a file system, EFBIG: too large for this
   one, EINVAL: the fill makes no sense.  */
int
fat_format (const struct hurd_format *how)
{
  static struct format f;
  cluster_t next;
  block_t root;
  error_t err;

  memset (&f, 0, sizeof f);
  if (how->fill_percent > 99)
    return EINVAL;
  err = lay_out (&f, hurd_api->store_size ());
  if (err)
    return err;
  f.age.mean = how->fragmentation;
  f.age.fill = how->fill_percent;

  f.next = FAT_FIRST_CLUSTER;
  set_entry (&f, 0,
             (f.fat32 ? FAT32_END & ~0xff : FAT16_END & ~0xff)
                 | FAT_MEDIA_DISK);
  end_chain (&f, 1);
  root = f.fat + 2 * f.fat_blocks;
  if (f.fat32)
    root = block_of (&f, take_chain (&f, 1));
  next = f.next;
  if (f.age.mean > 0 || f.age.fill > 0)
    age (&f, root, 0);
  flush_fat (&f);
  poke_boot_sectors (&f);
  if (f.fat32)
    poke_info (&f, next);
  return 0;
}
