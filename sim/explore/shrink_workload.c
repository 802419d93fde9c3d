/* Fewer lines of the workload for the same finding.

   What may go is seen by how the text is indented: a line inside of a
   function; a line with the deeper ones behind it and the `end' below them; of
   the outermost ones, what is no table of settings.  And numbers of a `param'
   or a `for' may become less.  Whether what is left is a workload, its run
   says: if not, it does not find the same.

   A text is tried with the choices as they are, threads being told by their
   names, and then with schedules that are drawn.  It is kept when the same is
   found with no more choices than before.

   Left out: sizes in calls, and other texts than indented ones.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "shrink.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/check.h"

enum
{
  DRAWN_PCT = 16, /* schedules for a text  */
  DRAWN_RANDOM = 8,
  DRAWN_DEPTH = 4,
  LINES_MAX = 2000
};

struct shrinking
{
  const struct subject *subject; /* what was given  */
  struct found *f;
  char *text;
  const char *name;
  struct shrink_effort left;
  bool less;
};

static struct shrink_names names;

/* ---- Lines ---------------------------------------------------------------
 */

struct line
{
  const char *at;
  size_t len;      /* with its end  */
  unsigned indent; /* columns  */
  bool code;       /* neither empty nor a comment  */
};

struct text_lines
{
  struct line line[LINES_MAX];
  unsigned count;
};

static void
look_at_line (struct line *l)
{
  const char *c = l->at, *end = l->at + l->len;
  for (; c < end && (*c == ' ' || *c == '\t'); c++)
    l->indent++;
  l->code = c < end && *c != '\n' && *c != '\r' && strncmp (c, "--", 2) != 0;
}

static void
split (const char *text, struct text_lines *out)
{
  out->count = 0;
  while (*text && out->count < LINES_MAX)
    {
      struct line *l = &out->line[out->count++];
      const char *end = strchr (text, '\n');
      *l = (struct line){ .at = text };
      l->len = end ? (size_t)(end + 1 - text) : strlen (text);
      look_at_line (l);
      text += l->len;
    }
}

static bool
begins (const struct line *l, const char *word)
{
  return strncmp (l->at + l->indent, word, strlen (word)) == 0;
}

/* L ends, or goes on with, what began above it.  */
static bool
closes (const struct line *l)
{
  return begins (l, "end") || begins (l, "}") || begins (l, ")")
         || begins (l, "until") || begins (l, "else");
}

/* The line behind what begins with line I.  */
static unsigned
unit_end (const struct text_lines *t, unsigned i)
{
  unsigned end = i + 1;
  for (unsigned j = i + 1; j < t->count; j++)
    {
      const struct line *l = &t->line[j];
      if (!l->code)
        continue;
      if (l->indent > t->line[i].indent)
        end = j + 1;
      else if (l->indent == t->line[i].indent && closes (l))
        {
          end = j + 1;
          if (!begins (l, "else"))
            break;
        }
      else
        break;
    }
  return end;
}

/* A table of settings: what the machine is.  */
static bool
is_setting (const struct line *l)
{
  const char *c = l->at + l->indent;
  while (isalnum ((unsigned char)*c) || *c == '_')
    c++;
  while (*c == ' ')
    c++;
  return l->indent == 0 && *c == '{';
}

/* A name without a value, which does nothing.  */
static bool
is_declaration (const struct line *l)
{
  return begins (l, "local ") && memchr (l->at, '=', l->len) == NULL
         && !begins (l, "local function");
}

static bool
may_go (const struct line *l)
{
  return l->code && !closes (l) && !is_setting (l) && !is_declaration (l);
}

/* ---- Trying --------------------------------------------------------------
 */

/* Some other schedules of S.  */
static bool
find_drawn (struct shrinking *x, const struct subject *s, struct found *again)
{
  uint32_t choices = schedule_choices ();
  for (uint32_t i = 0; i < DRAWN_PCT + DRAWN_RANDOM; i++)
    {
      struct schedule_plan plan
          = { .way = i < DRAWN_PCT ? SCHEDULE_PCT : SCHEDULE_RANDOM,
              .seed = x->subject->seed + i,
              .depth = DRAWN_DEPTH,
              .choices = choices };
      if (shrink_finds (s, &plan, x->f, again, &x->left))
        return true;
    }
  return false;
}

/* Run the text that is TEXT.  Keep it, and return true, when it does.  */
static bool
try_text (struct shrinking *x, char *text)
{
  static struct found again;
  static struct pick list[PICKS_MAX];
  struct subject s = *x->subject;
  struct user_error err;
  for (uint32_t i = 0; i < x->f->picks; i++)
    {
      list[i] = x->f->pick[i];
      list[i].event = 0;
    }
  struct schedule_plan plan = { .way = SCHEDULE_LIST,
                                .list = list,
                                .picks = x->f->picks,
                                .names = names.name };
  s.workload = workload_text_place (x->name, text, &err);
  if (!s.workload)
    return false;
  /* What is no Lua, or asks for what is gone, is not run again.  */
  if (!shrink_finds (&s, &plan, x->f, &again, &x->left)
      && (x->left.wrong || !find_drawn (x, &s, &again)))
    return false;
  shrink_choices (&s, &again, &x->left);
  if (again.picks > x->f->picks)
    return false;
  *x->f = again;
  free (x->text);
  x->text = strdup (text);
  x->less = true;
  CHECK (x->text);
  return true;
}

