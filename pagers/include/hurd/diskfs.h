/* The library of disk based file systems: nodes and what works on them.

   The names and types that code written for the Hurd uses, and of the rest
   only what the server here needs.  Left out: ports of users (a node stands
   for a port), credentials (struct protid stays opaque), translators, fifos,
   everything about booting.  Implemented in ../../libdiskfs/ unless a comment
   names the file system.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef _HURD_DISKFS
#define _HURD_DISKFS

#include <assert-backtrace.h>
#include <hurd.h>
#include <hurd/ihash.h>
#include <hurd/pager.h>
#include <hurd/ports.h>
#include <mach.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

struct protid;
struct disknode;
struct pager;

/* A file.  What the disknode needs is guarded by its alloc_lock; the bits
   dn_* may be set without a lock; all else by LOCK.  */
struct node
{
  pthread_mutex_t lock;
  pthread_spinlock_t ref_lock;
  unsigned hard_refs; /* users; kept by ref_lock  */
  unsigned weak_refs; /* the file's pager  */
  struct node *next;  /* in the node cache  */
  struct disknode *dn;

  ino64_t cache_id; /* inode number  */
  io_statbuf_t dn_stat;
  unsigned dn_set_ctime : 1;
  unsigned dn_set_atime : 1;
  unsigned dn_set_mtime : 1;
  unsigned dn_stat_dirty : 1;
  loff_t allocsize; /* bytes allocated; changes under alloc_lock  */
};

extern struct node *diskfs_root_node;
extern int diskfs_readonly;
extern int diskfs_synchronous;
/* Metadata was changed since the last sync.  */
extern int diskfs_diskdirty;
/* Held for reading by what changes the file system as a whole.  */
extern pthread_rwlock_t diskfs_fsys_lock;

static inline struct disknode *
diskfs_node_disknode (struct node *node)
{
  return node->dn;
}

/* 0 if NODE is one to read and write, else the error of who tries.  */
static inline error_t
diskfs_check_regular (struct node *node)
{
  mode_t mode = node->dn_stat.st_mode;

  return S_ISREG (mode) ? 0 : S_ISDIR (mode) ? EISDIR : EOPNOTSUPP;
}

/* ---- The node cache ---- */

void node_cache_init (void);
/* The node of inode INUM, with a reference and locked, in *NPP.  */
error_t diskfs_cached_lookup (ino64_t inum, struct node **npp);
/* Call FUN for every node there is at the beginning, which is locked; stops at
   an error.  */
error_t diskfs_node_iterate (error_t (*fun) (struct node *));
/* Guards which nodes there are; taken before ref_lock.  */
void node_cache_lock (void);
void node_cache_unlock (void);
/* The node of an inode, if it is in memory; for an observer, who takes no
   reference and no lock.  */
struct node *node_cache_peek (ino64_t inum);
/* Forget NP, whose last reference is gone; the cache is locked.  */
void node_cache_remove (struct node *np);

/* ---- References: hard ones of users, light ones of pagers.  The last one
   drops the node, and without a link the file with it.  ---- */

void diskfs_nref (struct node *np);
void diskfs_nrele (struct node *np);
void diskfs_nput (struct node *np); /* unlock NP->lock, then nrele  */
void diskfs_nref_light (struct node *np);
void diskfs_nrele_light (struct node *np);
/* All references are gone, and NP is in no cache any more.  */
void diskfs_drop_node (struct node *np);
/* Wait until nobody is about that: a file without a link may be long.  */
void diskfs_wait_for_drops (void);
/* Whether there are such nodes, for observers.  */
int diskfs_drops_going_on (void);

/* ---- Defined by the file system ---- */

/* Make NP's disknode; and fill in NP, which is locked, from its inode.  */
error_t diskfs_user_make_node (struct node *np);
error_t diskfs_user_read_node (struct node *np);
/* Free NP's memory and write its inode.  */
void diskfs_node_norefs (struct node *np);
/* A hard reference after there was none.  */
void diskfs_new_hardrefs (struct node *np);
/* No hard reference is left and no link: let go of the soft ones.  */
void diskfs_try_dropping_softrefs (struct node *np);
/* A new file of type and mode MODE, with a reference and locked.  */
error_t diskfs_alloc_node (struct node *dir, mode_t mode, struct node **npp);
void diskfs_free_node (struct node *np, mode_t mode);
void diskfs_write_disknode (struct node *np, int wait);
error_t diskfs_truncate (struct node *node, loff_t length);
error_t diskfs_set_hypermetadata (int wait, int clean);

error_t diskfs_dir_lookup (struct node *dir, const char *name, ino64_t *inum);
error_t diskfs_dir_enter (struct node *dir, const char *name, struct node *np);
/* NP becomes what NAME stands for.  */
error_t diskfs_dir_rewrite (struct node *dir, const char *name,
                            struct node *np);
error_t diskfs_dir_remove (struct node *dir, const char *name);
error_t diskfs_dir_init (struct node *dp, struct node *parent);
int diskfs_dirempty (struct node *dp);

/* ---- Defined by the file system's pager ---- */

error_t diskfs_grow (struct node *node, loff_t size, struct protid *cred);
void diskfs_file_update (struct node *node, int wait);
void diskfs_sync_everything (int wait);
void diskfs_shutdown_pager (void);
mach_port_t diskfs_get_filemap (struct node *node, vm_prot_t prot);
struct pager *diskfs_get_filemap_pager_struct (struct node *node);
int diskfs_pager_users (void);
vm_prot_t diskfs_max_user_pager_prot (void);

/* ---- The library ---- */

int diskfs_check_readonly (void);
/* Set the times that the dn_set_* bits ask for.  */
void diskfs_set_node_times (struct node *np);
void diskfs_node_update (struct node *np, int wait);
/* Copy to (DIR set) or from the file.  DATA holds zeros only.  */
error_t diskfs_node_rdwr (struct node *np, char *data, loff_t off, size_t amt,
                          int dir, struct protid *cred, size_t *amtread);

/* The same for any data: BUFFER is opaque, *AMT what to copy and what was.  */
error_t _diskfs_rdwr_internal (struct node *np, void *buffer, loff_t offset,
                               size_t *amt, int dir);

/* The requests of clients; BUFFER as in <hurd_server.h>.  */
error_t diskfs_io_write (struct node *np, const void *buffer, loff_t offset,
                         size_t len, size_t *amount);
error_t diskfs_io_read (struct node *np, void *buffer, loff_t offset,
                        size_t len, size_t *amount);
error_t diskfs_file_set_size (struct node *np, loff_t length);
error_t diskfs_file_sync (struct node *np, int wait);
error_t diskfs_fsys_syncfs (int wait);
error_t diskfs_lookup (struct node *dir, const char *name, struct node **np);
error_t diskfs_create_file (struct node *dir, const char *name,
                            struct node **np);
error_t diskfs_dir_mkdir (struct node *dir, const char *name,
                          struct node **np);
error_t diskfs_dir_unlink (struct node *dir, const char *name);
error_t diskfs_dir_rename (struct node *from_dir, const char *from,
                           struct node *to_dir, const char *to);
void diskfs_sync_loop (uint64_t interval_ns, void (*synced) (int worked));

/* ---- Transactions of a tree with a journal: none here ---- */

typedef struct diskfs_transaction diskfs_transaction_t;
diskfs_transaction_t *diskfs_journal_start_transaction (void);
void diskfs_journal_stop_transaction (diskfs_transaction_t *transaction);

#endif /* _HURD_DISKFS */
