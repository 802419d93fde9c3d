/* What oracles are told, between oracles.c and those who judge.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_HARNESS_ORACLE_H
#define SIM_HARNESS_ORACLE_H

#include "../world/memobj.h"
#include "api_look.h"
#include "oracles.h"

enum
{
  ORACLE_PAGES_MAX = 1024 /* of a message: the bound of mach.return_pages  */
};

/* What became of a page of a data_return.  */
enum
{
  PAGE_TAKEN = 1, /* the store has taken it, as far as it said  */
  PAGE_REFUSED
  = 2,          /* the store's last answer was an error, or too few bytes */
  PAGE_TOLD = 4 /* pager_write_page returned an error  */
};

/* A data_return that a thread works on.  */
struct oracle_message
{
  struct oracle_return r;
  bool on;
  bool unsure;     /* something was written that cannot be told apart  */
  uint32_t serial; /* of its first page's frame: the order of sending  */
  size_t next;     /* page after the one that was written last  */
  uint8_t page[ORACLE_PAGES_MAX];
  port_name port; /* of whatever it works on  */
  /* The store write that is on.  */
  struct
  {
    uint64_t offset;
    size_t pages;
    long page;    /* of the message; -1: not known  */
    bool of_file; /* if so, FILE is the file as it is now  */
    struct file_now file;
  } store;
};

/* What the kernel sends, in frames PAGES of O from page INDEX on.  */
struct oracle_sent
{
  struct memobj *o;
  uint64_t index;
  struct page **pages;
  size_t n;
  bool kcopy;
};

struct oracle_answer
{
  const char *function;
  int error;
};

/* When an oracle judges.  */
enum oracle_when
{
  ORACLE_RETURNED, /* the kernel sends a data_return  */
  ORACLE_STORE,    /* the store is about to be written to  */
  ORACLE_STORED,   /* it has answered  */
  ORACLE_WROTE,    /* pager_write_page or pager_write_pages has returned  */
  ORACLE_ANSWERED, /* any call into the file system has  */
  ORACLE_HANDLED,  /* the handler of a data_return has  */
  ORACLE_END,      /* of the run  */
  ORACLE_WHENS
};

struct oracle_event
{
  enum oracle_when when;
  int end;                  /* END  */
  struct oracle_message *m; /* NULL: RETURNED, ANSWERED, END  */
  union
  {
    const struct oracle_sent *sent;     /* RETURNED  */
    const struct oracle_call *call;     /* WROTE  */
    const struct oracle_answer *answer; /* ANSWERED  */
  };
};

typedef void oracle_fn (const struct oracle_event *e);

/* Those of data_returns (oracle_pages.c), ...  */
oracle_fn oracle_order, oracle_owner, oracle_under_lock, oracle_reach,
    oracle_refused, oracle_written, oracle_errors, oracle_release;
/* ... and of the end (oracle_end.c).  */
oracle_fn oracle_marks, oracle_blocks, oracle_held, oracle_progress,
    oracle_identity;

void oracle_pages_start (void);

/* The server of this run.  */
extern const struct hurd_server *oracle_server;
/* The thread in which the last client has ended, or NULL.  */
const struct thread *oracle_last_client (void);
/* Messages for PORT that were received and not handled yet, or are queued.  */
uint64_t oracle_pending (port_name port);

/* A finding of oracle NAME, unless it had enough of them.  WHERE as in
   world_finding.  */
void oracle_found (const char *name, const char *where, const char *format,
                   ...) __attribute__ ((format (printf, 3, 4)));

enum
{
  ORACLE_NAME_BYTES = 64
};
/* What O is of: a file's path, or the disk, into OUT.  */
const char *oracle_object_name (const struct memobj *o,
                                char out[ORACLE_NAME_BYTES]);

#endif /* SIM_HARNESS_ORACLE_H */
