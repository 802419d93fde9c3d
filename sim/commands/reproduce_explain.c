/* What `pagersim reproduce --explain' adds, see reproduce_explain.h.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "reproduce_explain.h"

#include <limits.h>
#include <stdlib.h>
#include "command.h"
#include "../base/check.h"
#include "../harness/explain.h"

struct adding
{
  const struct pager *pager;
  json_t *tallies;
};

static void
add (const char *counter, void *arg)
{
  struct adding *a = arg;
  char *text;
  size_t len;
  FILE *f = open_memstream (&text, &len);
  CHECK (f);
  explain_print (a->pager, counter, f);
  fclose (f);
  json_t *j = json_string (text);
  /* A file's name that is not UTF-8.  */
  if (!j)
    j = json_string ("");
  CHECK (json_object_set_new (a->tallies, counter, j) == 0);
  free (text);
}

json_t *
reproduce_explain (const struct pager *p)
{
  struct adding a = { p, json_object () };
  explain_each (add, &a);
  return a.tallies;
}

static void
write_log (FILE *f, void *p)
{
  explain_log_write (p, f);
}

void
reproduce_log (const struct pager *p, const char *dir, const char *id)
{
  char path[PATH_MAX];
  size_t len;
  char *text = command_text (write_log, (void *)p, &len);
  snprintf (path, sizeof path, "%.3000s/reproduce-%.200s.jsonl", dir, id);
  command_write (path, text, len);
  free (text);
}

void
reproduce_explain_show (FILE *out, const struct published_row *row,
                        const json_t *tallies)
{
  fprintf (out, "\n%s (%s)\n", row->id, row->pager);
  for (unsigned i = 0; i < row->cells; i++)
    {
      const char *text
          = json_string_value (json_object_get (tallies, row->cell[i].name));
      if (text)
        fprintf (out, "\n%s", text);
    }
}
