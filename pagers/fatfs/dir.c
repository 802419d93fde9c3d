/* Directories: FAT ones, with long names.

   A directory's blocks are mapped from the disk's image and stay there until
   it is deleted; entries are changed in place.  A file takes one entry for its
   short name and those of its long one right before it; removed ones are free
   for whoever needs as many in a row.  In the Hurd: fatfs/dir.c, which knows
   short names only and maps the directory for every look-up.

   The directory is locked throughout.  dirent_lock guards, beside identities,
   that an entry is where its file's identity says while it is written.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "fatfs.h"

pthread_mutex_t dirent_lock;

/* ---- Places ---- */

struct fat_entry *
dir_entry (struct node *dir, uint32_t i)
{
  struct disknode *dn = diskfs_node_disknode (dir);

  return (struct fat_entry *)dn->dir_block[i / FAT_ENTRIES_PER_BLOCK].address
         + i % FAT_ENTRIES_PER_BLOCK;
}

static uint32_t
entry_count (struct node *dir)
{
  return diskfs_node_disknode (dir)->dir_blocks * FAT_ENTRIES_PER_BLOCK;
}

position_t
position_of (struct node *dir, uint32_t i)
{
  struct disknode *dn = diskfs_node_disknode (dir);
  position_t block = dn->dir_block[i / FAT_ENTRIES_PER_BLOCK].block;

  return block * FAT_ENTRIES_PER_BLOCK + i % FAT_ENTRIES_PER_BLOCK;
}

struct fat_entry *
entry_at (position_t position)
{
  char *block = image_dir_block (position / FAT_ENTRIES_PER_BLOCK, 0);

  /* Its directory was looked at, or there would be no position.  */
  assert_backtrace (block != NULL);
  return (struct fat_entry *)block + position % FAT_ENTRIES_PER_BLOCK;
}

cluster_t
entry_cluster (const struct fat_entry *entry)
{
  cluster_t high = volume.fat32 ? le16toh (entry->cluster_high) : 0;

  return high << 16 | le16toh (entry->cluster_low);
}

/* Make BLOCK the next one of DIR.  */
static error_t
map_block (struct node *dir, block_t block, int fresh)
{
  struct disknode *dn = diskfs_node_disknode (dir);
  char *address = image_dir_block (block, fresh);
  struct dir_block *more
      = realloc (dn->dir_block, (dn->dir_blocks + 1) * sizeof *more);

  if (more != NULL)
    dn->dir_block = more;
  if (more == NULL || address == NULL)
    return ENOMEM;
  more[dn->dir_blocks++] = (struct dir_block){ block, address };
  return 0;
}

error_t
dir_load (struct node *dir, uint32_t blocks)
{
  cluster_t c = diskfs_node_disknode (dir)->first;
  error_t err = 0;

  for (uint32_t i = 0; i < blocks && !err; i++)
    {
      err = map_block (dir, c != 0 ? cluster_block (c) : volume.root + i, 0);
      if (!err && c != 0)
        err = fat_next (c, &c);
    }
  return err;
}

/* Make DIR one block longer.  */
static error_t
add_block (struct node *dir)
{
  struct disknode *dn = diskfs_node_disknode (dir);
  uint32_t have = dn->dir_blocks;
  error_t err;

  if (entry_count (dir) >= FAT_DIRECTORY_ENTRIES
      || (dir == diskfs_root_node && !volume.fat32))
    return ENOSPC;
  pthread_rwlock_wrlock (&dn->alloc_lock);
  err = chain_extend (dir, have, 1);
  if (!err)
    {
      fresh_clear (dn, have, 1); /* the image sees to that  */
      err = map_block (dir, cluster_block (dn->last), 1);
      if (err)
        chain_cut (dir, have, have + 1);
    }
  pthread_rwlock_unlock (&dn->alloc_lock);
  if (err)
    return err;
  memset (dn->dir_block[have].address, 0, FAT_BLOCK);
  dir->allocsize = dir->dn_stat.st_size = (loff_t)(have + 1) * FAT_BLOCK;
  return 0;
}

/* ---- Finding ---- */

