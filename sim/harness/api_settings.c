/* Which settings a pager asks for: see api_settings.h.

   A sweep runs the cells that differ only in what the pager does not ask for
   once, without knowing what pagers there are.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "api_settings.h"

#include <string.h>
#include "../../pagers/include/hurd_server.h"

enum
{
  SETTINGS_MAX = 32,
  SETTING_BYTES = 64 /* longer ones are no keys  */
};

static char noted[SETTINGS_MAX][SETTING_BYTES];
static size_t noted_count;

void
api_settings_forget (void)
{
  noted_count = 0;
}

void
api_settings_note (const char *key)
{
  for (size_t i = 0; i < noted_count; i++)
    if (strcmp (noted[i], key) == 0)
      return;
  if (noted_count < SETTINGS_MAX && strlen (key) < SETTING_BYTES)
    strcpy (noted[noted_count++], key);
}

const char *
api_settings_get (size_t i)
{
  return i < noted_count ? noted[i] : NULL;
}

void
api_settings_probe (struct pager *p)
{
  pager_restore (p);
  pager_server (p)->configure ();
}
