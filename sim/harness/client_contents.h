/* A look at files and where they are on the store, when the clients are done:
   by path, through the server, on a thread of the engine.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_HARNESS_CLIENT_CONTENTS_H
#define SIM_HARNESS_CLIENT_CONTENTS_H

#include "../base/types.h"

struct node;

/* Write everything back, waiting; and leave the file system clean.  */
int client_sync_all (void);
int client_stop (void);

/* The file PATH and its number, or NULL; to be given back.  */
struct node *client_look_up (const char *path, uint32_t *inode);
void client_give_back (struct node *np);
uint64_t client_length (struct node *np);
/* The byte of the store where page PAGE of NP begins; 0: nowhere.  */
uint64_t client_place (struct node *np, uint64_t page);
/* Whether the block of the store that begins at OFFSET is in use; true when
   nobody knows.  */
bool client_in_use (uint64_t offset);
/* Evict page PAGE of NP, if it is clean, and read it in again.  */
int client_read_again (struct node *np, uint64_t page);
/* The same for the page of metadata whose contents have DIGEST; 0 if none
   has.  */
int client_read_metadata_again (uint64_t digest,
                                uint64_t (*digest_of) (const void *page));

#endif /* SIM_HARNESS_CLIENT_CONTENTS_H */
