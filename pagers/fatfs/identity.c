/* Numbers of files, which have no inodes.

   A file gets a number when its directory entry is first looked at or it is
   made, and keeps it until it is deleted, also when its name moves; no number
   is given twice.  In the Hurd: fatfs/virt-inode.c.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "fatfs.h"

static struct hurd_ihash by_number
    = HURD_IHASH_INITIALIZER (HURD_IHASH_NO_LOCP);
static struct hurd_ihash by_position
    = HURD_IHASH_INITIALIZER (HURD_IHASH_NO_LOCP);
static ino64_t next_number = FAT_ROOT_INO;

void
identities_init (void)
{
  struct identity *root = identity_new ();

  assert_backtrace (root != NULL && root->number == FAT_ROOT_INO);
  root->parent = FAT_ROOT_INO;
}

struct identity *
identity_new (void)
{
  struct identity *id = calloc (1, sizeof *id);

  if (id == NULL)
    return NULL;
  id->number = next_number;
  if (hurd_ihash_add (&by_number, id->number, id))
    {
      free (id);
      return NULL;
    }
  next_number++;
  return id;
}

struct identity *
identity_find (ino64_t number)
{
  return hurd_ihash_find (&by_number, number);
}

ino64_t
identity_at (position_t position, ino64_t parent)
{
  struct identity *id = hurd_ihash_find (&by_position, position);

  if (id != NULL)
    return id->number;
  id = identity_new ();
  if (id == NULL)
    return 0;
  if (identity_move (id, position, parent))
    {
      identity_remove (id->number);
      return 0;
    }
  return id->number;
}

error_t
identity_move (struct identity *id, position_t position, ino64_t parent)
{
  struct identity *other = hurd_ihash_find (&by_position, position);
  error_t err = 0;

  if (other != id)
    err = hurd_ihash_add (&by_position, position, id);
  if (err)
    return err;
  if (other != NULL && other != id && other->position == position)
    other->position = 0;
  id->position = position;
  id->parent = parent;
  return 0;
}

void
identity_clear (position_t position)
{
  struct identity *id = hurd_ihash_find (&by_position, position);

  hurd_ihash_remove (&by_position, position);
  if (id != NULL && id->position == position)
    id->position = 0;
}

void
identity_remove (ino64_t number)
{
  struct identity *id = identity_find (number);

  hurd_ihash_remove (&by_number, number);
  free (id);
}
