/* How long the engine's basic steps take on the host.

   Each figure is the minimum of several repeats, in nanoseconds, and as a
   ratio to glibc's swapcontext measured in the same run: machines differ, and
   so do the hours of a day on one of them.

   sleep    64 threads sleep random times: one sleep with its wake-up
   handoff  three threads pass a token on through wait queues; one is always
            runnable, two wait: one pass
   mm1      a queue with random arrivals and service times at 80 % load: one
            customer, from arrival to departure
   switch   a bare coroutine switch

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "base/check.h"
#include "base/prng.h"
#include "engine/choice.h"
#include "engine/coroutine.h"
#include "engine/engine.h"
#include "engine/trace.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <ucontext.h>

enum
{
  REPEATS = 25,
  SWAPS = 20 * 1000,
  SWITCHES = 400 * 1000,
  SLEEPERS = 64,
  SLEEPS = 3000, /* of each  */
  RING = 3,
  PASSES = 200 * 1000,
  CUSTOMERS = 100 * 1000,
  TABLE = 4096 /* random times, drawn beforehand  */
};

static double
host_ns (void)
{
  struct timespec t;
  CHECK (clock_gettime (CLOCK_MONOTONIC, &t) == 0);
  return t.tv_sec * 1e9 + t.tv_nsec;
}

static void
start (void)
{
  struct engine_config config = { .cpus = 1,
                                  .quantum_ns = 100 * 1000 * 1000,
                                  .switch_ns = 0,
                                  .limit_ns = VTIME_NEVER };
  choice_init (1);
  trace_init ();
  engine_init (&config);
}

/* ---- swapcontext ---------------------------------------------------------
 */

static ucontext_t ucontext_main, ucontext_other;
static char ucontext_stack[64 * 1024];

static void
swap_back (void)
{
  for (;;)
    swapcontext (&ucontext_other, &ucontext_main);
}

static double
bench_swapcontext (void)
{
  getcontext (&ucontext_other);
  ucontext_other.uc_stack.ss_sp = ucontext_stack;
  ucontext_other.uc_stack.ss_size = sizeof ucontext_stack;
  makecontext (&ucontext_other, swap_back, 0);
  swapcontext (&ucontext_main, &ucontext_other);

  double from = host_ns ();
  for (int i = 0; i < SWAPS / 2; i++)
    swapcontext (&ucontext_main, &ucontext_other);
  return (host_ns () - from) / SWAPS;
}

/* ---- A bare switch -------------------------------------------------------
 */

static struct coroutine *other;

static void
switch_back (void *arg)
{
  (void)arg;
  for (;;)
    coroutine_switch (other, &coroutine_main);
}

static double
bench_switch (void)
{
  start ();
  other = coroutine_new (switch_back, NULL);
  coroutine_switch (&coroutine_main, other);

  double from = host_ns ();
  for (int i = 0; i < SWITCHES / 2; i++)
    coroutine_switch (&coroutine_main, other);
  return (host_ns () - from) / SWITCHES;
}

/* ---- Sleepers ------------------------------------------------------------
 */

static uint32_t uniform[TABLE];     /* 1 .. 2^20 ns  */
static uint32_t exponential[TABLE]; /* mean 2^20 ns  */
static unsigned running;

static void
sleeper (void *arg)
{
  unsigned at = (uintptr_t)arg * 61;

  for (int i = 0; i < SLEEPS; i++)
    thread_sleep (uniform[at++ % TABLE]);
  if (--running == 0)
    engine_stop (ENGINE_STOPPED);
}

static double
bench_sleep (void)
{
  start ();
  for (running = 0; running < SLEEPERS; running++)
    thread_spawn ("sleeper", sleeper, (void *)(uintptr_t)running);

  double from = host_ns ();
  CHECK (engine_run () == ENGINE_STOPPED);
  return (host_ns () - from) / (SLEEPERS * SLEEPS);
}

/* ---- A lock handed over --------------------------------------------------
 */

static struct waitq turn[RING];
static int passes;

static void
passer (void *arg)
{
  unsigned self = (uintptr_t)arg;

  for (;;)
    {
      waitq_wait (&turn[self], WAIT_LOCK, NULL);
      if (passes-- == 0)
        engine_stop (ENGINE_STOPPED);
      waitq_wake_one (&turn[(self + 1) % RING]);
    }
}

static void
start_passing (void *arg)
{
  (void)arg;
  waitq_wake_one (&turn[0]);
}

static double
bench_handoff (void)
{
  start ();
  memset (turn, 0, sizeof turn);
  passes = PASSES;
  for (uintptr_t i = 0; i < RING; i++)
    thread_spawn ("passer", passer, (void *)i);
  thread_spawn ("starter", start_passing, NULL);

  double from = host_ns ();
  CHECK (engine_run () == ENGINE_STOPPED);
  return (host_ns () - from) / PASSES;
}

/* ---- M/M/1 ---------------------------------------------------------------
 */

static struct waitq server_idle;
static unsigned queue_length;
static vtime arrived[TABLE]; /* ring: when the queued ones came  */
static uint64_t time_in_system;

