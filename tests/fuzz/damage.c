/* Damaging a file system in places that matter, see damage.h.

   Bytes changed at random would mostly be contents or nothing.  So the places
   of a good file system are sorted by what they are (a field of the
   superblock, of a descriptor, of an inode in use, a bitmap's byte, a pointer
   to a block, a part of a directory's entry, ...), and a change names the
   sort, the place, and what to do: a value, one added, a value that means
   something, or what is at another place.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "damage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum
{
  BLOCK = 4096,
  POINTERS = BLOCK / 4,
  DESC = 32,
  DIRECTORY = 4,
  REGULAR = 8,
  ROOT = 2,
  BITMAP_BYTES = 96 /* what there is of groups and inodes is in front  */
};

enum sort
{
  SUPERBLOCK,
  DESCRIPTOR,
  BITMAP,
  INODE,
  POINTER,
  ENTRY,
  ANYTHING,
  SORTS
};

struct place
{
  size_t offset;
  unsigned length;
};

struct places
{
  struct place *place[SORTS];
  size_t count[SORTS];
  uint32_t meaning[16]; /* values that mean something here  */
};

enum
{
  MEANINGS = 16
};

static uint32_t
get (const uint8_t *at, unsigned length)
{
  uint32_t value = 0;
  for (unsigned i = 0; i < length; i++)
    value |= (uint32_t)at[i] << 8 * i;
  return value;
}

static void
add (struct seed *s, enum sort sort, size_t offset, unsigned length)
{
  struct places *p = s->places;
  size_t n = p->count[sort]++;
  if ((n & (n + 1)) == 0)
    p->place[sort] = realloc (p->place[sort], (2 * n + 1) * sizeof **p->place);
  if (p->place[sort] == NULL || offset + length > s->length)
    abort ();
  p->place[sort][n] = (struct place){ offset, length };
}

static void
add_words (struct seed *s, enum sort sort, size_t offset, size_t bytes)
{
  for (size_t i = 0; i < bytes; i += 2)
    add (s, sort, offset + i, 2);
}

/* ---- What there is in the file system ------------------------------------
 */

static void
add_entries (struct seed *s, size_t block)
{
  for (size_t at = block; at < block + BLOCK;)
    {
      add (s, ENTRY, at, 4);
      add (s, ENTRY, at + 4, 2);
      add (s, ENTRY, at + 6, 1);
      add (s, ENTRY, at + 7, 1);
      add (s, ENTRY, at + 8, 1);
      at += get (s->bytes + at + 4, 2);
    }
}

/* What the pointer at AT leads to through LEVELS indirect blocks.  */
static void
add_tree (struct seed *s, size_t at, unsigned levels, unsigned type)
{
  size_t block = (size_t)get (s->bytes + at, 4) * BLOCK;
  if (block == 0)
    return;
  if (levels == 0)
    {
      if (type == DIRECTORY)
        add_entries (s, block);
      return;
    }
  for (unsigned i = 0; i < POINTERS; i++)
    {
      size_t pointer = block + 4 * i;
      if (i < 4 || get (s->bytes + pointer, 4) != 0)
        add (s, POINTER, pointer, 4);
      add_tree (s, pointer, levels - 1, type);
    }
}

static void
add_inode (struct seed *s, size_t at, unsigned ino)
{
  unsigned type = get (s->bytes + at, 2) >> 12;
  unsigned own = ino == ROOT || ino > 10;
  add_words (s, INODE, at, 128);
  if (!own || (type != DIRECTORY && type != REGULAR))
    return;
  for (unsigned i = 0; i < 15; i++)
    {
      add (s, POINTER, at + 40 + 4 * i, 4);
      add_tree (s, at + 40 + 4 * i, i < 12 ? 0 : i - 11, type);
    }
}

