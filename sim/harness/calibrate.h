/* Calibration: looking for a set of parameters under which the simulated
   counts are the published ones.

   calibrate_space.c   what may be drawn, and drawing from it
   calibrate_lab.c     trying candidates: the pool, and the log of all tries
   calibrate_search.c  the search for one row, guided by the distance to it
   calibrate_fit.c     both rows: draws, then search after search
   calibrate_measure.c what moves what, and how rare a match is
   calibrate_report.c  JSON, CSV and the table

   Nothing here knows a published figure but through published.h, and no
   parameter is computed from one: the search only sees how far a try came out.
   See docs/calibration.md.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_HARNESS_CALIBRATE_H
#define SIM_HARNESS_CALIBRATE_H

#include "keys.h"
#include "pool_runs.h"
#include "published.h"
#include "../base/prng.h"
#include "../world/costs.h"

/* ---- The space -----------------------------------------------------------
 */

enum
{
  SPACE_KEYS = 48,
  SPACE_NAME_BYTES = 72
};

struct space_key
{
  char name[SPACE_NAME_BYTES];
  enum key_kind kind;
  bool boot;
  bool octaves; /* drawn octave by octave: the range is wide  */
  uint64_t from, to, step;
};

/* The seed comes last and is not among the keys: it is of the boot.  */
struct space
{
  unsigned keys;
  struct space_key key[SPACE_KEYS];
};

struct candidate
{
  uint64_t value[SPACE_KEYS];
  uint64_t seed;
};

enum space_part
{
  SPACE_COMMON = 1,
  SPACE_BOOT = 2, /* with the seed  */
  SPACE_ALL = 3
};

/* All keys with a range, of a workload that was just loaded; what the user
   gave a value has none.  False when there are too many.  */
bool space_read (struct space *s);
/* What the workload itself says.  */
void space_defaults (const struct space *s, struct candidate *c);
void space_draw (const struct space *s, enum space_part part,
                 struct prng *prng, struct candidate *c);
uint64_t space_draw_value (const struct space_key *k, struct prng *prng);
uint64_t space_draw_seed (struct prng *prng);
/* VALUE of key number I moved at random, by anything from one step to half of
   the range: small moves are as likely as large ones.  */
uint64_t space_near (const struct space_key *k, uint64_t value,
                     struct prng *prng);
/* The value that may be drawn nearest to VALUE.  */
uint64_t space_clamp (const struct space_key *k, int64_t value);
bool space_same (const struct space *s, enum space_part part,
                 const struct candidate *a, const struct candidate *b);
/* As people type it, into OUT (64 bytes).  */
char *space_text (const struct space_key *k, uint64_t value, char *out);

/* ---- Rows and distances --------------------------------------------------
 */

/* One published number, that has to be met.  Where every more of one number
   is one more of another too, it is met when the difference of both is: two
   numbers that move together would hide each other's distance.  */
struct target_number
{
  enum counter counter;
  int minus; /* the counter that is taken off, or -1  */
  int64_t published;
  int64_t unit; /* that a distance is counted in  */
  unsigned weight;
};

struct target
{
  const struct published_row *row;
  unsigned numbers;
  struct target_number number[PUBLISHED_CELLS];
};

#define DISTANCE_FAILED UINT64_C (1000000000)

/* False if ROW has a cell that is no counter.  */
bool target_read (struct target *t, const struct published_row *row);
/* What R has of N.  */
int64_t target_measure (const struct target_number *n,
                        const struct pool_result *r);
/* How far MEASURE is from N as published, weighted.  */
uint64_t target_weigh (const struct target_number *n, int64_t measure);
/* 0 is a match; DISTANCE_FAILED and above did not run to its end.  */
uint64_t target_distance (const struct target *t, const struct pool_result *r);
/* Fill in ROW, that T is of.  */
void target_cells (struct published_row *row, const struct pool_result *r);

/* ---- The laboratory ------------------------------------------------------
 */

struct trial
{
  const struct target *target;
  struct candidate candidate;
  char key[SPACE_NAME_BYTES], value[64]; /* one more setting, or empty  */
  struct pool_result result;
  uint64_t distance;
};

enum
{
  LAB_SETTINGS = 256,
  LAB_BATCH = 16
};

struct lab
{
  struct pool_runs *pool;
  const struct space *space;
  unsigned settings; /* of the user: --set  */
  const char *set[LAB_SETTINGS];
  FILE *log;     /* NULL: tries are not logged, nor taken from PAST  */
  json_t *past;  /* tries of an earlier time, in their order  */
  long *past_at; /* where the line of each is in the log  */
  size_t replayed;
  uint64_t tries;
  const volatile sig_atomic_t *stop;
  void (*tick) (void *);
  void *arg;
};

