/* Client programs: what the threads of a workload do, as calls that take
   virtual time.

   Each call runs on a thread of the engine and may block.  Results are 0 or an
   errno value.  Contents are stamps or bytes as run.contents says; a client
   never sees them.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_HARNESS_CLIENT_H
#define SIM_HARNESS_CLIENT_H

#include "../base/types.h"

struct client_file;
struct client_map;

/* What the first argument of the events CALL and RETURN stands for.  */
const char *client_operation_name (uint64_t operation);

/* PATH is relative to the root, "/" between names.  */
int client_create (const char *path, struct client_file **f); /* or open, if there  */
int client_open (const char *path, struct client_file **f);
int client_mkdir (const char *path);
int client_rename (const char *from, const char *to);
int client_unlink (const char *path);
void client_close (struct client_file *f);

/* LEN bytes from OFFSET on, one RPC for every BS bytes.  */
int client_write (struct client_file *f, uint64_t offset, uint64_t len, uint64_t bs);
int client_read (struct client_file *f, uint64_t offset, uint64_t len, uint64_t bs);
int client_truncate (struct client_file *f, uint64_t length);
int client_fsync (struct client_file *f);
uint64_t client_size (struct client_file *f);
int client_sync (void); /* sync(2): all file systems, waiting  */

/* Map LEN bytes of F from OFFSET on (page aligned).  */
int client_map (struct client_file *f, uint64_t offset, uint64_t len, struct client_map **m);
/* Store to, or load from, bytes [OFFSET, OFFSET + LEN) of the mapping.  */
int client_store (struct client_map *m, uint64_t offset, uint64_t len);
int client_load (struct client_map *m, uint64_t offset, uint64_t len);
void client_unmap (struct client_map *m);

/* The current thread's task ends: what it has open and mapped goes with it,
   but for what another thread is using.  */
void client_die (void);

/* ---- Looking on ---- */

enum client_change
{
  CLIENT_CREATE, /* or opened: the same call  */
  CLIENT_MKDIR,
  CLIENT_RENAME,
  CLIENT_UNLINK,
  CLIENT_WRITE, /* one RPC  */
  CLIENT_TRUNCATE,
  CLIENT_FSYNC,
  CLIENT_SYNC
};

/* A call that changes a file or a name, or makes changes last.  */
struct client_event
{
  enum client_change what;
  bool over; /* else it begins  */
  int error; /* when it is over  */
  uint32_t inode;
  const char *path, *to;
  uint64_t offset, length;
  uint64_t mark; /* the onlooker's; the same at begin and end  */
};
/* Called, if not NULL, at the begin and at the end of each.  */
extern void (*client_watch) (struct client_event *);

#endif /* SIM_HARNESS_CLIENT_H */
