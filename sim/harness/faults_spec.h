/* Faults as people write them: KIND[=WHAT]@[PATH:]WHEN.

     eio@3            the third store write
     eio@file:3       the third of the file path; disk: of the disk pager
     short@p=100      each write, with a chance of 100 in a million
     slow=2s@disk:1   what it takes: a time (slow, delay, memory) or a thread
                      (kill)

   A list of them, with blanks between, is the key run.faults; so is the word
   none.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_HARNESS_FAULTS_SPEC_H
#define SIM_HARNESS_FAULTS_SPEC_H

#include "../world/faults.h"
#include "workload.h"

enum
{
  FAULT_TEXT_BYTES = 128
};

/* Read TEXT as one fault.  False, with *ERR, when it is none.  */
bool fault_parse (const char *text, struct fault *f, struct user_error *err);
/* Write F the way fault_parse reads it, into OUT of FAULT_TEXT_BYTES.  */
const char *fault_format (const struct fault *f, char *out);
/* Read a list into OUT, of FAULTS_MAX; *COUNT says how many.  */
bool faults_parse (const char *text, struct fault *out, size_t *count,
                   struct user_error *err);
/* What a write's path is called: "file", "disk", or "any".  */
extern const char *const fault_path_name[];

#endif /* SIM_HARNESS_FAULTS_SPEC_H */
