/* The disk cache: slots of one block each, mapped from the disk pager.

   Model of docs/model.md 6.5 R8.  A slot stands for one block at a time.  It
   may be given to another block only while nobody holds a reference and no
   flag is set: INCORE (its page was read and the kernel has not said that it
   left), UNTOUCHED (just given to a block, its page not read yet), FIXED
   (superblock and group descriptors).  Free slots are a stack; when it is
   empty the slots never used follow in ascending order.

   Ours: a slot is made when it is first handed out, so that a run does not pay
   for 65536 of them; and a slot that is referenced again while on the stack
   stays there and is passed over.

   Messages of the disk's object are served in their order, and the request for
   a new block's page is what clears UNTOUCHED; so a page that comes back while
   a slot is UNTOUCHED is of the block that the slot held before.  The original
   writes it to the new one.  With the setting ext2fs.fixed it goes where it
   belongs.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "ext2fs-pager.h"

/* In flags: the slot is on the stack of free slots.  */
#define DC_LISTED 0x100

void *disk_cache;
store_offset_t disk_cache_size;
int disk_cache_blocks;
hurd_ihash_t disk_cache_bptr;
struct disk_cache_info *disk_cache_info;
pthread_mutex_t disk_cache_lock;
pthread_cond_t disk_cache_reassociation;

/* What follows is guarded by disk_cache_lock.  */
static struct disk_cache_info *free_slots;
static int slots_made; /* slots below this one are initialised  */
/* Of each slot, what it held before it was given to another block; kept only
   with the setting ext2fs.fixed.  */
static block_t *block_before;

static void *
slot_address (struct disk_cache_info *slot)
{
  return (char *)disk_cache
         + ((vm_offset_t)(slot - disk_cache_info) << log2_block_size);
}

static struct disk_cache_info *
slot_at_offset (vm_offset_t offset)
{
  vm_offset_t index = offset >> log2_block_size;

  return index < (vm_offset_t)slots_made ? &disk_cache_info[index] : 0;
}

static struct disk_cache_info *
slot_of (void *ptr)
{
  struct disk_cache_info *slot
      = slot_at_offset ((char *)ptr - (char *)disk_cache);

  assert_backtrace (slot);
  return slot;
}

static int
reusable (struct disk_cache_info *slot)
{
  return slot->ref_count == 0 && !(slot->flags & DC_DONT_REUSE);
}

/* SLOT lost a reference or a flag.  */
static void
free_if_reusable (struct disk_cache_info *slot)
{
  if (!reusable (slot) || (slot->flags & DC_LISTED))
    return;
  slot->flags |= DC_LISTED;
  slot->next = free_slots;
  free_slots = slot;
}

/* A slot that may be given to another block, or NULL.  */
static struct disk_cache_info *
pop_free_slot (void)
{
  while (free_slots)
    {
      struct disk_cache_info *slot = free_slots;

      free_slots = slot->next;
      slot->flags &= ~DC_LISTED;
      if (reusable (slot))
        return slot;
    }

  if (slots_made < disk_cache_blocks)
    {
      struct disk_cache_info *slot = &disk_cache_info[slots_made++];

      slot->block = DC_NO_BLOCK;
      slot->flags = 0;
      slot->ref_count = 0;
      slot->next = 0;
      return slot;
    }
  return 0;
}

/* Let SLOT stand for BLOCK, or for none.  */
static void
associate (struct disk_cache_info *slot, block_t block)
{
  if (slot->block != DC_NO_BLOCK)
    hurd_ihash_remove (disk_cache_bptr, slot->block);
  slot->block = block;
  if (block != DC_NO_BLOCK)
    {
      hurd_ihash_locp_t place;
      error_t err;

      hurd_ihash_locp_find (disk_cache_bptr, block, &place);
      err = hurd_ihash_locp_add (disk_cache_bptr, place, block,
                                 slot_address (slot));
      assert_perror_backtrace (err);
    }
}

/* Fault the page at PTR in.  */
static void
touch (void *ptr)
{
  (void)*(volatile char *)ptr;
}

/* Make the kernel give back the pages of slots that nobody refers to.  */
static void
return_unused (void)
{
  int i, start = -1, returned = 0;

  /* A poke holds references.  */
  pokel_sync (&global_pokel, 1);

  /* A page that left without a notice comes back, and leaves with one.  */
  for (i = 0; i < disk_cache_blocks; i++)
    touch ((char *)disk_cache + ((vm_offset_t)i << log2_block_size));

  for (i = 0; i <= disk_cache_blocks; i++)
    {
      int unused = 0;

      if (i < disk_cache_blocks)
        {
          pthread_mutex_lock (&disk_cache_lock);
          unused = disk_cache_info[i].ref_count == 0
                   && !(disk_cache_info[i].flags & (DC_FIXED | DC_UNTOUCHED));
          pthread_mutex_unlock (&disk_cache_lock);
        }
      if (unused && start < 0)
        start = i;
      if (!unused && start >= 0)
        {
          pager_return_some (diskfs_disk_pager,
                             (vm_address_t)start << log2_block_size,
                             (vm_size_t)(i - start) << log2_block_size, 1);
          start = -1;
          returned = 1;
        }
    }

  if (!returned)
    {
      ext2_warning ("every block of the disk cache is in use");
      sleep (1);
    }
}

/* Give SLOT, just popped, to BLOCK with one reference and read the block.
   disk_cache_lock is held at the call, not at the return.  Returns 0 if the
   kernel still had a page there, which is some other block's.  */
