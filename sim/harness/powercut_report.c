/* What came of power cuts: see powercut_report.h.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "powercut_report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "keys.h"
#include "../base/check.h"

/* ---- Commands ------------------------------------------------------------
 */

/* TEXT as a word of the shell.  */
static void
shell_word (FILE *out, const char *text)
{
  static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
                              "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/=:,+-";
  bool quote = !*text || text[strspn (text, plain)];
  fputs (quote ? "'" : "", out);
  for (; *text; text++)
    if (*text == '\'')
      fputs ("'\\''", out);
    else
      putc (*text, out);
  fputs (quote ? "'" : "", out);
}

static void
add_key (const struct key *k, void *arg)
{
  char setting[512];
  if (k->origin != KEY_USER || strcmp (k->name, "pager.name") == 0
      || strcmp (k->name, "run.contents") == 0)
    return;
  snprintf (setting, sizeof setting, "%s=%s", k->name, k->text);
  fputs (" --set ", arg);
  shell_word (arg, setting);
}

void
powercut_report_keys (struct powercut_report *r)
{
  size_t len;
  free (r->settings);
  r->settings = NULL;
  FILE *f = open_memstream (&r->settings, &len);
  CHECK (f);
  keys_each (add_key, f);
  CHECK (fclose (f) == 0);
}

void
powercut_report_free (struct powercut_report *r)
{
  free (r->settings);
}

bool
powercut_report_image (const struct powercut_report *r, size_t i,
                       const char *path, struct user_error *err)
{
  const struct powercut_case *c = &r->plan->cases[i];
  const struct powercut_log *log = &r->plan->log[c->log];
  struct powercut_image image = { 0 };
  CHECK (
      powercut_variant_image (log, &r->plan->how, c->cut, c->variant, &image));
  bool good = powercut_image_write (log, &image, path, err);
  free (image.change);
  return good;
}

void
powercut_report_failure (const struct powercut_report *r, size_t i, bool kept,
                         const char *file, FILE *out)
{
  const struct powercut_case *c = &r->plan->cases[i];
  const char *pager = r->plan->log[c->log].pager;
  fprintf (out, "%s, cut %u:%s: ", pager, c->cut, c->variant);
  powercut_report_one (&r->run->row[i], out);
  if (kept)
    fprintf (out, "  its image is %s\n", file);
  fputs ("  to make it again:\n  pagersim powercut ", out);
  shell_word (out, r->workload);
  fputs (" --pager ", out);
  shell_word (out, pager);
  fputs (r->plan->how.cache ? " --cache" : "", out);
  fputs (r->settings, out);
  fprintf (out, " --seed %" PRIu64 " --cut %u:%s --image ", r->seed, c->cut,
           c->variant);
  shell_word (out, file);
  putc ('\n', out);
}

/* ---- Rows ----------------------------------------------------------------
 */

static void
csv_text (FILE *out, const char *text)
{
  bool quote = text[strcspn (text, ",\"\r\n")];
  fputs (quote ? "\"" : "", out);
  for (; *text; text++)
    fprintf (out, *text == '"' ? "\"\"" : "%c", *text);
  fputs (quote ? "\"" : "", out);
}

static void
json_text (FILE *out, const char *text)
{
  putc ('"', out);
  for (; *text; text++)
    if (*text == '"' || *text == '\\' || (unsigned char)*text < ' ')
      fprintf (out, "\\u%04x", *text);
    else
      putc (*text, out);
  putc ('"', out);
}

#define NUMBERS(X)                                                            \
  X (fsck)                                                                    \
  X (again)                                                                   \
  X (kept)                                                                    \
  X (kept_lost)                                                               \
  X (synced)                                                                  \
  X (synced_lost)                                                             \
  X (blocks_lost)                                                             \
  X (names_lost)                                                              \
  X (inode)

static const char *
yes_no (bool yes)
{
  return yes ? "yes" : "no";
}

void
powercut_report_csv (const struct powercut_report *r, FILE *out)
{
  fputs ("workload,pager,seed,cache,flush,cut,of,variant,possible,image,"
         "verdict",
         out);
#define X(field) fputs ("," #field, out);
  NUMBERS (X)
#undef X
  putc ('\n', out);
  for (size_t i = 0; i < r->plan->count; i++)
    {
      const struct powercut_case *c = &r->plan->cases[i];
      const struct powercut_log *log = &r->plan->log[c->log];
      const struct powercut_row *row = &r->run->row[i];
      csv_text (out, r->workload);
      putc (',', out);
      csv_text (out, log->pager);
      fprintf (out,
               ",%" PRIu64 ",%s,%s,%u,%u,%s,%" PRIu64 ",%016" PRIx64 ",%s",
               r->seed, yes_no (r->plan->how.cache),
               yes_no (r->plan->how.flush), c->cut, log->writes, c->variant,
               c->possible, c->image[0], powercut_verdict_name[row->verdict]);
#define X(field) fprintf (out, ",%u", row->field);
      NUMBERS (X)
#undef X
      putc ('\n', out);
    }
}

