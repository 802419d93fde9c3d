/* libports: counted objects behind ports, and sets of them to receive from.

   Defined in ../../taps/ports.c.  An object's first member is its struct
   port_info; functions take a pointer to the object.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef _HURD_PORTS_
#define _HURD_PORTS_

#include <errno.h>
#include <stdint.h>
#include <sys/types.h>
#include <mach.h>
#include <mach/mig_errors.h>

struct port_class;
struct port_bucket;

struct port_info
{
  struct port_class *class;
  struct port_bucket *bucket;
  mach_port_t port_right;
  uint32_t has_send_rights; /* one hard reference stands for them all  */
  uint32_t order;           /* place in the arbitrary order of iteration  */
  uint64_t references;      /* hard ones below, weak ones in the upper half  */
};

struct port_bucket *ports_create_bucket (void);
/* CLEAN runs when the last reference is gone, before the memory is freed;
   DROPWEAK when only weak ones are left, and is to drop those.  Either may
   be NULL.  May be called from a constructor.  */
struct port_class *ports_create_class (void (*clean) (void *),
                                       void (*dropweak) (void *));
/* A new object of SIZE zeroed bytes with one hard reference, in *RESULT,
   which is really a pointer to a pointer.  */
error_t ports_create_port (struct port_class *, struct port_bucket *,
                           size_t size, void *result);

void ports_port_ref (void *);
void ports_port_deref (void *);
void ports_port_ref_weak (void *);
void ports_port_deref_weak (void *);

/* The port's name.  For a send right, one hard reference is held until the
   kernel has dropped its object (there is only the kernel to hold one).  */
mach_port_t ports_get_right (void *);
mach_port_t ports_get_send_right (void *);
/* The kernel holds no send right any more.  */
void ports_no_senders (void *);
/* Make the port dead.  */
void ports_destroy_right (void *);
/* The object behind a port with a new reference; NULL if there is none of
   that bucket and class (each may be NULL for any).  */
void *ports_lookup_port (struct port_bucket *, mach_port_t,
                         struct port_class *);

/* How many ports there are; no new one can be made until ports_enable_bucket.
 */
int ports_count_bucket (struct port_bucket *);
void ports_enable_bucket (struct port_bucket *);
/* Call FUN on every port there is now, with a reference, until it returns
   non-zero.  The order is arbitrary, as that of a hash table, yet the same
   throughout a run.  */
error_t ports_bucket_iterate (struct port_bucket *, error_t (*fun) (void *));

typedef int (*ports_demuxer_type) (mach_msg_header_t *in,
                                   mach_msg_header_t *out);
/* Receive messages and hand each to DEMUXER; never returns.  */
void ports_manage_port_operations_one_thread (struct port_bucket *,
                                              ports_demuxer_type, int timeout);

#endif /* _HURD_PORTS_ */
