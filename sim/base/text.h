/* Text that people type: numbers with units, and near misses of names.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_BASE_TEXT_H
#define SIM_BASE_TEXT_H

#include "types.h"

enum text_unit
{
  TEXT_NUMBER, /* digits only  */
  TEXT_SIZE,   /* bytes; K, M, G, T are powers of 1024  */
  TEXT_TIME    /* nanoseconds; ns, us, ms, s; a bare 0 needs no unit  */
};

/* Read all of S as a decimal integer with an optional unit into *VALUE.  A
   fraction is taken if the result is a whole number ("1.5K").  Returns NULL,
   or what is wrong, as a clause without a name: "too large", ...  */
const char *text_parse (const char *s, enum text_unit unit, uint64_t *value);

/* Write VALUE the way text_parse reads it, in the largest unit that divides
   it, into OUT (at least 32 bytes).  Returns OUT.  */
char *text_format (uint64_t value, enum text_unit unit, char *out);

/* The one of NAMES (N of them) nearest to WORD, if it is near; else NULL.  */
const char *text_nearest (const char *word, const char *const *names, size_t n);

#endif /* SIM_BASE_TEXT_H */