/* A walk through a directory: the entries of files, with their names.  */
struct walk
{
  struct node *dir;
  uint32_t next;
  /* Of the entry that was found.  */
  struct fat_entry *entry;
  uint32_t first, last;
  unsigned length; /* of the long name; 0: none  */
  uint16_t unit[LONG_PARTS_MAX * FAT_LONG_UNITS];
  /* Of the long name so far.  */
  unsigned order;
  uint8_t checksum;
};

static int
is_long (const struct fat_entry *entry)
{
  return (entry->attributes & FAT_LONG_MASK) == FAT_LONG_NAME;
}

static void
collect (struct walk *w, uint32_t i, const struct fat_long_entry *part)
{
  unsigned order = part->order & ~FAT_LONG_LAST;

  if (part->order & FAT_LONG_LAST && order >= 1 && order <= LONG_PARTS_MAX)
    {
      memset (w->unit, 0, sizeof w->unit);
      w->first = i;
      w->length = order * FAT_LONG_UNITS;
      w->checksum = part->checksum;
    }
  else if (w->order < 2 || order != w->order - 1
           || part->checksum != w->checksum)
    {
      w->order = 0;
      return;
    }
  w->order = order;
  name_put_part (part, order, w->unit);
}

/* ENTRY, number I, is a file's.  */
static void
found (struct walk *w, uint32_t i, struct fat_entry *entry)
{
  unsigned n = 0;

  w->entry = entry;
  w->last = i;
  if (w->order == 1 && w->checksum == name_checksum (entry->name))
    while (n < w->length && w->unit[n] != 0)
      n++;
  else
    w->first = i;
  w->length = n;
  w->order = 0;
}

/* The next file; 0: there is none.  */
static int
walk (struct walk *w)
{
  uint32_t count = entry_count (w->dir);

  while (w->next < count)
    {
      uint32_t i = w->next++;
      struct fat_entry *entry = dir_entry (w->dir, i);

      if (entry->name[0] == FAT_NAME_END)
        return 0;
      if (entry->name[0] == FAT_NAME_FREE)
        w->order = 0;
      else if (is_long (entry))
        collect (w, i, (struct fat_long_entry *)entry);
      else if (entry->attributes & FAT_VOLUME || entry->name[0] == '.')
        w->order = 0;
      else
        {
          found (w, i, entry);
          return 1;
        }
    }
  return 0;
}

static error_t
find_entry (struct node *dir, const char *name, struct walk *w)
{
  struct name n;
  error_t err = S_ISDIR (dir->dn_stat.st_mode) ? 0 : ENOTDIR;

  if (!err)
    err = name_parse (&n, name);
  if (err)
    return err;
  *w = (struct walk){ .dir = dir };
  while (walk (w))
    if ((w->length > 0 && name_equals (&n, w->unit, w->length))
        || (n.fits && memcmp (w->entry->name, n.alias, FAT_ALIAS) == 0))
      return 0;
  return ENOENT;
}

static int
alias_taken (struct node *dir, const uint8_t *alias)
{
  struct walk w = { .dir = dir };

  while (walk (&w))
    if (memcmp (w.entry->name, alias, FAT_ALIAS) == 0)
      return 1;
  return 0;
}

static void
choose_alias (struct node *dir, struct name *n)
{
  unsigned try = 0;

  if (n->fits)
    return;
  do
    name_make_alias (n, try++);
  while (alias_taken (dir, n->alias));
}

/* Find NEED free entries in a row; *AT is the first.  */
static error_t
find_space (struct node *dir, uint32_t need, uint32_t *at)
{
  uint32_t run = 0, i;
  int end = 0;

  for (i = 0; run < need; i++)
    {
      if (i == entry_count (dir))
        {
          error_t err = add_block (dir);

          if (err)
            return err;
        }
      end = end || dir_entry (dir, i)->name[0] == FAT_NAME_END;
      run = end || dir_entry (dir, i)->name[0] == FAT_NAME_FREE ? run + 1 : 0;
    }
  *at = i - need;
  return 0;
}

/* ---- What libdiskfs calls ---- */

static error_t
note_change (struct node *dir)
{
  dir->dn_set_mtime = dir->dn_set_ctime = 1;
  return 0;
}

