/* The store as a file: a disk image that other programs read.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_HARNESS_IMAGE_H
#define SIM_HARNESS_IMAGE_H

#include "workload.h"

/* Whether an image can be written to PATH, before a run that may be long.
   False, with *ERR, when not.  */
bool image_check (const char *path, struct user_error *err);
/* Make PATH hold what is on the store now, or leave it as it was: false, with
 *ERR.  */
bool image_write (const char *path, struct user_error *err);

#endif /* SIM_HARNESS_IMAGE_H */
