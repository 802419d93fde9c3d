/* Files: between their directory entries and the nodes in memory.

   An entry has a file's length, time and first cluster; what else a node needs
   is made up.  The entry stands in a block of the file's directory, hence in
   the disk's image, and goes out with it.  A file without a name has no entry
   and lives in memory and its chain only.  In the Hurd: fatfs/inode.c.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "fatfs.h"

/* ---- Times: two seconds a unit, from 1980 on ---- */

enum
{
  DAY = 86400,
  DAYS_TO_1980 = 3652, /* from 1970  */
  FOUR_YEARS = 1461
};

/* Days before month M, 0 .. 12, of a year that is a leap year or not.  */
static int
days_before (int m, int leap)
{
  static const int days[]
      = { 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365 };

  return days[m] + (leap && m > 1);
}

/* Correct until 2099.  */
static void
encode_time (time_t t, uint16_t *date, uint16_t *clock)
{
  int days = t / DAY - DAYS_TO_1980, rest = t % DAY;
  int year = days / FOUR_YEARS * 4, month = 0, leap;

  days %= FOUR_YEARS;
  for (leap = 1; days >= days_before (12, leap); leap = year % 4 == 0)
    {
      days -= days_before (12, leap);
      year++;
    }
  while (days >= days_before (month + 1, leap))
    month++;
  *date = htole16 (year << 9 | (month + 1) << 5
                   | (days - days_before (month, leap) + 1));
  *clock = htole16 (rest / 3600 << 11 | rest / 60 % 60 << 5 | rest % 60 / 2);
}

static time_t
decode_time (uint16_t date, uint16_t clock)
{
  int d = le16toh (date), c = le16toh (clock);
  int year = d >> 9, month = (d >> 5 & 15) - 1, day = (d & 31) - 1;
  int days = DAYS_TO_1980 + year * 365 + (year + 3) / 4;

  if (month < 0 || month > 11 || day < 0)
    return (time_t)DAYS_TO_1980 * DAY;
  days += days_before (month, year % 4 == 0) + day;
  return (time_t)days * DAY + (c >> 11) * 3600 + (c >> 5 & 63) * 60
         + (c & 31) * 2;
}

/* ---- Entries ---- */

void
fill_entry (struct fat_entry *entry, struct node *np)
{
  cluster_t first = diskfs_node_disknode (np)->first;
  int is_dir = S_ISDIR (np->dn_stat.st_mode);

  entry->attributes = is_dir ? FAT_DIRECTORY : FAT_ARCHIVE;
  encode_time (np->dn_stat.st_mtim.tv_sec, &entry->date, &entry->time);
  entry->access_date = entry->date;
  if (entry->birth_date == 0)
    {
      entry->birth_date = entry->date;
      entry->birth_time = entry->time;
    }
  entry->cluster_high = htole16 (first >> 16);
  entry->cluster_low = htole16 (first);
  entry->size = htole32 (is_dir ? 0 : np->dn_stat.st_size);
}

/* The number of clusters in the chain that begins at C.  */
static error_t
chain_length (cluster_t c, uint32_t *length)
{
  error_t err = 0;

  for (*length = 0; !err && c != 0 && *length < volume.clusters; ++*length)
    err = fat_next (c, &c);
  return c != 0 ? EIO : err;
}

static error_t
read_directory (struct node *np)
{
  uint32_t blocks = volume.root_blocks;
  error_t err = 0;

  if (diskfs_node_disknode (np)->first != 0)
    err = chain_length (diskfs_node_disknode (np)->first, &blocks);
  if (!err)
    err = dir_load (np, blocks);
  if (err)
    return err;
  np->dn_stat.st_mode = S_IFDIR | 0755;
  np->dn_stat.st_size = np->allocsize = (loff_t)blocks << FAT_BLOCK_LOG;
  np->dn_stat.st_nlink = 2 + dir_count_subdirectories (np);
  return 0;
}

static error_t
read_file (struct node *np, const struct fat_entry *entry)
{
  np->dn_stat.st_mode = S_IFREG | 0644;
  np->dn_stat.st_nlink = 1;
  np->dn_stat.st_size = le32toh (entry->size);
  np->allocsize = round_page (np->dn_stat.st_size);
  return 0;
}

