/* <stdio.h> whose output, to whatever stream, is a report of the run.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include_next <stdio.h>

#ifndef HURD_STDIO_H
#define HURD_STDIO_H

#include <stdarg.h>

int hurdapi_printf (const char *, ...)
    __attribute__ ((__format__ (__printf__, 1, 2)));
int hurdapi_fprintf (FILE *, const char *, ...)
    __attribute__ ((__format__ (__printf__, 2, 3)));
int hurdapi_vprintf (const char *, va_list)
    __attribute__ ((__format__ (__printf__, 1, 0)));
int hurdapi_vfprintf (FILE *, const char *, va_list)
    __attribute__ ((__format__ (__printf__, 2, 0)));
int hurdapi_puts (const char *);
int hurdapi_fputs (const char *, FILE *);
int hurdapi_putchar (int);
int hurdapi_fputc (int, FILE *);
int hurdapi_fflush (FILE *);
void hurdapi_perror (const char *);
int hurdapi_asprintf (char **, const char *, ...)
    __attribute__ ((__format__ (__printf__, 2, 3)));
int hurdapi_vasprintf (char **, const char *, va_list)
    __attribute__ ((__format__ (__printf__, 2, 0)));

#ifndef HURD_API_NO_REDIRECT
#undef putchar
#undef putc
/* With arguments: `printf' is also the name of a format attribute.  */
#define printf(...) hurdapi_printf (__VA_ARGS__)
#define fprintf(...) hurdapi_fprintf (__VA_ARGS__)
#define vprintf(format, args) hurdapi_vprintf (format, args)
#define vfprintf(stream, format, args) hurdapi_vfprintf (stream, format, args)
#define puts(string) hurdapi_puts (string)
#define fputs(string, stream) hurdapi_fputs (string, stream)
#define putchar(c) hurdapi_putchar (c)
#define putc(c, stream) hurdapi_fputc (c, stream)
#define fputc(c, stream) hurdapi_fputc (c, stream)
#define fflush(stream) hurdapi_fflush (stream)
#define perror(string) hurdapi_perror (string)
#define asprintf(...) hurdapi_asprintf (__VA_ARGS__)
#define vasprintf(...) hurdapi_vasprintf (__VA_ARGS__)
#endif /* HURD_API_NO_REDIRECT */

#endif /* HURD_STDIO_H */
