/* Formatting: what the server needs of mke2fs.c.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef MKE2FS_H
#define MKE2FS_H

#include "hurd_server.h"

/* 2020-01-01 00:00 UTC: when a fresh file system was made, and where the
   clock that stamps its files begins.  */
#define EXT2_FORMAT_EPOCH 1577836800

int ext2_format (const struct hurd_format *how);

#endif /* MKE2FS_H */
