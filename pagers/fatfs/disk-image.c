/* The disk's pager: what of the store is metadata, mapped.

   Its object has two parts.  The first is the store's beginning as it stands
   there: boot sector, information sector and the first FAT.  Behind that come
   slots, one for each block of a directory that was ever looked at; a slot is
   given to another block only after its directory was deleted and its page
   flushed.  Both FATs get what is written to the first, so one page costs two
   store writes; a run of pages does with as many if pager.disk_bulk is set. In
   the Hurd: fatfs/pager.c, where directories are files to
   the pager; here they are the disk's, so that an entry can be written by a
   worker of the files' pagers without waiting for another of them.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "fatfs.h"

/* Blocks of directories that can be looked at: 256 MiB.  */
#define SLOTS_MAX 65536

struct slot
{
  block_t block; /* 0: free  */
  int fresh;     /* never written: zeros  */
};

struct port_bucket *file_pager_bucket;

static char *image;
static block_t fixed_blocks; /* of the first part  */

/* Guards the slots.  */
static pthread_mutex_t image_lock;
static struct slot *slots;
static uint32_t slots_made, slots_size, slots_free;
static struct hurd_ihash slot_address /* by block  */
    = HURD_IHASH_INITIALIZER (HURD_IHASH_NO_LOCP);

error_t
create_pagers (void)
{
  static struct user_pager_info info = { .type = DISK };
  static struct pager_requests *requests;
  void *address = NULL;
  vm_size_t blocks;

  pthread_mutex_init (&image_lock, NULL);
  fixed_blocks = volume.fat + volume.fat_blocks;
  blocks = (vm_size_t)fixed_blocks + SLOTS_MAX;
  diskfs_start_disk_pager (&info, ports_create_bucket (), 1, 0,
                           blocks << FAT_BLOCK_LOG, &address);
  image = address;
  file_pager_bucket = ports_create_bucket ();
  return pager_start_workers (file_pager_bucket, &requests);
}

char *
image_block (block_t block)
{
  assert_backtrace (block < fixed_blocks);
  return image + ((vm_offset_t)block << FAT_BLOCK_LOG);
}

vm_size_t
image_size (void)
{
  return ((vm_size_t)fixed_blocks + slots_made) << FAT_BLOCK_LOG;
}

/* ---- Slots ---- */

static char *
address_of (uint32_t slot)
{
  return image + (((vm_offset_t)fixed_blocks + slot) << FAT_BLOCK_LOG);
}

/* A free slot, or SLOTS_MAX.  */
static uint32_t
find_slot (void)
{
  if (slots_free > 0)
    for (uint32_t i = 0; i < slots_made; i++)
      if (slots[i].block == 0)
        {
          slots_free--;
          return i;
        }
  if (slots_made == SLOTS_MAX)
    return SLOTS_MAX;
  if (slots_made == slots_size)
    {
      uint32_t size = slots_size ? 2 * slots_size : 64;
      struct slot *more = realloc (slots, size * sizeof *slots);

      if (more == NULL)
        return SLOTS_MAX;
      slots = more;
      slots_size = size;
    }
  return slots_made++;
}

char *
image_dir_block (block_t block, int fresh)
{
  char *address;
  uint32_t i;

  pthread_mutex_lock (&image_lock);
  address = hurd_ihash_find (&slot_address, block);
  if (address == NULL)
    {
      i = find_slot ();
      if (i < SLOTS_MAX)
        {
          slots[i] = (struct slot){ block, fresh };
          address = address_of (i);
          if (hurd_ihash_add (&slot_address, block, address))
            {
              slots[i].block = 0;
              slots_free++;
              address = NULL;
            }
        }
    }
  pthread_mutex_unlock (&image_lock);
  return address;
}

void
image_forget (block_t block)
{
  char *address;

  pthread_mutex_lock (&image_lock);
  address = hurd_ihash_find (&slot_address, block);
  pthread_mutex_unlock (&image_lock);
  if (address == NULL)
    return;
  /* What the page holds must not be written over the block's next use.  */
  pager_flush_some (diskfs_disk_pager, address - image, FAT_BLOCK, 1);
  pthread_mutex_lock (&image_lock);
  hurd_ihash_remove (&slot_address, block);
  slots[((address - image) >> FAT_BLOCK_LOG) - fixed_blocks].block = 0;
  slots_free++;
  pthread_mutex_unlock (&image_lock);
}