error_t
diskfs_dir_lookup (struct node *dir, const char *name, ino64_t *inum)
{
  struct walk w;
  error_t err = 0;

  if (strcmp (name, "..") == 0)
    {
      pthread_mutex_lock (&dirent_lock);
      *inum = identity_find (dir->cache_id)->parent;
      pthread_mutex_unlock (&dirent_lock);
      return S_ISDIR (dir->dn_stat.st_mode) ? 0 : ENOTDIR;
    }
  err = find_entry (dir, name, &w);
  if (err)
    return err;
  pthread_mutex_lock (&dirent_lock);
  *inum = identity_at (position_of (dir, w.last), dir->cache_id);
  pthread_mutex_unlock (&dirent_lock);
  return *inum != 0 ? 0 : ENOMEM;
}

error_t
diskfs_dir_enter (struct node *dir, const char *name, struct node *np)
{
  struct fat_entry *entry;
  struct name n;
  unsigned parts;
  uint32_t at;
  error_t err = name_parse (&n, name);

  if (err)
    return err;
  choose_alias (dir, &n);
  parts = name_entries (&n) - 1;
  err = find_space (dir, parts + 1, &at);
  if (err)
    return err;

  pthread_mutex_lock (&dirent_lock);
  err = identity_move (identity_find (np->cache_id),
                       position_of (dir, at + parts), dir->cache_id);
  if (!err)
    {
      for (unsigned i = 0; i < parts; i++)
        name_get_part (&n, parts - i,
                       (struct fat_long_entry *)dir_entry (dir, at + i));
      entry = dir_entry (dir, at + parts);
      memset (entry, 0, sizeof *entry);
      memcpy (entry->name, n.alias, FAT_ALIAS);
      entry->lower = n.lower;
      fill_entry (entry, np);
    }
  pthread_mutex_unlock (&dirent_lock);
  return err ? err : note_change (dir);
}

/* What the entry ".." of a directory says of its parent.  */
static void
set_parent (struct fat_entry *entry, struct node *parent)
{
  cluster_t c
      = parent == diskfs_root_node ? 0 : diskfs_node_disknode (parent)->first;

  entry->cluster_high = htole16 (c >> 16);
  entry->cluster_low = htole16 (c);
}

error_t
diskfs_dir_rewrite (struct node *dir, const char *name, struct node *np)
{
  struct walk w;
  error_t err;

  if (strcmp (name, "..") == 0)
    {
      set_parent (dir_entry (dir, 1), np);
      return note_change (dir);
    }
  err = find_entry (dir, name, &w);
  if (err)
    return err;
  pthread_mutex_lock (&dirent_lock);
  err = identity_move (identity_find (np->cache_id), position_of (dir, w.last),
                       dir->cache_id);
  if (!err)
    fill_entry (w.entry, np);
  pthread_mutex_unlock (&dirent_lock);
  return err ? err : note_change (dir);
}

error_t
diskfs_dir_remove (struct node *dir, const char *name)
{
  struct walk w;
  error_t err = find_entry (dir, name, &w);

  if (err)
    return err;
  pthread_mutex_lock (&dirent_lock);
  identity_clear (position_of (dir, w.last));
  for (uint32_t i = w.first; i <= w.last; i++)
    dir_entry (dir, i)->name[0] = FAT_NAME_FREE;
  pthread_mutex_unlock (&dirent_lock);
  return note_change (dir);
}

/* The first entries of DP, new, in PARENT.  */
error_t
diskfs_dir_init (struct node *dp, struct node *parent)
{
  struct fat_entry *entry;
  error_t err = add_block (dp);

  if (err)
    return err;
  for (int dots = 1; dots <= 2; dots++)
    {
      entry = dir_entry (dp, dots - 1);
      memset (entry->name, ' ', FAT_ALIAS);
      memset (entry->name, '.', dots);
      fill_entry (entry, dp);
    }
  set_parent (entry, parent);
  dp->dn_stat.st_nlink++;
  parent->dn_stat.st_nlink++;
  return 0;
}

int
diskfs_dirempty (struct node *dp)
{
  struct walk w = { .dir = dp };

  return !walk (&w);
}

uint32_t
dir_count_subdirectories (struct node *dir)
{
  struct walk w = { .dir = dir };
  uint32_t count = 0;

  while (walk (&w))
    count += (w.entry->attributes & FAT_DIRECTORY) != 0;
  return count;
}