/* The names are those of a run of what is kept.  */
static bool
refresh_names (struct shrinking *x)
{
  static struct found again;
  struct user_error err;
  struct subject s = *x->subject;
  struct shrink_effort one = { 1, SHRINK_EVENTS, false };
  struct schedule_plan plan
      = { .way = SCHEDULE_LIST, .list = x->f->pick, .picks = x->f->picks };
  s.workload = workload_text_place (x->name, x->text, &err);
  if (!s.workload || !shrink_finds (&s, &plan, x->f, &again, &one))
    return false;
  *x->f = again;
  shrink_note_names (x->f, &names);
  return true;
}

/* ---- What goes -----------------------------------------------------------
 */

/* The comment right above line I goes with it.  */
static unsigned
with_comment (const struct text_lines *t, unsigned i)
{
  unsigned first = i;
  while (first > 0 && !t->line[first - 1].code
         && begins (&t->line[first - 1], "--")
         && t->line[first - 1].indent == t->line[i].indent)
    first--;
  return first;
}

static bool
try_without (struct shrinking *x, const struct text_lines *t, unsigned i,
             unsigned end)
{
  unsigned first = with_comment (t, i);
  const char *from = t->line[first].at;
  const char *to = t->line[end - 1].at + t->line[end - 1].len;
  /* One empty line of the two around it.  */
  if (end < t->count && *to == '\n'
      && (first == 0 || t->line[first - 1].len == 1))
    to++;
  char *text = malloc (strlen (x->text) + 1);
  CHECK (text);
  memcpy (text, x->text, from - x->text);
  strcpy (text + (from - x->text), to);
  bool good = try_text (x, text) && refresh_names (x);
  free (text);
  return good;
}

/* All units of more than one line, or all lines, last ones first.  */
static bool
try_units (struct shrinking *x, bool blocks)
{
  static struct text_lines t;
  bool less = false;
  split (x->text, &t);
  for (unsigned i = t.count; i-- > 0;)
    {
      if (i >= t.count || !may_go (&t.line[i]))
        continue;
      unsigned end = unit_end (&t, i);
      if ((end - i > 1) == blocks && try_without (x, &t, i, end))
        {
          less = true;
          split (x->text, &t);
        }
    }
  return less;
}

/* ---- Numbers -------------------------------------------------------------
 */

/* Whether L sets a parameter that was set by the user.  */
static bool
is_set (const struct shrinking *x, const struct line *l)
{
  const char *quote = memchr (l->at, '"', l->len);
  size_t n = quote ? strcspn (quote + 1, "\"") : 0;
  for (unsigned i = 0; n > 0 && i < x->subject->sets; i++)
    if (strncmp (x->subject->set[i], quote + 1, n) == 0
        && x->subject->set[i][n] == '=')
      return true;
  return false;
}

/* The number that may become less: the first behind the first comma.  */
static const char *
number_of (const struct shrinking *x, const struct line *l)
{
  const char *end = l->at + l->len, *c = memchr (l->at, ',', l->len);
  bool param = memmem (l->at, l->len, "param (", 7) != NULL;
  if (!l->code || !c || (!param && !begins (l, "for ")) || is_set (x, l))
    return NULL;
  while (c < end && !isdigit ((unsigned char)*c))
    c++;
  return c < end && c[-1] == ' ' ? c : NULL;
}

static bool
try_number (struct shrinking *x, const char *at, uint64_t value)
{
  const char *behind = at + strspn (at, "0123456789");
  char *text;
  int head = at - x->text;
  CHECK (asprintf (&text, "%.*s%" PRIu64 "%s", head, x->text, value, behind)
         > 0);
  bool good = try_text (x, text) && refresh_names (x);
  free (text);
  return good;
}

/* As small as it can be: 1, a half, one less.  */
static bool
try_smaller (struct shrinking *x, unsigned i)
{
  static struct text_lines t;
  split (x->text, &t);
  const char *at = i < t.count ? number_of (x, &t.line[i]) : NULL;
  uint64_t value = at ? strtoull (at, NULL, 10) : 0;
  return value > 1
         && (try_number (x, at, 1)
             || (value > 3 && try_number (x, at, value / 2))
             || (value > 2 && try_number (x, at, value - 1)));
}

static bool
try_numbers (struct shrinking *x)
{
  bool less = false;
  for (unsigned i = 0; i < LINES_MAX; i++)
    while (try_smaller (x, i))
      less = true;
  return less;
}

/* ---- The interface -------------------------------------------------------
 */

unsigned
workload_lines (const char *text)
{
  static struct text_lines t;
  unsigned lines = 0;
  split (text, &t);
  for (unsigned i = 0; i < t.count; i++)
    lines += t.line[i].code;
  return lines;
}

char *
shrink_workload (const struct subject *s, struct found *f)
{
  struct user_error err;
  const char *slash = strrchr (s->workload, '/');
  struct shrinking x = { .subject = s,
                         .f = f,
                         .name = slash ? slash + 1 : s->workload,
                         .left = { SHRINK_RUNS, SHRINK_EVENTS, false } };
  x.text = replay_file_text (s->workload, &err);
  if (!x.text)
    return NULL;
  struct found before = *f;
  if (refresh_names (&x))
    for (bool less = true; less;)
      {
        less = try_units (&x, true);
        less |= try_units (&x, false);
        less |= try_numbers (&x);
      }
  if (x.less)
    return x.text;
  /* Only its names were wanted.  */
  *f = before;
  free (x.text);
  return NULL;
}