error_t
diskfs_user_read_node (struct node *np)
{
  struct disknode *dn = diskfs_node_disknode (np);
  struct identity *id;
  struct fat_entry entry;
  position_t position;

  pthread_mutex_lock (&dirent_lock);
  id = identity_find (np->cache_id);
  position = id != NULL ? id->position : 0;
  if (position != 0)
    entry = *entry_at (position);
  pthread_mutex_unlock (&dirent_lock);

  np->dn_stat.st_ino = np->cache_id;
  np->dn_stat.st_blksize = FAT_BLOCK;
  if (np->cache_id == FAT_ROOT_INO)
    {
      dn->first = volume.root_cluster;
      return read_directory (np);
    }
  if (position == 0)
    return id != NULL ? 0 : ENOENT; /* diskfs_alloc_node says what it is  */
  dn->first = entry_cluster (&entry);
  np->dn_stat.st_atim.tv_sec = np->dn_stat.st_mtim.tv_sec
      = np->dn_stat.st_ctim.tv_sec = decode_time (entry.date, entry.time);
  return entry.attributes & FAT_DIRECTORY ? read_directory (np)
                                          : read_file (np, &entry);
}

void
diskfs_write_disknode (struct node *np, int wait)
{
  struct fat_entry *entry = NULL;
  struct identity *id;

  if (!np->dn_stat_dirty)
    return;
  assert_backtrace (!diskfs_readonly);
  pthread_mutex_lock (&dirent_lock);
  np->dn_stat_dirty = 0;
  id = identity_find (np->cache_id);
  if (id != NULL && id->position != 0)
    {
      entry = entry_at (id->position);
      fill_entry (entry, np);
    }
  pthread_mutex_unlock (&dirent_lock);
  if (entry != NULL && wait)
    image_sync_page (entry, 1);
}

static error_t
write_one_disknode (struct node *np)
{
  diskfs_node_update (np, 0);
  return 0;
}

void
write_all_disknodes (void)
{
  diskfs_node_iterate (write_one_disknode);
}

/* ---- Nodes ---- */

error_t
diskfs_user_make_node (struct node *np)
{
  struct disknode *dn = calloc (1, sizeof *dn);

  if (dn == NULL)
    return ENOMEM;
  np->dn = dn;
  pthread_rwlock_init (&dn->alloc_lock, NULL);
  pthread_spin_init (&dn->chain_lock, 0);
  return 0;
}

error_t
diskfs_alloc_node (struct node *dir __attribute__ ((unused)), mode_t mode,
                   struct node **npp)
{
  struct identity *id;
  struct node *np;
  error_t err;

  pthread_mutex_lock (&dirent_lock);
  id = identity_new ();
  pthread_mutex_unlock (&dirent_lock);
  if (id == NULL)
    return ENOMEM;
  err = diskfs_cached_lookup (id->number, &np);
  if (err)
    {
      diskfs_free_node (&(struct node){ .cache_id = id->number }, mode);
      return err;
    }
  np->dn_stat.st_mode = mode;
  np->dn_set_atime = np->dn_set_mtime = np->dn_set_ctime = 1;
  /* A directory's first entries want it before anybody updates it.  */
  diskfs_set_node_times (np);
  *npp = np;
  return 0;
}

void
diskfs_free_node (struct node *np, mode_t mode __attribute__ ((unused)))
{
  pthread_mutex_lock (&dirent_lock);
  identity_remove (np->cache_id);
  pthread_mutex_unlock (&dirent_lock);
}

void
diskfs_node_norefs (struct node *np)
{
  struct disknode *dn = diskfs_node_disknode (np);

  if (np->dn_stat.st_nlink > 0)
    fresh_write_zeros (np);
  pthread_rwlock_destroy (&dn->alloc_lock);
  pthread_mutex_destroy (&np->lock);
  free (dn->fresh);
  free (dn->dir_block);
  free (dn);
  free (np);
}

void
diskfs_new_hardrefs (struct node *np)
{
  allow_pager_softrefs (np);
}

void
diskfs_try_dropping_softrefs (struct node *np)
{
  drop_pager_softrefs (np);
}
