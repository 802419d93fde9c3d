/* Reading and writing numbers with units, and finding the name that was meant.

   A number is kept as digits and a scale until its unit is known, so that
   "1.5K" is exact and an overflow is seen.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "text.h"
#include "check.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct unit
{
  const char *name;
  uint64_t factor;
};

/* Smallest first; the nameless one, if any, is what a bare number means.  */
static const struct unit number_units[] = { { "", 1 }, { NULL, 0 } };
static const struct unit size_units[] = { { "", 1 },
                                          { "K", UINT64_C (1) << 10 },
                                          { "M", UINT64_C (1) << 20 },
                                          { "G", UINT64_C (1) << 30 },
                                          { "T", UINT64_C (1) << 40 },
                                          { NULL, 0 } };
static const struct unit time_units[]
    = { { "ns", 1 },
        { "us", UINT64_C (1000) },
        { "ms", UINT64_C (1000) * 1000 },
        { "s", UINT64_C (1000) * 1000 * 1000 },
        { NULL, 0 } };

static const struct unit *const units[] = { [TEXT_NUMBER] = number_units,
                                            [TEXT_SIZE] = size_units,
                                            [TEXT_TIME] = time_units };

static bool
is_digit (char c)
{
  return c >= '0' && c <= '9';
}

/* Append the digits at *S to *N and step over them.  False on overflow.  */
static bool
read_digits (const char **s, uint64_t *n)
{
  for (; is_digit (**s); ++*s)
    if (__builtin_mul_overflow (*n, 10, n)
        || __builtin_add_overflow (*n, (uint64_t)(**s - '0'), n))
      return false;
  return true;
}

static const char *
unknown_unit (enum text_unit unit, bool bare)
{
  switch (unit)
    {
    case TEXT_SIZE:
      return "not a size (units are K, M, G, T)";
    case TEXT_TIME:
      return bare ? "a time without a unit (ns, us, ms, s)"
                  : "not a time (units are ns, us, ms, s)";
    default:
      return "not a number";
    }
}

/* The factor of the unit that is all of S, or 0.  */
static uint64_t
factor_of (enum text_unit unit, const char *s)
{
  for (const struct unit *u = units[unit]; u->name; u++)
    if (strcmp (u->name, s) == 0)
      return u->factor;
  return 0;
}

const char *
text_parse (const char *s, enum text_unit unit, uint64_t *value)
{
  if (*s == '\0')
    return "empty";
  if (*s == '-' && is_digit (s[1]))
    return "negative";
  if (!is_digit (*s))
    return unknown_unit (unit, false);

  uint64_t whole = 0;
  if (!read_digits (&s, &whole))
    return "too large";

  uint64_t fraction = 0, scale = 1;
  bool fits = true;
  if (*s == '.')
    {
      s++;
      if (!is_digit (*s))
        return unknown_unit (unit, false);
      const char *from = s, *last = s;
      for (; is_digit (*s); s++)
        if (*s != '0')
          last = s + 1;
      /* Zeros at the end say nothing and must not overflow.  */
      for (; from < last && fits; from++)
        fits = !__builtin_mul_overflow (scale, 10, &scale)
               && !__builtin_mul_overflow (fraction, 10, &fraction)
               && !__builtin_add_overflow (fraction, (uint64_t)(*from - '0'),
                                           &fraction);
    }

  uint64_t factor = factor_of (unit, s);
  if (factor == 0)
    {
      bool zero = whole == 0 && fraction == 0;
      if (unit != TEXT_TIME || *s != '\0' || !zero)
        return unknown_unit (unit, *s == '\0');
      factor = 1;
    }

  uint64_t product;
  if (!fits || __builtin_mul_overflow (fraction, factor, &product)
      || product % scale != 0)
    return "not a whole number";
  if (__builtin_mul_overflow (whole, factor, &whole)
      || __builtin_add_overflow (whole, product / scale, value))
    return "too large";
  return NULL;
}

char *
text_format (uint64_t value, enum text_unit unit, char *out)
{
  const struct unit *best = units[unit];

  if (value == 0)
    return strcpy (out, "0");
  for (const struct unit *u = best; u->name; u++)
    if (value % u->factor == 0)
      best = u;
  snprintf (out, 32, "%" PRIu64 "%s", value / best->factor, best->name);
  return out;
}

enum
{
  NAME_MAX_LEN = 63 /* longer words are not near to anything  */
};

static char
lower (char c)
{
  return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

static unsigned
min3 (unsigned a, unsigned b, unsigned c)
{
  unsigned m = a < b ? a : b;
  return m < c ? m : c;
}

/* How many letters to insert, delete, change or swap with their neighbour to
   get from A to B, case aside.  */
static unsigned
distance (const char *a, size_t a_len, const char *b, size_t b_len)
{
  unsigned row[3][NAME_MAX_LEN + 1];
  unsigned *before = row[0], *above = row[1], *here = row[2];

  for (size_t j = 0; j <= b_len; j++)
    above[j] = j;
  for (size_t i = 1; i <= a_len; i++)
    {
      here[0] = i;
      for (size_t j = 1; j <= b_len; j++)
        {
          bool same = lower (a[i - 1]) == lower (b[j - 1]);
          here[j] = min3 (above[j] + 1, here[j - 1] + 1, above[j - 1] + !same);
          if (i > 1 && j > 1 && lower (a[i - 1]) == lower (b[j - 2])
              && lower (a[i - 2]) == lower (b[j - 1])
              && before[j - 2] + 1 < here[j])
            here[j] = before[j - 2] + 1;
        }
      unsigned *oldest = before;
      before = above;
      above = here;
      here = oldest;
    }
  return above[b_len];
}

const char *
text_nearest (const char *word, const char *const *names, size_t n)
{
  size_t word_len = strlen (word);
  if (word_len == 0 || word_len > NAME_MAX_LEN)
    return NULL;

  /* A typing slip in three letters is near; more is another word.  */
  unsigned best = 1 + word_len / 3;
  const char *nearest = NULL;
  for (size_t i = 0; i < n; i++)
    {
      size_t len = strlen (names[i]);
      if (len > NAME_MAX_LEN)
        continue;
      unsigned d = distance (word, word_len, names[i], len);
      /* "memory" is near to "machine.memory", though it lacks a lot.  */
      const char *dot = strrchr (names[i], '.');
      if (dot && strcmp (dot + 1, word) == 0)
        d = 1;
      if (d < best || (d == best && nearest == NULL && d < word_len))
        {
          best = d;
          nearest = names[i];
        }
    }
  return nearest;
}
