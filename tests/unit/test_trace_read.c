/* Reading traces: what comes out, what is refused with which line, and
   thousands of spoilt ones.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "../../sim/base/prng.h"
#include "../../sim/harness/trace_read.h"

#define HEAD "pagersim trace 1\n"
#define FIO2 "fio version 2 iolog\n"
#define FIO3 "fio version 3 iolog\n"

enum
{
  SPOILT = 6000 /* of each text  */
};

static struct user_error err;

static struct recording *
parse (const char *text)
{
  struct recording *r = recording_parse ("t", text, strlen (text), &err);
  if (!r)
    fail_msg ("refused: %s", err.line);
  return r;
}

/* TEXT is refused with LINE.  */
static void
refused (const char *text, const char *line)
{
  struct recording *r = recording_parse ("t", text, strlen (text), &err);
  if (r)
    fail_msg ("not refused: %s", text);
  assert_string_equal (err.line, line);
}

/* Operation I needs COUNT operations of PROCESS, both from 1, and nothing
   else.  COUNT 0: nothing at all.  */
static void
needs (const struct recording *r, size_t i, unsigned process, unsigned count)
{
  const struct recorded *op = &r->op[i];
  assert_int_equal (op->needs_of, count != 0);
  if (count == 0)
    return;
  assert_int_equal (r->need[op->needs].process, process - 1);
  assert_int_equal (r->need[op->needs].count, count);
}

/* ---- Our text ------------------------------------------------------------
 */

static void
test_operations (void **state)
{
  (void)state;
  struct recording *r = parse (HEAD "# a comment, of more words than a line "
                                    "may have: one two three four\n"
                                    "dir a\n\nfile a//b%20c/ 5000\n"
                                    "7 1 create 3 /a/new\n"
                                    "8 2 write 3 10 100 30\n"
                                    "8 2 write 3 110 7\r\n"
                                    "9 1 map 4 3 4096 1\n"
                                    "9 64 open 5 a/b%20c");
  assert_int_equal (r->hads, 2);
  assert_true (r->had[0].directory);
  assert_string_equal (r->had[1].path, "a/b c");
  assert_int_equal (r->had[1].size, 5000);
  assert_int_equal (r->ops, 5);
  assert_int_equal (r->processes, 64);
  assert_int_equal (r->op[0].kind, RECORDED_CREATE);
  assert_int_equal (r->op[0].at, 7000);
  assert_string_equal (r->op[0].path[0], "a/new");
  assert_int_equal (r->op[1].bs, 30);
  assert_int_equal (r->op[1].process, 1);
  assert_int_equal (r->op[2].bs, 0);
  assert_int_equal (r->op[2].number, 1);
  assert_int_equal (r->op[3].mapping, 4);
  assert_int_equal (r->op[3].handle, 3);
  assert_int_equal (r->op[4].line, 10);
  assert_int_equal (r->owns[0], 2);
  assert_int_equal (r->own[0][1], 3);
  recording_free (r);
}

