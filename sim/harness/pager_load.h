/* Pagers as shared objects: loading one, and taking it back to its first
   state.

   Its writable data and its heap are saved once, after its constructors ran,
   and put back together before every run, so that a thousand runs in one
   process are a thousand fresh file systems.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_HARNESS_PAGER_LOAD_H
#define SIM_HARNESS_PAGER_LOAD_H

#include "scenario.h"

struct hurd_server;

/* The file that NAME means to pager_load, into PATH (PATH_MAX bytes).  False,
   with *ERR, when it is not there.  */
bool pager_locate (const char *name, char *path, struct user_error *err);
/* From now on NAME means FILE, which is called NAME then.  False, with *ERR,
   when one of them is not there.  */
bool pager_replace (const char *name, const char *file,
                    struct user_error *err);
/* What a pager in the file PATH is called.  To be freed.  */
char *pager_base_name (const char *path);
/* Put P back to its first state and select its heap; behind vm_init.  */
void pager_restore (struct pager *p);
const struct hurd_server *pager_server (const struct pager *p);
/* Turn the places of findings in P's code into files and lines.  */
void pager_name_places (const struct pager *p);
/* Whether its code asks for executable stacks (nested functions).  */
bool pager_exec_stacks (const struct pager *p);

/* Whether it checks its accesses to mappings (pagers/include/hurd_access.h). */
bool pager_checks_access (const struct pager *p);

#endif /* SIM_HARNESS_PAGER_LOAD_H */
