/* Findings as files: JSON, schema pagersim.replay/1 (docs/explore.md).

   It holds all that its run depends on but the program and the pager: the
   workload's text, what was set, the seed, and the choices that were not
   plain. What was found, and the digest, say whether a run is the same again.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "explore.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "../base/check.h"

#define SCHEMA "pagersim.replay/1"

enum
{
  TEXT_MAX_BYTES = 1 << 20
};

/* ---- Writing -------------------------------------------------------------
 */

static json_t *
json_of_pick (const struct pick *p)
{
  const char *way = p->kind != CHOICE_STEP        ? "take"
                    : p->pick == STEP_STAND_ASIDE ? "stand aside"
                                                  : "yield";
  return json_pack ("{s:s, s:s, s:i, s:i, s:i, s:i, s:I, s:s}", "kind",
                    choice_name[p->kind], "step", step_name[p->step], "thread",
                    (int)p->thread, "nth", (int)p->nth, "of", (int)p->of,
                    "pick", (int)p->pick, "event", (json_int_t)p->event,
                    "does", way);
}

static json_t *
json_of_found (const struct found *f)
{
  char digest[17];
  snprintf (digest, sizeof digest, "%016" PRIx64, f->digest);
  return json_pack ("{s:s, s:s, s:s, s:s, s:s}", "oracle", f->oracle, "where",
                    f->where, "what", f->what, "verdict",
                    verdict_name[f->verdict], "digest", digest);
}

char *
replay_file_text (const char *path, struct user_error *err)
{
  FILE *f = fopen (path, "rb");
  char *text = f ? calloc (1, TEXT_MAX_BYTES + 1) : NULL;
  size_t len = text ? fread (text, 1, TEXT_MAX_BYTES + 1, f) : 0;
  if (f)
    fclose (f);
  if (text && len <= TEXT_MAX_BYTES)
    return text;
  snprintf (err->line, sizeof err->line, "%.300s: %s", path,
            f ? "too long" : strerror (errno));
  free (text);
  return NULL;
}

bool
replay_file_write (const char *path, const struct subject *s,
                   const char *given, const struct found *f,
                   struct user_error *err)
{
  char *text = given ? strdup (given) : replay_file_text (s->workload, err);
  if (!text)
    return false;
  const char *slash = strrchr (s->workload, '/');
  json_t *set = json_array (), *choices = json_array ();
  for (unsigned i = 0; i < s->sets; i++)
    json_array_append_new (set, json_string (s->set[i]));
  for (uint32_t i = 0; i < f->picks && i < PICKS_MAX; i++)
    json_array_append_new (choices, json_of_pick (&f->pick[i]));
  json_t *all = json_pack (
      "{s:s, s:s, s:s, s:s, s:s, s:o, s:I, s:b, s:o, s:o}", "schema", SCHEMA,
      "version", PAGERSIM_VERSION, "name", slash ? slash + 1 : s->workload,
      "workload", text, "pager", s->pager, "set", set, "seed",
      (json_int_t)s->seed, "mutexes", (int)s->mutexes, "choices", choices,
      "found", json_of_found (f));
  free (text);
  if (!all)
    {
      snprintf (err->line, sizeof err->line, "%.300s: the text is no UTF-8",
                s->workload);
      return false;
    }
  bool good = json_dump_file (all, path, JSON_INDENT (1)) == 0;
  json_decref (all);
  if (!good)
    snprintf (err->line, sizeof err->line, "%.300s: %s", path,
              strerror (errno));
  return good;
}

/* ---- Reading -------------------------------------------------------------
 */

