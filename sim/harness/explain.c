/* Explanations of counters, see explain.h.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "explain.h"

#include <stdlib.h>
#include <string.h>

#include "../../pagers/include/hurd_server.h"
#include "../base/check.h"
#include "../base/text.h"
#include "../world/counters.h"
#include "../world/memobj.h"
#include "client_server.h"
#include "pager_load.h"

enum
{
  ENDS_MAX = 16
};

_Static_assert((int)RUN_END_COUNT <= (int)ENDS_MAX
                   && (int)WRITE_END_COUNT <= (int)ENDS_MAX,
               "a row of a table holds every reason");

/* The numbers of one file.  */
typedef void row_fn (const struct tally *t, uint64_t *row);

static void
messages (const struct tally *t, uint64_t *row)
{
  for (unsigned i = 0; i < RUN_END_COUNT; i++)
    row[i] = t->run[i].messages;
}

static void
message_pages (const struct tally *t, uint64_t *row)
{
  for (unsigned i = 0; i < RUN_END_COUNT; i++)
    row[i] = t->run[i].pages;
}

static void
write_pages_calls (const struct tally *t, uint64_t *row)
{
  for (unsigned i = 0; i < RUN_END_COUNT; i++)
    row[i] = t->run[i].write_pages;
}

static void
write_page_calls (const struct tally *t, uint64_t *row)
{
  for (unsigned i = 0; i < RUN_END_COUNT; i++)
    row[i] = t->run[i].write_page;
}

static void
writes (const struct tally *t, uint64_t *row)
{
  for (unsigned i = 0; i < WRITE_END_COUNT; i++)
    row[i] = t->write[i].writes;
}

static void
write_bytes (const struct tally *t, uint64_t *row)
{
  for (unsigned i = 0; i < WRITE_END_COUNT; i++)
    row[i] = t->write[i].bytes;
}

static const struct explained
{
  enum counter counter;
  row_fn *row;
  bool by_write; /* columns are write ends, not run ends  */
} explained[] = {
  { COUNTER_DATA_RETURN, messages, false },
  { COUNTER_DATA_RETURN_PAGES, message_pages, false },
  { COUNTER_WRITE_PAGE, write_page_calls, false },
  { COUNTER_WRITE_PAGES, write_pages_calls, false },
  { COUNTER_FILE_STORE_WRITE, writes, true },
  { COUNTER_FILE_STORE_WRITE_BYTES, write_bytes, true },
};
enum
{
  EXPLAINED = sizeof explained / sizeof explained[0]
};

static const char *
name_of (unsigned i)
{
  return counter_rows[explained[i].counter].name;
}

static const struct explained *
find (const char *counter)
{
  for (unsigned i = 0; i < EXPLAINED; i++)
    if (strcmp (name_of (i), counter) == 0)
      return &explained[i];
  return NULL;
}

void
explain_each (void (*fn) (const char *, void *), void *arg)
{
  for (unsigned i = 0; i < EXPLAINED; i++)
    fn (name_of (i), arg);
}

bool
explain_check (const char *counter, struct user_error *err)
{
  if (find (counter) != NULL)
    return true;
  const char *names[EXPLAINED];
  for (unsigned i = 0; i < EXPLAINED; i++)
    names[i] = name_of (i);
  const char *near = text_nearest (counter, names, EXPLAINED);
  snprintf (err->line, sizeof err->line,
            "--explain: '%.100s' has no tally%s%s%s", counter,
            near ? "; did you mean '" : "", near ? near : "",
            near ? "'?" : "");
  return false;
}

/* ---- The table -----------------------------------------------------------
 */

struct file_row
{
  const struct memobj *o;
  uint64_t inode;
  uint64_t sum;
  uint64_t value[ENDS_MAX];
};

struct table
{
  const struct explained *what;
  const struct hurd_server *server;
  unsigned columns;
  struct file_row *rows;
  size_t n;
  uint64_t total[ENDS_MAX], sum;
};

/* What has no number stands in one row: the disk pager, or all files that are
   gone.  */