static void *
claim (struct disk_cache_info *slot, block_t block)
{
  void *ptr = slot_address (slot);
  int read;

  slot->flags |= DC_UNTOUCHED;
  if (ext2_fixed)
    block_before[slot - disk_cache_info] = slot->block;
  associate (slot, block);
  slot->ref_count = 1;
  pthread_mutex_unlock (&disk_cache_lock);

  /* The disk pager's read clears UNTOUCHED.  */
  touch (ptr);

  pthread_mutex_lock (&disk_cache_lock);
  read = !(slot->flags & DC_UNTOUCHED);
  if (!read)
    {
      slot->flags &= ~DC_UNTOUCHED;
      slot->ref_count = 0;
      associate (slot, DC_NO_BLOCK);
      free_if_reusable (slot);
    }
  pthread_cond_broadcast (&disk_cache_reassociation);
  pthread_mutex_unlock (&disk_cache_lock);

  if (!read)
    pager_flush_some (diskfs_disk_pager, (char *)ptr - (char *)disk_cache,
                      block_size, 0);
  return read ? ptr : 0;
}

void *
disk_cache_block_ref (block_t block)
{
  assert_backtrace (block != DC_NO_BLOCK);

  for (;;)
    {
      struct disk_cache_info *slot;
      void *ptr;

      pthread_mutex_lock (&disk_cache_lock);
      ptr = hurd_ihash_find (disk_cache_bptr, block);
      if (ptr && !(slot_of (ptr)->flags & DC_UNTOUCHED))
        {
          slot_of (ptr)->ref_count++;
          assert_backtrace (slot_of (ptr)->ref_count != 0);
          pthread_mutex_unlock (&disk_cache_lock);
          return ptr;
        }
      if (ptr)
        {
          /* Somebody else is reading it.  */
          pthread_cond_wait (&disk_cache_reassociation, &disk_cache_lock);
          pthread_mutex_unlock (&disk_cache_lock);
          continue;
        }

      slot = pop_free_slot ();
      if (slot)
        {
          ptr = claim (slot, block);
          if (ptr)
            return ptr;
        }
      else
        {
          pthread_mutex_unlock (&disk_cache_lock);
          return_unused ();
        }
    }
}

void
disk_cache_block_ref_ptr (void *ptr)
{
  pthread_mutex_lock (&disk_cache_lock);
  slot_of (ptr)->ref_count++;
  assert_backtrace (slot_of (ptr)->ref_count > 1);
  pthread_mutex_unlock (&disk_cache_lock);
}

void
_disk_cache_block_deref (void *ptr)
{
  struct disk_cache_info *slot;

  pthread_mutex_lock (&disk_cache_lock);
  slot = slot_of (ptr);
  assert_backtrace (slot->ref_count >= 1);
  slot->ref_count--;
  free_if_reusable (slot);
  pthread_mutex_unlock (&disk_cache_lock);
}

int
disk_cache_block_is_ref (block_t block)
{
  void *ptr;
  int refs = 0;

  pthread_mutex_lock (&disk_cache_lock);
  ptr = hurd_ihash_find (disk_cache_bptr, block);
  if (ptr)
    refs = slot_of (ptr)->ref_count;
  pthread_mutex_unlock (&disk_cache_lock);
  return refs;
}

block_t
disk_cache_page_read (vm_offset_t offset)
{
  struct disk_cache_info *slot;
  block_t block = DC_NO_BLOCK;

  pthread_mutex_lock (&disk_cache_lock);
  slot = slot_at_offset (offset);
  if (slot)
    {
      slot->flags |= DC_INCORE;
      slot->flags &= ~DC_UNTOUCHED;
      block = slot->block;
    }
  pthread_mutex_unlock (&disk_cache_lock);
  return block;
}

block_t
disk_cache_page_block (vm_offset_t offset)
{
  struct disk_cache_info *slot;
  block_t block;

  pthread_mutex_lock (&disk_cache_lock);
  slot = slot_at_offset (offset);
  block = slot ? slot->block : DC_NO_BLOCK;
  if (ext2_fixed && slot && slot->flags & DC_UNTOUCHED)
    block = block_before[slot - disk_cache_info];
  pthread_mutex_unlock (&disk_cache_lock);
  return block;
}

void
disk_cache_page_evicted (vm_offset_t offset)
{
  struct disk_cache_info *slot;

  pthread_mutex_lock (&disk_cache_lock);
  slot = slot_at_offset (offset);
  if (slot)
    {
      slot->flags &= ~DC_INCORE;
      free_if_reusable (slot);
    }
  pthread_mutex_unlock (&disk_cache_lock);
}

void
disk_cache_init (void)
{
  block_t block;
  error_t err;

  if (block_size != vm_page_size)
    ext2_panic ("block size %u is not the page size", block_size);

  pthread_mutex_init (&disk_cache_lock, NULL);
  pthread_cond_init (&disk_cache_reassociation, NULL);
  err = hurd_ihash_create (&disk_cache_bptr, HURD_IHASH_NO_LOCP);
  if (err)
    ext2_panic ("disk cache: %s", strerror (err));
  disk_cache_info = malloc (disk_cache_blocks * sizeof *disk_cache_info);
  if (ext2_fixed)
    block_before = malloc (disk_cache_blocks * sizeof *block_before);
  if (!disk_cache_info || (ext2_fixed && !block_before))
    ext2_panic ("disk cache: no memory");
  free_slots = 0;
  slots_made = 0;

  /* These lie side by side in the first slots, for whoever uses the group
     descriptors as an array.  */
  for (block = boffs_block (SBLOCK_OFFS); block < group_desc_block_end;
       block++)
    {
      void *ptr = disk_cache_block_ref (block);

      pthread_mutex_lock (&disk_cache_lock);
      slot_of (ptr)->flags |= DC_FIXED;
      pthread_mutex_unlock (&disk_cache_lock);
      _disk_cache_block_deref (ptr);
    }
}
