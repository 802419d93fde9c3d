/* Where results go.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_HARNESS_REPORT_FILE_H
#define SIM_HARNESS_REPORT_FILE_H

#include "workload.h"

/* Whether PATH can be written, before a run that may be long; nothing is left
   behind or changed.  False, with *ERR, when not.  */
bool report_file_check (const char *path, struct user_error *err);
/* Make PATH hold LEN bytes of TEXT, or leave it as it was: false, with *ERR.
   "-" is stdout; a regular file is replaced by rename, anything else is
   written in place.  */
bool report_file_write (const char *path, const char *text, size_t len,
                        struct user_error *err);
/* Make the regular file PATH hold what FILL, which returns 0 or an errno
   value, writes to FD; it is replaced by rename, or left as it was: false,
   with *ERR.  */
bool report_file_fill (const char *path, int (*fill) (int fd, void *arg),
                       void *arg, struct user_error *err);
/* Make the directory PATH if it is not there, and check it.  */
bool report_directory (const char *path, struct user_error *err);
/* End by a signal: remove the temporary file, if there is one.  Safe in a
   signal handler.  */
void report_file_abandon (void);

#endif /* SIM_HARNESS_REPORT_FILE_H */
