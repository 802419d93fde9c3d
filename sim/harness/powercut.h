/* Power cuts: what is on the store when the power goes, and what is left of
   it.

   powercut_record.c  one run: what was on the store when setup was over, and
                      every block written since
   powercut_files.c   what clients did meanwhile, and so what a cut may not
                      take from them
   powercut_variant.c the images that one cut may leave
   powercut_plan.c    all cuts of all pagers, equal images once
   powercut_image.c   one of these images, as a file
   powercut_fsck.c    e2fsck
   powercut_judge.c   a comparison of what is left
   ext2_view.c        an ext2 image from outside, read by no code of a pager
   powercut_run.c     the pool, the store of rows, the results

   A store write is known from its completion on; a cut is named by how many
   were complete.  The write cache is a model on top of what was recorded:
   written through, a block is on the medium when its write is complete; with
   a cache, whatever was written since the last store_sync may be there or
   not, in any order.  See docs/reliability.md.

   Left out: what was written before setup was over counts as on the medium;
   a disk that loses or moves other sectors than those being written.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_HARNESS_POWERCUT_H
#define SIM_HARNESS_POWERCUT_H

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include "scenario.h"

struct hurd_server;

enum
{
  POWERCUT_BLOCK = SIM_PAGE_SIZE,
  POWERCUT_SECTORS = POWERCUT_BLOCK / 512,
  POWERCUT_ALL_SECTORS = (1 << POWERCUT_SECTORS) - 1,
  POWERCUT_ID_BYTES = 32,
  POWERCUT_PAGERS = 16,
  /* So many images of a cut, at most, are all tried: as many as three blocks
     pending give.  */
  POWERCUT_EXHAUSTIVE = 8
};
#define POWERCUT_STORE_MAX (UINT64_C (4) << 30)
/* A position, a number of completed store writes, that never comes.  */
#define POWERCUT_NEVER UINT32_MAX

/* ---- What was recorded ---------------------------------------------------
 */

/* A block as a store write left it.  */
struct powercut_piece
{
  uint32_t block;
  uint64_t digest;
  const uint8_t *data;
};

/* A page of a file as a client left it.  */
struct powercut_version
{
  uint32_t file; /* index into files  */
  uint32_t page;
  uint32_t at;  /* position  */
  uint64_t seq; /* counts all that clients do  */
  uint64_t digest;
  uint64_t sector[POWERCUT_SECTORS]; /* the same of each  */
};

/* A write or truncate that changes a file's size.  */
struct powercut_resize
{
  uint32_t at;
  uint64_t seq, size;
  bool cut, over;
};

struct powercut_file
{
  uint32_t inode;
  bool there_before;    /* setup made it  */
  uint32_t touched;     /* when it was first changed since  */
  uint32_t names_until; /* when a directory above it first was  */
  size_t promised;      /* number of its promise and 1, or 0  */
  struct powercut_resize *resize;
  size_t resizes;
  size_t first, versions; /* in the log's, sorted  */
};

/* A name of a file: there from AT on, perhaps not any more from GONE on.  */
struct powercut_name
{
  uint32_t file, at, gone;
  char *path;
};

/* From position FROM to position TO a file is what it was at SEQ, or has what
   was written to it later.  */
struct powercut_promise
{
  uint32_t file, from, to;
  uint64_t seq, size;
};

struct powercut_log
{
  const char *pager; /* as typed  */
  enum verdict verdict;
  uint64_t size; /* of the store  */
  uint8_t *base; /* what was on it when setup was over  */
  uint8_t *used; /* a bit for each block that ever was not zeros  */
  struct powercut_piece *piece;
  size_t pieces;
  uint32_t *first; /* of each write, its first piece; one more at the end  */
  uint32_t writes;
  uint32_t *synced; /* of each position, that of the last store_sync  */
  struct powercut_file *file;
  size_t files;
  struct powercut_version *version; /* by file, page and time  */
  size_t versions;
  struct powercut_name *name;
  size_t names;
  struct powercut_promise *promise;
  size_t promises;
};

/* Run W under P, named PAGER, and fill in LOG.  False, with *ERR, when the
   input was wrong.  RESULT is the run's.  */
bool powercut_record (struct powercut_log *log, struct pager *p,
                      const char *pager, struct workload *w, uint64_t seed,
                      struct run_result *result, struct user_error *err);
void powercut_log_free (struct powercut_log *log);

uint64_t powercut_block_digest (const void *block);
void powercut_sector_digests (const void *block,
                              uint64_t sector[POWERCUT_SECTORS]);

/* The part of it in powercut_files.c.  */
void powercut_files_begin (struct powercut_log *log,
                           const struct hurd_server *server);
void powercut_files_end (void);

/* ---- The images of a cut -------------------------------------------------
 */

struct powercut_how
{
  bool cache;       /* the store has a volatile one  */
  bool flush;       /* ext2fs.flush  */
  unsigned samples; /* random images of a cut  */
  uint64_t seed;
};

/* Blocks to be changed after the first writes: PIECE's sectors in MASK.  */
struct powercut_change
{
  const struct powercut_piece *piece, *under; /* UNDER: NULL is the medium's */
  uint8_t mask;
};

