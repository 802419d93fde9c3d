/* Memory objects: the kernel's side of a file's or the disk's pages.

   docs/model.md sections 1 and 9; in GNU Mach vm/memory_object.c and
   vm/vm_fault.c.  An object is known by its pager's port; it is made at the
   first mapping, when the pager is sent memory_object_init, and usable once
   the pager has said memory_object_ready.

   Left out: copy objects and shadow chains, wiring, page sizes other than
   4 KiB.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_WORLD_MEMOBJ_H
#define SIM_WORLD_MEMOBJ_H

#include "memory.h"
#include "port.h"
#include "tally.h"

/* The kernel's numbers, as in <mach/vm_prot.h> and <mach/memory_object.h>.  */
enum
{
  PROT_BIT_READ = 1,
  PROT_BIT_WRITE = 2,
  PROT_BIT_ALL = 7,
  PROT_NO_CHANGE = 8
};

enum return_policy
{
  RETURN_NONE,
  RETURN_DIRTY,
  RETURN_ALL
};

struct memobj
{
  struct memobj *next; /* all objects, newest first  */
  uint32_t id;         /* 1, 2, ...; names it in the trace  */
  port_name pager, control, name;
  message_ref init; /* the first message to its pager  */
  bool ready, may_cache, dying;
  int copy_strategy;
  unsigned mappings;
  unsigned in_progress; /* operations that hold on to it  */
  uint32_t absent;      /* pages requested and not yet there  */
  struct waitq ready_waiters, absent_waiters;
  struct page **
      *leaf; /* [LEAVES] of 512 pages each; either level may be NULL  */
  size_t leaves;
  uint64_t resident; /* pages, placeholders included  */
  struct tally tally;
  uint8_t *home; /* the kernel's view of where its contents live, or NULL  */
  uint8_t *home_user; /* the pager's view of the same  */
  uint64_t home_pages;
};

/* Dirty pages that objects hold: of files, and of those that have a home.  */
extern uint64_t memobj_dirty[2];

static inline void
page_make_dirty (struct page *p)
{
  memobj_dirty[p->object->home != NULL] += !p->dirty;
  p->dirty = true;
}

static inline void
page_make_clean (struct page *p)
{
  memobj_dirty[p->object->home != NULL] -= p->dirty;
  p->dirty = false;
}

void memobjs_init (void);

/* The object behind PAGER's port, made if need be, with one more mapping;
   NULL for a dead port.  Waits for the end of one that is dying.  */
struct memobj *memobj_map (port_name pager);
void memobj_unmap (struct memobj *o);
/* An operation that held on to O (in_progress) is done.  */
void memobj_done (struct memobj *o);
struct memobj *memobj_by_control (port_name control);
/* The same for an object that may be gone while messages about it are on
   their way.  */
struct memobj *memobj_once_by_control (port_name control);
void memobjs_each (void (*fn) (struct memobj *, void *), void *arg);

/* The page at INDEX, or NULL.  */
struct page *memobj_page (const struct memobj *o, uint64_t index);
/* The first index at or after INDEX and below END that has a page; END if
 * none.  */
uint64_t memobj_next (const struct memobj *o, uint64_t index, uint64_t end);
void memobj_insert (struct memobj *o, uint64_t index, struct page *p);
/* Take P out of its object.  */
void memobj_remove (struct page *p);
/* The same for a frame that goes into a message, with its contents.  */
void memobj_detach (struct page *p);
/* Take it out, with its mappings, and free it.  */
void memobj_discard (struct page *p);
/* Take all mappings of P away; a store through one made it dirty.  */
void page_unmap (struct page *p);

/* A fault (fault.c): make page INDEX of O usable for ACCESS (PROT_BIT_*) by
   the current thread.  On 0 *OUT is the page, busy: page_release it.  MAPPING:
   the fault enters it into a mapping and so sets its reference bit.  EIO when
   the pager answered data_error.  */
int memobj_fault (struct memobj *o, uint64_t index, int access, bool mapping,
                  struct page **out);

/* The pager begins to work on the data_request or data_unlock for OFFSET.  */
void memobj_handling (port_name control, uint64_t offset);

/* Numbers for the order in which contents are copied and sent.  A frame that a
   scan has copied has one as its serial.  */
extern uint32_t memobj_serial;
/* Called, if not NULL, for each data_return as it is sent, of N pages from INDEX
   on, KCOPY if a scan has copied them, which gives each page another serial.  */
typedef void memobj_returned_fn (struct memobj *o, uint64_t index,
                                 struct page **pages, size_t n, bool dirty,
                                 bool kcopy);
extern memobj_returned_fn *memobj_returned;

/* Send the N pages at PAGES, the first at INDEX of O, to the pager as one
   data_return (data_return.c); WHY it is not longer is for the tallies.  The
   frames go with the message.  False if the pager is dead: they are freed.  */
bool memobj_send_pages (struct memobj *o, uint64_t index, struct page **pages,
                        size_t n, bool dirty, bool kcopy, enum run_end why);

/* ---- What a pager asks of the kernel; results are 0 or an errno value.  */
int memobj_ready (port_name control, bool may_cache, int copy_strategy);
/* DATA: one or more pages of the pager's own mappings (vm.h), taken over and
   unmapped if DEALLOC.  */
int memobj_data_supply (port_name control, uint64_t offset, void *data,
                        size_t len, bool dealloc, int lock, bool precious);
int memobj_data_error (port_name control, uint64_t offset, uint64_t len,
                       int error);
int memobj_lock_request (port_name control, uint64_t offset, uint64_t size,
                         enum return_policy should_return, bool flush,
                         int prot, bool reply);
int memobj_change_attributes (port_name control, bool may_cache,
                              int copy_strategy, bool reply);
int memobj_destroy (port_name control);

#endif /* SIM_WORLD_MEMOBJ_H */
