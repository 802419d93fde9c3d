/* Who still uses the file pagers, beyond the kernel's cache.

   A pager that is only cached goes away when caching is forbidden; so it is
   forbidden for a second, and what is left then has users.  While they are
   counted no pager is made.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "ext2fs-pager.h"

static vm_prot_t max_prot; /* of all pagers; for add_max_prot  */

static error_t
forbid_cache (void *pager)
{
  pager_change_attributes (pager, 0, MEMORY_OBJECT_COPY_DELAY, 1);
  return 0;
}

static error_t
allow_cache (void *pager)
{
  pager_change_attributes (pager, 1, MEMORY_OBJECT_COPY_DELAY, 0);
  return 0;
}

static error_t
add_max_prot (void *pager)
{
  max_prot |= ((struct user_pager_info *)pager_get_upi (pager))->max_prot;
  return 0;
}

/* Let cached pagers go, and return how many stay.  */
static int
count_users (void)
{
  if (ports_count_bucket (file_pager_bucket) == 0)
    return 0;
  ports_enable_bucket (file_pager_bucket);

  ports_bucket_iterate (file_pager_bucket, forbid_cache);
  sleep (1); /* the kernel's terminations arrive meanwhile  */
  return ports_count_bucket (file_pager_bucket);
}

int
diskfs_pager_users (void)
{
  int users = count_users ();

  if (users > 0)
    {
      ports_bucket_iterate (file_pager_bucket, allow_cache);
      ports_enable_bucket (file_pager_bucket);
    }
  return users > 0;
}

vm_prot_t
diskfs_max_user_pager_prot (void)
{
  max_prot = 0;
  if (count_users () > 0)
    {
      ports_bucket_iterate (file_pager_bucket, add_max_prot);
      ports_bucket_iterate (file_pager_bucket, allow_cache);
    }
  ports_enable_bucket (file_pager_bucket);
  return max_prot;
}
