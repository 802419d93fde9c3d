/* The operating system below a pager, as a table of functions.

   A pager is a shared object.  Whoever loads it (a simulation, a test that
   scripts every answer, or real threads and a real file) exports one symbol,
   hurd_api, and sets it before dlopen.  The headers beside this one turn
   pthread_mutex_lock, mmap, malloc, store_write, ... into functions named
   hurdapi_* of the shared object (../taps/api.c), which call this table; so no
   name of the C library is redirected outside the pager.

   Signatures and results are those of the functions they stand for, unless a
   comment says otherwise.  Types are plain, so that the table can be filled
   without the headers of the Hurd.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef HURD_API_H
#define HURD_API_H

#include <pthread.h> /* the C library's types are kept  */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* Changes whenever the table or struct hurd_server does.  */
#define HURD_API_VERSION 6

/* Which pager the current thread works for; counts its store calls.  */
enum hurd_path
{
  HURD_PATH_OTHER,
  HURD_PATH_FILE,
  HURD_PATH_DISK
};

/* What the taps report: one call each, after it returned ERR.  */
enum hurd_tap
{
  HURD_TAP_WRITE_PAGE,   /* amount: 4096  */
  HURD_TAP_WRITE_PAGES,  /* amount: bytes asked for  */
  HURD_TAP_BULK_DONE,    /* amount: bytes of whole pages that such a call has
                            taken care of, before it is reported itself  */
  HURD_TAP_READ_PAGE,
  HURD_TAP_UNLOCK_PAGE,
  HURD_TAP_NOTIFY_EVICT
};

/* A call of pager_write_page or pager_write_pages that has returned ERR.  */
struct hurd_wrote
{
  int bulk;
  int err;
  unsigned long offset, length;
  unsigned long written; /* as the bulk call left it  */
};

/* What hurd_api->random draws for.  */
enum hurd_random
{
  HURD_RANDOM_LAYOUT,    /* how a formatter scatters what is in use  */
  HURD_RANDOM_NODE_ORDER /* the arbitrary order of a hash table's walk  */
};

struct user_pager_info;
struct node;

/* Calls between the parts of a pager that a test may answer itself.  A NULL
   member leaves the pager's own function in place.  */
struct hurd_hooks
{
  int (*pager_read_page) (struct user_pager_info *, unsigned long page, unsigned long *buf,
                          int *write_lock);
  int (*pager_write_page) (struct user_pager_info *, unsigned long page, unsigned long buf);
  int (*pager_write_pages) (struct user_pager_info *, unsigned long offset, unsigned long data,
                            unsigned long length, unsigned long *written);
  int (*pager_unlock_page) (struct user_pager_info *, unsigned long page);
  void (*pager_notify_evict) (struct user_pager_info *, unsigned long page);
  /* EINVAL is a hole.  */
  int (*ext2_getblk) (struct node *, uint32_t block, int create, uint32_t *disk_block);
};

/* A message as port_receive delivers it.  */
struct hurd_message
{
  uint32_t id;      /* MIG id: 2200 init, 2201 terminate, 2203 data_request, 2204 data_unlock,
                       2206 lock_completed, 2209 change_completed, 2210 data_return  */
  uint32_t port;    /* the pager's port  */
  uint32_t control; /* the memory object's control port  */
  uint32_t name;    /* init: its name port  */
  uint64_t offset, length;
  unsigned long data; /* data_return: address of mapped page data  */
  int access;         /* data_request, data_unlock: VM_PROT_*  */
  unsigned cookie; /* of the sender's; given back to `handling'  */
  int dirty, kcopy;
  int may_cache, copy_strategy; /* change_completed  */
};

struct hurd_api
{
  unsigned version; /* HURD_API_VERSION  */