static bool
add_to_row (struct table *t, const struct file_row *row)
{
  for (size_t i = 0; i < t->n; i++)
    if (t->rows[i].inode == 0 && !t->rows[i].o->home == !row->o->home)
      {
        for (unsigned c = 0; c < t->columns; c++)
          t->rows[i].value[c] += row->value[c];
        t->rows[i].sum += row->sum;
        return true;
      }
  return false;
}

static void
add_object (struct memobj *o, void *arg)
{
  struct table *t = arg;
  struct file_row row = { 0 };
  t->what->row (&o->tally, row.value);
  for (unsigned i = 0; i < t->columns; i++)
    {
      row.sum += row.value[i];
      t->total[i] += row.value[i];
    }
  if (row.sum == 0)
    return;
  t->sum += row.sum;
  row.o = o;
  row.inode = explain_inode (t->server, o);
  if (row.inode == 0 && add_to_row (t, &row))
    return;
  t->rows = realloc (t->rows, (t->n + 1) * sizeof *t->rows);
  CHECK (t->rows != NULL);
  t->rows[t->n++] = row;
}

/* Largest first; inodes ascend among equals.  */
static int
compare_rows (const void *left, const void *right)
{
  const struct file_row *a = left, *b = right;
  if (a->sum != b->sum)
    return a->sum < b->sum ? 1 : -1;
  return a->inode < b->inode ? -1 : a->inode > b->inode;
}

uint64_t
explain_inode (const struct hurd_server *server, const struct memobj *o)
{
  return server->port_inode ? server->port_inode (o->pager) : 0;
}

const char *
explain_file_name (const struct hurd_server *server, const struct memobj *o,
                   char *out)
{
  enum
  {
    ROOT_INODE = 2
  };
  uint64_t inode = explain_inode (server, o);
  const char *path = client_path (inode);
  if (inode == 0)
    return o->home ? "(metadata)" : "(files now gone)";
  if (path != NULL)
    return path;
  if (inode == ROOT_INODE)
    return "/";
  snprintf (out, FILE_NAME_BYTES, "inode %llu", (unsigned long long)inode);
  return out;
}

static void
print_row (const struct table *t, const char *name, const uint64_t *value,
           uint64_t sum, FILE *out)
{
  fprintf (out, "  %-20.40s %12llu", name, (unsigned long long)sum);
  for (unsigned i = 0; i < t->columns; i++)
    if (t->total[i] != 0)
      fprintf (out, " %14llu", (unsigned long long)value[i]);
  fputc ('\n', out);
}

void
explain_print (const struct pager *p, const char *counter, FILE *out)
{
  struct table t = { .what = find (counter), .server = pager_server (p) };
  CHECK (t.what != NULL);
  t.columns = t.what->by_write ? WRITE_END_COUNT : RUN_END_COUNT;
  memobjs_each (add_object, &t);
  /* The tallies are kept beside the counters: they must agree.  */
  uint64_t counted = counter_value[t.what->counter];
  CHECK (t.sum <= counted);
  if (t.n > 0)
    qsort (t.rows, t.n, sizeof *t.rows, compare_rows);

  fprintf (out, "%s: %llu\n", counter, (unsigned long long)counted);
  fprintf (out, "  %-20s %12s", t.what->by_write ? "ended by" : "sent by",
           "all");
  const char *const *names = t.what->by_write ? write_end_name : run_end_name;
  for (unsigned i = 0; i < t.columns; i++)
    if (t.total[i] != 0)
      fprintf (out, " %14s", names[i]);
  fputc ('\n', out);
  for (size_t i = 0; i < t.n; i++)
    {
      char name[FILE_NAME_BYTES];
      print_row (&t, explain_file_name (t.server, t.rows[i].o, name),
                 t.rows[i].value, t.rows[i].sum, out);
    }
  if (t.sum < counted)
    print_row (&t, "(in no data_return)", (const uint64_t[ENDS_MAX]){ 0 },
               counted - t.sum, out);
  print_row (&t, "together", t.total, counted, out);
  free (t.rows);
}