/* Keep a log in PATH, whose first line is HEADER; go on from what it holds if
   it begins with that, else begin anew.  False, with *ERR, when it cannot be
   written.  FRESH: begin anew in any case.  */
bool lab_open_log (struct lab *l, const char *path, const json_t *header,
                   bool fresh, struct user_error *err);
/* Try N candidates.  The outcome does not depend on the number of workers.
   False when interrupted.  */
bool lab_try (struct lab *l, struct trial *t, size_t n);
void lab_close (struct lab *l);

/* ---- The search for one row ----------------------------------------------
 */

enum
{
  SEARCH_POPULATION = 24,
  SEARCH_CHASES = LAB_BATCH / 2
};

struct search_member
{
  struct trial trial;
  /* The try that this one differs from in one key only, if there is one.  */
  int moved; /* that key's number, or -1  */
  uint64_t from_value;
  int64_t from_measure[PUBLISHED_CELLS];
};

/* Two values of one key between which a number passes the published one:
   where it does is looked for between them.  */
struct search_chase
{
  struct candidate candidate;
  unsigned key, number, steps;
  uint64_t end[2]; /* where it is below the published number, and above  */
};

struct search
{
  const struct space *space;
  const struct target *target;
  enum space_part free;
  struct prng *prng;
  unsigned members;
  struct search_member member[SEARCH_POPULATION]; /* nearest first  */
  unsigned chases;
  struct search_chase chase[SEARCH_CHASES];
  uint64_t tries, improved_at;
};

void search_init (struct search *s, const struct space *space,
                  const struct target *target, enum space_part free,
                  struct prng *prng);
/* Take a try into the population, if it is near enough.  */
void search_add (struct search *s, const struct search_member *m);
void search_add_trial (struct search *s, const struct trial *t);
/* Try N fresh draws; what is not free is as in BASE.  */
bool search_draw (struct search *s, struct lab *l, unsigned n,
                  const struct candidate *base);
/* Propose a batch, try it, keep the nearest.  */
bool search_step (struct search *s, struct lab *l);
/* Forget all members that match.  */
void search_drop_matches (struct search *s);

/* ---- Both rows -----------------------------------------------------------
 */

enum
{
  FIT_ROWS = 2
};

/* A set of parameters, common part and a boot for each row.  */
struct fit_set
{
  struct trial trial[FIT_ROWS];
  uint64_t distance;
};

struct draw_tally
{
  unsigned draws, all;
  unsigned row[FIT_ROWS];
  unsigned cell[FIT_ROWS][PUBLISHED_CELLS];
};

struct fit
{
  struct lab *lab;
  const struct space *space;
  struct target target[FIT_ROWS]; /* [0] is searched first  */
  struct prng prng;
  unsigned draws;
  uint64_t tries_max;    /* 0: no limit  */
  uint64_t search_tries; /* made so far, draws included  */
  bool (*out_of_time) (void *);
  void *arg;

  struct draw_tally tally;
  struct fit_set best;
  bool ending; /* limits no longer count  */
  bool found;  /* BEST holds something  */
  const char *phase;
  uint64_t nearest[FIT_ROWS]; /* now, for the progress  */
};

/* Search until a match, the end of time or of tries.  False when
   interrupted; BEST holds the nearest either way.  */
bool fit_run (struct fit *f);

/* ---- What comes out ------------------------------------------------------
 */

enum
{
  CHANGES = 4, /* -10 %, -1 %, 1 %, 10 %  */
  MOVES_MAX = SPACE_KEYS + COST_COUNT
};
extern const int change_percent[CHANGES];

/* One key moved, everything else as in the best set.  */
struct moved
{
  char key[SPACE_NAME_BYTES];
  /* Else the value cannot be changed by so little.  */
  bool moved[FIT_ROWS][CHANGES];
  struct pool_result result[FIT_ROWS][CHANGES];
};

struct calibration
{
  const struct fit *fit;
  struct pool_result base[FIT_ROWS]; /* the best set itself  */
  struct draw_tally reseeds;         /* the best set under other seeds  */
  unsigned moves;
  struct moved *move;
  unsigned reseeds_done, reseeds_wanted; /* for the progress  */
};

/* Run the best set under WANTED other seeds, and with every key and cost
   moved.  False when interrupted.  */
bool calibration_measure (struct calibration *c, unsigned wanted);
/* Schema pagersim.calibrated/1.  */
json_t *calibration_json (const struct calibration *c,
                          const struct workload *w, uint64_t seed);
/* One header line, one line for each figure.  */
void calibration_csv (const struct calibration *c, FILE *out);
/* For people.  */
void calibration_table (const struct calibration *c, FILE *out);
void calibration_free (struct calibration *c);

#endif /* SIM_HARNESS_CALIBRATE_H */
