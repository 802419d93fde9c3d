/* The built-in keys: docs/design.md 3 as a table.

   One row a key: name, kind, default, range, what it is and where the default
   comes from.  The keys of the store have no default of their own: they follow
   store.device.  "cpu.*" are not here, they come from world/costs.h.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "keys_table.h"

#include <string.h>
#include "../base/check.h"
#include "../world/device.h"
#include "../world/lock.h"

#define KIB (UINT64_C (1) << 10)
#define MIB (UINT64_C (1) << 20)
#define GIB (UINT64_C (1) << 30)
#define MSEC UINT64_C (1000000)
#define SEC (1000 * MSEC)

static const char *const yes_no[] = { "no", "yes", NULL };
static const char *const contents[] = { "stamps", "bytes", NULL };

enum
{
  WORDS_MAX = 16
};
static const char *policies[WORDS_MAX], *devices[WORDS_MAX];

const struct key_spec key_specs[] = {
  { "ext2fs.fixed", KEY_YESNO, "no", 0, 1, yes_no,
    "adaptive: fsync, sync and unmount tell what the store did not take",
    "assumed" },
  { "ext2fs.flush", KEY_YESNO, "no", 0, 1, yes_no,
    "fsync and sync empty the store's write cache before they return",
    "as first posted; later versions do in sync" },
  { "fs.fill", KEY_NUMBER, "0", 0, 90, NULL,
    "percent of the file system that is in use before setup",
    "a fresh file system" },
  { "fs.fragmentation", KEY_NUMBER, "0", 0, 32768, NULL,
    "mean length of a run of free blocks; 0 is a fresh file system",
    "a fresh file system" },
  { "libpager.serial", KEY_YESNO, "yes", 0, 1, yes_no,
    "one worker at a time for each object", "libpager/demuxer.c" },
  { "libpager.workers", KEY_NUMBER, "10", 1, 64, NULL,
    "threads that handle an object's messages", "libpager/demuxer.c" },
  { "lock.policy", KEY_CHOICE, "writer", 0, 0, policies,
    "who gets a read-write lock next", "docs/model.md 5" },
  { "mach.return_pages", KEY_NUMBER, "32", 1, 1024, NULL,
    "most pages of one data_return", "docs/model.md 1.4" },
  { "machine.cpus", KEY_NUMBER, "1", 1, 64, NULL, "processors",
    "the Hurd's usual kernel has one" },
  { "machine.memory", KEY_SIZE, "2G", 16 * MIB, 64 * GIB, NULL,
    "physical memory", "assumed" },
  { "machine.quantum", KEY_TIME, "100ms", 1, 3600 * SEC, NULL,
    "how long a thread keeps a processor that others want",
    "GNU Mach's default time slice; assumed" },
  { "pager.cap_blocks", KEY_NUMBER, "128", 1, 1024, NULL,
    "extent, adaptive: most blocks for one lock hold", "docs/model.md 6.2" },
  { "pager.chunk_blocks", KEY_NUMBER, "2", 1, 1024, NULL,
    "chunk: blocks for one lock hold", "docs/model.md 6.1" },
  { "pager.disk_bulk", KEY_YESNO, "no", 0, 1, yes_no,
    "let the disk pager write runs too", "the originals do not" },
  { "pager.name", KEY_TEXT, "extent", 0, 0, NULL,
    "the pager under test: a name or a FILE.so", "what was merged" },
  { "run.contents", KEY_CHOICE, "stamps", 0, 0, contents,
    "what pages hold: a stamp for each, or all their bytes",
    "stamps are faster, the run is the same" },
  { "run.faults", KEY_TEXT, "none", 0, 0, NULL,
    "what goes wrong, with blanks between: docs/reliability.md", "nothing" },
  { "run.limit", KEY_TIME, "86400s", 1, 31536000 * SEC, NULL,
    "virtual time after which a run is given up", "assumed" },
  { "store.bandwidth", KEY_SIZE, NULL, 0, 1024 * GIB, NULL,
    "bytes a second; 0 is no limit", "store.device" },
  { "store.device", KEY_CHOICE, "virtio", 0, 0, devices,
    "the kind of store: sets the other store keys", "assumed" },
  { "store.image", KEY_TEXT, "none", 0, 0, NULL,
    "a file with an ext2 file system to begin with, which is not written: "
    "docs/images.md",
    "a fresh file system" },
  { "store.max_transfer", KEY_SIZE, NULL, SIM_PAGE_SIZE, GIB, NULL,
    "longer requests are split", "store.device" },
  { "store.overhead", KEY_TIME, NULL, 0, 3600 * SEC, NULL,
    "time that every request takes", "store.device" },
  { "store.rotation", KEY_TIME, NULL, 0, 10 * SEC, NULL,
    "one turn of the platter; 0 is none", "store.device" },
  { "store.seek", KEY_TIME, NULL, 0, 10 * SEC, NULL,
    "a seek from end to end; 0 is none", "store.device" },
  { "store.size", KEY_SIZE, "8G", 16 * MIB, 2048 * GIB, NULL,
    "length of the store", "assumed" },
  { "sync.interval", KEY_TIME, "30s", 0, 86400 * SEC, NULL,
    "pause between two periodic syncs; 0 is none",
    "libdiskfs: DEFAULT_SYNC_INTERVAL" },
  { "sync.phase", KEY_TIME, "0", 0, 86400 * SEC, NULL,
    "when the first periodic sync comes", "assumed" },
  { NULL, 0, NULL, 0, 0, NULL, NULL, NULL },
};

void
key_specs_init (void)
{
  if (devices[0])
    return;
  unsigned n = 0;
  for (const struct device_preset *d = device_presets; d->name; d++)
    {
      CHECK (n < WORDS_MAX - 1);
      devices[n++] = d->name;
    }
  CHECK ((int)LOCK_POLICIES < (int)WORDS_MAX);
  for (n = 0; n < LOCK_POLICIES; n++)
    policies[n] = lock_policy_name[n];
}

uint64_t
key_preset_value (const char *name, unsigned device)
{
  const struct device_config *c = &device_presets[device].config;
  if (strcmp (name, "store.overhead") == 0)
    return c->overhead_ns;
  if (strcmp (name, "store.seek") == 0)
    return c->seek_ns;
  if (strcmp (name, "store.rotation") == 0)
    return c->rotation_ns;
  if (strcmp (name, "store.bandwidth") == 0)
    return c->bandwidth;
  CHECK (strcmp (name, "store.max_transfer") == 0);
  return c->max_transfer;
}