static void
test_refused (void **state)
{
  (void)state;
  refused ("", "t:0: the file is empty");
  refused ("pagersim trace 2\n",
           "t:1: not a trace: it must begin with 'pagersim trace 1' or 'fio "
           "version 2 iolog' (or 3)");
  refused (HEAD, "t:1: nothing is done in this trace");
  refused (HEAD "1 1\n", "t:2: not 'TIME PROCESS OPERATION ...'");
  refused (HEAD "x 1 sync\n", "t:2: 'x': not a number");
  refused (HEAD "1 0 sync\n", "t:2: processes count from 1");
  refused (HEAD "1 65 sync\n", "t:2: '65': too large");
  refused (HEAD "2 1 sync\n1 1 sync\n",
           "t:3: the time is before that of the line before");
  refused (HEAD "1 1 fsnyc 1\n",
           "t:2: no operation 'fsnyc'; did you mean 'fsync'?");
  refused (HEAD "1 1 write 1 0\n",
           "t:2: not as many words as in 'TIME PROCESS write HANDLE OFFSET "
           "LENGTH [BLOCK]'");
  refused (HEAD "1 1 sync 1\n",
           "t:2: not as many words as in 'TIME PROCESS sync'");
  refused (HEAD "1 1 open 1 a\n", "t:2: open: there is no such file");
  refused (HEAD "1 1 create 1 a/b\n",
           "t:2: create: there is no such directory");
  refused (HEAD "dir a\ndir a\n", "t:3: a: this name is there already");
  refused (HEAD "file a 1\n1 1 create 1 a/b\n",
           "t:3: create: a file is not a directory");
  refused (HEAD "1 1 create 4096 a\n", "t:2: '4096': too large");
  refused (HEAD "1 1 create 1 ../a\n",
           "t:2: a name is '.' or '..', or longer than 255");
  refused (HEAD "1 1 create 1 /\n", "t:2: a path is empty");
  refused (HEAD "1 1 create 1 a%2\n",
           "t:2: % is not followed by two hex digits");
  refused (HEAD "1 1 create 1 a\n1 1 create 1 b\n",
           "t:3: create: this handle is open already");
  refused (HEAD "1 1 write 1 0 5\n", "t:2: write: this handle is not open");
  refused (HEAD "1 1 create 1 a\n2 1 write 1 9223372036854775807 1\n",
           "t:3: '1': too large");
  refused (HEAD "1 1 create 1 a\n2 1 write 1 0 9 0\n",
           "t:3: a block of 0 bytes");
  refused (HEAD "1 1 create 1 a\n2 1 map 1 1 100 5\n",
           "t:3: map: the offset must be a multiple of 4096, the length more "
           "than 0");
  refused (HEAD "1 1 create 1 a\n2 1 map 1 1 0 5\n3 1 store 1 3 3\n",
           "t:4: store: beyond the end of the mapping");
  refused (HEAD "1 1 store 1 3 3\n", "t:2: store: this mapping is not there");
  refused (HEAD "1 1 after 1\n",
           "t:2: after: a process is after itself anyway");
  refused (HEAD "dir a\ndir a/b\n1 1 rename a a/b/c\n",
           "t:4: rename: a directory cannot be moved below itself");
  refused (HEAD "dir a\nfile b 1\n1 1 rename a b\n",
           "t:4: rename: a file and a directory cannot take each other's "
           "place");
  refused (HEAD "dir a\nfile a/b 1\n1 1 rmdir a\n",
           "t:4: rmdir: the directory is not empty");
  refused (HEAD "dir a\n1 1 unlink a\n", "t:3: unlink: it is a directory");
  refused (HEAD "1 1 sync\ndir a\n",
           "t:3: dir: only before the first operation");
  refused (HEAD "1 2 3 4 5 6 7 8 9\n", "t:2: more than 8 words");
}

/* What a directory's name stood for goes with it.  */
static void
test_names (void **state)
{
  (void)state;
  struct recording *r = parse (HEAD "dir a\ndir a/b\nfile a/b/c 1\n"
                                    "1 1 rename a d\n"
                                    "1 1 open 1 d/b/c\n"
                                    "1 1 mkdir a\n"
                                    "1 1 create 2 a/b\n"
                                    "1 1 rename d/b/c d/b/x\n"
                                    "1 1 unlink d/b/x\n"
                                    "1 1 rmdir d/b\n"
                                    "1 1 rmdir d\n"
                                    "1 1 write 1 0 5\n");
  assert_string_equal (r->op[6].path[1], ".rmdir-11");
  recording_free (r);
}