static bool
pick_read (json_t *j, struct pick *p)
{
  const char *kind, *step;
  int thread, nth, of, pick;
  json_int_t event;
  if (json_unpack (j, "{s:s, s:s, s:i, s:i, s:i, s:i, s:I}", "kind", &kind,
                   "step", &step, "thread", &thread, "nth", &nth, "of", &of,
                   "pick", &pick, "event", &event)
      != 0)
    return false;
  memset (p, 0, sizeof *p);
  p->kind = CHOICE_RANDOM;
  for (unsigned k = 0; k < CHOICE_RANDOM; k++)
    if (strcmp (kind, choice_name[k]) == 0)
      p->kind = k;
  for (unsigned k = 0; k < STEP_KINDS; k++)
    if (strcmp (step, step_name[k]) == 0)
      p->step = k;
  p->thread = thread;
  p->nth = nth;
  p->of = of;
  p->pick = pick;
  p->event = event;
  return p->kind != CHOICE_RANDOM && of > 1 && of <= UINT8_MAX && pick > 0
         && pick < of && nth >= 0 && thread >= 0;
}

static void
found_read (json_t *all, struct found *f, bool *good)
{
  const char *oracle, *where, *what, *verdict, *digest;
  json_t *choices, *j;
  size_t i;
  *good = json_unpack (all, "{s:o, s:{s:s, s:s, s:s, s:s, s:s}}", "choices",
                       &choices, "found", "oracle", &oracle, "where", &where,
                       "what", &what, "verdict", &verdict, "digest", &digest)
              == 0
          && json_is_array (choices) && json_array_size (choices) <= PICKS_MAX;
  if (!*good)
    return;
  snprintf (f->oracle, sizeof f->oracle, "%s", oracle);
  snprintf (f->where, sizeof f->where, "%s", where);
  snprintf (f->what, sizeof f->what, "%s", what);
  f->digest = strtoull (digest, NULL, 16);
  for (unsigned v = 0; v <= VERDICT_TIMEOUT; v++)
    if (strcmp (verdict, verdict_name[v]) == 0)
      f->verdict = v;
  json_array_foreach (choices, i, j) *good
      = *good && pick_read (j, &f->pick[f->picks++]);
}

static void
set_read (json_t *set, struct replay_file *out, bool *good)
{
  size_t i;
  json_t *j;
  out->set = calloc (json_array_size (set) + 1, sizeof *out->set);
  CHECK (out->set);
  json_array_foreach (set, i, j)
  {
    *good = *good && json_is_string (j);
    if (*good)
      out->set[out->sets++] = strdup (json_string_value (j));
  }
}

bool
replay_file_read (const char *path, struct replay_file *out,
                  struct user_error *err)
{
  json_error_t wrong;
  const char *schema, *version, *name, *text, *pager;
  json_t *set;
  json_int_t seed;
  int mutexes;
  memset (out, 0, sizeof *out);
  json_t *all = json_load_file (path, 0, &wrong);
  if (!all)
    {
      snprintf (err->line, sizeof err->line,
                wrong.line < 0 ? "%.300s: %s" : "%.300s: no replay file: %s",
                path, wrong.line < 0 ? strerror (errno) : wrong.text);
      return false;
    }
  bool good = json_unpack (all, "{s:s, s:s, s:s, s:s, s:s, s:o, s:I, s:b}",
                           "schema", &schema, "version", &version, "name",
                           &name, "workload", &text, "pager", &pager, "set",
                           &set, "seed", &seed, "mutexes", &mutexes)
                  == 0
              && strcmp (schema, SCHEMA) == 0 && json_is_array (set)
              && strchr (name, '/') == NULL && *name;
  if (good)
    {
      found_read (all, &out->found, &good);
      set_read (set, out, &good);
      out->workload_name = strdup (name);
      out->workload_text = strdup (text);
      out->pager = strdup (pager);
      out->seed = seed;
      out->mutexes = mutexes;
      snprintf (out->version, sizeof out->version, "%s", version);
    }
  json_decref (all);
  if (!good)
    {
      replay_file_free (out);
      snprintf (err->line, sizeof err->line, "%.300s: no replay file (%s)",
                path, SCHEMA);
    }
  return good;
}

void
replay_file_free (struct replay_file *r)
{
  free (r->workload_name);
  free (r->workload_text);
  free (r->pager);
  for (unsigned i = 0; i < r->sets; i++)
    free (r->set[i]);
  free (r->set);
  memset (r, 0, sizeof *r);
}
