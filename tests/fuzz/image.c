/* A libFuzzer target: damaged file systems, judged and served.

   An input names one of the file systems that seeds.sh made, changes of it
   (damage.h), the calls to make and the pager.  It is a run like any other
   with store.image, in this process.  What must not be:

   - a fault of our own: a CHECK, a sanitizer's finding, a hang;
   - a refusal without a line;
   - a file system that the judge lets through, and a server that fails on it
     or leaves one that the judge does not let through;
   - with the judge overruled, so that the server meets what it should not, a
     wild pointer in the server.

   The directory of the file systems is FUZZ_SEEDS, that of image.lua and the
   pagers follows from the program.  FUZZ_KEEP=DIR writes every image that the
   judge lets through to DIR.  With FUZZ_ONLY=judge nothing is served: a run
   is slow, and what reads the file is to see far more inputs than that.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "damage.h"
#include "harness/image_judge.h"
#include "harness/keys.h"
#include "harness/scenario.h"
#include "world/device.h"

enum
{
  HEAD_BYTES = 4, /* which file system, how, which calls  */
  DAMAGES_MAX = 24,
  /* Of the second byte; the lower bits are the pager.  */
  OVERRULE = 0xc0,
  CUT = 0x3c, /* the file ends somewhere; for the judge alone  */
  SERVED = 8, /* one in so many is served, or refused by the program itself  */
  TRUNCATE = 6 /* of the digits of the calls: and the next one  */
};

static const char *const seed_names[]
    = { "usual", "groups", "full", "journal", "plain" };
static const char *const pagers[]
    = { "extent", "perpage", "chunk", "adaptive" };

enum
{
  SEEDS = sizeof seed_names / sizeof *seed_names,
  PAGERS = sizeof pagers / sizeof *pagers
};

static struct
{
  struct seed seed[SEEDS];
  uint8_t *bytes[SEEDS]; /* the same, to be damaged  */
  int fd[SEEDS];         /* a file that holds it  */
  char path[SEEDS][64];
  char workload[PATH_MAX];
  /* Handlers of the fuzzer's and the sanitizers', which a run takes away.  */
  struct sigaction segv, bus, fpe, ill, trap;
  bool judge_only, overrule, refused;
  uint64_t runs, refusals, passed, served, overruled, crashed;
} fuzz;

int LLVMFuzzerInitialize (int *argc, char ***argv);
int LLVMFuzzerTestOneInput (const uint8_t *input, size_t size);
bool __real_image_judge (const struct image_source *s,
                         char line[IMAGE_LINE_BYTES]);
bool __wrap_image_judge (const struct image_source *s,
                         char line[IMAGE_LINE_BYTES]);
_Noreturn void __wrap_check_failed (const char *expression, const char *file,
                                    int line);
void __wrap_pager_name_places (const struct pager *p);
void __wrap_world_log (const char *line);
void __wrap_trace_hash (const void *data, size_t len);

/* The program itself would leave without a word to the fuzzer.  */
_Noreturn void
__wrap_check_failed (const char *expression, const char *file, int line)
{
  fprintf (stderr, "fuzz: internal error: %s:%d: %s\n", file, line,
           expression);
  abort ();
}

/* It would start another program for every crash.  */
void
__wrap_pager_name_places (const struct pager *p)
{
  (void)p;
}

void
__wrap_world_log (const char *line)
{
  (void)line;
}

/* Nobody looks at the digest.  */
void
__wrap_trace_hash (const void *data, size_t len)
{
  (void)data, (void)len;
}

bool
__wrap_image_judge (const struct image_source *s, char line[IMAGE_LINE_BYTES])
{
  fuzz.refused = !__real_image_judge (s, line);
  return fuzz.overrule || !fuzz.refused;
}

/* ---- Once ----------------------------------------------------------------
 */

static void
say_totals (void)
{
  fprintf (stderr,
           "fuzz: %" PRIu64 " inputs, %" PRIu64 " refused, %" PRIu64
           " let through, %" PRIu64 " served, %" PRIu64
           " served though damaged, of which %" PRIu64 " ended the server\n",
           fuzz.runs, fuzz.refusals, fuzz.passed, fuzz.served, fuzz.overruled,
           fuzz.crashed);
}

static void
open_seed (unsigned i, const char *directory)
{
  char path[PATH_MAX];
  struct seed *s = &fuzz.seed[i];
  snprintf (path, sizeof path, "%s/%s.img", directory, seed_names[i]);
  seed_read (s, path);
  fuzz.fd[i] = memfd_create (seed_names[i], MFD_CLOEXEC);
  snprintf (fuzz.path[i], sizeof fuzz.path[i], "store.image=/proc/self/fd/%d",
            fuzz.fd[i]);
  fuzz.bytes[i] = malloc (s->length);
  if (fuzz.bytes[i] == NULL || fuzz.fd[i] < 0
      || ftruncate (fuzz.fd[i], s->length) != 0)
    abort ();
  memcpy (fuzz.bytes[i], s->bytes, s->length);
  for (size_t at = 0; at < s->length; at += 4096)
    {
      static const uint8_t zeros[4096];
      if (memcmp (s->bytes + at, zeros, 4096) != 0
          && pwrite (fuzz.fd[i], s->bytes + at, 4096, at) != 4096)
        abort ();
    }
}

