/* libpager: what a file system sees of it, and what it must define.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef _HURD_PAGER_
#define _HURD_PAGER_

#include <hurd/ports.h>

struct user_pager_info; /* the file system's own  */
struct pager;
struct pager_requests;

/* ---- Workers ---- */

/* A receiver and the workers for the pagers of a bucket.  */
error_t pager_start_workers (struct port_bucket *, struct pager_requests **);
/* Return when nothing is being worked on; what comes is kept waiting.
   EBUSY if they are inhibited already.  */
error_t pager_inhibit_workers (struct pager_requests *);
void pager_resume_workers (struct pager_requests *);

/* ---- Pagers ---- */

struct pager *pager_create (struct user_pager_info *, struct port_bucket *,
                            boolean_t may_cache, memory_object_copy_strategy_t,
                            boolean_t notify_on_evict);
/* As above, with a user_pager_info of the given size made along with it.  */
struct pager *pager_create_alloc (size_t, struct port_bucket *,
                                  boolean_t may_cache,
                                  memory_object_copy_strategy_t,
                                  boolean_t notify_on_evict);
struct user_pager_info *pager_get_upi (struct pager *);
mach_port_t pager_get_port (struct pager *);
mach_port_t pager_create_ro_port (struct pager *);
void pager_shutdown (struct pager *);

/* Write back (sync); write back and drop (return); drop (flush).  The whole
   extent, or some of it.  WAIT: until it is done, I/O included.  */
void pager_sync (struct pager *, int wait);
void pager_sync_some (struct pager *, vm_address_t, vm_size_t, int wait);
void pager_return (struct pager *, int wait);
void pager_return_some (struct pager *, vm_address_t, vm_size_t, int wait);
void pager_flush (struct pager *, int wait);
void pager_flush_some (struct pager *, vm_address_t, vm_size_t, int wait);

void pager_offer_page (struct pager *, int precious, int writelock,
                       vm_offset_t, vm_address_t);
void pager_change_attributes (struct pager *, boolean_t may_cache,
                              memory_object_copy_strategy_t, int wait);
/* What went wrong last with the page at that address.  */
error_t pager_get_error (struct pager *, vm_address_t);

/* Copy *SIZE bytes between BUFFER and the object MEMOBJ, whose pager is the
   given one or NULL, from OFFSET on: into the object if PROT includes
   VM_PROT_WRITE, else out of it.  *SIZE is set to what was copied.  */
error_t pager_memcpy (struct pager *, memory_object_t memobj,
                      vm_offset_t offset, void *buffer, size_t *size,
                      vm_prot_t prot);

/* ---- Defined by the file system ---- */

error_t pager_read_page (struct user_pager_info *, vm_offset_t page,
                         vm_address_t *buf, int *write_lock);
error_t pager_write_page (struct user_pager_info *, vm_offset_t page,
                          vm_address_t buf);
/* Write a run of pages.  EOPNOTSUPP: page by page, please.  *WRITTEN is how
   far it came, whatever it returns.  libpager has a weak one.  */
error_t pager_write_pages (struct user_pager_info *, vm_offset_t,
                           vm_address_t data, vm_size_t length,
                           vm_size_t *written);
/* Make ready for a first write: the page has a lock against writing.  */
error_t pager_unlock_page (struct user_pager_info *, vm_offset_t page);
/* The kernel has dropped a page of a pager that asked to know.  */
void pager_notify_evict (struct user_pager_info *, vm_offset_t page);
/* No `inline' here, or a file system that says inline emits no symbol.  */
error_t pager_report_extent (struct user_pager_info *, vm_address_t *offset,
                             vm_size_t *size);
void pager_clear_user_data (struct user_pager_info *);
void pager_dropweak (struct user_pager_info *);

#endif /* _HURD_PAGER_ */
