/* The volume: boot sector, what is free, and whether it is in use.

   The boot sector is read from the store once, to learn what the file system
   is like; page 0 of the disk's image holds it and, for FAT32, the information
   sector beside it.  In the Hurd: fatfs/main.c, fatfs/fat.c.  Left out: FAT12,
   clusters of any other size than a page, the copy of the boot sector.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "fatfs.h"

struct volume volume;
struct store *store;

/* Whether the boot sector B is one that this server can use.  */
static int
is_ours (const struct fat_boot_sector *b)
{
  return le16toh (b->magic) == FAT_MAGIC
         && le16toh (b->bytes_per_sector) == FAT_SECTOR
         && b->sectors_per_cluster == FAT_SECTORS_PER_BLOCK && b->fats == 2
         && le16toh (b->reserved_sectors) % FAT_SECTORS_PER_BLOCK == 0;
}

/* Fill in VOLUME from B.  */
static error_t
derive (const struct fat_boot_sector *b)
{
  uint32_t fat16 = le16toh (b->fat_sectors_16);
  uint32_t fat = fat16 ? fat16 : le32toh (b->fat32.fat_sectors);
  uint32_t sectors = le16toh (b->sectors_16);
  uint32_t root_bytes = le16toh (b->root_entries) * sizeof (struct fat_entry);

  if (sectors == 0)
    sectors = le32toh (b->sectors_32);
  if (fat % FAT_SECTORS_PER_BLOCK != 0 || root_bytes % FAT_BLOCK != 0)
    return EINVAL;
  volume.fat = le16toh (b->reserved_sectors) / FAT_SECTORS_PER_BLOCK;
  volume.fat_blocks = fat / FAT_SECTORS_PER_BLOCK;
  volume.root = volume.fat + 2 * volume.fat_blocks;
  volume.root_blocks = root_bytes / FAT_BLOCK;
  volume.data = volume.root + volume.root_blocks;
  if (sectors / FAT_SECTORS_PER_BLOCK <= volume.data)
    return EINVAL;
  volume.clusters = sectors / FAT_SECTORS_PER_BLOCK - volume.data;
  volume.fat32 = volume.clusters >= FAT32_CLUSTERS_MIN;
  volume.root_cluster = volume.fat32 ? le32toh (b->fat32.root_cluster) : 0;
  if (volume.clusters < FAT16_CLUSTERS_MIN
      || (uint64_t)store->size >> FAT_SECTOR_LOG < sectors)
    return EINVAL;
  return 0;
}

error_t
read_volume (void)
{
  vm_address_t page = 0;
  error_t err = read_block (0, &page);

  if (err)
    return err;
  err = is_ours ((struct fat_boot_sector *)page)
            ? derive ((struct fat_boot_sector *)page)
            : EINVAL;
  munmap ((void *)page, vm_page_size);
  return err;
}

/* In the image; NULL for FAT16.  */
static struct fat_info *
info_sector (void)
{
  struct fat_boot_sector *boot = (struct fat_boot_sector *)image_block (0);

  if (!volume.fat32)
    return NULL;
  return (struct fat_info *)(image_block (0)
                             + le16toh (boot->fat32.info_sector) * FAT_SECTOR);
}

void
read_free_count (void)
{
  struct fat_info *info = info_sector ();

  if (info != NULL && le32toh (info->signature) == FAT_INFO_SIGNATURE
      && le32toh (info->free_clusters) <= volume.clusters)
    fat_set_state (le32toh (info->free_clusters), le32toh (info->next_free));
  else
    fat_set_state (fat_count_free (), FAT_FIRST_CLUSTER);
}

/* Say in the boot sector whether the volume is in use; and what is free.  */
error_t
diskfs_set_hypermetadata (int wait, int clean)
{
  struct fat_boot_sector *boot = (struct fat_boot_sector *)image_block (0);
  uint8_t *state = volume.fat32 ? &boot->fat32.state : &boot->fat16.state;
  uint8_t wanted
      = clean ? *state & ~FAT_STATE_DIRTY : *state | FAT_STATE_DIRTY;
  struct fat_info *info = info_sector ();

  /* A page that nothing changes stays clean.  */
  if (*state != wanted)
    *state = wanted;
  if (info != NULL)
    {
      uint32_t count;
      cluster_t next;

      fat_state (&count, &next);
      if (le32toh (info->free_clusters) != count)
        info->free_clusters = htole32 (count);
      if (le32toh (info->next_free) != next)
        info->next_free = htole32 (next);
    }
  image_sync (wait);
  return 0;
}
