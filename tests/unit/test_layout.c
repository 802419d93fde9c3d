/* The layout of a sequential 128 MiB file on a fresh file system.

   docs/model.md 3.8: indirect blocks lie inline, directly before the first
   block that they map, and where a group ends the file goes on behind the next
   group's metadata.  The test reads the store as anyone would, from the
   superblock on, and knows nothing of the code that wrote it.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../sim/harness/keys.h"
#include "../../sim/harness/place.h"
#include "../../sim/harness/scenario.h"
#include "../../sim/world/counters.h"
#include "../../sim/world/device.h"

enum
{
  BLOCKS = 32768,
  BLOCK = 4096,
  ADDRS = BLOCK / 4, /* block numbers in an indirect block  */
  DIRECT = 12,
  ROOT_INO = 2
};

/* ---- Reading ext2, all of it little endian as the machines that run this - */

struct file_system
{
  uint32_t blocks_per_group, inodes_per_group, inode_size;
};

static uint32_t
word (const void *base, size_t offset)
{
  uint32_t w;
  memcpy (&w, (const char *) base + offset, sizeof w);
  return w;
}

static void
read_block (uint32_t block, void *to)
{
  device_peek ((uint64_t) block * BLOCK, to, BLOCK);
}

static struct file_system
read_super (void)
{
  static char super[1024];
  device_peek (1024, super, sizeof super);
  uint16_t magic, inode_size;
  memcpy (&magic, super + 56, sizeof magic);
  memcpy (&inode_size, super + 88, sizeof inode_size);
  assert_int_equal (magic, 0xef53);
  assert_int_equal (word (super, 24), 2); /* blocks of 4 KiB  */
  return (struct file_system) { .blocks_per_group = word (super, 32),
                                .inodes_per_group = word (super, 40),
                                .inode_size = inode_size };
}

/* The inode table of GROUP: its first block.  */
static uint32_t
inode_table (uint32_t group)
{
  static char descriptors[BLOCK];
  read_block (1, descriptors);
  return word (descriptors, group * 32 + 8);
}

static void
read_inode (const struct file_system *fs, uint32_t ino, uint32_t addrs[15])
{
  static char block[BLOCK];
  uint32_t group = (ino - 1) / fs->inodes_per_group;
  uint32_t at = (ino - 1) % fs->inodes_per_group * fs->inode_size;
  read_block (inode_table (group) + at / BLOCK, block);
  memcpy (addrs, block + at % BLOCK + 40, 15 * sizeof addrs[0]);
}

/* The inode of NAME in the directory whose first block is BLOCK_NUMBER.  */
static uint32_t
find_name (uint32_t block_number, const char *name)
{
  static char block[BLOCK];
  read_block (block_number, block);
  for (size_t at = 0; at < BLOCK;)
    {
      uint16_t len;
      memcpy (&len, block + at + 4, sizeof len);
      assert_true (len >= 8);
      size_t n = (unsigned char) block[at + 6];
      if (word (block, at) && n == strlen (name)
          && memcmp (block + at + 8, name, n) == 0)
        return word (block, at);
      at += len;
    }
  fail_msg ("no file %s", name);
  return 0;
}

static void
read_map (const struct file_system *fs, uint32_t *map)
{
  static uint32_t addrs[15], indirect[ADDRS], leaf[ADDRS];
  read_inode (fs, ROOT_INO, addrs);
  read_inode (fs, find_name (addrs[0], "big"), addrs);
  memcpy (map, addrs, DIRECT * sizeof *map);
  read_block (addrs[12], indirect);
  memcpy (map + DIRECT, indirect, sizeof indirect);
  read_block (addrs[13], indirect);
  for (uint32_t i = DIRECT + ADDRS; i < BLOCKS; i++)
    {
      uint32_t l = i - DIRECT - ADDRS;
      if (l % ADDRS == 0)
        read_block (indirect[l / ADDRS], leaf);
      map[i] = leaf[l % ADDRS];
    }
}

/* ---- What it should be ---------------------------------------------------- */

/* Indirect blocks that are allocated right before logical block I.  */
static unsigned
indirects_before (uint32_t i)
{
  if (i == DIRECT)
    return 1;
  if (i == DIRECT + ADDRS)
    return 2;
  return i > DIRECT + ADDRS && (i - DIRECT) % ADDRS == 0;
}

/* The next physical block after P; at a group's end, the first behind the next
   group's metadata, whose last part is the inode table.  */
static uint32_t
next_block (const struct file_system *fs, uint32_t p)
{
  p++;
  if (p % fs->blocks_per_group != 0)
    return p;
  uint32_t group = p / fs->blocks_per_group;
  uint32_t table = fs->inodes_per_group * fs->inode_size / BLOCK;
  return inode_table (group) + table;
}

static void
run_seqwrite (void)
{
  struct user_error err;
  char path[PATH_MAX];
  place_workload ("seqwrite", path);
  keys_reset ();
  struct workload *w = workload_load (path, &err);
  if (w == NULL)
    fail_msg ("%s", err.line);
  struct pager *p = pager_load ("extent", &err);
  if (p == NULL)
    fail_msg ("%s", err.line);
  struct run_result result;
  if (!scenario_run (p, w, 1, &result, &err))
    fail_msg ("%s", err.line);
  assert_int_equal (result.verdict, VERDICT_OK);
  workload_free (w);
}

static void
test_layout (void **state)
{
  (void) state;
  run_seqwrite ();
  struct file_system fs = read_super ();
  static uint32_t map[BLOCKS];
  read_map (&fs, map);

  unsigned indirect_cuts = 0, crossings = 0;
  uint32_t p = map[0];
  for (uint32_t i = 1; i < BLOCKS; i++)
    {
      uint32_t before = p;
      unsigned n = indirects_before (i);
      for (unsigned k = 0; k <= n; k++)
        p = next_block (&fs, p);
      assert_int_equal (map[i], p);
      if (p == before + 1)
        continue;
      if (before / fs.blocks_per_group != p / fs.blocks_per_group)
        crossings++;
      if (n > 0)
        {
          indirect_cuts++;
          assert_int_equal (i % 32, 12); /* even: it splits no aligned chunk */
          if (before / fs.blocks_per_group == p / fs.blocks_per_group)
            assert_int_equal (p - before - 1, n); /* the gap  */
        }
    }
  assert_int_equal (indirect_cuts, 32);
  assert_true (crossings >= 1); /* 32801 blocks do not fit into one group  */

  /* So many runs of consecutive blocks, so many store writes: one a window of
     32 pages, and one more for each cut that no window begins with.  */
  uint64_t cuts = 32 + crossings;
  assert_int_equal (counter_value[COUNTER_FILE_STORE_WRITE],
                    BLOCKS / 32 + cuts);
}

int
main (void)
{
  const struct CMUnitTest tests[] = { cmocka_unit_test (test_layout) };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
