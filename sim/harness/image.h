/* The store as a file: a disk image that other programs read, or have made.

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

/* If the key store.image names a file, open it and let the keys of the store
   that it decides follow: store.size, fs.fill, fs.fragmentation.  False, with
   *ERR, when there is no such file, or it contradicts a key.  */
bool image_open (const struct workload *w, struct user_error *err);
/* Whether there is one.  */
bool image_given (void);
/* Put it on the store, which is empty, hash it into the run's digest and see
   that it is a file system that can be used.  False, with *ERR, if not.  It is
   closed.  */
bool image_load (struct user_error *err);
void image_close (void);

#endif /* SIM_HARNESS_IMAGE_H */
