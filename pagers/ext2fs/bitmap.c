/* Searching allocation bitmaps; included by balloc.c and ialloc.c.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The first byte of value C in SIZE bytes at ADDR, or what follows them.  */
static inline __attribute__ ((unused)) void *
memscan (void *addr, unsigned char c, size_t size)
{
  void *found = memchr (addr, c, size);

  return found != NULL ? found : (char *)addr + size;
}

/* The first clear bit at or after START, or SIZE.  */
static inline __attribute__ ((unused)) unsigned long
find_next_zero_bit (const void *addr, unsigned long size, unsigned long start)
{
  const unsigned char *map = addr;
  unsigned long bit = start;

  while (bit < size)
    {
      if (bit % 64 == 0 && size - bit >= 64)
        {
          uint64_t word;

          memcpy (&word, map + bit / 8, sizeof word);
          if (word == UINT64_MAX)
            {
              bit += 64;
              continue;
            }
        }
      if (!(map[bit / 8] & (1 << bit % 8)))
        return bit;
      bit++;
    }
  return size;
}

static inline __attribute__ ((unused)) unsigned long
find_first_zero_bit (const void *addr, unsigned long size)
{
  return find_next_zero_bit (addr, size, 0);
}

/* How many bits are clear in SIZE bytes.  */
static inline __attribute__ ((unused)) unsigned long
count_free (const unsigned char *map, size_t size)
{
  unsigned long n = 0;

  while (size-- > 0)
    n += 8 - __builtin_popcount (*map++);
  return n;
}
