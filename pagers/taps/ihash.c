/* libihash: open addressing with linear probing.

   In the Hurd: libihash.  A removed entry leaves a mark; a table that runs
   out of slots never used is rebuilt.  The order of iteration is that of the
   slots, a function of keys and history alone.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <hurd/ihash.h>

#include <assert-backtrace.h>
#include <stdbool.h>
#include <stdlib.h>

#define MIN_SIZE 32

typedef struct _hurd_ihash_item item;

static inline bool
in_use (const item *i)
{
  return i->value != _HURD_IHASH_EMPTY && i->value != _HURD_IHASH_DELETED;
}

/* Where KEY would be: multiplication by the golden ratio, high bits.  */
static inline size_t
home (const struct hurd_ihash *ht, hurd_ihash_key_t key)
{
  uint64_t h = (uint64_t)key * 0x9e3779b97f4a7c15u;

  return (size_t)(h >> 32) & (ht->size - 1);
}

void
hurd_ihash_init (hurd_ihash_t ht, intptr_t locp_offset)
{
  *ht = (struct hurd_ihash)HURD_IHASH_INITIALIZER (locp_offset);
}

void
hurd_ihash_destroy (hurd_ihash_t ht)
{
  free (ht->items);
  hurd_ihash_init (ht, ht->locp_offset);
}

error_t
hurd_ihash_create (hurd_ihash_t *ht, intptr_t locp_offset)
{
  *ht = malloc (sizeof **ht);
  if (*ht == NULL)
    return ENOMEM;
  hurd_ihash_init (*ht, locp_offset);
  return 0;
}

void
hurd_ihash_free (hurd_ihash_t ht)
{
  hurd_ihash_destroy (ht);
  free (ht);
}

/* The slot with KEY, or else the one that it should go to; NULL if the table
   has no slots at all.  */
static item *
find_slot (const struct hurd_ihash *ht, hurd_ihash_key_t key)
{
  item *removed = NULL;

  if (ht->size == 0)
    return NULL;
  for (size_t i = home (ht, key);; i = (i + 1) & (ht->size - 1))
    {
      item *slot = &ht->items[i];

      if (slot->value == _HURD_IHASH_EMPTY)
        return removed ? removed : slot;
      if (slot->value == _HURD_IHASH_DELETED)
        {
          if (removed == NULL)
            removed = slot;
        }
      else if (slot->key == key)
        return slot;
    }
}

/* Put VALUE into SLOT, not in use.  */
static void
fill (hurd_ihash_t ht, item *slot, hurd_ihash_key_t key,
      hurd_ihash_value_t value)
{
  assert_backtrace (value != _HURD_IHASH_EMPTY
                    && value != _HURD_IHASH_DELETED);
  if (slot->value == _HURD_IHASH_EMPTY)
    ht->nr_free--;
  slot->key = key;
  slot->value = value;
  ht->nr_items++;
  if (ht->locp_offset != HURD_IHASH_NO_LOCP)
    *(hurd_ihash_locp_t *)((char *)value + ht->locp_offset) = &slot->value;
}

/* Rebuild the table without marks, at most half full.  */
static error_t
rebuild (hurd_ihash_t ht)
{
  size_t size = MIN_SIZE;
  size_t old_size = ht->size;
  item *old = ht->items;
  item *items;

  while (size < (ht->nr_items + 1) * 2)
    size *= 2;
  items = calloc (size, sizeof *items);
  if (items == NULL)
    return ENOMEM;

  ht->items = items;
  ht->size = size;
  ht->nr_items = 0;
  ht->nr_free = size;
  for (size_t i = 0; i < old_size; i++)
    if (in_use (&old[i]))
      fill (ht, find_slot (ht, old[i].key), old[i].key, old[i].value);
  free (old);
  return 0;
}

error_t
hurd_ihash_add (hurd_ihash_t ht, hurd_ihash_key_t key,
                hurd_ihash_value_t value)
{
  return hurd_ihash_locp_add (ht, NULL, key, value);
}

error_t
hurd_ihash_locp_add (hurd_ihash_t ht, hurd_ihash_locp_t locp,
                     hurd_ihash_key_t key, hurd_ihash_value_t value)
{
  item *slot = (item *)locp;

  /* A quarter of the slots stays free, to keep probes short.  */
  if (ht->nr_free <= ht->size / 4)
    {
      error_t err = rebuild (ht);

      if (err)
        return err;
      slot = NULL;
    }
  if (slot == NULL)
    slot = find_slot (ht, key);
  if (in_use (slot))
    {
      assert_backtrace (slot->key == key);
      hurd_ihash_locp_remove (ht, &slot->value);
    }
  fill (ht, slot, key, value);
  return 0;
}

hurd_ihash_value_t
hurd_ihash_locp_find (hurd_ihash_t ht, hurd_ihash_key_t key,
                      hurd_ihash_locp_t *locp)
{
  item *slot = find_slot (ht, key);

  *locp = slot ? &slot->value : NULL;
  return slot && in_use (slot) ? slot->value : NULL;
}

hurd_ihash_value_t
hurd_ihash_find (hurd_ihash_t ht, hurd_ihash_key_t key)
{
  hurd_ihash_locp_t locp;

  return hurd_ihash_locp_find (ht, key, &locp);
}

void
hurd_ihash_locp_remove (hurd_ihash_t ht, hurd_ihash_locp_t locp)
{
  item *slot = (item *)locp;

  assert_backtrace (in_use (slot));
  slot->value = _HURD_IHASH_DELETED;
  ht->nr_items--;
}

int
hurd_ihash_remove (hurd_ihash_t ht, hurd_ihash_key_t key)
{
  item *slot = find_slot (ht, key);

  if (slot == NULL || !in_use (slot))
    return 0;
  hurd_ihash_locp_remove (ht, &slot->value);
  return 1;
}

hurd_ihash_locp_t
_hurd_ihash_next (hurd_ihash_t ht, hurd_ihash_locp_t locp)
{
  size_t i = locp ? (size_t)((item *)locp - ht->items) + 1 : 0;

  for (; i < ht->size; i++)
    if (in_use (&ht->items[i]))
      return &ht->items[i].value;
  return NULL;
}