static void
add_group (struct seed *s, unsigned n)
{
  const uint8_t *super = s->bytes + 1024;
  unsigned per_group = get (super + 40, 4);
  unsigned bytes = get (super + 76, 4) == 0 ? 128 : get (super + 88, 2);
  const uint8_t *desc = s->bytes + BLOCK + n * DESC;
  size_t block_bitmap = (size_t)get (desc, 4) * BLOCK;
  size_t inode_bitmap = (size_t)get (desc + 4, 4) * BLOCK;
  size_t table = (size_t)get (desc + 8, 4) * BLOCK;
  add_words (s, DESCRIPTOR, BLOCK + n * DESC, DESC);
  for (unsigned i = 0; i < BITMAP_BYTES; i++)
    {
      add (s, BITMAP, block_bitmap + i, 1);
      add (s, BITMAP, inode_bitmap + i, 1);
    }
  for (unsigned i = 0; i < per_group; i++)
    if (s->bytes[inode_bitmap + i / 8] >> i % 8 & 1)
      add_inode (s, table + (size_t)i * bytes, n * per_group + i + 1);
}

/* Every eighth word of what is not zero.  */
static void
add_anything (struct seed *s)
{
  for (size_t at = 0; at < s->length; at += 32)
    if (get (s->bytes + at, 4) != 0)
      add (s, ANYTHING, at, 4);
}

static void
note_meanings (struct seed *s)
{
  const uint8_t *super = s->bytes + 1024, *desc = s->bytes + BLOCK;
  uint32_t blocks = get (super + 4, 4), inodes = get (super, 4);
  const uint32_t values[MEANINGS] = { 0,
                                      1,
                                      blocks - 1,
                                      blocks,
                                      inodes,
                                      inodes + 1,
                                      get (desc, 4),
                                      get (desc + 4, 4),
                                      get (desc + 8, 4),
                                      ROOT,
                                      11,
                                      0x7fffffff,
                                      0x80000000,
                                      0xffffffff,
                                      BLOCK,
                                      get (super + 32, 4) };
  memcpy (s->places->meaning, values, sizeof values);
}

static void
read_file (struct seed *s, const char *path)
{
  FILE *f = fopen (path, "rb");
  if (f == NULL || fseek (f, 0, SEEK_END) != 0)
    {
      perror (path);
      exit (2);
    }
  s->length = ftell (f);
  s->bytes = malloc (s->length);
  rewind (f);
  if (s->bytes == NULL || fread (s->bytes, 1, s->length, f) != s->length)
    {
      perror (path);
      exit (2);
    }
  fclose (f);
}

void
seed_read (struct seed *s, const char *path)
{
  read_file (s, path);
  s->places = calloc (1, sizeof *s->places);
  if (s->places == NULL)
    abort ();
  const uint8_t *super = s->bytes + 1024;
  uint32_t groups = (get (super + 4, 4) - 1) / get (super + 32, 4) + 1;
  add_words (s, SUPERBLOCK, 1024, 256);
  for (unsigned n = 0; n < groups; n++)
    add_group (s, n);
  add_anything (s);
  note_meanings (s);
}

/* ---- Changes -------------------------------------------------------------
 */

struct damage
damage_of (const struct seed *s, const uint8_t *input)
{
  const struct places *p = s->places;
  unsigned sort = input[0] % SORTS;
  const struct place *at
      = &p->place[sort][get (input + 1, 2) % p->count[sort]];
  uint32_t operand = get (input + 4, 4);
  uint32_t value = get (s->bytes + at->offset, at->length);
  struct damage d = { at->offset, at->length, { 0 } };
  switch (input[3] % 5)
    {
    case 0:
      value = operand;
      break;
    case 1:
      value += operand;
      break;
    case 2:
      value ^= (uint32_t)1 << operand % 32;
      break;
    case 3:
      value = p->meaning[operand % MEANINGS];
      break;
    case 4:
      at = &p->place[sort][operand % p->count[sort]];
      value = get (s->bytes + at->offset, at->length);
      break;
    }
  for (unsigned i = 0; i < d.length; i++)
    d.bytes[i] = value >> 8 * i;
  return d;
}