static void
test_order (void **state)
{
  (void)state;
  struct recording *r = parse (HEAD "dir a\nfile f 1\n"
                                    "1 1 mkdir a/b\n"      /* 0 */
                                    "1 2 create 1 a/b/x\n" /* 1 */
                                    "1 3 open 2 f\n"       /* 2 */
                                    "1 1 open 3 f\n"       /* 3 */
                                    "1 1 write 3 0 5\n"    /* 4 */
                                    "1 3 write 2 0 5\n"    /* 5 */
                                    "1 2 write 1 0 5\n"    /* 6 */
                                    "1 3 unlink f\n"       /* 7 */
                                    "1 1 rename a c\n"     /* 8 */
                                    "1 3 create 4 c/b/y\n" /* 9 */
                                    "1 4 after 3\n"        /* 10 */
                                    "1 2 sync\n");         /* 11 */
  needs (r, 0, 0, 0);
  needs (r, 1, 1, 1);
  needs (r, 2, 0, 0);
  needs (r, 3, 0, 0);
  needs (r, 4, 0, 0);
  needs (r, 5, 1, 3);
  needs (r, 6, 0, 0);
  needs (r, 7, 1, 2);
  needs (r, 8, 2, 1);
  needs (r, 9, 1, 4);
  needs (r, 10, 3, 4);
  assert_int_equal (r->op[11].needs_of, 3);
  recording_free (r);
}

/* ---- fio -----------------------------------------------------------------
 */

static void
test_fio (void **state)
{
  (void)state;
  struct recording *two = parse (FIO2 "/d/a add\nb add\n/d/a open\nb open\n"
                                      "/d/a read 4096 100\n"
                                      "b wait 99 0\nb wait 500 0\n"
                                      "b write 8192 4096\n"
                                      "b trim 0 4096\n"
                                      "b sync 0 0\nb datasync 0 0\n"
                                      "/d/a close\n");
  assert_int_equal (two->hads, 3);
  assert_true (two->had[0].directory);
  assert_string_equal (two->had[1].path, "d/a");
  assert_int_equal (two->had[1].size, 4196);
  assert_int_equal (two->had[2].size, 0);
  assert_int_equal (two->ops, 7);
  assert_int_equal (two->op[2].at, 0);
  assert_int_equal (two->op[3].kind, RECORDED_WRITE);
  assert_int_equal (two->op[3].at, 500000);
  assert_int_equal (two->op[5].kind, RECORDED_FSYNC);
  recording_free (two);

  struct recording *three = parse (FIO3 "5 b add\n6 b open\n9 b write 0 9\n"
                                        "8 b read 0 9\n10 b close\n");
  assert_int_equal (three->ops, 4);
  assert_int_equal (three->op[1].at, 9000);
  assert_int_equal (three->op[2].at, 9000); /* they never run backwards  */
  assert_int_equal (three->had[0].size, 9);
  recording_free (three);

  refused (FIO2 "a open\n", "t:2: open: this file was not added");
  refused (FIO2 "a add\na write 0 5\n", "t:3: write: this handle is not open");
  refused (FIO2 "a add\na open\na run\n",
           "t:4: no action 'run' without offset and length");
  refused (FIO2 "a add\na open\na run 0 5\n",
           "t:4: no action 'run' with offset and length");
  refused (FIO2 "1 a add\n", "t:2: not 'FILE ACTION [OFFSET LENGTH]'");
  refused (FIO3 "a add\n", "t:2: 'a': not a number");
  refused (FIO3 "0 a wait 5 0\n", "t:2: wait: only in version 2");
}

/* ---- Spoilt texts --------------------------------------------------------
 */

/* Whatever was read holds together.  */
static void
check_whole (const struct recording *r)
{
  uint32_t done[RECORDING_PROCESSES] = { 0 };
  for (size_t i = 0; i < r->ops; i++)
    {
      const struct recorded *op = &r->op[i];
      assert_true (op->kind < RECORDED_KINDS);
      assert_true (op->process < r->processes);
      assert_int_equal (op->number, done[op->process]);
      assert_int_equal (r->own[op->process][op->number], i);
      for (uint32_t k = 0; k < op->needs_of; k++)
        {
          const struct need *n = &r->need[op->needs + k];
          assert_true (n->process != op->process);
          assert_true (n->count > 0 && n->count <= done[n->process]);
        }
      done[op->process]++;
    }
}

