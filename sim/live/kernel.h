/* A small Mach: ports, memory objects and their pages, for real threads.

   docs/model.md sections 1, 2.1 and 9 once more, written apart from sim/world/
   so that each can be held against the other.  One lock stands for the kernel
   of a machine with one processor: it is given up only by who sleeps in it. So
   pages are never busy but while they are asked for.

   All objects' pages lie in one file in memory.  The kernel sees it as a
   whole; a pager sees single pages of it in its mappings, protected as its
   page table would be, and a touch is a real fault (window.c).

   Left out: eviction, swap, and what sim/world/ leaves out.  A run that needs
   more than machine.memory ends with an error.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_LIVE_KERNEL_H
#define SIM_LIVE_KERNEL_H

#include <pthread.h>

#include "../../pagers/include/hurd_api.h"
#include "../base/types.h"

/* The kernel's numbers, as in <mach/vm_prot.h> and <mach/memory_object.h>.  */
enum
{
  ACCESS_READ = 1,
  ACCESS_WRITE = 2,
  ACCESS_ALL = 7,
  ACCESS_NO_CHANGE = 8,
  GIVE_BACK_NONE = 0,
  GIVE_BACK_ALL = 2,
  NO_PORT = 0
};

/* ---- The kernel's lock (port.c) ---- */

void kernel_enter (void);
void kernel_leave (void);
/* Whether this thread is in it.  */
bool kernel_inside (void);
/* Sleep until somebody broadcasts.  */
void kernel_sleep (pthread_cond_t *c);

/* ---- Ports (port.c); inside the kernel but for those of hurd_api ---- */

void ports_start (void);
uint32_t live_port_set_create (void);
uint32_t live_port_create (uint32_t set, void *receiver);
void *live_port_receiver (uint32_t port);
void live_port_destroy (uint32_t port);
size_t live_port_set_list (uint32_t set, uint32_t *ports, size_t n);
void live_port_receive (uint32_t set, struct hurd_message *out);

/* The same without entering.  */
uint32_t port_make (uint32_t set, void *receiver);
void *port_owner (uint32_t port);
void port_kill (uint32_t port);
/* False if nobody will ever receive it: what it carries stays the sender's. */
bool port_post (const struct hurd_message *m);

/* ---- Memory objects (object.c) ---- */

enum page_state
{
  PAGE_NONE,   /* not in memory  */
  PAGE_ABSENT, /* asked for  */
  PAGE_ERROR,  /* the pager has none  */
  PAGE_HERE
};

struct window;

struct live_page
{
  uint8_t state;          /* enum page_state  */
  uint8_t lock;           /* accesses that are forbidden  */
  uint8_t unlock_request; /* of them, already asked for  */
  uint8_t mapped;         /* accesses that some client's mapping has  */
  uint8_t shown;          /* accesses that WINDOW has  */
  bool dirty, precious;
  uint32_t version;      /* how often a client has stored to it  */
  struct window *window; /* of the pager's, in which it can be seen; or NULL */
  char *at;              /* where in it  */
};

enum
{
  CLUSTER_PAGES = 512
};

/* Neighbouring pages of an object, and where they lie in the kernel's view. */
struct cluster
{
  struct live_page page[CLUSTER_PAGES];
  uint8_t *bytes;
  struct cluster *next; /* of those that nobody uses  */
};

struct object
{
  uint32_t pager, control, name; /* ports  */
  bool ready, may_cache, dying;
  int copy_strategy;
  unsigned mappings, in_progress;
  uint32_t absent;
  struct window *home;
  uint64_t home_pages;
  pthread_cond_t changed; /* a page, or whether it is ready  */
  struct cluster **cluster;
  size_t clusters;
};

void objects_start (uint64_t memory_bytes);
/* The object behind PAGER's port with one more mapping; NULL for a dead
   port.  */
struct object *object_map (uint32_t pager);
void object_unmap (struct object *o);
/* An operation that held on to O is done.  */
void object_done (struct object *o);
struct object *object_by_control (uint32_t control);

/* The page at INDEX, made if need be; its bytes; where they are in the file.
 */
struct live_page *object_page (struct object *o, uint64_t index);
uint8_t *object_bytes (struct object *o, uint64_t index);
uint64_t object_file_offset (struct object *o, uint64_t index);
int object_file (void);
/* The first index from INDEX on and below END whose page is not PAGE_NONE.  */
uint64_t object_next (const struct object *o, uint64_t index, uint64_t end);
/* P is in memory from now on, or no longer.  */
void page_came (struct live_page *p);
void page_drop (struct live_page *p);

/* ---- Faults (page_fault.c) ---- */

/* Make page INDEX of O usable for ACCESS.  0 or EIO; either way object_done
   when its use is over.  */
int object_fault (struct object *o, uint64_t index, int access,
                  struct live_page **out);

/* ---- Data on its way (scan.c) ---- */

/* Send N pages from INDEX on, copied to DATA, which goes with the message.  */
void object_send (struct object *o, uint64_t index, size_t n, void *data,
                  bool dirty, bool kcopy);
void scan_start (unsigned return_pages);

/* ---- Mappings (window.c) ---- */

void windows_start (void);
/* Take away from P what its window shows beyond KEEP.  */
void page_hide (struct live_page *p, int keep);
/* The object and the page behind ADDRESS; false if none.  */
bool window_find (uintptr_t address, struct object **o, uint64_t *index);
/* A real fault at ADDRESS: 0 when it may be tried again.  */
int window_touch (uintptr_t address, bool write);
bool window_here (uintptr_t address);
/* Whether the page there can be read, so that a fault was a store.  */
bool window_readable (uintptr_t address);

/* ---- Clients' data (copy.c) ---- */

/* What a client writes from: it stands for the contents.  */
struct live_buffer
{
  uint32_t file;
};
int live_client_access (struct object *o, uint64_t offset, uint64_t len,
                        bool store, uint32_t file);

/* ---- The rest of hurd_api, by its names ---- */

int live_object_ready (uint32_t control, int may_cache, int copy_strategy);
int live_change_attributes (uint32_t control, int may_cache, int copy_strategy,
                            uint32_t reply_to);
int live_object_destroy (uint32_t control, int reason);
int live_data_supply (uint32_t control, unsigned long offset,
                      unsigned long data, uint32_t len, int dealloc, int lock,
                      int precious, uint32_t reply_to);
int live_data_error (uint32_t control, unsigned long offset,
                     unsigned long size, int error);
int live_lock_request (uint32_t control, unsigned long offset,
                       unsigned long size, int should_return, int flush,
                       int lock, uint32_t reply_to);
int live_vm_map_object (uint32_t memobj, unsigned long offset,
                        unsigned long size, int home, unsigned long *address);
int live_vm_unmap_object (unsigned long address, unsigned long size);
int live_copy_to_mapping (unsigned long address, const void *buffer,
                          size_t buffer_offset, size_t len, int vm_copy,
                          size_t *done);
int live_copy_from_mapping (void *buffer, size_t buffer_offset,
                            unsigned long address, size_t len, size_t *done);
int live_zero_mapping (unsigned long address, size_t len);

#endif /* SIM_LIVE_KERNEL_H */
