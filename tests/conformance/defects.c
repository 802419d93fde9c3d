/* Running a case for the defects that a pager shows.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "defects.h"
#include "input.h"
#include "script.h"

#include <string.h>

const char *const defect_name[DEFECTS]
    = { "D1", "D2", "D3",   "D4",     "D5",   "D6",
        "D7", "D8", "lost", "report", "lock", "fault" };

/* Blocks per hold that PAGER is run with: what the case says, if it was
   recorded for that writer, and what it has in the field.  */
struct settings
{
  long blocks[4];
  unsigned count;
};

static struct settings
settings_of (const json_t *a_case, const char *pager)
{
  bool chunk = strcmp (pager, "chunk") == 0;
  const char *key = chunk ? "chunk" : "cap";
  struct settings s = { { chunk ? 2 : 128 }, 1 };

  if (json_object_get (a_case, key))
    s.blocks[s.count++] = input_int (a_case, key, 1, INT32_MAX);
  if (strcmp (pager, "adaptive") == 0)
    {
      /* It changes its cap by itself: from a page a hold on.  */
      s.blocks[s.count++] = 3;
      s.blocks[s.count++] = 1;
    }
  return s;
}

/* The case has run: a fault ends the judging of it.  */
static bool
faulty (struct defects *found)
{
  if (!script_fault ())
    return false;
  defect_note (found, DEFECT_FAULT, "%s", script_fault ());
  return true;
}

static void
judge_writer (const json_t *a_case, const char *pager, long blocks,
              struct defects *found)
{
  int64_t length = input_int (a_case, "length", 0, REQUEST_MAX);

  for (int way = WRITER_BULK; way <= WRITER_LIBRARY; way++)
    {
      /* The library refuses what is not whole pages.  */
      if (way != WRITER_BULK && length % PAGE != 0)
        continue;
      json_t *got = case_writer_by (a_case, pager, (enum writer_way)way,
                                    blocks, blocks);
      if (!faulty (found))
        defects_of_writer (a_case, got, (enum writer_way)way, found);
      json_decref (got);
      script_end ();
    }
}

/* A whole file, nothing fails: every allocated block is stored once.  */
static void
judge_aggregate (const json_t *a_case, const char *pager, long blocks,
                 struct defects *found)
{
  int64_t bs = input_block_size (a_case);
  int64_t size = input_int (a_case, "file_size", 0, INT64_MAX);
  int64_t wanted = input_int (a_case, "allocsize", 0, FILE_MAX) / bs * bs;
  json_t *got = case_aggregate_by (a_case, pager, blocks, blocks);
  int64_t stored = input_int (got, "store_write_bytes", 0, INT64_MAX);

  if (wanted > size)
    wanted = size;
  if (script_assertion ())
    defect_note (found, DEFECT_D2, "assertion `%s'", script_assertion ());
  else if (!faulty (found))
    {
      if (stored != wanted)
        defect_note (found, stored > wanted ? DEFECT_D8 : DEFECT_LOST,
                     "%lld bytes stored of a file of %lld", (long long)stored,
                     (long long)wanted);
      if (input_int (got, "bounce_overflows", 0, INT64_MAX) > 0)
        defect_note (found, DEFECT_D6, "a bounce copy of more than a page");
      if (input_int (got, "rdlocks", 0, INT64_MAX)
          != input_int (got, "unlocks", 0, INT64_MAX))
        defect_note (found, DEFECT_LOCK, "the lock is held at the end");
    }
  json_decref (got);
  script_end ();
}

bool
defects_of_case (const json_t *a_case, const char *pager,
                 struct defects *found)
{
  bool whole = json_object_get (a_case, "file_size") != NULL;
  struct settings s = settings_of (a_case, pager);

  memset (found, 0, sizeof *found);
  if (!whole
      && (json_object_get (a_case, "pagemap")
          || json_object_get (a_case, "wanted")))
    return false;
  /* Whole files take long, and differ little.  */
  for (unsigned i = 0; i < s.count && !(whole && i == 2); i++)
    if (whole)
      judge_aggregate (a_case, pager, s.blocks[i], found);
    else
      judge_writer (a_case, pager, s.blocks[i], found);
  return true;
}
