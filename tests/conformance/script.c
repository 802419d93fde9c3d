/* Loading a pager for one case, running it, and leaving it at any point.

   Every case gets the shared object anew, so that its statics (page pools,
   statistics) are those of a fresh server.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "script.h"
#include "api.h"
#include "input.h"

#include <dlfcn.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Host time after which a case without calls of the table is given up.  It
   judges nothing else, so it can be far too long.  */
#define CASE_SECONDS 100

static char directory[PATH_MAX];
static void *handle;
static char object[PATH_MAX + 64];

static sigjmp_buf away;
static volatile sig_atomic_t running;
static char assertion[200], fault[300];
static bool asserted, faulted;

void
script_set_directory (const char *name)
{
  if (strlen (name) >= sizeof directory)
    input_bad ("%s: the name is too long", name);
  strcpy (directory, name);
}

/* Leave the code under test; the second argument of a siglongjmp.  */
static _Noreturn void
leave (void)
{
  if (!running)
    {
      /* A constructor of the shared object: nothing to go back to.  */
      fprintf (stderr, "%s: %s\n", object, faulted ? fault : assertion);
      exit (1);
    }
  running = 0;
  siglongjmp (away, 1);
}

void
script_fail (const char *format, ...)
{
  va_list ap;

  va_start (ap, format);
  vsnprintf (fault, sizeof fault, format, ap);
  va_end (ap);
  faulted = true;
  leave ();
}

void
script_assert_fail (const char *expression)
{
  snprintf (assertion, sizeof assertion, "%s", expression);
  asserted = true;
  leave ();
}

static void
crashed (int signal)
{
  if (!running)
    {
      /* Ours: die of it.  */
      sigaction (signal, &(struct sigaction){ .sa_handler = SIG_DFL }, NULL);
      raise (signal);
      return;
    }
  script_fail ("signal %d (%s)", signal, sigdescr_np (signal));
}

static void
stuck (int signal)
{
  static const char text[] = "a case does not end\n";

  (void)signal;
  if (write (STDERR_FILENO, text, sizeof text - 1) < 0)
    _exit (1);
  _exit (1);
}

static void
prepare (void)
{
  static const int signals[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT };
  static char stack[1 << 16];
  stack_t alternate = { .ss_sp = stack, .ss_size = sizeof stack };
  struct sigaction action
      = { .sa_handler = crashed, .sa_flags = SA_ONSTACK | SA_NODEFER };

  /* The code under test may have run out of the stack.  */
  sigaltstack (&alternate, NULL);
  for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
    sigaction (signals[i], &action, NULL);
  signal (SIGALRM, stuck);

  if (!*directory)
    {
      char self[PATH_MAX - sizeof "/../pagers"];
      ssize_t n = readlink ("/proc/self/exe", self, sizeof self - 1);
      if (n < 0)
        input_bad ("/proc/self/exe cannot be read");
      self[n] = '\0';
      *strrchr (self, '/') = '\0';
      sprintf (directory, "%s/../pagers", self);
    }
}

const struct hurd_server *
script_start (const char *name, const struct script *script, long chunk_blocks,
              long cap_blocks)
{
  static bool prepared;

  if (!prepared)
    prepare ();
  prepared = true;
  asserted = faulted = false;
  alarm (CASE_SECONDS);
  api_start (script, chunk_blocks, cap_blocks);

  snprintf (object, sizeof object, "%s/%s.so", directory, name);
  handle = dlopen (object, RTLD_NOW | RTLD_LOCAL);
  if (!handle)
    input_bad ("%s", dlerror ());
  const struct hurd_server *server = dlsym (handle, "hurd_server");
  if (!server)
    input_bad ("%s: not a pager: no hurd_server", object);
  if (server->version != HURD_API_VERSION)
    input_bad ("%s: built for version %u of hurd_api, not %u", object,
               server->version, HURD_API_VERSION);
  if (!server->configure || !server->part_write_page
      || !server->part_write_pages || !server->part_do_write_request
      || !server->part_pager_class || !server->part_set_block_size)
    input_bad ("%s: its parts cannot be driven alone", object);
  server->configure ();
  return server;
}

bool
script_run (void (*code) (void))
{
  if (sigsetjmp (away, 1) != 0)
    return false;
  running = 1;
  code ();
  running = 0;
  return true;
}

const char *
script_assertion (void)
{
  return asserted ? assertion : NULL;
}

const char *
script_fault (void)
{
  return faulted ? fault : NULL;
}

void
script_end (void)
{
  alarm (0);
  dlclose (handle);
  handle = NULL;
  api_end ();
  if (dlopen (object, RTLD_NOW | RTLD_NOLOAD))
    input_bad ("%s: cannot be unloaded between cases", object);
}
