/* A file's block map as a case describes and changes it: a list of extents, of
   which the last one that holds a block wins.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "blockmap.h"
#include "input.h"

#include <stdlib.h>

static struct extent
{
  uint64_t first, end; /* end is exclusive  */
  uint32_t physical;   /* 0: holes  */
} * extents;
static size_t count, room;

static void
add (uint64_t first, uint64_t end, uint32_t physical)
{
  if (count == room)
    {
      room = room ? 2 * room : 64;
      extents = realloc (extents, room * sizeof *extents);
      if (!extents)
        input_bad ("out of memory");
    }
  extents[count++] = (struct extent){ first, end, physical };
}

void
blockmap_clear (void)
{
  count = 0;
}

void
blockmap_enter (const json_t *list)
{
  size_t i;
  json_t *e;

  json_array_foreach ((json_t *)list, i, e)
  {
    if (json_array_size (e) != 3)
      input_bad ("an extent of `map' is not an array of three");
    uint64_t l
        = (uint64_t)input_number (json_array_get (e, 0), "map", 0, UINT32_MAX);
    uint64_t p
        = (uint64_t)input_number (json_array_get (e, 1), "map", 0, UINT32_MAX);
    uint64_t n
        = (uint64_t)input_number (json_array_get (e, 2), "map", 1, UINT32_MAX);
    if (p + n - 1 > UINT32_MAX)
      input_bad ("an extent of `map' ends beyond block 2^32 - 1");
    add (l, l + n, (uint32_t)p);
  }
}

void
blockmap_cut (uint64_t first)
{
  add (first, UINT64_MAX, 0);
}

uint32_t
blockmap_find (uint64_t block)
{
  size_t i = count;

  while (i-- > 0)
    if (block >= extents[i].first && block < extents[i].end)
      {
        const struct extent *e = &extents[i];
        return e->physical ? e->physical + (uint32_t)(block - e->first) : 0;
      }
  return 0;
}
