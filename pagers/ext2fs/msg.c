/* Warnings, errors and panics of ext2fs.

   A panic ends the run with a finding; where the Hurd would print to the
   console, the world's log gets the text.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <stdarg.h>

#include "ext2fs.h"
#include "hurd_api.h"

static void
log_line (const char *format, ...)
{
  va_list args;

  va_start (args, format);
  hurd_api->log (format, args);
  va_end (args);
}

static void
format_text (char *text, size_t size, const char *fmt, va_list args)
{
  vsnprintf (text, size, fmt, args);
}

void
_ext2_error (const char *function, const char *fmt, ...)
{
  char text[256];
  va_list args;

  va_start (args, fmt);
  format_text (text, sizeof text, fmt, args);
  va_end (args);
  log_line ("ext2fs: error: %s: %s\n", function, text);
}

void
_ext2_panic (const char *function, const char *fmt, ...)
{
  char text[256], message[320];
  va_list args;

  va_start (args, fmt);
  format_text (text, sizeof text, fmt, args);
  va_end (args);
  snprintf (message, sizeof message, "ext2fs: panic: %s: %s", function, text);
  hurd_api->panic (message);
  __builtin_unreachable ();
}

void
ext2_warning (const char *fmt, ...)
{
  char text[256];
  va_list args;

  va_start (args, fmt);
  format_text (text, sizeof text, fmt, args);
  va_end (args);
  log_line ("ext2fs: warning: %s\n", text);
}
