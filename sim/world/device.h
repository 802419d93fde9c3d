/* The store: a device that takes one request at a time, and what is on it.

   Time: a request waits until the device is free (libstore works on one at a
   time), then takes overhead + seek + rotation + bytes / bandwidth; requests
   longer than max_transfer are split.  Seek is paid when a request does not
   begin where the last one ended, in proportion to the square root of the
   distance (integer arithmetic) up to store.seek at full stroke; rotation is
   paid with a seek: choice_pick (CHOICE_ROTATION) of a turn.

   Contents: sparse, by block of 4 KiB.  A block is real bytes, or, when the
   run carries stamps, a stamp of 24 bytes in its first bytes that stands for
   the page's contents (page.h): store_write recognises it by its magic number
   and keeps only that; a read gives it back in a page whose other bytes are
   undefined.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_WORLD_DEVICE_H
#define SIM_WORLD_DEVICE_H

#include "../base/types.h"

/* Whose request it is; kept in thread->io_path, so that the counters of the
   file path and of the disk pager are told apart (docs/model.md 7.1).  */
enum io_path
{
  IO_OTHER,
  IO_FILE,
  IO_DISK
};

/* X (field, key, unit, what).  Sizes in bytes, times in ns, bandwidth in bytes
   per second (0: no limit).  */
struct device_config
{
  vtime overhead_ns;
  vtime seek_ns;     /* full stroke; 0: none  */
  vtime rotation_ns; /* one turn; 0: none  */
  uint64_t bandwidth;
  uint64_t max_transfer; /* at least a block  */
  uint64_t size;         /* of the store, a multiple of the block  */
};

struct device_preset
{
  const char *name, *about;
  struct device_config config; /* size is 0: not part of a preset  */
};
/* ram, virtio, ssd, hdd, fixed; ends with a NULL name.  */
extern const struct device_preset device_presets[];

/* A stamp: stands for the 4 KiB of a file page at one version.  */
#define STAMP_MAGIC UINT64_C (0x9d2c5680a7e3b14f)
/* In place of it where only a part of the block was written (faults.h).  */
#define STAMP_TORN UINT64_C (0x4be10d3a96c8725f)
struct stamp
{
  uint64_t magic;
  uint32_t file;    /* 1, 2, ...; 0 is "all zero bytes"  */
  uint32_t version; /* counts up with every store to the page  */
  uint64_t page;    /* page index in the file  */
};

/* Empty the store (all blocks read as zeros).  Memory of an earlier run is used
   again.  */
void device_init (const struct device_config *config);

/* Write LEN bytes at byte OFFSET, both multiples of 512, in virtual time, from
   the current thread, which waits for it.  Sets *DONE.  Errors: EIO beyond the end,
   EINVAL when misaligned.  Counts by thread->io_path and traces.  */
int device_write (uint64_t offset, const void *data, size_t len, size_t *done);
/* The same for BLOCKS whole blocks of which only stamps are known (magic is not
   looked at; file 0 is a block of zeros).  */
int device_write_stamps (uint64_t offset, const struct stamp *stamps,
                         size_t blocks, size_t *done);
/* Read into DATA.  */
int device_read (uint64_t offset, void *data, size_t len, size_t *done);
/* Empty the write cache.  */
int device_sync (void);

/* The same contents without time, counters or trace: formatting, and looking
   at the result.  Offsets and lengths as above.  */
void device_poke (uint64_t offset, const void *data, size_t len);
void device_peek (uint64_t offset, void *data, size_t len);
uint64_t device_size (void);
/* The first block's offset from OFFSET on that may hold anything but zeros;
   UINT64_MAX if there is none.  */
uint64_t device_next_data (uint64_t offset);
/* Whether it is at work, and how many threads wait for their turn.  */
bool device_busy (unsigned *queued);
/* The time of a request of one page, without moving the head.  */
vtime device_page_ns (void);

/* Who looks on: WRITTEN when LEN bytes at OFFSET have just changed, SYNCED when
   device_sync is done.  What a write cache would hold between the two is for
   the onlooker to say: here nothing is ever lost.  NULL: nobody.  */
struct device_watch
{
  void (*written) (uint64_t offset, size_t len);
  void (*synced) (void);
};
extern const struct device_watch *device_watch;

#endif /* SIM_WORLD_DEVICE_H */
