/* Identities: sums that hold on every run, whatever its workload.

   docs/model.md 7.1 and 9.8; docs/counts.md says how each is checked.  What
   the code under test can break is a finding of the oracle "identity", made
   when the handler of a data_return has returned, so that messages still on
   their way when the run ends are not judged.  What only the simulator can
   break is a CHECK.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SIM_HARNESS_IDENTITIES_H
#define SIM_HARNESS_IDENTITIES_H

struct hurd_server;

/* A run of SERVER begins; call after tally_init.  */
void identities_start (const struct hurd_server *server);
/* Counters are zero, and what is traced is counted from now on.  */
void identities_measured (void);
/* It has come to its end and tallies are finished.  */
void identities_check (void);

#endif /* SIM_HARNESS_IDENTITIES_H */
