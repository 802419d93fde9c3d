/* Physical memory: page frames, the four queues, and when allocation waits.

   docs/model.md 1.1 and 1.5; in GNU Mach vm/vm_page.c.  One segment.  What is
   left out: the memory of the kernel itself and of programs.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_WORLD_MEMORY_H
#define SIM_WORLD_MEMORY_H

#include "../engine/engine.h"
#include "device.h"
#include "waits.h"

struct memobj;

enum page_queue
{
  QUEUE_NONE,
  QUEUE_ACTIVE_EXTERNAL, /* external: a page of a pager's object  */
  QUEUE_ACTIVE_INTERNAL,
  QUEUE_INACTIVE_EXTERNAL,
  QUEUE_INACTIVE_INTERNAL,
  QUEUES
};

/* A page frame, or a fictitious one that holds a place in an object.  */
struct page
{
  struct page *next, *prev; /* in its queue, or NEXT in a free list  */
  struct memobj *object;    /* NULL: free, or a page of the pager's own  */
  uint64_t index;           /* page index in the object  */
  struct waitq waiters;
  uint8_t *bytes; /* contents, or NULL: the stamp stands for them  */
  struct stamp stamp;
  vtime asked_at;         /* when its pager was last asked about it  */
  message_ref asked;      /* the message that did  */
  uint32_t serial;        /* of a frame on its way: memobj_returned  */
  uint8_t queue;          /* enum page_queue  */
  uint8_t lock;           /* VM_PROT bits that are forbidden  */
  uint8_t unlock_request; /* VM_PROT bits already asked for  */
  uint8_t mapped;         /* VM_PROT bits that some client's mapping has  */
  bool busy, absent, error, dirty, precious, fictitious, referenced, laundry;
  bool swapping, swapped; /* on the way to, or in, the default pager's store */
  bool unwanted;          /* to be freed when it is no longer on the way  */
  uint8_t window_prot; /* VM_PROT bits of the pager's own mapping, at WINDOW */
  uint8_t *window;     /* where the pager's own mapping shows it, or NULL  */
};

struct memory_config
{
  uint64_t bytes;        /* of the machine; at least 16 MiB  */
  unsigned return_pages; /* most pages in one data_return  */
  bool real_contents;    /* pages carry bytes, not stamps  */
  bool step_scan;        /* a scan spends time page by page: several CPUs  */
};
extern struct memory_config memory_config;

/* What the daemon and reports look at.  */
struct memory_state
{
  uint64_t total, free, min, low, high; /* pages  */
  uint64_t queued[QUEUES];
  bool paused;
  uint64_t swapped;          /* pages whose contents the default pager has  */
  int64_t external_laundry;  /* -1 while the daemon is idle  */
  unsigned internal_laundry; /* on the way to the default pager  */
};
extern struct memory_state memory_state;

void memory_init (const struct memory_config *config);

/* How many frames there is room for, swapped ones included, whose number has no
   limit of the system's: twice what a machine of its size has, or one of
   2 GiB.  */
uint64_t memory_frames_max (void);

/* A free frame, zero but for its own memory; sleeps while allocation is
   paused.  */
struct page *memory_alloc (void);
/* A fictitious page, which costs no memory.  */
struct page *memory_placeholder (void);
/* Give either back; wakes whoever sleeps on it.  */
void memory_free (struct page *p);
/* P's memory is given up but its contents are kept elsewhere; and back.  */
void memory_give_up (struct page *p);
/* False if another thread was first.  */
bool memory_take_back (struct page *p);
/* Real memory for the contents of frame P, for as long as it is allocated.  */
uint8_t *memory_bytes (struct page *p);

/* Put P at the tail of a queue; active ones get their reference bit.  */
void memory_activate (struct page *p);
void memory_deactivate (struct page *p);
void memory_requeue (struct page *p); /* to the tail of its own queue  */
void memory_dequeue (struct page *p);
struct page *memory_oldest (enum page_queue queue);

/* P is on its way to a pager and counts as external laundry from now on.  */
void memory_launder (struct page *p);

/* Clear busy and wake the sleepers.  */
void page_release (struct page *p);
void page_sleep (struct page *p);

/* Copy the contents of FROM to TO.  */
void page_copy_contents (struct page *to, const struct page *from);
/* Set the contents from 4 KiB at DATA, which may be a stamp (device.h).  True
   when it is known that they are all zeros.  */
bool page_set_contents (struct page *p, const void *data);
/* Write them to 4 KiB at DATA.  */
void page_get_contents (const struct page *p, void *data);

/* ---- The default pager (swap.c) ---- */

void swap_start (void);
/* Write P, a page of the pager's own, to swap; its memory is free then.  */
void swap_out (struct page *p);
/* Bring it back if it is there: takes memory and time.  */
void swap_in (struct page *p);
/* The same for a page that may still be on its way out.  */
void swap_wait_in (struct page *p);

/* ---- The pageout daemon (pageout.c) ---- */

/* Spawn its thread.  */
void pageout_start (void);
/* Wake it: memory runs low.  */
void pageout_wake (void);
/* Without it: evict at most PAGES, as it would choose them; returns how many
   there were.  */
unsigned pageout_evict (unsigned pages);
/* Wake it if it waits for what it has sent: one laundry count is at 0.  */
void pageout_resume (void);

/* ---- A shortage (faults.h) ---- */

/* Take what is free away, all but what allocation keeps back; until memory is
   given back there is only what the daemon frees.  */
void memory_take_away (void);
void memory_give_back (void);

#endif /* SIM_WORLD_MEMORY_H */
