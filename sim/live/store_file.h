/* The file that is a live run's store, by hurd_api's names: store_file.c.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_LIVE_STORE_FILE_H
#define SIM_LIVE_STORE_FILE_H

#include <stddef.h>
#include <stdint.h>

uint64_t live_store_size (void);
int live_store_write (uint64_t offset, const void *data, size_t len,
                      size_t *amount);
int live_store_read (uint64_t offset, void *data, size_t len, size_t *amount);
int live_store_sync (void);
void live_store_poke (uint64_t offset, const void *data, size_t len);
void live_store_peek (uint64_t offset, void *data, size_t len);

#endif /* SIM_LIVE_STORE_FILE_H */
