/* A run in gdb: it stops at an event, and knows the threads of the simulation.

   The program calls replay_stop there, with a table of its threads for the
   commands that the script below adds to gdb.  Theirs is plain gdb: no Python
   is needed.  A thread that is not running is seen by putting the place where
   it left its stack (engine/coroutine.h) into the registers for a moment.

   Left out: other machines than x86-64; threads that begin behind the stop.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "replay_watch.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <unwind.h>

#include "../base/check.h"
#include "../engine/coroutine.h"
#include "../engine/engine.h"
#include "../world/code_place.h"

extern char **environ;

/* ---- In the program that is debugged -------------------------------------
 */

enum
{
  STOP_THREADS_MAX = 1000
};

/* What the script reads.  */
struct replay_stopped
{
  const struct thread *thread[STOP_THREADS_MAX];
  unsigned threads;
  const struct thread *current;
  uintptr_t pager_pc; /* of the nearest frame in the pager's code, or 0  */
};
struct replay_stopped replay_stopped __attribute__ ((used));

static void
add_thread (const struct thread *t, void *arg)
{
  (void)arg;
  if (replay_stopped.threads < STOP_THREADS_MAX)
    replay_stopped.thread[replay_stopped.threads++] = t;
}

static _Unwind_Reason_Code
look_at_frame (struct _Unwind_Context *context, void *arg)
{
  (void)arg;
  char place[32];
  uintptr_t pc = _Unwind_GetIP (context);
  if (!code_place_pc (pc - 1, place, sizeof place))
    return _URC_NO_REASON;
  replay_stopped.pager_pc = pc;
  return _URC_END_OF_STACK;
}

/* Kept as a function, with its name, for a breakpoint.  */
__attribute__ ((noinline, used)) void
replay_stop (uint64_t event)
{
  memset (&replay_stopped, 0, sizeof replay_stopped);
  replay_stopped.current = engine.current;
  engine_each_thread (add_thread, NULL);
  _Unwind_Backtrace (look_at_frame, NULL);
  __asm__ volatile("" : : "r"(event) : "memory");
}

/* ---- The script ----------------------------------------------------------
 */

/* How the place of a thread gets into the registers.  */
#ifdef ENGINE_UCONTEXT
#define GO_TO                                                                 \
  "  set $rsp = $arg0->co->context.uc_mcontext.gregs[15]\n"                   \
  "  set $rbp = $arg0->co->context.uc_mcontext.gregs[10]\n"                   \
  "  set $rbx = $arg0->co->context.uc_mcontext.gregs[11]\n"                   \
  "  set $r12 = $arg0->co->context.uc_mcontext.gregs[4]\n"                    \
  "  set $r13 = $arg0->co->context.uc_mcontext.gregs[5]\n"                    \
  "  set $r14 = $arg0->co->context.uc_mcontext.gregs[6]\n"                    \
  "  set $r15 = $arg0->co->context.uc_mcontext.gregs[7]\n"                    \
  "  set $rip = $arg0->co->context.uc_mcontext.gregs[16]\n"
#else
#define GO_TO                                                                 \
  "  set $rsp = $arg0->co->sp\n"                                              \
  "  set $rbp = $arg0->co->bp\n"                                              \
  "  set $rip = $arg0->co->pc\n"
#endif

