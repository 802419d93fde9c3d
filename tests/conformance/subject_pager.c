/* A struct pager, for the code under test.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef HURD_API_NO_REDIRECT
#define HURD_API_NO_REDIRECT
#endif
#include <priv.h>

#include "input.h"
#include "script.h"
#include "subject.h"

#include <stdio.h>
#include <string.h>

struct pager *
pager_make (struct user_pager_info *upi, void *class, uint64_t pages,
            bool shut_down, bool notify_on_evict)
{
  struct pager *p = script_alloc (sizeof *p);

  p->port.class = class;
  p->upi = upi;
  p->pager_state = shut_down ? SHUTDOWN : NORMAL;
  p->may_cache = 1;
  p->notify_on_evict = notify_on_evict;
  p->memobjcntl = PAGER_CONTROL;
  p->memobjname = PAGER_CONTROL + 1;
  /* Some more than needed, so that the code need not grow it: where it takes
     that memory from is its own affair.  */
  p->pagemapsize = pages + 64;
  p->pagemap = script_alloc (p->pagemapsize * sizeof *p->pagemap);
  return p;
}

unsigned
pager_flags (const struct pager *p, uint64_t page)
{
  if (page >= p->pagemapsize)
    return 0;
  return (unsigned short)p->pagemap[page];
}

void
pager_set_flags (struct pager *p, uint64_t page, unsigned flags)
{
  if (page >= p->pagemapsize)
    script_fail ("the pagemap was made smaller");
  p->pagemap[page] = (short)flags;
}

static const struct
{
  const char *name;
  unsigned bit;
} names[] = { { "WRITEWAIT", PM_WRITEWAIT },   { "INIT", PM_INIT },
              { "INCORE", PM_INCORE },         { "PAGINGOUT", PM_PAGINGOUT },
              { "PAGEINWAIT", PM_PAGEINWAIT }, { "INVALID", PM_INVALID } };

#define NAMES (sizeof names / sizeof *names)

static bool
parse_error (const char *word, size_t len, const char *key, unsigned *value)
{
  size_t n = strlen (key);

  if (len != n + 1 || memcmp (word, key, n) != 0 || word[n] < '1'
      || word[n] > '3')
    return false;
  *value = (unsigned)(word[n] - '0');
  return true;
}

unsigned
pager_parse_flags (const char *text)
{
  unsigned flags = 0, value;

  for (const char *word = text; *word; word += *word == '|')
    {
      size_t len = strcspn (word, "|"), i;

      for (i = 0; i < NAMES; i++)
        if (strlen (names[i].name) == len
            && memcmp (word, names[i].name, len) == 0)
          break;
      if (i < NAMES)
        flags |= names[i].bit;
      else if (parse_error (word, len, "ERROR=", &value))
        flags = (unsigned)SET_PM_ERROR (flags, value);
      else if (parse_error (word, len, "NEXTERROR=", &value))
        flags = (unsigned)SET_PM_NEXTERROR (flags, value);
      else
        input_bad ("`%s' is not a list of page flags", text);
      word += len;
    }
  return flags;
}

const char *
pager_print_flags (unsigned flags)
{
  static char text[128];
  size_t n = 0;

  text[0] = '\0';
  for (size_t i = 0; i < NAMES; i++)
    if (flags & names[i].bit)
      n += (size_t)sprintf (text + n, "%s%s", n ? "|" : "", names[i].name);
  if (PM_ERROR (flags))
    n += (size_t)sprintf (text + n, "%sERROR=%d", n ? "|" : "",
                          (int)PM_ERROR (flags));
  if (PM_NEXTERROR (flags))
    sprintf (text + n, "%sNEXTERROR=%d", n ? "|" : "",
             (int)PM_NEXTERROR (flags));
  return text;
}

int64_t
pager_first_paging_out (const struct pager *p, uint64_t first, uint64_t pages)
{
  for (uint64_t i = 0; i < pages; i++)
    if (pager_flags (p, first + i) & PM_PAGINGOUT)
      return (int64_t)(first + i);
  return -1;
}

void
pager_end_paging_out (struct pager *p, uint64_t page)
{
  unsigned flags = pager_flags (p, page);
  pager_set_flags (p, page, flags & ~(unsigned)(PM_PAGINGOUT | PM_WRITEWAIT));
}

int
pager_termination_blocks (const struct pager *p)
{
  return p->noterm;
}

struct lock_request *
pager_add_lock_request (struct pager *p, uint64_t start, uint64_t end,
                        int pending_writes, int locks_pending)
{
  struct lock_request *lr = script_alloc (sizeof *lr);

  lr->start = start;
  lr->end = end;
  lr->pending_writes = pending_writes;
  lr->locks_pending = locks_pending;
  lr->threads_waiting = 1;
  lr->next = p->lock_requests;
  if (lr->next)
    lr->next->prevp = &lr->next;
  lr->prevp = &p->lock_requests;
  p->lock_requests = lr;
  return lr;
}

int
lock_request_pending_writes (const struct lock_request *lr)
{
  return lr->pending_writes;
}