void
powercut_report_json (const struct powercut_report *r, FILE *out)
{
  for (size_t i = 0; i < r->plan->count; i++)
    {
      const struct powercut_case *c = &r->plan->cases[i];
      const struct powercut_log *log = &r->plan->log[c->log];
      const struct powercut_row *row = &r->run->row[i];
      fputs ("{\"schema\":\"pagersim.powercut/1\",\"workload\":", out);
      json_text (out, r->workload);
      fputs (",\"pager\":", out);
      json_text (out, log->pager);
      fprintf (out,
               ",\"seed\":%" PRIu64 ",\"cache\":\"%s\",\"flush\":\"%s\","
               "\"cut\":%u,\"of\":%u,\"variant\":\"%s\",\"possible\":%" PRIu64
               ",\"image\":\"%016" PRIx64 "\",\"verdict\":\"%s\"",
               r->seed, yes_no (r->plan->how.cache),
               yes_no (r->plan->how.flush), c->cut, log->writes, c->variant,
               c->possible, c->image[0], powercut_verdict_name[row->verdict]);
#define X(field) fprintf (out, ",\"" #field "\":%u", row->field);
      NUMBERS (X)
#undef X
      fputs ("}\n", out);
    }
}

/* ---- The table -----------------------------------------------------------
 */

/* The sums of one pager.  */
struct sums
{
  size_t images, repaired, unrepaired, kept, synced, lost, blocks, names;
  uint64_t possible; /* UINT64_MAX: that or more  */
};

static void
add_case (struct sums *s, const struct powercut_case *c,
          const struct powercut_row *row, bool first)
{
  if (first && __builtin_add_overflow (s->possible, c->possible, &s->possible))
    s->possible = UINT64_MAX;
  s->images++;
  s->repaired += row->fsck == 1 && row->verdict != POWERCUT_FSCK;
  s->unrepaired += row->verdict == POWERCUT_FSCK;
  s->kept += row->kept_lost > 0;
  s->synced += row->verdict == POWERCUT_SYNCED;
  s->lost += row->synced_lost > 0;
  s->blocks += row->blocks_lost;
  s->names += row->names_lost > 0;
}

static void
print_sums (const struct powercut_log *log, const struct sums *s, FILE *out)
{
  char possible[24] = "2^64 or more";
  const char *slash = strrchr (log->pager, '/');
  if (s->possible != UINT64_MAX)
    snprintf (possible, sizeof possible, "%" PRIu64, s->possible);
  fprintf (out,
           "%-12.30s %7u %13s %7zu %9zu %6zu %6zu %6zu %6zu %7zu %6zu%s%s\n",
           slash ? slash + 1 : log->pager, log->writes + 1, possible,
           s->images, s->repaired, s->unrepaired, s->kept, s->synced, s->lost,
           s->blocks, s->names, log->verdict ? "  run: " : "",
           log->verdict ? verdict_name[log->verdict] : "");
}

void
powercut_report_table (const struct powercut_report *r, FILE *out)
{
  const struct powercut_plan *plan = r->plan;
  fprintf (out, "%s, %s%s\n", r->workload,
           plan->how.cache ? "a volatile write cache" : "written through",
           plan->how.flush ? ", ext2fs.flush" : "");
  fprintf (out, "%-12s %7s %13s %7s %9s %6s %6s %6s %6s %7s %6s\n", "pager",
           "cuts", "possible", "tried", "repaired", "fsck", "kept", "synced",
           "lost", "blocks", "names");
  for (size_t l = 0, i = 0; l < plan->logs; l++)
    {
      struct sums s = { 0 };
      for (; i < plan->count && plan->cases[i].log == l; i++)
        add_case (&s, &plan->cases[i], &r->run->row[i],
                  i == 0 || plan->cases[i - 1].log != l
                      || plan->cases[i - 1].cut != plan->cases[i].cut);
      print_sums (&plan->log[l], &s, out);
    }
  fprintf (out, "%zu images, %zu different\n", plan->count, plan->tasks);
}

void
powercut_report_one (const struct powercut_row *row, FILE *out)
{
  fprintf (out,
           "%s: e2fsck -fy %u, -fn %u; kept: %u files, %u lost; synced: %u, "
           "%u lost, %u blocks; %u names lost",
           powercut_verdict_name[row->verdict], row->fsck, row->again,
           row->kept, row->kept_lost, row->synced, row->synced_lost,
           row->blocks_lost, row->names_lost);
  if (row->inode)
    fprintf (out, "; see inode %u", row->inode);
  putc ('\n', out);
}
