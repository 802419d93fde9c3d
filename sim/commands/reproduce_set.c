/* The machine that reproduce runs: see reproduce_set.h.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "reproduce_set.h"

#include <inttypes.h>
#include <string.h>
#include "command.h"
#include "../harness/place.h"

void
reproduce_set_load (struct reproduce_set *s, const char *path,
                    const char *workload, const struct options *o)
{
  struct user_error err;
  if (path && strcmp (path, "none") == 0)
    return;
  if (path)
    snprintf (s->path, sizeof s->path, "%s", path);
  else if (!place_find ("results/calibrated.json", s->path))
    return;
  s->chosen = calibrated_load (s->path, &err);
  if (!s->chosen && err.line[0])
    command_fail_error (&err, s->path);
  if (!s->chosen)
    command_fail ("%s: there is no such file", s->path);
  options_apply (o);
  struct workload *w = workload_load (workload, &err);
  if (!w)
    command_fail_error (&err, workload);
  s->misfit = strcmp (workload_sha256 (w), s->chosen->sha256) != 0;
  workload_free (w);
  if (s->misfit)
    {
      calibrated_free (s->chosen);
      s->chosen = NULL;
    }
}

uint64_t
reproduce_seed (const struct options *o, const struct calibrated_row *boot)
{
  return boot && !o->seed_given ? boot->seed : o->seed;
}

void
reproduce_set_show (const struct reproduce_set *s, const struct options *o,
                    FILE *out)
{
  if (s->misfit)
    fprintf (out,
             "%s does not fit this text of the workload, whose own values are "
             "used (see `pagersim calibrate')\n\n",
             s->path);
  if (!s->chosen)
    return;
  fputs ("The machine, common to all rows (found by `pagersim calibrate')\n",
         out);
  calibrated_show (s->chosen->common, s->chosen->settings, out);
  for (unsigned i = 0; i < s->chosen->rows; i++)
    {
      const struct calibrated_row *boot = &s->chosen->row[i];
      fprintf (out, "The boot of %s\n  %-32s %12" PRIu64 "\n", boot->id,
               "seed", reproduce_seed (o, boot));
      calibrated_show (boot->setting, boot->settings, out);
    }
  if (o->settings)
    fputs ("Over that, --set\n", out);
  for (unsigned i = 0; i < o->settings; i++)
    fprintf (out, "  %s\n", o->set[i]);
  fputc ('\n', out);
}
