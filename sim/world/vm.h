/* The pager's address space: its own pages, message data, and mappings of
   memory objects.

   Own pages and message data come in slots: a number of pages and a guard
   page behind them that nothing can touch, reused while hot.  Each page of a
   slot holds a frame (memory.h), so that the copies in flight count as memory
   and as laundry until the pager unmaps them, page by page.

   Message data of a run with stamps has no memory at all until somebody reads
   it: the store asks for the stamps (vm_stamps), and a real access faults and
   is given its page then.

   A mapping of a memory object is a stretch of protected memory: touching it
   is a real fault, which real_fault.c turns into a simulated one.  For at most
   one mapping of an object, its home, the pages' contents live in it; other
   mappings are windows, which are given a copy.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_WORLD_VM_H
#define SIM_WORLD_VM_H

#include "memobj.h"

/* What a client writes from, or reads into: it stands for the contents.  */
struct client_buffer
{
  uint32_t file; /* number of the file for stamps; not 0  */
};

/* CHECKED: the code under test checks its accesses to mappings itself, as
   pagers/include/hurd_access.h says, so that they need no protection.  */
void vm_init (bool checked);

/* Reserve a stretch of address space that nothing can touch; CHECKs.  */
void *vm_reserve (size_t bytes);

/* ---- Own pages (slots.c) ---- */

void slots_init (void);

/* Anonymous memory of LEN bytes, zero; NULL and errno when it cannot be.  */
void *vm_mmap (size_t len);
/* 0, or EINVAL for what is not ours.  */
int vm_munmap (void *address, size_t len);

/* The one page mapped at ADDRESS stands for a page of a larger mapping, of
   which BEHIND bytes follow that nobody has been given.  */
void vm_cut_from_larger (void *address, size_t behind);
/* Such a page was used up to DATA + LEN: a finding if that is beyond its end,
   the end of the run if it is beyond those bytes.  */
void vm_check_overrun (const void *data, size_t len);

/* A slot for N frames that a message carries; FRAMES are its pages from now
   on.  Contents follow the frames'.  */
void *vm_message (struct page **frames, size_t n);
/* The frame at ADDRESS of a slot; NULL if it is not ours or unmapped.  */
struct page *vm_frame_at (const void *address);
/* Whether it is message data for which only the frame's stamp stands.  */
bool vm_is_lazy (const void *address);
/* Take the frame out of its slot page, as if unmapped, with its contents.  */
struct page *vm_take_frame (void *address);
/* Bring pages of [DATA, DATA + LEN) back that were swapped out, as touching
   them would.  */
void vm_make_resident (const void *data, size_t len);
/* If all of [DATA, DATA + LEN) is message data that only stamps stand for,
   write one a page to OUT (at most N pages) and return true.  */
bool vm_stamps (const void *data, size_t len, struct stamp *out, size_t n);

/* ---- Mappings of objects (mapping.c, vm_copy.c) ---- */

/* Map SIZE bytes of PAGER's object from OFFSET on.  0, or ENOMEM, EINVAL.  */
int vm_map_object (port_name pager, uint64_t offset, uint64_t size, bool home,
                   uintptr_t *address);
int vm_unmap_object (uintptr_t address, uint64_t size);

/* The object and page index behind ADDRESS of a mapping; false if none.  */
bool vm_lookup (uintptr_t address, struct memobj **o, uint64_t *index);

/* What ADDRESS of a home shows, without touching it; NULL if that page is not
   in memory.  */
const void *vm_look (uintptr_t address);

/* Copies between a client's buffer and a mapping; hurd_api.h has the terms. */
int vm_copy_to (uintptr_t address, const struct client_buffer *from,
                size_t len, bool by_page, size_t *done);
int vm_copy_from (uintptr_t address, size_t len, size_t *done);
int vm_zero (uintptr_t address, size_t len);
/* A store of LEN bytes at OFFSET in a client's own mapping of O.  */
int vm_client_access (struct memobj *o, uint64_t offset, uint64_t len,
                      bool store, uint32_t file);

/* Called, if not NULL, for every store of LEN bytes at OFFSET of P by a client,
   or by a server for one; P's stamp was BEFORE.  */
typedef void vm_stored_fn (const struct page *p, size_t offset, size_t len,
                           const struct stamp *before);
extern vm_stored_fn *vm_stored;

/* Change what the pager's own mapping shows of P (its window).  */
void vm_set_window_prot (struct page *p, int prot);
/* What may be accessed of the BYTES from BASE on, where all mappings are: by
   page, PROT_BIT_READ and PROT_BIT_WRITE.  */
const uint8_t *vm_mappings (uintptr_t *base, size_t *bytes);
/* Handle a real fault at ADDRESS on the stack of the current thread: 0 when
   the access may be tried again.  */
int vm_touch (void *address, bool write);
/* What the operating system is about to do itself with the LEN bytes at DATA,
   for the current thread: access them, as far as they are mappings.  */
void vm_touch_all (const void *data, size_t len, bool store);
/* Give a lazy message page its memory: true if ADDRESS is in one.  Callable
   from a signal handler.  */
bool vm_materialise (void *address);
/* Let the access at ADDRESS go on if it overruns a page that is part of a
   larger mapping; CONTEXT is the signal's.  */
bool vm_overrun (const void *address, const void *context);
/* Whether ADDRESS lies in a mapping of an object, or in the guard of a slot.
 */
bool vm_is_object_address (const void *address);
bool vm_is_guard (const void *address);

/* Real faults (real_fault.c): catch signals in the code under test.  */
void real_fault_install (void);
/* The code under test at PC found by its own check that it may not access
   ADDRESS: what a real fault would do.  */
void real_fault_checked (uintptr_t address, int store, uintptr_t pc);

#endif /* SIM_WORLD_VM_H */