static void
spoil (char *text, size_t *len, size_t room, struct prng *random)
{
  static const char odd[] = "0123456789 \n/.%#a-\0\xff";
  for (unsigned n = 1 + prng_below (random, 4); n > 0 && *len > 1; n--)
    {
      size_t at = prng_below (random, *len);
      size_t from = prng_below (random, *len);
      size_t part = 1 + prng_below (random, 20);
      if (part > *len - at)
        part = *len - at;
      switch (prng_below (random, 4))
        {
        case 0:
          text[at] = odd[prng_below (random, sizeof odd - 1)];
          break;
        case 1:
          memmove (text + at, text + at + part, *len - at - part);
          *len -= part;
          break;
        case 2:
          if (part > *len - from)
            part = *len - from;
          if (*len + part > room)
            break;
          memmove (text + at + part, text + at, *len - at);
          memmove (text + at, text + (from >= at ? from + part : from),
                   from + 2 * part <= *len ? part : 0);
          *len += part;
          break;
        default:
          *len = at + 1;
        }
    }
}

static void
spoil_often (const char *text, struct prng *random, unsigned *good)
{
  enum
  {
    ROOM = 4096
  };
  char spoilt[ROOM];
  for (unsigned i = 0; i < SPOILT; i++)
    {
      size_t len = strlen (text);
      memcpy (spoilt, text, len);
      spoil (spoilt, &len, ROOM, random);
      struct recording *r = recording_parse ("t", spoilt, len, &err);
      if (r)
        {
          check_whole (r);
          recording_free (r);
          ++*good;
          continue;
        }
      unsigned line;
      char rest;
      assert_int_equal (sscanf (err.line, "t:%u: %c", &line, &rest), 2);
      assert_null (strchr (err.line, '\n'));
    }
}

static void
test_spoilt (void **state)
{
  (void)state;
  static const char *const texts[]
      = { HEAD "dir a\nfile a/b%20c 5000\nfile f 1\n"
               "7 1 create 3 /a/new\n8 2 write 3 10 100 30\n"
               "9 1 map 4 3 4096 9000\n9 3 open 5 a/b%20c\n"
               "10 2 store 4 0 100\n10 2 load 4 0 100\n11 2 unmap 4\n"
               "12 1 mkdir a/d\n13 3 rename a/new a/d/x\n14 1 rename a q\n"
               "14 2 rename q/d q/e\n15 2 unlink q/e/x\n15 4 rmdir q/e\n"
               "16 2 truncate 3 77\n17 1 fsync 3\n17 1 close 3\n18 1 sync\n"
               "19 64 after 2\n20 64 read 5 0 9999\n20 64 rename f q/f\n",
          FIO2 "/d/e/a add\nb add\n/d/e/a open\nb open\n"
               "/d/e/a read 4096 100\nb wait 500 0\nb write 8192 4096\n"
               "b trim 0 4096\nb sync 0 0\nb datasync 0 0\n/d/e/a close\n",
          FIO3 "1 /d/a add\n2 b add\n3 /d/a open\n3 b open\n"
               "4 /d/a read 4096 100\n5 b write 8192 4096\n"
               "6 b trim 0 4096\n7 b sync 0 0\n9 /d/a close\n" };
  struct prng random;
  unsigned good = 0;
  prng_seed (&random, 1, 0);
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    {
      recording_free (parse (texts[i]));
      spoil_often (texts[i], &random, &good);
    }
  /* Some are right by chance, most are not.  */
  assert_true (good > SPOILT / 20 && good < 2 * SPOILT);
}

int
main (void)
{
  const struct CMUnitTest tests[]
      = { cmocka_unit_test (test_operations), cmocka_unit_test (test_refused),
          cmocka_unit_test (test_names),      cmocka_unit_test (test_order),
          cmocka_unit_test (test_fio),        cmocka_unit_test (test_spoilt) };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
