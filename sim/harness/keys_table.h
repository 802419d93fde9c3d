/* The built-in keys, for keys.c.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_HARNESS_KEYS_TABLE_H
#define SIM_HARNESS_KEYS_TABLE_H

#include "keys.h"

struct key_spec
{
  const char *name;
  enum key_kind kind;
  const char *otherwise; /* NULL: the device's preset says  */
  uint64_t min, max;     /* not of KEY_CHOICE and KEY_TEXT  */
  const char *const *words;
  const char *about, *source;
};

/* Ends with a NULL name.  */
extern const struct key_spec key_specs[];
/* Fill in the words that come from other tables.  */
void key_specs_init (void);
/* What device number DEVICE implies for the key NAME that has no default.  */
uint64_t key_preset_value (const char *name, unsigned device);

#endif /* SIM_HARNESS_KEYS_TABLE_H */
