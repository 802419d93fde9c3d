/* From a message to the routine that serves it.

   In the Hurd MIG writes this.  The pager is found by the message's port and
   kept by a reference until the routine is done.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "priv.h"
#include "memory_object_S.h"
#include <hurd_message.h>

/* The pager that IN is for, with a reference; if there is none, or it is no
   pager, what IN carries is released.  */
static struct pager *
begin (mach_msg_header_t *in)
{
  struct pager *p
      = ports_lookup_port (NULL, in->msgh_local_port, _pager_class);

  if (p == NULL)
    mach_msg_destroy (in);
  else if (hurd_api->handling)
    hurd_api->handling (&((const struct hurd_mach_message *)in)->body);
  return p;
}

static void
end (struct pager *p, mach_msg_header_t *out, kern_return_t result)
{
  if (hurd_api->handling)
    hurd_api->handling (NULL);
  ((mig_reply_header_t *)out)->RetCode = result ? result : MIG_NO_REPLY;
  ports_port_deref (p);
}

static inline const struct hurd_message *
body (const mach_msg_header_t *in)
{
  return &((const struct hurd_mach_message *)in)->body;
}

static void
init (mach_msg_header_t *in, mach_msg_header_t *out)
{
  const struct hurd_message *m = body (in);
  struct pager *p = begin (in);

  if (p)
    end (p, out,
         _pager_S_memory_object_init (p, m->control, m->name,
                                      m->length ? m->length : vm_page_size));
}

static void
terminate (mach_msg_header_t *in, mach_msg_header_t *out)
{
  const struct hurd_message *m = body (in);
  struct pager *p = begin (in);
  kern_return_t result;

  if (p == NULL)
    return;
  result = _pager_S_memory_object_terminate (p, m->control, m->name);
  /* The object's send right went with it.  */
  if (result == 0)
    ports_no_senders (p);
  end (p, out, result);
}

static void
data_request (mach_msg_header_t *in, mach_msg_header_t *out)
{
  const struct hurd_message *m = body (in);
  struct pager *p = begin (in);

  if (p)
    end (p, out,
         _pager_S_memory_object_data_request (p, m->control, m->offset,
                                              m->length, m->access));
}

static void
data_unlock (mach_msg_header_t *in, mach_msg_header_t *out)
{
  const struct hurd_message *m = body (in);
  struct pager *p = begin (in);

  if (p)
    end (p, out,
         _pager_S_memory_object_data_unlock (p, m->control, m->offset,
                                             m->length, m->access));
}

static void
data_return (mach_msg_header_t *in, mach_msg_header_t *out)
{
  const struct hurd_message *m = body (in);
  struct pager *p = begin (in);

  if (p)
    end (p, out,
         _pager_S_memory_object_data_return (p, m->control, m->offset, m->data,
                                             (mach_msg_type_number_t)m->length,
                                             m->dirty, m->kcopy));
}

static void
lock_completed (mach_msg_header_t *in, mach_msg_header_t *out)
{
  const struct hurd_message *m = body (in);
  struct pager *p = begin (in);

  if (p)
    end (p, out,
         _pager_S_memory_object_lock_completed (p, m->control, m->offset,
                                                m->length));
}

static void
change_completed (mach_msg_header_t *in, mach_msg_header_t *out)
{
  const struct hurd_message *m = body (in);
  struct pager *p = begin (in);

  if (p)
    end (p, out,
         _pager_S_memory_object_change_completed (p, m->may_cache,
                                                  m->copy_strategy));
}

mig_routine_t
_pager_memory_object_server_routine (const mach_msg_header_t *in)
{
  switch (in->msgh_id)
    {
    case MEMORY_OBJECT_INIT:
      return init;
    case MEMORY_OBJECT_TERMINATE:
      return terminate;
    case MEMORY_OBJECT_DATA_REQUEST:
      return data_request;
    case MEMORY_OBJECT_DATA_UNLOCK:
      return data_unlock;
    case MEMORY_OBJECT_DATA_RETURN:
      return data_return;
    case MEMORY_OBJECT_LOCK_COMPLETED:
      return lock_completed;
    case MEMORY_OBJECT_CHANGE_COMPLETED:
      return change_completed;
    default:
      return NULL;
    }
}
