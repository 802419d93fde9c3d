/* The structures that the code under test is handed: a node with its
   user_pager_info, and a struct pager.  They have the layouts of
   pagers/include and are otherwise empty; nobody but subject_*.c looks
   inside.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef CONFORMANCE_SUBJECT_H
#define CONFORMANCE_SUBJECT_H

#include <stdbool.h>
#include <stdint.h>

struct node;
struct pager;
struct user_pager_info;

/* ---- subject_file.c: memory of script_alloc ---- */

/* A regular file of ALLOCSIZE allocated bytes, and its user_pager_info.  */
struct user_pager_info *file_make (int64_t allocsize);
int64_t file_allocsize (const struct user_pager_info *);
void file_set_allocsize (struct user_pager_info *, int64_t allocsize);

/* ---- subject_pager.c: memory of script_alloc ---- */

#define PAGER_CONTROL 7777 /* the control port of all pagers made here  */

/* A pager in state NORMAL, or SHUTDOWN, whose pagemap holds PAGES pages.  */
struct pager *pager_make (struct user_pager_info *, void *class,
                          uint64_t pages, bool shut_down,
                          bool notify_on_evict);

/* The flags of a page of the pagemap: PM_* bits.  */
unsigned pager_flags (const struct pager *, uint64_t page);
void pager_set_flags (struct pager *, uint64_t page, unsigned flags);

/* Flags as text, "INIT|ERROR=1"; pager_parse_flags ends the program on a
   wrong one.  pager_print_flags returns a static string.  */
unsigned pager_parse_flags (const char *text);
const char *pager_print_flags (unsigned flags);

/* The page among PAGES from FIRST on with the lowest number that is being
   paged out, or -1.  */
int64_t pager_first_paging_out (const struct pager *, uint64_t first,
                                uint64_t pages);
/* Clear PAGINGOUT and WRITEWAIT.  */
void pager_end_paging_out (struct pager *, uint64_t page);

/* Holds against termination.  */
int pager_termination_blocks (const struct pager *);

/* Put an outstanding lock request in front of the pager's list.  */
struct lock_request *pager_add_lock_request (struct pager *, uint64_t start,
                                             uint64_t end, int pending_writes,
                                             int locks_pending);
int lock_request_pending_writes (const struct lock_request *);

#endif /* CONFORMANCE_SUBJECT_H */
