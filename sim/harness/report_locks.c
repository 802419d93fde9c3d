/* The starvation meter: who waited for which lock, see report_locks.h.

   Locks of one name are one: the alloc_locks of all files, say.  In the table
   are those that were waited for, with a line for readers and one for writers;
   a mutex has writers only.  The percentiles are of all lockings: those that
   did not have to wait count as waits of no time.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "report_locks.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "../base/check.h"
#include "../world/lock.h"
#include "report.h"

/* ---- The locks of a run, by name -----------------------------------------
 */

struct class_list
{
  const struct lock_class **class;
  size_t n, space;
};

static void
collect (const struct lock_class *c, void *arg)
{
  struct class_list *l = arg;
  if (c->rdlocks + c->wrlocks == 0)
    return;
  if (l->n == l->space)
    {
      l->space = l->space ? 2 * l->space : 16;
      l->class = realloc (l->class, l->space * sizeof *l->class);
      CHECK (l->class != NULL);
    }
  l->class[l->n++] = c;
}

static int
by_name (const void *a, const void *b)
{
  const struct lock_class *x = *(const struct lock_class *const *)a;
  const struct lock_class *y = *(const struct lock_class *const *)b;
  int order = strcmp (x->name, y->name);
  return order != 0 ? order : x->rwlock - y->rwlock;
}

/* To be freed by its member.  */
static struct class_list
used_classes (void)
{
  struct class_list l = { NULL, 0, 0 };
  lock_each_class (collect, &l);
  if (l.n > 0)
    qsort (l.class, l.n, sizeof *l.class, by_name);
  return l;
}

/* ---- JSON ----------------------------------------------------------------
 */

static json_t *
class_json (const struct lock_class *c)
{
  json_t *j = json_pack (
      "{s:s, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:o, s:o}", "name", c->name,
      "rdlocks", (json_int_t)c->rdlocks, "wrlocks", (json_int_t)c->wrlocks,
      "contended", (json_int_t)c->contended, "bypassed",
      (json_int_t)c->bypassed, "bypass_streak", (json_int_t)c->bypass_streak,
      "read_wait_ns", report_histogram_json (&c->read_wait), "write_wait_ns",
      report_histogram_json (&c->write_wait), "read_hold_ns",
      report_histogram_json (&c->read_hold), "write_hold_ns",
      report_histogram_json (&c->write_hold));
  CHECK (j != NULL);
  return j;
}

json_t *
report_locks_json (void)
{
  struct class_list l = used_classes ();
  json_t *all = json_array ();
  for (size_t i = 0; i < l.n; i++)
    CHECK (json_array_append_new (all, class_json (l.class[i])) == 0);
  free (l.class);
  return all;
}

/* ---- CSV -----------------------------------------------------------------
 */

struct alloc_lock
{
  uint64_t contended, bypass_streak;
};

static void
find_alloc_lock (const struct lock_class *c, void *arg)
{
  if (c->rwlock && strcmp (c->name, "alloc_lock") == 0)
    *(struct alloc_lock *)arg
        = (struct alloc_lock){ c->contended, c->bypass_streak };
}

void
report_locks_columns (void (*fn) (void *, const char *, uint64_t), void *arg)
{
  struct alloc_lock a = { 0, 0 };
  lock_each_class (find_alloc_lock, &a);
  fn (arg, "alloc_lock.contended", a.contended);
  fn (arg, "alloc_lock.bypass_streak", a.bypass_streak);
}

/* ---- The table -----------------------------------------------------------
 */

static void
show_times (FILE *out, const uint64_t *ns, size_t n)
{
  char text[32];
  for (size_t i = 0; i < n; i++)
    fprintf (out, " %11s", report_time (ns[i], text));
}

static void
line (FILE *out, const char *name, const char *who,
      const struct histogram *wait, const struct histogram *hold)
{
  const uint64_t ns[]
      = { wait->sum, histogram_percentile (wait, 500),
          histogram_percentile (wait, 990), wait->max, hold->sum };
  fprintf (out, "  %-16s %-7s %8" PRIu64, name, who, wait->count);
  show_times (out, ns, sizeof ns / sizeof *ns);
}

static void
class_lines (FILE *out, const struct lock_class *c)
{
  const char *name = *c->name ? c->name : "(no name)";
  if (c->read_wait.count > 0)
    {
      line (out, name, "readers", &c->read_wait, &c->read_hold);
      fprintf (out, " %8" PRIu64 " %6" PRIu64 "\n", c->bypassed,
               c->bypass_streak);
    }
  if (c->write_wait.count > 0)
    {
      line (out, name, c->rwlock ? "writers" : "mutex", &c->write_wait,
            &c->write_hold);
      putc ('\n', out);
    }
}

void
report_locks_table (FILE *out)
{
  struct class_list l = used_classes ();
  fprintf (out, "%-26s %8s %11s %11s %11s %11s %11s %8s %6s\n",
           "locks that were waited for", "locked", "waited", "median", "99 %",
           "longest", "held", "bypassed", "streak");
  for (size_t i = 0; i < l.n; i++)
    if (l.class[i] -> contended > 0)
      class_lines (out, l.class[i]);
  free (l.class);
}
