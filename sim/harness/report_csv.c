/* A run as CSV: a header and a row, for spreadsheets and plots.

   Columns: what the run was, all keys as set.KEY, all counters, and of every
   histogram NAME.count to NAME.max.  Quoting as RFC 4180 has it.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "report.h"
#include "report_locks.h"
#include "report_waits.h"

#include <inttypes.h>
#include <string.h>
#include "keys.h"
#include "../world/counters.h"

/* Where we are in the header or the row.  */
struct line
{
  FILE *out;
  bool header;
  bool begun;
};

static void
field (struct line *l, const char *text)
{
  if (l->begun)
    putc (',', l->out);
  l->begun = true;
  if (!text[strcspn (text, ",\"\r\n")])
    {
      fputs (text, l->out);
      return;
    }
  putc ('"', l->out);
  for (; *text; text++)
    {
      if (*text == '"')
        putc ('"', l->out);
      putc (*text, l->out);
    }
  putc ('"', l->out);
}

static void
column (struct line *l, const char *name, const char *value)
{
  field (l, l->header ? name : value);
}

static void
column_number (struct line *l, const char *name, uint64_t value)
{
  char text[32];
  snprintf (text, sizeof text, "%" PRIu64, value);
  column (l, name, text);
}

static void
column_key (const struct key *k, void *arg)
{
  char name[128];
  snprintf (name, sizeof name, "set.%s", k->name);
  column (arg, name, k->text);
}

static void
columns_histogram (struct line *l, const char *name, const struct histogram *h)
{
  const struct
  {
    const char *suffix;
    uint64_t value;
  } all[] = { { "count", h->count },
              { "sum", h->sum },
              { "min", h->min },
              { "p50", histogram_percentile (h, 500) },
              { "p90", histogram_percentile (h, 900) },
              { "p99", histogram_percentile (h, 990) },
              { "p999", histogram_percentile (h, 999) },
              { "max", h->max } };
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    {
      char full[128];
      snprintf (full, sizeof full, "%s.%s", name, all[i].suffix);
      column_number (l, full, all[i].value);
    }
}

static void
other_column (void *l, const char *name, uint64_t value)
{
  column_number (l, name, value);
}

void
report_csv (const struct report *r, FILE *out)
{
  const struct run_result *result = r->result;
  char digest[20] = "";
  if (!result->hung)
    snprintf (digest, sizeof digest, "%016" PRIx64, result->digest);
  for (int row = 0; row < 2; row++)
    {
      struct line l = { out, row == 0, false };
      column (&l, "workload", workload_name (r->workload));
      column (&l, "pager", r->pager);
      column_number (&l, "seed", r->seed);
      column (&l, "verdict", verdict_name[result->verdict]);
      column_number (&l, "findings", findings_count ());
      column_number (&l, "virtual_ns", result->virtual_ns);
      column_number (&l, "events", result->events);
      column (&l, "digest", digest);
      keys_each (column_key, &l);
      for (unsigned i = 0; i < COUNTER_COUNT; i++)
        column_number (&l, counter_rows[i].name, counter_value[i]);
      for (unsigned i = 0; i < HISTOGRAM_COUNT; i++)
        columns_histogram (&l, histogram_rows[i].name, &histogram_value[i]);
      report_locks_columns (other_column, &l);
      report_waits_columns (other_column, &l);
      putc ('\n', out);
    }
}
