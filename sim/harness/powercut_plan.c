/* All cuts of all pagers: see powercut.h.

   An image is known by a sum over its blocks, so that one more write costs one
   block's work; equal images are judged once, whichever pagers they come from.
   A case is known by its image and by what is to be compared with it, and by
   the programs that do so.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "powercut.h"

#include <stdlib.h>
#include <string.h>
#include <nettle/sha2.h>
#include "../base/check.h"
#include "../base/digest.h"
#include "sweep.h"

struct state
{
  struct powercut_plan *plan;
  struct powercut_log *log;
  const struct powercut_piece **last; /* of each block, the last applied  */
  uint64_t *digest;                   /* of each block  */
  uint64_t sum[2];
  uint32_t writes; /* applied  */
  uint32_t cut;
  uint64_t terms[2]; /* of CUT: without and with a write under way  */
  uint64_t zeros;
  char program[2][65]; /* what judges  */
  struct powercut_image image;
  size_t room, begin; /* the cut's first case  */
  size_t *slot;       /* tasks by image, an open hash table  */
  size_t slots;
};

/* ---- Images as sums ------------------------------------------------------
 */

/* What BLOCK adds: nothing when it is zeros.  */
static void
add (const struct state *s, uint64_t sum[2], uint32_t block, uint64_t digest,
     bool away)
{
  if (digest == s->zeros)
    return;
  for (unsigned i = 0; i < 2; i++)
    {
      uint64_t d = digest_words (DIGEST_K0, block, digest, i, digest);
      d = digest_finish (d);
      sum[i] += away ? -d : d;
    }
}

static void
replace (struct state *s, uint32_t block, uint64_t digest)
{
  add (s, s->sum, block, s->digest[block], true);
  add (s, s->sum, block, digest, false);
  s->digest[block] = digest;
}

static void
start (struct state *s, struct powercut_log *log)
{
  uint32_t blocks = log->size / POWERCUT_BLOCK;
  s->log = log;
  s->writes = 0;
  s->sum[0] = s->sum[1] = 0;
  s->last = calloc (blocks, sizeof (struct powercut_piece *));
  s->digest = calloc (blocks, sizeof *s->digest);
  CHECK (s->last && s->digest);
  for (uint32_t b = 0; b < blocks; b++)
    {
      s->digest[b] = s->zeros;
      if (log->used[b / 8] & 1 << b % 8)
        replace (
            s, b,
            powercut_block_digest (log->base + (uint64_t)b * POWERCUT_BLOCK));
    }
}

static void
advance (struct state *s, uint32_t writes)
{
  CHECK (writes >= s->writes);
  for (size_t i = s->log->first[s->writes]; i < s->log->first[writes]; i++)
    {
      const struct powercut_piece *p = &s->log->piece[i];
      replace (s, p->block, p->digest);
      s->last[p->block] = p;
    }
  s->writes = writes;
}

/* The digest of C's block as it is to be.  */
static uint64_t
changed_digest (const struct state *s, const struct powercut_change *c)
{
  uint8_t block[POWERCUT_BLOCK];
  uint32_t b = c->piece->block;
  if (c->mask == POWERCUT_ALL_SECTORS)
    return c->piece->digest;
  memcpy (block,
          s->last[b] ? s->last[b]->data
                     : s->log->base + (uint64_t)b * POWERCUT_BLOCK,
          POWERCUT_BLOCK);
  powercut_change_apply (c, block);
  return powercut_block_digest (block);
}

static void
image_digest (const struct state *s, uint64_t sum[2])
{
  memcpy (sum, s->sum, sizeof s->sum);
  for (size_t i = 0; i < s->image.changes; i++)
    {
      const struct powercut_change *c = &s->image.change[i];
      uint32_t b = c->piece->block;
      add (s, sum, b, s->digest[b], true);
      add (s, sum, b, changed_digest (s, c), false);
    }
}

/* ---- Cases ---------------------------------------------------------------
 */

static void
identify (const struct state *s, struct powercut_case *c)
{
  struct sha256_ctx ctx;
  uint64_t word[4]
      = { c->image[0], c->image[1],
          s->terms[powercut_variant_under_way (c->variant)], s->log->size };
  sha256_init (&ctx);
  sha256_update (&ctx, sizeof s->program, (const uint8_t *)s->program);
  sha256_update (&ctx, sizeof word, (const uint8_t *)word);
  sha256_digest (&ctx, POWERCUT_ID_BYTES, c->id);
}