static void
find_workload (void)
{
  ssize_t n = readlink ("/proc/self/exe", fuzz.workload, PATH_MAX - 32);
  if (n <= 0)
    abort ();
  fuzz.workload[n] = 0;
  strcpy (strrchr (fuzz.workload, '/'), "/image.lua");
}

int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  const char *directory = getenv ("FUZZ_SEEDS");
  const char *only = getenv ("FUZZ_ONLY");
  (void)argc, (void)argv;
  if (directory == NULL)
    {
      fprintf (stderr, "fuzz: FUZZ_SEEDS is not set\n");
      exit (2);
    }
  for (unsigned i = 0; i < SEEDS; i++)
    open_seed (i, directory);
  find_workload ();
  fuzz.judge_only = only != NULL && strcmp (only, "judge") == 0;
  atexit (say_totals);
  return 0;
}

/* ---- Each input ----------------------------------------------------------
 */

/* Damage file system WHICH, in memory; UNDO it.  */
static void
damage_bytes (unsigned which, const struct damage *d, size_t n, bool undo)
{
  for (size_t i = 0; i < n; i++)
    memcpy (fuzz.bytes[which] + d[i].offset,
            undo ? fuzz.seed[which].bytes + d[i].offset : d[i].bytes,
            d[i].length);
}

/* Have it the same in its file.  */
static void
write_damage (unsigned which, const struct damage *d, size_t n)
{
  for (size_t i = 0; i < n; i++)
    if (pwrite (fuzz.fd[which], fuzz.bytes[which] + d[i].offset, d[i].length,
                d[i].offset)
        != d[i].length)
      abort ();
}

static void
save_handlers (void)
{
  sigaction (SIGSEGV, NULL, &fuzz.segv);
  sigaction (SIGBUS, NULL, &fuzz.bus);
  sigaction (SIGFPE, NULL, &fuzz.fpe);
  sigaction (SIGILL, NULL, &fuzz.ill);
  sigaction (SIGTRAP, NULL, &fuzz.trap);
}

static void
restore_handlers (void)
{
  sigaction (SIGSEGV, &fuzz.segv, NULL);
  sigaction (SIGBUS, &fuzz.bus, NULL);
  sigaction (SIGFPE, &fuzz.fpe, NULL);
  sigaction (SIGILL, &fuzz.ill, NULL);
  sigaction (SIGTRAP, &fuzz.trap, NULL);
}

_Noreturn static void
fail (const char *what, const char *detail)
{
  fprintf (stderr, "fuzz: %s: %s\n", what, detail);
  for (size_t i = 0; findings_get (i) != NULL; i++)
    fprintf (stderr, "  %s: %s %s\n", findings_get (i)->oracle,
             findings_get (i)->where, findings_get (i)->what);
  abort ();
}

static void
read_store (uint64_t offset, void *to, size_t len, void *arg)
{
  char block[4096];
  uint64_t first = offset & -(uint64_t)4096;
  (void)arg;
  device_peek (first, block, 2048);
  device_peek (first + 2048, block + 2048, 2048);
  memcpy (to, block + (offset - first), len);
}

/* The run is over: what it left.  */
static void
check_left (void)
{
  struct user_error err;
  char line[IMAGE_LINE_BYTES];
  struct image_source source = { device_size (), read_store, NULL };
  if (!scenario_unmount (&err))
    fail ("no unmount", err.line);
  if (!__real_image_judge (&source, line))
    fail ("left damaged", line);
}

/* The server was given what the judge refuses.  It may give up, in its own
   words, or do something wrong to the file system; no more.  */
static void
check_overruled (const struct run_result *r)
{
  fuzz.overruled++;
  if (r->verdict == VERDICT_CRASH)
    fuzz.crashed++;
  if (r->hung)
    fail ("hang", "");
  for (size_t i = 0; findings_get (i) != NULL; i++)
    if (strcmp (findings_get (i)->oracle, "signal") == 0
        && strstr (findings_get (i)->what, "gave no page") == NULL)
      fail ("a wild pointer", findings_get (i)->what);
}

static bool
truncates (unsigned calls)
{
  for (; calls != 0; calls >>= 4)
    if ((calls & 0xe) == TRUNCATE)
      return true;
  return false;
}

/* A truncation that finds no block for a hole ends the server, as it would
   the Hurd's (docs/model.md 3.10, step 5).  */
