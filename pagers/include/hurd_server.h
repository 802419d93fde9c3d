/* What a pager's shared object offers: a file system server.

   Every shared object exports one symbol, hurd_server, of this type.  The
   calls are the requests that clients make of a file system (io_write,
   dir_lookup, ...), with nodes in place of ports.  All but `format' and
   `configure' run on a thread of the simulated system and may block.  Results
   are 0 or an errno value.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef HURD_SERVER_H
#define HURD_SERVER_H

#include "hurd_api.h"

/* How a fresh file system is made.  */
struct hurd_format
{
  uint64_t fragmentation; /* mean length of a free run, in blocks; 0: one run a group  */
  uint64_t fill_percent;  /* part of the data blocks in use already, 0 .. 99  */
};

/* Why neighbouring blocks of a file are not neighbours on the store.  */
enum hurd_gap
{
  HURD_GAP_FRAGMENT, /* the free run was at its end  */
  HURD_GAP_INDIRECT, /* the file's own indirect blocks lie between  */
  HURD_GAP_GROUP     /* the second one is in another group  */
};

/* What a file is like at this moment.  */
struct hurd_file_state
{
  struct node *node; /* no new reference  */
  uint64_t inode;
  int64_t alloc_size;
  const pthread_rwlock_t *alloc_lock; /* held by who writes to its blocks  */
};

/* Called with a text for each thing that is wrong.  */
typedef void hurd_complain (void *arg, const char *what);

struct hurd_server
{
  unsigned version;        /* HURD_API_VERSION  */
  const char *file_system; /* "ext2fs", ...  */

  /* Read the settings again (pager.chunk_blocks, ...).  */
  void (*configure) (void);
  /* Write an empty file system to the store; no time passes.  */
  int (*format) (const struct hurd_format *);
  /* Start the server: pagers, workers, the root node.  */
  int (*start) (void);
  /* Write back everything and leave the file system clean.  */
  int (*stop) (void);
  /* The periodic sync's loop: begins with a sync, then sleeps INTERVAL_NS
     between the end of one and the next.  Never returns.  SYNCED is called
     after each round, with whether there was work.  */
  void (*sync_loop) (uint64_t interval_ns, void (*synced) (int worked));

  struct node *(*root) (void); /* no new reference  */
  /* These give a reference in *NP, to be released.  */
  int (*lookup) (struct node *dir, const char *name, struct node **np);
  int (*create) (struct node *dir, const char *name, struct node **np);
  int (*mkdir) (struct node *dir, const char *name, struct node **np);
  int (*rename) (struct node *from_dir, const char *from, struct node *to_dir, const char *to);
  int (*unlink) (struct node *dir, const char *name);
  void (*release) (struct node *np);

  /* One io_write; BUFFER is opaque and handed to hurd_api->copy_to_mapping.  */
  int (*write) (struct node *np, const void *buffer, int64_t offset, size_t len, size_t *amount);
  int (*read) (struct node *np, void *buffer, int64_t offset, size_t len, size_t *amount);
  int (*truncate) (struct node *np, int64_t length);
  int (*file_sync) (struct node *np, int wait);
  int (*syncfs) (int wait);
  /* The memory object of the file, for mapping: its pager's port; 0 on error.  */
  uint32_t (*map) (struct node *np, int prot);
  int64_t (*file_size) (struct node *np);
  int64_t (*alloc_size) (struct node *np); /* allocsize  */
  uint64_t (*inode_number) (struct node *np);
  /* Where block BLOCK of the file is on the store; 0 is a hole.  */
  int (*block_of) (struct node *np, uint32_t block, uint32_t *disk_block);

  /* Single parts, for tests that drive them alone.  */
  int (*part_write_page) (struct user_pager_info *, unsigned long page, unsigned long buf);
  int (*part_write_pages) (struct user_pager_info *, unsigned long offset, unsigned long data,
                           unsigned long length, unsigned long *written);
  /* struct pager *, control port, ...; as libpager's handler.  */
  int (*part_do_write_request) (void *pager, uint32_t control, unsigned long offset,
                                unsigned long data, unsigned long length, int dirty, int kcopy,
                                int initializing);
  /* What port.class of a struct pager must be for that handler.  */
  void *(*part_pager_class) (void);
  /* Set the globals that the writers use (block_size, log2_block_size, store,
     and their like) for blocks of 1 << LOG2 bytes, 10 .. 12, without a file
     system: neither format nor start was or will be called.  */
  void (*part_set_block_size) (unsigned log2);

  /* For explanations; NULL: nothing is known.  */
  /* What lies between store blocks BEFORE and AFTER, which hold neighbouring
     blocks of a file; LOGICAL is the second one's number in it.  */
  enum hurd_gap (*gap) (uint64_t logical, uint64_t before, uint64_t after);
  /* The inode number of the file whose pager receives on PORT; 0: none.  */
  uint64_t (*port_inode) (uint32_t port);
  /* Whether block BLOCK of the store is in use.  */
  int (*block_in_use) (uint32_t block);

  /* For oracles: nothing waits, is locked, counted or changed by these, and any
     may be NULL.  */
  /* The file whose pager receives on PORT; 0 if there is none.  */
  int (*file_state) (uint32_t port, struct hurd_file_state *);
  /* How many blocks of file NP from BLOCK on, at most N, are neighbours on the
     store; *DISK_BLOCK is where they begin, 0 for holes.  0: not known, as part
     of the map is not in memory.  */
  uint32_t (*run_at) (struct node *np, uint32_t block, uint32_t n,
                      uint32_t *disk_block);
  /* Nobody works on a request to PORT, or has one waiting: what libpager has
     kept of any.  */
  void (*check_pager) (uint32_t port, hurd_complain *, void *arg);
  /* Nobody allocates or frees, and all metadata is in memory or on the store:
     blocks with two owners, and what is marked as in use and is not, or the
     reverse.  */
  void (*check_blocks) (hurd_complain *, void *arg);
};

extern const struct hurd_server hurd_server;

#endif /* HURD_SERVER_H */
