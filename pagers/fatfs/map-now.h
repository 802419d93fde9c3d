/* Looking at the file system as it is at this moment, without waiting for
   anything: hurd_server's members of these names.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef FATFS_MAP_NOW_H
#define FATFS_MAP_NOW_H

#include "hurd_server.h"

int fat_file_state (uint32_t port, struct hurd_file_state *);
uint32_t fat_run_at (struct node *np, uint32_t block, uint32_t n,
                     uint32_t *disk_block);
void fat_check_blocks (hurd_complain *, void *arg);

#endif /* FATFS_MAP_NOW_H */