  /* ---- Threads and locks ---- */
  int (*pthread_create) (pthread_t *, const pthread_attr_t *, void *(*) (void *), void *);
  int (*pthread_detach) (pthread_t);
  pthread_t (*pthread_self) (void);
  int (*pthread_setname_np) (pthread_t, const char *);
  /* NAME: the text of the argument, for reports.  */
  int (*mutex_init) (pthread_mutex_t *, const pthread_mutexattr_t *, const char *name);
  int (*mutex_destroy) (pthread_mutex_t *);
  int (*mutex_lock) (pthread_mutex_t *);
  int (*mutex_trylock) (pthread_mutex_t *);
  int (*mutex_unlock) (pthread_mutex_t *);
  int (*cond_init) (pthread_cond_t *, const pthread_condattr_t *, const char *name);
  int (*cond_destroy) (pthread_cond_t *);
  int (*cond_wait) (pthread_cond_t *, pthread_mutex_t *);
  int (*cond_timedwait) (pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
  int (*cond_signal) (pthread_cond_t *);
  int (*cond_broadcast) (pthread_cond_t *);
  int (*rwlock_init) (pthread_rwlock_t *, const pthread_rwlockattr_t *, const char *name);
  int (*rwlock_destroy) (pthread_rwlock_t *);
  int (*rwlock_rdlock) (pthread_rwlock_t *);
  int (*rwlock_tryrdlock) (pthread_rwlock_t *);
  int (*rwlock_wrlock) (pthread_rwlock_t *);
  int (*rwlock_trywrlock) (pthread_rwlock_t *);
  int (*rwlock_unlock) (pthread_rwlock_t *);
  int (*spin_lock) (pthread_spinlock_t *);
  int (*spin_trylock) (pthread_spinlock_t *);
  int (*spin_unlock) (pthread_spinlock_t *);
  int (*sched_yield) (void);
  int (*nanosleep) (const struct timespec *, struct timespec *);
  int (*clock_gettime) (clockid_t, struct timespec *);

  /* ---- Memory ---- */
  void *(*malloc) (size_t);
  void *(*calloc) (size_t, size_t);
  void *(*realloc) (void *, size_t);
  int (*posix_memalign) (void **, size_t, size_t);
  void (*free) (void *);
  /* Anonymous memory only; flags may be MAP_ANON alone, as on the Hurd.  */
  void *(*mmap) (void *, size_t, int prot, int flags, int fd, int64_t offset);
  int (*munmap) (void *, size_t);
  /* The page at this address, from mmap, stands for one of a larger mapping, of
     which so many bytes follow that nobody has been given: to write to them is
     wrong but harms nobody.  May be NULL.  */
  void (*cut_from_larger) (void *, size_t behind);

  /* ---- Ports ---- */
  uint32_t (*port_set_create) (void);
  uint32_t (*port_create) (uint32_t set, void *receiver);
  void *(*port_receiver) (uint32_t port); /* NULL: none  */
  void (*port_destroy) (uint32_t port);
  size_t (*port_set_list) (uint32_t set, uint32_t *ports, size_t n);
  void (*port_receive) (uint32_t set, struct hurd_message *);

  /* ---- The kernel's side of the external memory management interface ---- */
  int (*memory_object_ready) (uint32_t control, int may_cache, int copy_strategy);
  int (*memory_object_data_supply) (uint32_t control, unsigned long offset, unsigned long data,
                                    uint32_t len, int dealloc, int lock_value, int precious,
                                    uint32_t reply_to);
  int (*memory_object_data_error) (uint32_t control, unsigned long offset, unsigned long size,
                                   int error);
  int (*memory_object_lock_request) (uint32_t control, unsigned long offset, unsigned long size,
                                     int should_return, int flush, int lock, uint32_t reply_to);
  int (*memory_object_change_attributes) (uint32_t control, int may_cache, int copy_strategy,
                                          uint32_t reply_to);
  int (*memory_object_destroy) (uint32_t control, int reason);
  /* Map SIZE bytes of the object behind the pager port MEMOBJ from OFFSET on at
     a place of the kernel's choice; touching it faults like any mapping.  HOME:
     the mapping is where the object's page contents live (one per object).  */
  int (*vm_map_object) (uint32_t memobj, unsigned long offset, unsigned long size, int home,
                        unsigned long *address);
  int (*vm_unmap_object) (unsigned long address, unsigned long size);
  /* Copy between a client's buffer and such a mapping.  BUFFER is what the RPC was given (struct hurd_server), and
     BUFFER_OFFSET a byte offset in it.  VM_COPY: page by page by vm_copy (all page aligned), else
     by stores to the mapping.  Returns 0 or EIO; *DONE is how far it came.  */
  int (*copy_to_mapping) (unsigned long address, const void *buffer, size_t buffer_offset,
                          size_t len, int vm_copy, size_t *done);
  int (*copy_from_mapping) (void *buffer, size_t buffer_offset, unsigned long address, size_t len,
                            size_t *done);
  /* Store LEN zero bytes to the mapping.  */
  int (*zero_mapping) (unsigned long address, size_t len);

  /* ---- The store: byte offsets ---- */
  uint64_t (*store_size) (void);
  int (*store_write) (uint64_t offset, const void *data, size_t len, size_t *amount);
  int (*store_read) (uint64_t offset, void *data, size_t len, size_t *amount);
  int (*store_sync) (void);
  /* Without time and uncounted: formatting, before the machine boots.  */
  void (*store_poke) (uint64_t offset, const void *data, size_t len);
  void (*store_peek) (uint64_t offset, void *data, size_t len);

  /* ---- Reports ---- */
  void (*assert_fail) (const char *expression, const char *file, unsigned line,
                       const char *function); /* does not return  */
  void (*panic) (const char *message);        /* does not return  */
  void (*log) (const char *format, va_list);  /* warnings, printf  */

  /* ---- Taps and settings ---- */
  void (*tap) (enum hurd_tap, enum hurd_path, uint64_t amount, int err);
  /* One call, before it is reported by `tap'; may be NULL.  */
  void (*wrote) (const struct hurd_wrote *);
  /* What this address of a mapping that is a home holds, not touched; NULL if
     the page is not in memory.  May be NULL.  */
  const void *(*look) (unsigned long address);
  /* The handler of this message is about to run, and (NULL) it has run; may
     be NULL.  */
  void (*handling) (const struct hurd_message *);
  /* The caller has read something that others change, by no lock: to lose the
     processor here matters.  ABOUT: equal for what is the same.  Takes no time;
     may be NULL.  */
  void (*may_preempt) (uint64_t about);
  /* Sets the current thread's path; returns the one before.  */
  enum hurd_path (*set_path) (enum hurd_path);
  /* Charge the CPU for one unit of file system work (a block looked up).  */
  void (*charge_lookup) (void);
  /* The value of a key such as "pager.chunk_blocks", or OTHERWISE.  */
  long (*setting) (const char *key, long otherwise);
  uint64_t (*random) (enum hurd_random, uint64_t n); /* 0 .. N - 1  */
  const struct hurd_hooks *hooks; /* NULL: none  */
};

/* Defined by the program that loads the pager; set before dlopen.  */
extern const struct hurd_api *hurd_api;

#endif /* HURD_API_H */
