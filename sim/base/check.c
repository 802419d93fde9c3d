/* What happens when a CHECK fails.

   The process ends at once, without running exit handlers: they may need the
   very state that was found to be wrong.  A harness that runs many simulations
   does so in worker processes and sees the status.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "check.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

void
check_failed (const char *expression, const char *file, int line)
{
  char text[512];
  int n = snprintf (text, sizeof text, "pagersim: internal error: %s:%d: %s\n",
                    file, line, expression);
  size_t len = n < 0 ? 0 : (size_t)n;
  if (len >= sizeof text)
    len = sizeof text - 1;

  /* A coroutine's stack may be all that is left: no stdio beyond this.  */
  ssize_t written = write (STDERR_FILENO, text, len);
  (void)written;
  _exit (4);
}
