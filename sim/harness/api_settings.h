/* Which settings a pager asks for.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_HARNESS_API_SETTINGS_H
#define SIM_HARNESS_API_SETTINGS_H

#include "pager_load.h"

/* Forget what was asked for.  */
void api_settings_forget (void);
/* The code under test asks for the value of KEY.  */
void api_settings_note (const char *key);
/* The I-th setting that was asked for since, or NULL.  */
const char *api_settings_get (size_t i);
/* Let P read its settings as at the beginning of a run, with the keys in
   force, and note them.  P may do what it likes there: for a process that may
   end.  */
void api_settings_probe (struct pager *p);

#endif /* SIM_HARNESS_API_SETTINGS_H */