/* An image: the first WRITES writes, then CHANGES.  */
struct powercut_image
{
  uint32_t writes;
  struct powercut_change *change;
  size_t changes;
};

enum
{
  VARIANT_BYTES = 24
};

/* Call FN for the name of each image that is to be tried of the cut CUT.
   Returns how many there may be, as far as 64 bits can say.  */
uint64_t powercut_variants (const struct powercut_log *log,
                            const struct powercut_how *how, uint32_t cut,
                            void (*fn) (void *arg, const char *variant),
                            void *arg);
/* The image VARIANT of CUT; IMAGE->change is used again.  False when there is
   none of that name.  */
bool powercut_variant_image (const struct powercut_log *log,
                             const struct powercut_how *how, uint32_t cut,
                             const char *variant,
                             struct powercut_image *image);
/* Whether VARIANT has blocks of the next write.  */
bool powercut_variant_under_way (const char *variant);

/* The image being put together, and the file that e2fsck works on.  */
struct powercut_canvas;
struct powercut_canvas *powercut_canvas_open (void);
void powercut_canvas_close (struct powercut_canvas *c);
/* Make the file hold IMAGE of LOG.  */
void powercut_canvas_draw (struct powercut_canvas *c,
                           const struct powercut_log *log,
                           const struct powercut_image *image);
int powercut_canvas_fd (const struct powercut_canvas *c);
/* The file's contents.  */
const uint8_t *powercut_canvas_data (const struct powercut_canvas *c);
/* Make the block that a change is about, which is the medium's, what it says.
 */
void powercut_change_apply (const struct powercut_change *change,
                            uint8_t *block);
/* Write IMAGE to PATH, sparse.  */
bool powercut_image_write (const struct powercut_log *log,
                           const struct powercut_image *image,
                           const char *path, struct user_error *err);

/* ---- Judging -------------------------------------------------------------
 */

enum powercut_verdict
{
  POWERCUT_OK,
  POWERCUT_LOST,   /* what nobody had promised to keep  */
  POWERCUT_SYNCED, /* what had been synced is not intact  */
  POWERCUT_KEPT,   /* nor is a file that was not being written  */
  POWERCUT_FSCK,   /* e2fsck cannot repair it  */
  POWERCUT_VERDICTS
};
extern const char *const powercut_verdict_name[POWERCUT_VERDICTS];

/* What is left at a cut.  */
struct powercut_row
{
  enum powercut_verdict verdict;
  uint32_t fsck, again;         /* exit statuses; 256 and a signal  */
  uint32_t kept, kept_lost;     /* files that were not being written  */
  uint32_t synced, synced_lost; /* files that had been synced before  */
  uint32_t blocks_lost;         /* of these  */
  uint32_t names_lost;          /* files that are intact without a name  */
  uint32_t inode;               /* the first file that is not intact, or 0  */
};

/* Find e2fsck; NULL when there is none.  */
const char *powercut_e2fsck (void);
/* Let e2fsck repair the canvas; fills in FSCK and AGAIN.  */
void powercut_repair (const char *e2fsck, const struct powercut_canvas *c,
                      struct powercut_row *row);
/* Compare what is left with what LOG promises at CUT, and say what it is.
   UNDER_WAY: the image has blocks of the next write, so what happened since
   CUT was complete has happened.  */
void powercut_compare (const struct powercut_canvas *c,
                       const struct powercut_log *log,
                       const struct powercut_how *how, uint32_t cut,
                       bool under_way, struct powercut_row *row);
/* What powercut_compare depends on, but for the image.  */
uint64_t powercut_terms (const struct powercut_log *log,
                         const struct powercut_how *how, uint32_t cut,
                         bool under_way);

/* ---- The plan ------------------------------------------------------------
 */

/* A cut's image that is tried.  */
struct powercut_case
{
  uint32_t log, cut;
  char variant[VARIANT_BYTES];
  uint64_t possible; /* images of the cut  */
  uint64_t image[2]; /* digest  */
  uint8_t id[POWERCUT_ID_BYTES];
  size_t next; /* of the same image, or SIZE_MAX  */
  size_t same; /* an earlier one of the same id, or SIZE_MAX  */
};

struct powercut_plan
{
  struct powercut_log *log;
  size_t logs;
  struct powercut_how how;
  const char *e2fsck;
  struct powercut_case *cases;
  size_t count;
  size_t *task; /* of each image, the first case  */
  size_t tasks;
};

/* Cases and tasks of all logs.  */
bool powercut_plan_make (struct powercut_plan *plan, struct user_error *err);
void powercut_plan_free (struct powercut_plan *plan);

/* ---- Running -------------------------------------------------------------
 */

struct powercut_run
{
  const struct powercut_plan *plan;
  unsigned jobs;
  const char *out; /* directory for rows, or NULL  */
  bool fresh, tell;
  const volatile sig_atomic_t *stop;
  /* Results:  */
  struct powercut_row *row; /* of each case  */
  size_t judged;            /* cases  */
};

enum powercut_end
{
  POWERCUT_DONE,
  POWERCUT_STOPPED,
  POWERCUT_WRONG
};
enum powercut_end powercut_run (struct powercut_run *run,
                                struct user_error *err);
void powercut_run_free (struct powercut_run *run);

#endif /* SIM_HARNESS_POWERCUT_H */
