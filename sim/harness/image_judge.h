/* Judging an ext2 file system before it is used: is it one that the servers
   here take, and is it whole?

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_HARNESS_IMAGE_JUDGE_H
#define SIM_HARNESS_IMAGE_JUDGE_H

#include "../base/types.h"

struct image_source
{
  uint64_t size; /* in bytes  */
  /* Bytes of a block of 4 KiB, all of them below SIZE rounded down to one.  */
  void (*read) (uint64_t offset, void *to, size_t len, void *arg);
  void *arg;
};

enum
{
  IMAGE_LINE_BYTES = 200
};

/* False, with what is wrong in LINE, unless the file system on S is ext2 with
   4 KiB blocks and features that are known, was unmounted, and holds
   together.  */
bool image_judge (const struct image_source *s, char line[IMAGE_LINE_BYTES]);

#endif /* SIM_HARNESS_IMAGE_JUDGE_H */
