/* Reading a trace from inside, for trace_read*.c: a line, its fields, and
   what one of them adds to the recording.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_HARNESS_TRACE_READ_LINES_H
#define SIM_HARNESS_TRACE_READ_LINES_H

#include "trace_read.h"

enum
{
  LINE_FIELDS = 8,
  LINE_FIELD_BYTES = 1024 /* as long as a path of a call may be  */
};

struct trace_names;

struct line_reader
{
  struct recording *recording;
  struct trace_names *names;
  const char *at, *end; /* what of the text is left  */
  uint32_t line;
  unsigned fields;
  char field[LINE_FIELDS][LINE_FIELD_BYTES];
  vtime last; /* times do not run backwards  */
  bool wrong;
  struct user_error *err;
};

/* Note what is wrong with the present line, if nothing is yet.  False.  */
bool line_wrong (struct line_reader *in, const char *format, ...)
    __attribute__ ((format (printf, 2, 3)));

/* Split the next line that is neither empty nor a comment, at blanks, into
   fields.  False at the end, and when it is wrong.  */
bool line_next (struct line_reader *in);

/* Field I as a number of at most MOST.  */
bool line_number (struct line_reader *in, unsigned i, uint64_t most,
                  uint64_t *value);

/* Keep field I, which is a path, without needless slashes; with ESCAPES,
   "%20" in it is a blank, and so on.  NULL when it is none.  */
const char *line_path (struct line_reader *in, unsigned i, bool escapes);
/* Keep TEXT.  */
const char *line_keep (struct line_reader *in, const char *text);

/* Add what is there at the beginning.  */
bool line_had (struct line_reader *in, const char *path, uint64_t size,
               bool directory);
/* Add an operation: kind, process, time, arguments are filled in.  */
bool line_add (struct line_reader *in, const struct recorded *op);

/* The formats, after their first line.  */
void trace_read_text (struct line_reader *in);
void trace_read_fio (struct line_reader *in, unsigned version);

#endif /* SIM_HARNESS_TRACE_READ_LINES_H */