static void
add_case (void *arg, const char *variant)
{
  struct state *s = arg;
  struct powercut_plan *plan = s->plan;
  if (plan->count == s->room)
    {
      s->room = s->room ? 2 * s->room : 4096;
      plan->cases = realloc (plan->cases, s->room * sizeof *plan->cases);
      CHECK (plan->cases);
    }
  struct powercut_case *c = &plan->cases[plan->count++];
  memset (c, 0, sizeof *c);
  c->log = s->log - plan->log;
  c->cut = s->cut;
  c->next = c->same = SIZE_MAX;
  snprintf (c->variant, sizeof c->variant, "%s", variant);
  CHECK (
      powercut_variant_image (s->log, &plan->how, s->cut, variant, &s->image));
  advance (s, s->image.writes);
  image_digest (s, c->image);
  identify (s, c);
}

static void
add_cuts (struct state *s)
{
  struct powercut_plan *plan = s->plan;
  for (s->cut = 0; s->cut <= s->log->writes; s->cut++)
    {
      for (unsigned i = 0; i < 2; i++)
        s->terms[i] = powercut_terms (s->log, &plan->how, s->cut, i);
      s->begin = plan->count;
      uint64_t possible
          = powercut_variants (s->log, &plan->how, s->cut, add_case, s);
      for (size_t i = s->begin; i < plan->count; i++)
        plan->cases[i].possible = possible;
    }
}

/* ---- Tasks ---------------------------------------------------------------
 */

/* Where the task of C's image is, or would be.  */
static size_t *
place (const struct state *s, const struct powercut_case *c)
{
  const struct powercut_plan *plan = s->plan;
  for (size_t i = c->image[0];; i++)
    {
      size_t *slot = &s->slot[i & (s->slots - 1)];
      if (*slot == 0)
        return slot;
      const struct powercut_case *other = &plan->cases[plan->task[*slot - 1]];
      if (memcmp (other->image, c->image, sizeof c->image) == 0
          && plan->log[other->log].size == plan->log[c->log].size)
        return slot;
    }
}

/* Say of the cases of the task from FIRST on which are the same.  */
static void
find_same (struct powercut_plan *plan, size_t first)
{
  struct powercut_case *cases = plan->cases;
  for (size_t i = first; i != SIZE_MAX; i = cases[i].next)
    for (size_t k = first; k != i && cases[i].same == SIZE_MAX;
         k = cases[k].next)
      if (cases[k].same == SIZE_MAX
          && memcmp (cases[k].id, cases[i].id, POWERCUT_ID_BYTES) == 0)
        cases[i].same = k;
}

static void
make_tasks (struct state *s)
{
  struct powercut_plan *plan = s->plan;
  for (s->slots = 1024; s->slots < 2 * plan->count;)
    s->slots *= 2;
  s->slot = calloc (s->slots, sizeof *s->slot);
  plan->task = calloc (plan->count + 1, sizeof *plan->task);
  size_t *last = calloc (plan->count + 1, sizeof *last);
  CHECK (s->slot && plan->task && last);
  for (size_t i = 0; i < plan->count; i++)
    {
      size_t *slot = place (s, &plan->cases[i]);
      if (*slot == 0)
        {
          plan->task[plan->tasks++] = i;
          *slot = plan->tasks;
        }
      else
        plan->cases[last[*slot - 1]].next = i;
      last[*slot - 1] = i;
    }
  for (size_t t = 0; t < plan->tasks; t++)
    find_same (plan, plan->task[t]);
  free (s->slot);
  free (last);
}

/* What a verdict depends on besides the image.  */
static bool
name_programs (struct state *s, struct user_error *err)
{
  const char *const path[2] = { "/proc/self/exe", s->plan->e2fsck };
  for (unsigned i = 0; i < 2; i++)
    {
      struct sweep_file f;
      if (!sweep_file_read (&f, path[i], err))
        return false;
      memcpy (s->program[i], f.sha256, sizeof f.sha256);
    }
  return true;
}

bool
powercut_plan_make (struct powercut_plan *plan, struct user_error *err)
{
  static const uint8_t zeros[POWERCUT_BLOCK];
  struct state s = { .plan = plan, .zeros = powercut_block_digest (zeros) };
  if (!name_programs (&s, err))
    return false;
  for (size_t i = 0; i < plan->logs; i++)
    {
      start (&s, &plan->log[i]);
      add_cuts (&s);
      free (s.last);
      free (s.digest);
    }
  make_tasks (&s);
  free (s.image.change);
  return true;
}

void
powercut_plan_free (struct powercut_plan *plan)
{
  for (size_t i = 0; i < plan->logs; i++)
    powercut_log_free (&plan->log[i]);
  free (plan->log);
  free (plan->cases);
  free (plan->task);
}