static bool
disk_was_full (void)
{
  const struct finding *f = findings_get (0);
  return f != NULL && strcmp (f->oracle, "signal") == 0
         && strstr (f->what, "gave no page") != NULL;
}

static void
check_run (bool ran, const struct run_result *r, unsigned calls,
           const struct user_error *err)
{
  size_t length = strnlen (err->line, sizeof err->line);
  if (!ran)
    {
      fuzz.refusals++;
      if (length == 0 || length == sizeof err->line
          || strchr (err->line, '\n') != NULL)
        fail ("refused without a line", "");
      return;
    }
  if (fuzz.refused)
    {
      check_overruled (r);
      return;
    }
  fuzz.served++;
  if (r->verdict == VERDICT_CRASH && truncates (calls) && disk_was_full ())
    return;
  if (r->verdict != VERDICT_OK)
    fail ("a good file system", verdict_name[r->verdict]);
  check_left ();
}

static void
set (const char *assignment)
{
  char err[300];
  if (!keys_user (assignment, err, sizeof err))
    fail (assignment, err);
}

static void
run (const char *image, unsigned pager, unsigned calls)
{
  struct user_error err = { "" };
  struct run_result result = { 0 };
  char setting[64];
  keys_reset ();
  set (image);
  snprintf (setting, sizeof setting, "fuzz.calls=%u", calls);
  set (setting);
  struct pager *p = pager_load (pagers[pager % PAGERS], &err);
  struct workload *w = p ? workload_load (fuzz.workload, &err) : NULL;
  if (w == NULL)
    fail ("no run", err.line);
  save_handlers ();
  bool ran = scenario_run (p, w, 1, &result, &err);
  check_run (ran, &result, calls, &err);
  restore_handlers ();
  workload_free (w);
}

/* For others to judge.  */
static void
keep (unsigned which)
{
  const char *directory = getenv ("FUZZ_KEEP");
  char path[PATH_MAX];
  if (directory == NULL)
    return;
  snprintf (path, sizeof path, "%s/%" PRIu64 ".img", directory, fuzz.runs);
  FILE *f = fopen (path, "wb");
  if (f == NULL
      || fwrite (fuzz.bytes[which], fuzz.seed[which].length, 1, f) != 1)
    abort ();
  fclose (f);
}

/* The judge is quick and a run is slow, so that not all inputs get one; which
   do depends on the input alone.  */
static bool
is_picked (const uint8_t *input, size_t size)
{
  uint32_t hash = 0x811c9dc5;
  for (size_t i = 0; i < size; i++)
    hash = (hash ^ input[i]) * 0x01000193;
  return (hash ^ hash >> 16) % SERVED == 0;
}

struct part
{
  const uint8_t *bytes;
  size_t length;
};

static void
read_part (uint64_t offset, void *to, size_t len, void *arg)
{
  const struct part *p = arg;
  if (offset + len > (p->length & -(size_t)4096)
      || offset / 4096 != (offset + len - 1) / 4096)
    fail ("read where nothing is", "");
  memcpy (to, p->bytes + offset, len);
}

/* Let the judge alone see the first LENGTH bytes of the damaged file system.
 */
static void
judge (unsigned which, size_t length)
{
  char line[IMAGE_LINE_BYTES] = "";
  struct part part = { fuzz.bytes[which], length };
  struct image_source source = { length, read_part, &part };
  fuzz.refused = !__real_image_judge (&source, line);
  if (!fuzz.refused)
    keep (which);
  else if (line[0] == 0)
    fail ("refused without a line", "");
}

int
LLVMFuzzerTestOneInput (const uint8_t *input, size_t size)
{
  struct damage damage[DAMAGES_MAX];
  size_t n = 0;
  if (size < HEAD_BYTES)
    return -1;
  unsigned which = input[0] % SEEDS;
  for (size_t at = HEAD_BYTES; at + DAMAGE_BYTES <= size && n < DAMAGES_MAX;
       at += DAMAGE_BYTES)
    damage[n++] = damage_of (&fuzz.seed[which], input + at);
  fuzz.runs++;
  fuzz.overrule = (input[1] & OVERRULE) == OVERRULE;
  fuzz.refused = false;
  damage_bytes (which, damage, n, false);
  bool cut = (input[1] & CUT) == CUT;
  size_t length = fuzz.seed[which].length;
  if (cut)
    length = length * (input[2] | input[3] << 8) >> 16;
  judge (which, length);
  if (!cut && !fuzz.judge_only && is_picked (input, size))
    {
      write_damage (which, damage, n);
      run (fuzz.path[which], input[1], input[2] | input[3] << 8);
      damage_bytes (which, damage, n, true);
      write_damage (which, damage, n);
      return 0;
    }
  damage_bytes (which, damage, n, true);
  ++*(fuzz.refused ? &fuzz.refusals : &fuzz.passed);
  return 0;
}
