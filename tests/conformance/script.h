/* The system below the code under test, as a case scripts it.

   The program's hurd_api is a table whose functions do the least that the code
   under test can live with, and report to the running case what it wants to
   know of.  There is one thread, so nothing waits: a lock that would block, or
   a wait that nobody ends, is a fault of the code under test.

   A fault (a deadlock, a panic, a signal, an endless loop) and an assertion
   end the code under test at once by a jump back to script_run; locks and
   memory stay as they are until script_end.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef CONFORMANCE_SCRIPT_H
#define CONFORMANCE_SCRIPT_H

#ifndef HURD_API_NO_REDIRECT
#define HURD_API_NO_REDIRECT
#endif
#include "../../pagers/include/hurd_server.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a case answers itself; a NULL member does nothing.  */
struct script
{
  void (*read_locked) (void);
  void (*write_locked) (void);
  void (*unlocked) (void);
  bool (*busy) (void); /* whether a try for reading fails  */
  void (*yielded) (void);
  uint64_t (*now_ns) (void); /* NULL: no time passes  */
  void (*entered) (void);    /* any call of the table, before it acts  */
  /* The thread sleeps on a condition; on return it has been woken.  */
  void (*waited) (void);
  void (*broadcast) (void);
  /* Memory that is not of the table's mmap is unmapped.  */
  void (*unmapped) (void *address, size_t len);
  void (*supplied) (uint32_t control, uint64_t offset, const void *data,
                    size_t len, bool locked, bool precious);
  int (*store_write) (uint64_t offset, const void *data, size_t len,
                      size_t *amount);
  void (*tapped) (enum hurd_tap, int err);
  const struct hurd_hooks *hooks;
};

/* Where the pagers' shared objects are; by default ../pagers beside the
   program.  */
void script_set_directory (const char *directory);

/* Load the shared object NAME.so afresh, to run under SCRIPT with these
   settings (0: the pager's own), and give its calls.  Exits with status 2 if
   there is no such pager.  */
const struct hurd_server *script_start (const char *name,
                                        const struct script *script,
                                        long chunk_blocks, long cap_blocks);

/* Call CODE, which calls the code under test.  False if that was left by an
   assertion or a fault.  */
bool script_run (void (*code) (void));

/* The assertion that failed, or NULL; the fault that ended the code, or
   NULL.  Valid until the next script_start.  */
const char *script_assertion (void);
const char *script_fault (void);

/* Called by a case: the code under test did what it must not.  */
_Noreturn void script_fail (const char *format, ...)
    __attribute__ ((format (printf, 1, 2)));

/* Memory for the code under test, all zero, freed by script_end.  */
void *script_alloc (size_t size);

/* Unload the pager and free all it took.  */
void script_end (void);

#endif /* CONFORMANCE_SCRIPT_H */
