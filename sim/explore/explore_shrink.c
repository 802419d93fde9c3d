/* Fewer choices for the same finding.

   Each choice that was not plain is tried as the plain one, last ones first,
   until none can go any more.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "explore.h"

#include <string.h>

/* Run S by F's choices without the one at WITHOUT.  True when it finds the
   same, with fewer choices; then F is that run.  */
static bool
try_without (const struct subject *s, struct found *f, uint32_t without)
{
  struct pick list[PICKS_MAX];
  size_t n = 0;
  for (uint32_t i = 0; i < f->picks; i++)
    if (i != without)
      {
        list[n] = f->pick[i];
        /* What is asked may have changed.  */
        list[n++].event = 0;
      }
  struct schedule_plan plan
      = { .way = SCHEDULE_LIST, .list = list, .picks = n };
  struct run_result r;
  struct user_error err;
  struct found again;
  if (!explore_once (s, &plan, &r, &err) || !found_last (&r, &again)
      || !found_same (f, &again) || again.picks >= f->picks)
    return false;
  again.schedule = f->schedule;
  again.times = f->times;
  *f = again;
  return true;
}

void
explore_shrink (const struct subject *s, struct found *f)
{
  if (f->picks > PICKS_MAX)
    return;
  for (bool less = true; less;)
    {
      less = false;
      for (uint32_t i = f->picks; i-- > 0;)
        if (try_without (s, f, i))
          {
            less = true;
            if (i > f->picks)
              i = f->picks;
          }
    }
}