/* ---- Writing back ---- */

void
image_sync (int wait)
{
  pager_sync (diskfs_disk_pager, wait);
}

void
image_sync_fat (int wait)
{
  pager_sync_some (diskfs_disk_pager, (vm_offset_t)volume.fat << FAT_BLOCK_LOG,
                   (vm_size_t)volume.fat_blocks << FAT_BLOCK_LOG, wait);
}

void
image_sync_page (void *address, int wait)
{
  pager_sync_some (diskfs_disk_pager, trunc_page ((char *)address - image),
                   vm_page_size, wait);
}

/* ---- The pager ---- */

/* Which block the page at OFFSET is; EIO if none.  */
static error_t
page_block (vm_offset_t offset, block_t *block, int *fresh)
{
  vm_offset_t i = offset >> FAT_BLOCK_LOG;
  error_t err = 0;

  *fresh = 0;
  *block = i;
  if (i < fixed_blocks)
    return 0;
  i -= fixed_blocks;
  pthread_mutex_lock (&image_lock);
  if (i < slots_made && slots[i].block != 0)
    {
      *block = slots[i].block;
      *fresh = slots[i].fresh;
    }
  else
    err = EIO;
  pthread_mutex_unlock (&image_lock);
  return err;
}

error_t
disk_pager_read_page (vm_offset_t page, vm_address_t *buf)
{
  block_t block;
  int fresh;
  error_t err = page_block (page, &block, &fresh);

  if (err)
    return err;
  if (!fresh)
    return read_block (block, buf);
  *buf = zero_page ();
  return *buf ? 0 : ENOMEM;
}

static int
is_fat (block_t block)
{
  return block >= volume.fat && block < volume.fat + volume.fat_blocks;
}

/* How many of the LENGTH bytes at OFFSET follow one another on the store.  */
static vm_size_t
run_length (vm_offset_t offset, vm_size_t length)
{
  vm_size_t run = vm_page_size;
  block_t first, block;
  int fresh;

  if (page_block (offset, &first, &fresh))
    return run;
  for (; run < length; run += vm_page_size)
    if (page_block (offset + run, &block, &fresh)
        || block != first + (run >> FAT_BLOCK_LOG)
        || is_fat (block) != is_fat (first))
      break;
  return run;
}

/* LENGTH bytes at OFFSET are on the store now.  */
static void
note_written (vm_offset_t offset, vm_size_t length)
{
  vm_offset_t i = offset >> FAT_BLOCK_LOG;

  if (i < fixed_blocks)
    return;
  i -= fixed_blocks;
  pthread_mutex_lock (&image_lock);
  for (; length > 0; length -= FAT_BLOCK)
    slots[i++].fresh = 0;
  pthread_mutex_unlock (&image_lock);
}

/* Write LENGTH bytes, of pages that follow one another on the store.  */
static error_t
write_run (vm_offset_t offset, vm_address_t data, vm_size_t length)
{
  block_t block;
  int fresh;
  error_t err = page_block (offset, &block, &fresh);

  if (!err)
    err = write_blocks (block, (void *)data, length);
  if (!err && is_fat (block))
    err = write_blocks (block + volume.fat_blocks, (void *)data, length);
  if (!err)
    note_written (offset, length);
  return err;
}

error_t
disk_pager_write_page (vm_offset_t page, vm_address_t buf)
{
  return write_run (page, buf, vm_page_size);
}

error_t
disk_pager_write_pages (vm_offset_t offset, vm_address_t data,
                        vm_size_t length, vm_size_t *written)
{
  error_t err = 0;

  *written = 0;
  if (!pager_disk_bulk)
    return EOPNOTSUPP;
  while (*written < length && !err)
    {
      vm_size_t run = run_length (offset + *written, length - *written);

      err = write_run (offset + *written, data + *written, run);
      if (!err)
        *written += run;
    }
  return err;
}