static void
arrivals (void *arg)
{
  (void)arg;
  for (unsigned i = 0; i < CUSTOMERS; i++)
    {
      thread_sleep (exponential[(7 * i + 13) % TABLE]);
      arrived[i % TABLE] = engine_now ();
      if (queue_length++ == 0)
        waitq_wake_one (&server_idle);
      CHECK (queue_length < TABLE);
    }
}

static void
server (void *arg)
{
  (void)arg;
  for (unsigned i = 0; i < CUSTOMERS; i++)
    {
      if (queue_length == 0)
        waitq_wait (&server_idle, WAIT_OTHER, NULL);
      thread_sleep ((uint64_t)exponential[(11 * i + 5) % TABLE] * 4 / 5);
      time_in_system += engine_now () - arrived[i % TABLE];
      queue_length--;
    }
  engine_stop (ENGINE_STOPPED);
}

static double
bench_mm1 (void)
{
  start ();
  memset (&server_idle, 0, sizeof server_idle);
  queue_length = 0;
  thread_spawn ("arrivals", arrivals, NULL);
  thread_spawn ("server", server, NULL);

  double from = host_ns ();
  CHECK (engine_run () == ENGINE_STOPPED);
  return (host_ns () - from) / CUSTOMERS;
}

/* ---- The table -----------------------------------------------------------
 */

/* -ln (X / 2^32) with 16 binary digits, X > 0: by squaring, a digit of the
   logarithm to base 2 at a time.  */
static uint64_t
minus_log (uint32_t x)
{
  const uint64_t ln_2 = 45426; /* of 2^16  */
  unsigned lead = __builtin_clz (x);
  uint64_t mantissa = (uint64_t)x << lead; /* 2^31 .. 2^32  */
  uint64_t log2 = 0;

  for (int i = 0; i < 16; i++)
    {
      mantissa = mantissa * mantissa >> 31;
      log2 <<= 1;
      if (mantissa >> 32)
        {
          mantissa >>= 1;
          log2 |= 1;
        }
    }
  return (((uint64_t)(lead + 1) << 16) - log2) * ln_2 >> 16;
}

static void
draw_times (void)
{
  struct prng prng;

  prng_seed (&prng, 1, 0);
  for (int i = 0; i < TABLE; i++)
    {
      uniform[i] = 1 + prng_below (&prng, 1 << 20);
      exponential[i] = minus_log (1 + prng_below (&prng, UINT32_MAX)) << 4;
    }
}

static const struct row
{
  const char *name, *what;
  double (*run) (void);
  double aim; /* of a swapcontext; 0 is none  */
} rows[] = {
  { "swapcontext", "glibc's swapcontext", bench_swapcontext, 0 },
  { "sleep", "64 threads sleeping random times, a sleep", bench_sleep,
    1 / 3. },
  { "handoff", "contended lock, a hand-over", bench_handoff, 1 / 10. },
  { "mm1", "M/M/1, a customer", bench_mm1, 1 / 4. },
  { "switch", "bare coroutine switch", bench_switch, 1 / 40. },
};
enum
{
  ROWS = sizeof rows / sizeof rows[0]
};

static bool
write_json (const char *file, const double *ns)
{
  FILE *f = strcmp (file, "-") == 0 ? stdout : fopen (file, "w");
  if (f == NULL)
    return false;

  fprintf (f, "{\"rows\":[");
  for (int i = 0; i < ROWS; i++)
    fprintf (f,
             "%s\n {\"aim\":%.4f,\"name\":\"%s\",\"ns\":%.2f,\"ratio\":%.4f}",
             i ? "," : "", rows[i].aim, rows[i].name, ns[i], ns[i] / ns[0]);
  fprintf (f, "],\n \"schema\":\"pagersim.bench/1\"}\n");
  bool good = !ferror (f);
  return (f == stdout ? fflush (f) : fclose (f)) == 0 && good;
}

int
main (int argc, char **argv)
{
  const char *json = NULL;
  if (argc == 3 && strcmp (argv[1], "--json") == 0)
    json = argv[2];
  else if (argc != 1)
    {
      fprintf (stderr, "usage: %s [--json FILE]\n", argv[0]);
      return 2;
    }

  draw_times ();
  double ns[ROWS];
  for (int repeat = 0; repeat < REPEATS; repeat++)
    for (int i = 0; i < ROWS; i++)
      {
        double took = rows[i].run ();
        if (repeat == 0 || took < ns[i])
          ns[i] = took;
      }

  /* With the JSON on stdout, the table must not be there too.  */
  if (json == NULL || strcmp (json, "-") != 0)
    {
      printf ("%-42s %8s %12s %8s\n", "", "ns", "/swapcontext", "aim");
      for (int i = 0; i < ROWS; i++)
        {
          printf ("%-42s %8.1f %12.4f", rows[i].what, ns[i], ns[i] / ns[0]);
          if (rows[i].aim > 0)
            printf (" %8.4f %s", rows[i].aim,
                    ns[i] / ns[0] <= rows[i].aim ? "met" : "missed");
          putchar ('\n');
        }
    }
  if (json && !write_json (json, ns))
    {
      fprintf (stderr, "%s: %s: cannot be written\n", argv[0], json);
      return 2;
    }
  return 0;
}