static const char script[]
    = "set pagination off\n"
      "set confirm off\n"
      "set print thread-events off\n"
      /* Faults of mapped memory; the hang detector's clock.  */
      "handle SIGSEGV SIG34 nostop noprint pass\n"
      "define show_state\n"
      "  if $arg0 == replay_stopped.current\n"
      "    printf \"runs\"\n"
      "  else\n"
      "    if $arg0->state != THREAD_BLOCKED\n"
      "      printf \"can run\"\n"
      "    else\n"
      "      if $arg0->waiting_for == WAIT_CPU\n"
      "        printf \"stands aside\"\n"
      "      else\n"
      "        printf \"waits: %s\", wait_for_name[$arg0->waiting_for]\n"
      "      end\n"
      "    end\n"
      "  end\n"
      "end\n"
      "define coroutines\n"
      "  set $i = 0\n"
      "  while $i < replay_stopped.threads\n"
      "    set $t = replay_stopped.thread[$i]\n"
      "    if $t->state != THREAD_DONE\n"
      "      printf \"%3u %-20s \", $t->id, $t->name\n"
      "      show_state $t\n"
      "      printf \"\\n\"\n"
      "    end\n"
      "    set $i = $i + 1\n"
      "  end\n"
      "end\n"
      "document coroutines\n"
      "The threads of the simulation: number, name, what they do.\n"
      "end\n"
      "define coroutine_enter\n"
      "  select-frame 0\n"
      "  set $was_sp = $rsp\n"
      "  set $was_bp = $rbp\n"
      "  set $was_bx = $rbx\n"
      "  set $was_12 = $r12\n"
      "  set $was_13 = $r13\n"
      "  set $was_14 = $r14\n"
      "  set $was_15 = $r15\n"
      "  set $was_ip = $rip\n"
      "  if $arg0 != replay_stopped.current\n" GO_TO "  end\n"
      "end\n"
      "define coroutine_leave_it\n"
      "  select-frame 0\n"
      "  set $rsp = $was_sp\n"
      "  set $rbp = $was_bp\n"
      "  set $rbx = $was_bx\n"
      "  set $r12 = $was_12\n"
      "  set $r13 = $was_13\n"
      "  set $r14 = $was_14\n"
      "  set $r15 = $was_15\n"
      "  set $rip = $was_ip\n"
      "end\n"
      "define coroutine_bt\n"
      "  set $t = replay_stopped.thread[$arg0 - 1]\n"
      "  printf \"\\n%u %s: \", $t->id, $t->name\n"
      "  show_state $t\n"
      "  printf \"\\n\"\n"
      "  coroutine_enter $t\n"
      "  backtrace\n"
      "  coroutine_leave_it\n"
      "end\n"
      "document coroutine_bt\n"
      "coroutine_bt NUMBER: the backtrace of a thread of the simulation.\n"
      "end\n"
      "define coroutines_bt\n"
      "  set $n = 1\n"
      "  while $n <= replay_stopped.threads\n"
      "    if replay_stopped.thread[$n - 1]->state != THREAD_DONE\n"
      "      coroutine_bt $n\n"
      "    end\n"
      "    set $n = $n + 1\n"
      "  end\n"
      "end\n"
      "document coroutines_bt\n"
      "The backtraces of all threads of the simulation.\n"
      "end\n"
      "define pager_frame\n"
      "  select-frame 0\n"
      "  if replay_stopped.pager_pc\n"
      "    while $pc != replay_stopped.pager_pc\n"
      "      up-silently\n"
      "    end\n"
      "    frame\n"
      "    list\n"
      "  end\n"
      "end\n"
      "document pager_frame\n"
      "Go to the nearest frame in the pager's own code.\n"
      "end\n"
      "break replay_stop\n"
      "run\n"
      /* Its end, where the table is filled in.  */
      "if $_isvoid ($_exitcode)\n"
      "  finish\n"
      "else\n"
      "  echo the run has no such event\\n\n"
      "end\n";

/* ---- Starting gdb --------------------------------------------------------
 */

static char script_path[] = "/tmp/pagersim-gdb-XXXXXX";

static bool
place_script (struct user_error *err)
{
  int fd = mkstemp (script_path);
  size_t len = strlen (script);
  bool good = fd >= 0 && write (fd, script, len) == (ssize_t)len;
  if (!good)
    snprintf (err->line, sizeof err->line, "%s: %s", script_path,
              strerror (errno));
  if (fd >= 0)
    close (fd);
  return good;
}

/* Interrupts are for gdb.  */
static bool
run_gdb (char **words, int *status, struct user_error *err)
{
  pid_t pid;
  int error = posix_spawnp (&pid, words[0], NULL, NULL, words, environ);
  if (error)
    {
      snprintf (err->line, sizeof err->line, "--gdb: gdb: %s",
                error == ENOENT ? "it is not installed" : strerror (error));
      return false;
    }
  signal (SIGINT, SIG_IGN);
  while (waitpid (pid, status, 0) < 0)
    CHECK (errno == EINTR);
  return true;
}

bool
replay_gdb (const char *const *arguments, int *status, struct user_error *err)
{
  enum
  {
    WORDS = 600
  };
  static char program[PATH_MAX];
  char *words[WORDS] = { "gdb", "-q", "-x", script_path, "--args", program };
  size_t n = 6;
#ifndef __x86_64__
  snprintf (err->line, sizeof err->line, "--gdb: not on this machine");
  return false;
#endif
  ssize_t len = readlink ("/proc/self/exe", program, sizeof program - 1);
  CHECK (len > 0);
  program[len] = '\0';
  for (; *arguments; arguments++)
    {
      CHECK (n + 1 < WORDS);
      words[n++] = (char *)*arguments;
    }
  if (!place_script (err))
    return false;
  bool good = run_gdb (words, status, err);
  unlink (script_path);
  return good;
}
