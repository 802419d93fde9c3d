/* A file's block map as a case describes and changes it.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef CONFORMANCE_BLOCKMAP_H
#define CONFORMANCE_BLOCKMAP_H

#include <jansson.h>
#include <stdint.h>

/* Start with no block mapped.  */
void blockmap_clear (void);

/* Enter the extents [l, p, n] of LIST over what is there; p = 0 makes
   holes.  */
void blockmap_enter (const json_t *list);

/* Every block from FIRST on becomes a hole.  */
void blockmap_cut (uint64_t first);

/* The physical block of BLOCK; 0 is a hole.  */
uint32_t blockmap_find (uint64_t block);

#endif /* CONFORMANCE_BLOCKMAP_H */
