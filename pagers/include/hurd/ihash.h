/* libihash: a hash table from integers to pointers.  Defined in
   ../../taps/ihash.c.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef _HURD_IHASH_H
#define _HURD_IHASH_H 1

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

typedef void *hurd_ihash_value_t;
typedef uintptr_t hurd_ihash_key_t;
typedef hurd_ihash_value_t *hurd_ihash_locp_t;

struct _hurd_ihash_item
{
  hurd_ihash_value_t value; /* first: a slot's locp points here  */
  hurd_ihash_key_t key;
};
typedef struct _hurd_ihash_item *_hurd_ihash_item_t;

struct hurd_ihash
{
  size_t nr_items; /* in use, without the removed ones  */
  size_t nr_free;  /* slots never used since the last growth  */
  _hurd_ihash_item_t items;
  size_t size; /* 0 or a power of 2  */
  intptr_t locp_offset;
};
typedef struct hurd_ihash *hurd_ihash_t;

#define HURD_IHASH_NO_LOCP INTPTR_MIN
#define HURD_IHASH_INITIALIZER(locp_offs)                                     \
  {                                                                           \
    0, 0, NULL, 0, (locp_offs)                                                \
  }

/* Two values no entry can have: a slot never used, and one removed.  */
#define _HURD_IHASH_EMPTY ((hurd_ihash_value_t)0)
#define _HURD_IHASH_DELETED ((hurd_ihash_value_t)-1)

/* LOCP_OFFSET: where in a value its slot's location is kept, so that it can
   be removed without a search; HURD_IHASH_NO_LOCP for nowhere.  */
void hurd_ihash_init (hurd_ihash_t, intptr_t locp_offset);
void hurd_ihash_destroy (hurd_ihash_t);
error_t hurd_ihash_create (hurd_ihash_t *, intptr_t locp_offset);
void hurd_ihash_free (hurd_ihash_t);

error_t hurd_ihash_add (hurd_ihash_t, hurd_ihash_key_t, hurd_ihash_value_t);
hurd_ihash_value_t hurd_ihash_find (hurd_ihash_t, hurd_ihash_key_t);
/* As hurd_ihash_find; *SLOT is for hurd_ihash_locp_add, until the next
   change of the table.  */
hurd_ihash_value_t hurd_ihash_locp_find (hurd_ihash_t, hurd_ihash_key_t,
                                         hurd_ihash_locp_t *slot);
error_t hurd_ihash_locp_add (hurd_ihash_t, hurd_ihash_locp_t slot,
                             hurd_ihash_key_t, hurd_ihash_value_t);
/* Non-zero if there was such an entry.  */
int hurd_ihash_remove (hurd_ihash_t, hurd_ihash_key_t);
void hurd_ihash_locp_remove (hurd_ihash_t, hurd_ihash_locp_t);

/* Run the following statement with VALUE set to each entry in turn.  */
#define HURD_IHASH_ITERATE(table, value)                                      \
  for (hurd_ihash_value_t value, *_ihash_at = (value = NULL, (void **)NULL);  \
       (_ihash_at = _hurd_ihash_next ((table), _ihash_at))                    \
       && (value = *_ihash_at, 1);)

/* The slot in use after SLOT (NULL: the first), or NULL.  */
hurd_ihash_locp_t _hurd_ihash_next (hurd_ihash_t, hurd_ihash_locp_t slot);

#endif /* _HURD_IHASH_H */
