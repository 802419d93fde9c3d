/* Names: long ones in UTF-16, and the short ones that every entry has.

   A name that is short but for small letters needs no long one if base and
   extension are of one kind of letters each: two bits of the entry say so.
   Others get a short name of six letters and a number, or, when those are
   taken, of two letters, a hash and a number.  Names differ when they differ
   in more than the case of Latin letters, and a short name stands for its
   file, too: as on every FAT file system.  Left out: other letters' cases.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "fatfs.h"

enum
{
  BASE = 8,
  EXTENSION = 3
};

/* ---- Characters ---- */

/* Decode one character of *TEXT and step over it; 0 if that is no UTF-8.  */
static uint32_t
decode (const char **text)
{
  static const uint32_t smallest[] = { 0, 0x80, 0x800, 0x10000 };
  const unsigned char *s = (const unsigned char *)*text;
  int more = s[0] < 0x80             ? 0
             : (s[0] & 0xe0) == 0xc0 ? 1
             : (s[0] & 0xf0) == 0xe0 ? 2
             : (s[0] & 0xf8) == 0xf0 ? 3
                                     : -1;
  uint32_t c = more > 0 ? s[0] & (0x3f >> more) : s[0];

  if (more < 0)
    return 0;
  for (int i = 1; i <= more; i++)
    {
      if ((s[i] & 0xc0) != 0x80)
        return 0;
      c = c << 6 | (s[i] & 0x3f);
    }
  *text += more + 1;
  if (c < smallest[more] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
    return 0;
  return c;
}

static uint16_t
capital (uint16_t u)
{
  return u >= 'a' && u <= 'z' ? u - 'a' + 'A' : u;
}

static int
may_be_long (uint32_t c)
{
  return c >= ' ' && (c >= 0x80 || strchr ("\"*/:<>?\\|", c) == NULL);
}

static int
may_be_short (uint16_t u)
{
  u = capital (u);
  return (u >= 'A' && u <= 'Z') || (u >= '0' && u <= '9')
         || (u < 0x80 && u != 0 && strchr ("$%'-_@~`!(){}^#&", u) != NULL);
}

/* ---- Short names ---- */

/* The index of the dot before the extension; LENGTH if there is none.  */
static unsigned
find_dot (const struct name *n)
{
  for (unsigned i = n->length; i > 1; i--)
    if (n->unit[i - 1] == '.')
      return i - 1;
  return n->length;
}

/* Put the units from FIRST to END into TO, of SIZE bytes.  Returns whether
   that is all of them; *LOWER is set if they are small letters, *MIXED if both
   kinds.  */
static int
put_short (const struct name *n, unsigned first, unsigned end, uint8_t *to,
           unsigned size, int *lower, int *mixed)
{
  int small = 0, large = 0;

  if (end - first > size)
    return 0;
  for (unsigned i = first; i < end; i++)
    {
      uint16_t u = n->unit[i];

      if (!may_be_short (u))
        return 0;
      small |= u >= 'a' && u <= 'z';
      large |= u >= 'A' && u <= 'Z';
      to[i - first] = capital (u);
    }
  *lower = small;
  *mixed |= small && large;
  return 1;
}

static void
try_short (struct name *n)
{
  unsigned dot = find_dot (n);
  unsigned extension = dot < n->length ? dot + 1 : dot;
  int lower_base, lower_extension, mixed = 0;

  memset (n->alias, ' ', sizeof n->alias);
  n->lower = 0;
  n->fits = put_short (n, 0, dot, n->alias, BASE, &lower_base, &mixed)
            && put_short (n, extension, n->length, n->alias + BASE, EXTENSION,
                          &lower_extension, &mixed);
  n->has_long = !n->fits || mixed;
  if (!n->has_long)
    n->lower = (lower_base ? FAT_LOWER_BASE : 0)
               | (lower_extension ? FAT_LOWER_EXTENSION : 0);
}

/* Fill TO with what there is between FIRST and END that can be in a short
   name.  Returns how much.  */
static unsigned
squeeze (const struct name *n, unsigned first, unsigned end, uint8_t *to,
         unsigned size)
{
  unsigned used = 0;

  for (unsigned i = first; i < end && used < size; i++)
    if (n->unit[i] != ' ' && n->unit[i] != '.')
      to[used++] = may_be_short (n->unit[i]) ? capital (n->unit[i]) : '_';
  return used;
}

void
name_make_alias (struct name *n, unsigned try)
{
  enum
  {
    PLAIN = 4 /* tries without a hash  */
  };
  unsigned dot = find_dot (n), used;
  uint32_t hash = 2166136261u + try;

  memset (n->alias, ' ', sizeof n->alias);
  used = squeeze (n, 0, dot, n->alias, try < PLAIN ? BASE - 2 : 2);
  if (used == 0)
    n->alias[used++] = '_';
  squeeze (n, dot, n->length, n->alias + BASE, EXTENSION);
  if (try < PLAIN)
    {
      n->alias[used++] = '~';
      n->alias[used] = '1' + try;
      return;
    }
  for (unsigned i = 0; i < n->length; i++)
    hash = (hash ^ n->unit[i]) * 16777619u;
  hash ^= hash >> 16;
  for (int i = 0; i < 4; i++, hash >>= 4)
    n->alias[used++] = "0123456789ABCDEF"[hash & 15];
  n->alias[used++] = '~';
  n->alias[used] = '1';
}

uint8_t
name_checksum (const uint8_t *alias)
{
  uint8_t sum = 0;

  for (int i = 0; i < FAT_ALIAS; i++)
    sum = (sum << 7 | sum >> 1) + alias[i];
  return sum;
}

/* ---- Long names ---- */

error_t
name_parse (struct name *n, const char *name)
{
  memset (n, 0, sizeof *n);
  if (*name == '\0')
    return ENOENT;
  while (*name != '\0')
    {
      uint32_t c = decode (&name);

      if (c == 0 || !may_be_long (c))
        return EINVAL;
      if (n->length + (c >= 0x10000) >= FAT_NAME_UNITS)
        return ENAMETOOLONG;
      if (c >= 0x10000)
        {
          n->unit[n->length++] = 0xd800 + ((c - 0x10000) >> 10);
          c = 0xdc00 + (c & 0x3ff);
        }
      n->unit[n->length++] = c;
    }
  if (n->unit[n->length - 1] == '.' || n->unit[n->length - 1] == ' ')
    return EINVAL;
  try_short (n);
  return 0;
}

unsigned
name_entries (const struct name *n)
{
  return 1
         + (n->has_long ? (n->length + FAT_LONG_UNITS - 1) / FAT_LONG_UNITS
                        : 0);
}

int
name_equals (const struct name *n, const uint16_t *unit, unsigned length)
{
  if (n->length != length)
    return 0;
  for (unsigned i = 0; i < length; i++)
    if (capital (n->unit[i]) != capital (unit[i]))
      return 0;
  return 1;
}

/* Where unit I of a part stands in it.  */
static void *
unit_of (struct fat_long_entry *part, unsigned i)
{
  return (char *)part
         + (i < 5 ? offsetof (struct fat_long_entry, part_1) + 2 * i
            : i < 11
                ? offsetof (struct fat_long_entry, part_2) + 2 * (i - 5)
                : offsetof (struct fat_long_entry, part_3) + 2 * (i - 11));
}

void
name_get_part (const struct name *n, unsigned order,
               struct fat_long_entry *part)
{
  unsigned first = (order - 1) * FAT_LONG_UNITS;

  memset (part, 0, sizeof *part);
  part->order = order;
  if (first + FAT_LONG_UNITS >= n->length)
    part->order |= FAT_LONG_LAST;
  part->attributes = FAT_LONG_NAME;
  part->checksum = name_checksum (n->alias);
  for (unsigned i = 0; i < FAT_LONG_UNITS; i++)
    {
      /* A name that does not fill its last part ends with a zero.  */
      uint16_t u = first + i < n->length    ? n->unit[first + i]
                   : first + i == n->length ? 0
                                            : 0xffff;

      u = htole16 (u);
      memcpy (unit_of (part, i), &u, sizeof u);
    }
}

void
name_put_part (const struct fat_long_entry *part, unsigned order,
               uint16_t *unit)
{
  struct fat_long_entry copy = *part;

  unit += (order - 1) * FAT_LONG_UNITS;
  for (unsigned i = 0; i < FAT_LONG_UNITS; i++)
    {
      memcpy (&unit[i], unit_of (&copy, i), sizeof unit[i]);
      unit[i] = le16toh (unit[i]);
    }
}
