/* Reading recorded cases: JSON Lines, checked as they are read.

   Whatever is wrong with the input ends the program with one line on stderr,
   FILE:LINE: WHAT, and status 2; so nothing here returns an error.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef CONFORMANCE_INPUT_H
#define CONFORMANCE_INPUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define PAGE 4096 /* the recorded cases know no other page  */

/* Largest request and file that a case may ask for: generous, and small
   enough that a damaged number is told from a large one.  */
#define REQUEST_MAX (1 << 24)
#define FILE_MAX (INT64_C (1) << 40)

/* Call EACH for every line of the file NAME.  */
void input_read (const char *name, void (*each) (const json_t *a_case));

/* Where the reading is, for reports.  */
const char *input_file (void);
unsigned input_line (void);

/* Report "FILE:LINE: WHAT" and exit with status 2.  */
_Noreturn void input_bad (const char *format, ...)
    __attribute__ ((format (printf, 1, 2)));

/* Members of OBJECT that must be there and of the right type.  */
int64_t input_int (const json_t *object, const char *key, int64_t min,
                   int64_t max);
bool input_bool (const json_t *object, const char *key);
const char *input_string (const json_t *object, const char *key);
const json_t *input_array (const json_t *object, const char *key);
const json_t *input_object (const json_t *object, const char *key);

/* The integer VALUE, said to be WHAT in reports.  */
int64_t input_number (const json_t *value, const char *what, int64_t min,
                      int64_t max);

/* The block size, offset and length of a request, checked against each
   other.  */
unsigned input_block_size (const json_t *object);

/* The error named by the member KEY of OBJECT; 0 is "0".  SHORT (-1) is
   accepted if MAY_BE_SHORT.  */
#define INPUT_SHORT (-1)
int input_error (const json_t *object, const char *key, bool may_be_short);
int input_error_value (const json_t *value, const char *what);

/* The name of an error: a string that lives for ever.  */
const char *error_name (int error);

#endif /* CONFORMANCE_INPUT_H */
