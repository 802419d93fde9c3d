/* libpager's own: struct pager, its lists and its page flags (docs/model.md
   2.2).

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef _LIBPAGER_PRIV_H
#define _LIBPAGER_PRIV_H

#include <stdbool.h>
#include <mach.h>
#include <hurd.h>
#include <sys/mman.h>
#include <pthread.h>
#include "pager.h"
#include <hurd/ports.h>

/* Someone waits for a range to be cleaned or flushed.  */
struct lock_request
{
  struct lock_request *next, **prevp;
  vm_address_t start, end;
  int pending_writes; /* returns of pages in the range being written  */
  int locks_pending;  /* answers of the kernel to come  */
  int threads_waiting;
};

/* Someone waits for a change of attributes.  */
struct attribute_request
{
  struct attribute_request *next, **prevp;
  boolean_t may_cache;
  memory_object_copy_strategy_t copy_strategy;
  int threads_waiting;
  int attrs_pending;
};

struct pager
{
  struct port_info port; /* first: see hurd/ports.h  */
  struct user_pager_info *upi;

  enum
  {
    NOTINIT,
    NORMAL,
    SHUTDOWN
  } pager_state;

  pthread_mutex_t interlock; /* for all that follows  */
  pthread_cond_t wakeup;

  struct lock_request *lock_requests;
  struct attribute_request *attribute_requests;

  boolean_t may_cache;
  memory_object_copy_strategy_t copy_strategy;
  boolean_t notify_on_evict;

  memory_object_control_t memobjcntl;
  memory_object_name_t memobjname;

  int noterm; /* holds on termination  */
  int termwaiting : 1;

  short *pagemap; /* PM_ flags of each page  */
  vm_size_t pagemapsize;
};

/* ---- An entry of the pagemap ---- */

#define PM_WRITEWAIT 0x0200  /* wake the pager when the write is done  */
#define PM_INIT 0x0100       /* was written  */
#define PM_INCORE 0x0080     /* the kernel may have it  */
#define PM_PAGINGOUT 0x0040  /* is being written  */
#define PM_PAGEINWAIT 0x0020 /* give it back when it is written  */
#define PM_INVALID 0x0010    /* its data is lost  */

/* Two fields of two bits each, values of enum page_errors: what went wrong
   last, and what shall go wrong at the next request.  */
#define PM_ERROR(byte) (((byte)&0xc) >> 2)
#define SET_PM_ERROR(byte, error) (((byte) & ~0xc) | (((error)&3) << 2))
#define PM_NEXTERROR(byte) ((byte)&0x3)
#define SET_PM_NEXTERROR(byte, error) (((byte) & ~0x3) | ((error)&3))

enum page_errors
{
  PAGE_NOERR,
  PAGE_ENOSPC,
  PAGE_EIO,
  PAGE_EDQUOT
};
/* The error_t of each.  */
extern int _pager_page_errors[];

extern struct port_class *_pager_class;

/* ---- Between libpager's files; the interlock is held unless noted ---- */

/* Hold off termination; let it go on.  */
void _pager_block_termination (struct pager *);
void _pager_allow_termination (struct pager *);
/* Make sure that the pagemap covers all before ADDRESS.  */
error_t _pager_pagemap_resize (struct pager *, vm_address_t);
/* The next request to write to these pages fails with the error.  */
void _pager_mark_next_request_error (struct pager *, vm_address_t, vm_size_t,
                                     error_t);
void _pager_mark_object_error (struct pager *, vm_address_t, vm_size_t,
                               error_t);
/* Ask the kernel to return, flush or lock a range; if SYNC, wait until all
   that was returned is written.  Called without the interlock.  */
void _pager_lock_object (struct pager *, vm_offset_t, vm_size_t,
                         int should_return, int should_flush, vm_prot_t lock,
                         int sync);
/* Forget the kernel's object.  */
void _pager_free_structure (struct pager *);
/* libports' routines for _pager_class, without the interlock.  */
void _pager_clean (void *);
void _pager_real_dropweak (void *);

/* The request that a worker has begun on has taken its place among those of P:
   later ones may begin.  False, and nothing changes, where "libpager.serial"
   is on.  Called with or without the interlock.  Ours.  */
bool _pager_request_begun (struct pager *);

/* Called without the interlock.  No header of the Hurd has it.  */
error_t _pager_do_write_request (struct pager *, mach_port_t control,
                                 vm_offset_t, pointer_t data, vm_size_t length,
                                 int dirty, int kcopy, int initializing);

#endif /* _LIBPAGER_PRIV_H */
