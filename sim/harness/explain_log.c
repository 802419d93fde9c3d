/* The log of a run: every run of pages and every store write of the file path,
   by its place in its file, with the reason why it ended (explain.h).

   It is kept in memory until the run is over, as some names are known then.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "explain.h"

#include <jansson.h>
#include <stdlib.h>
#include "../base/check.h"
#include "../world/memobj.h"
#include "pager_load.h"

static struct
{
  struct tally_event *event;
  size_t n, space;
} events;

static void
keep (const struct tally_event *e)
{
  if (events.n == events.space)
    {
      events.space = events.space ? 2 * events.space : 4096;
      events.event
          = realloc (events.event, events.space * sizeof *events.event);
      CHECK (events.event != NULL);
    }
  events.event[events.n++] = *e;
}

void
explain_log_start (void)
{
  events.n = 0;
  tally_set_log (keep);
}

void
explain_log_stop (void)
{
  tally_set_log (NULL);
  free (events.event);
  events.event = NULL;
  events.n = events.space = 0;
}

/* NAME as JSON, to be freed.  */
static char *
quoted (const char *name)
{
  json_t *j = json_string (name);
  if (j == NULL) /* not UTF-8  */
    j = json_string ("?");
  char *text = json_dumps (j, JSON_ENCODE_ANY);
  CHECK (text != NULL);
  json_decref (j);
  return text;
}

void
explain_log_write (const struct pager *p, FILE *out)
{
  const struct memobj *last = NULL;
  char *file = NULL, *pager = quoted (pager_name (p));
  fprintf (out, "{\"schema\": \"pagersim.log/1\", \"pager\": %s}\n", pager);
  free (pager);
  for (size_t i = 0; i < events.n; i++)
    {
      const struct tally_event *e = &events.event[i];
      char name[FILE_NAME_BYTES];
      if (e->o != last)
        {
          free (file);
          file = quoted (explain_file_name (pager_server (p), e->o, name));
          last = e->o;
        }
      fprintf (out,
               "{\"%s\": %s, \"offset\": %llu, \"bytes\": %llu, "
               "\"end\": \"%s\"}\n",
               e->store_write ? "write" : "run", file,
               (unsigned long long)e->offset, (unsigned long long)e->bytes,
               e->store_write ? write_end_name[e->why] : run_end_name[e->why]);
    }
  free (file);
}
