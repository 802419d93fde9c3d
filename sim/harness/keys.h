/* Keys: every parameter of a run, by name.

   A key has a unit, a default, a range and a source, and a value in force with
   where it came from.  The built-in ones are a table in keys.c; a workload
   adds its own (param); "cpu.*" come from world/costs.h.  `--set' wins over
   the workload, the workload over the default.  An unknown key gets the
   nearest name.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_HARNESS_KEYS_H
#define SIM_HARNESS_KEYS_H

#include "../base/types.h"

enum key_kind
{
  KEY_NUMBER,
  KEY_SIZE,
  KEY_TIME,
  KEY_YESNO,  /* yes, no: value 1, 0  */
  KEY_CHOICE, /* one of a list of words: value is its index  */
  KEY_TEXT
};

enum key_origin
{
  KEY_DEFAULT,
  KEY_PRESET, /* implied by another key (store.device)  */
  KEY_WORKLOAD,
  KEY_USER /* --set, --pager  */
};

struct key
{
  const char *name;
  enum key_kind kind;
  const char *otherwise; /* the default, as typed  */
  uint64_t min, max;
  const char *const *words; /* KEY_CHOICE: NULL-terminated  */
  const char *about, *source;
  /* In force:  */
  enum key_origin origin;
  uint64_t value;
  char *text; /* as text_format writes it; a KEY_TEXT as typed  */
  /* What calibrate may draw it from, both included:  */
  bool ranged, boot; /* BOOT: belongs to one boot of the machine  */
  uint64_t from, to;
};

/* All keys to their defaults; a workload's own are forgotten.  */
void keys_reset (void);
/* Add a workload's key.  KIND follows from the default's form.  Returns false
   and an error line (without place) in ERR when it cannot be.  */
bool keys_declare (const char *name, const char *otherwise, const char *about,
                   char *err, size_t err_size);
/* Give NAME the value TEXT.  A weaker origin than the one in force is ignored
   without an error.  Setting store.device sets its preset's keys.  */
bool keys_set (const char *name, const char *text, enum key_origin origin,
               char *err, size_t err_size);
/* Give the number, size or time NAME a value that another key implies, within
   its range or not.  */
void keys_imply (const char *name, uint64_t value);
/* Take NAME=VALUE of a `--set'.  A name that is not known yet is held back
   until a workload declares it.  */
bool keys_user (const char *assignment, char *err, size_t err_size);
/* False, with a line for the first held-back name that nobody declared.  */
bool keys_check_held (char *err, size_t err_size);
/* Say that calibrate may draw NAME from FROM to TO, all as text: a number, a
   size or a time.  False, with a line, when there is no such key, a value is
   not one of its own, or FROM is above TO.  */
bool keys_range (const char *name, const char *from, const char *to, bool boot,
                 char *err, size_t err_size);
/* "a size", "a time", ...  */
const char *key_kind_name (enum key_kind kind);
/* Write VALUE of a key like K the way people type it, into OUT (at least 64
 * bytes).  */
const char *key_format (const struct key *k, uint64_t value, char *out);
/* NULL if there is no such key.  */
const struct key *keys_find (const char *name);
/* The value in force; CHECKs that the key exists.  */
uint64_t key_value (const char *name);
const char *key_text (const char *name);
/* All, sorted by name.  */
void keys_each (void (*fn) (const struct key *, void *), void *arg);

#endif /* SIM_HARNESS_KEYS_H */
