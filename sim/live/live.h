/* A live run: the same pager on real threads and a real file.

   The pager's shared object is given another operating system than the
   simulated one (table.c): the host's threads and locks, a kernel of our own
   (kernel.h), a file as its store.  Each of the workload's threads is one of
   the host's.  Time is the host's.

   Left out: eviction (evict () of a workload fails), faults, images, traces of
   programs.  Keys that say how long something takes do not count here.

   One run in a process: the pager's threads never end.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_LIVE_LIVE_H
#define SIM_LIVE_LIVE_H

#include <signal.h>

#include "../harness/scenario.h"
#include "meter.h"

struct live_result
{
  struct meters meters;
  uint64_t ns;         /* from the end of setup to the end of the threads  */
  uint64_t unmount_ns; /* from there until all is in the file  */
  bool interrupted, out_of_time;
};

/* Whether W can run live with the keys in force, and FILE be its store: a
   regular file, a new one, or one that holds a file system or nothing.  */
bool live_check (const struct workload *w, const char *file,
                 struct user_error *err);
/* Run W under P on FILE, for at most LIMIT_NS; 0 is no limit.  When it
   returns, FILE holds a file system that was unmounted.  False, with *ERR,
   when the user's input was wrong or FILE cannot be written.  When the code
   under test fails, it says so and ends the process with status 1.  */
bool live_run (struct pager *p, struct workload *w, uint64_t seed,
               const char *file, uint64_t limit_ns, struct live_result *result,
               struct user_error *err);

/* What a simulated run of the same counts; false if it did not end well.  In a
   process of its own, so before any thread is made.  */
struct live_beside
{
  enum verdict verdict;
  uint64_t virtual_ns;
  struct meters meters;
};
bool live_simulate (struct pager *p, struct workload *w, uint64_t seed,
                    struct live_beside *beside);

/* ---- For the files beside ---- */

/* Print one line and end the process: the input was wrong; the code under test
   has failed.  */
_Noreturn void live_stop_wrong (const char *format, ...)
    __attribute__ ((format (printf, 1, 2)));
_Noreturn void live_code_failed (const char *format, ...)
    __attribute__ ((format (printf, 1, 2)));
/* N pages of zeros, to be unmapped.  */
void *live_pages (size_t n);

/* Signals are the code's under test from now on (crash.c).  */
void crashes_start (void);

/* The store (store_file.c).  */
bool store_file_check (const char *file, struct user_error *err);
bool store_file_open (const char *file, uint64_t size, uint64_t max_transfer,
                      struct user_error *err);
/* Everything to the disk.  False, with *ERR, when that or a request before it
   has failed.  */
bool store_file_close (struct user_error *err);
/* Whether a request has failed; *ERR says how.  */
bool store_file_failed (struct user_error *err);
/* How many requests it has done.  */
uint64_t store_file_requests (void);

/* Threads and locks (lock.c).  */
void locks_start (bool writers_first);

/* The operating system (table.c).  */
extern const struct hurd_api live_table;
void table_start (const char *pager);
/* A sleep of this thread ends it when no more is to be begun.  */
void table_thread_is_daemon (void);

/* The workload's threads (program.c).  */
void programs_begin (void);
bool programs_setup (struct workload *w, struct user_error *err);
void programs_start (struct workload *w);
/* Wait until all have ended, or none is to begin anything new; false, with
 *ERR, after an error in one.  */
bool programs_wait (uint64_t limit_ns, struct live_result *result,
                    struct user_error *err);
/* Sleep, but not beyond the end; false then.  */
bool programs_sleep (uint64_t ns);
void programs_choose_begin (void);
void programs_choose_end (void);

/* Clients (call.c).  */
struct program;
struct hurd_server;
void calls_start (const struct hurd_server *server);
void calls_perform (struct program *p);

#endif /* SIM_LIVE_LIVE_H */
