/* Real faults in the code under test, and how a live run ends that cannot go
   on.

   Who touches a page of a mapping waits for it in the signal's handler, on the
   stack of the thread itself.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

#include "../base/check.h"
#include "kernel.h"
#include "live.h"

#if defined __SANITIZE_THREAD__
#define RACE_DETECTOR 1
#elif defined __has_feature
#if __has_feature(thread_sanitizer)
#define RACE_DETECTOR 1
#endif
#endif

#ifdef RACE_DETECTOR
/* What a handler here waits for comes by the thread's own doing, so it may
   call what it likes.  */
const char *__tsan_default_options (void);
const char *
__tsan_default_options (void)
{
  return "report_signal_unsafe=0:history_size=7:second_deadlock_stack=1";
}
#endif

enum
{
  STATUS_CODE = 1,
  STATUS_USER = 2,
  PAGE_FAULT_WRITE = 2 /* bit of the processor's error code  */
};

_Noreturn static void
end (int status, const char *format, ...)
{
  va_list args;
  static bool first;
  char line[800];
  /* The others of those who fail at the same time wait for the end.  */
  if (__atomic_exchange_n (&first, true, __ATOMIC_ACQ_REL))
    for (;;)
      pause ();
  va_start (args, format);
  vsnprintf (line, sizeof line, format, args);
  va_end (args);
  for (char *c = line; *c; c++)
    if ((unsigned char)*c < ' ')
      *c = ' ';
  dprintf (STDERR_FILENO, "pagersim: %s\n", line);
  _exit (status);
}

void
live_stop_wrong (const char *format, ...)
{
  char line[500];
  va_list args;
  va_start (args, format);
  vsnprintf (line, sizeof line, format, args);
  va_end (args);
  end (STATUS_USER, "%s", line);
}

void
live_code_failed (const char *format, ...)
{
  char line[500], thread[32] = "?", store[200] = "";
  struct user_error err;
  va_list args;
  va_start (args, format);
  vsnprintf (line, sizeof line, format, args);
  va_end (args);
  pthread_getname_np (pthread_self (), thread, sizeof thread);
  /* Most likely the reason.  */
  if (store_file_failed (&err))
    snprintf (store, sizeof store, "%.180s; then ", err.line);
  end (STATUS_CODE, "%s%s (thread %s)", store, line, thread);
}

static bool
is_write (const ucontext_t *uc, uintptr_t address)
{
#ifdef __x86_64__
  (void)address;
  return uc->uc_mcontext.gregs[REG_ERR] & PAGE_FAULT_WRITE;
#else
  (void)uc;
  return window_readable (address);
#endif
}

/* The instruction: "extent.so+0x1234", which addr2line takes.  */
static void
place (const ucontext_t *uc, char *out, size_t size)
{
  snprintf (out, size, "?");
#ifdef __x86_64__
  Dl_info info;
  char *pc = (char *)uc->uc_mcontext.gregs[REG_RIP];
  if (!dladdr (pc, &info) || info.dli_fname == NULL)
    return;
  const char *base = strrchr (info.dli_fname, '/');
  snprintf (out, size, "%.80s+%#tx", base ? base + 1 : info.dli_fname,
            pc - (char *)info.dli_fbase);
#else
  (void)uc;
#endif
}

static void
on_signal (int signal, siginfo_t *info, void *context)
{
  uintptr_t at = (uintptr_t)info->si_addr;
  int saved = errno, error = EFAULT;
  if (signal == SIGSEGV && window_here (at) && !kernel_inside ())
    error = window_touch (at, is_write (context, at));
  errno = saved;
  if (error == 0)
    return;
  char where[128];
  place (context, where, sizeof where);
  live_code_failed (
      "%s: SIG%s%s", where, sigabbrev_np (signal),
      window_here (at) ? ": the pager of a mapped object gave no page" : "");
}

void
crashes_start (void)
{
  static const int signals[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP };
  for (unsigned i = 0; i < sizeof signals / sizeof *signals; i++)
    {
      struct sigaction action
          = { .sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_NODEFER };
      sigemptyset (&action.sa_mask);
      CHECK (sigaction (signals[i], &action, NULL) == 0);
    }
}
